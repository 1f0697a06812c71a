//go:build plant

package plant

import (
	"os"
	"slices"
	"strings"
)

// Mistakes are those that the simulator catches in a minute, from each of three
// first seeds.
var Mistakes = strings.Fields(`
	follower-read ack-before-sync sync-error-ignored
	forward-twice owner-by-number unknown-as-failed
	skipped-forgotten restore-ignored watch-ignored
	read-unapplied local-clock log-cut-too-far
	session-unknown-as-failed ack-before-commit write-overtakes-read reply-order pop-answer-lost watch-at-proposal
	multi-torn waits-dropped watch-aba snapshot-drops-key
	leader-read deadline-never vote-forgotten learner-votes
	forward-any-term snapshot-time-forgotten rides-in-flight`)

var name = os.Getenv("PLANT_MISTAKE")

func init() {
	if name != "" && !slices.Contains(Mistakes, name) {
		panic("PLANT_MISTAKE names no mistake: " + name)
	}
}

// Is reports whether the named mistake is to be made.
func Is(mistake string) bool { return name == mistake }
