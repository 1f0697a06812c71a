//go:build plant

package plant

import (
	"os"
	"slices"
	"strings"
)

// Mistakes are all there are.
var Mistakes = strings.Fields(`
	follower-read leader-read ack-before-sync sync-error-ignored
	forward-twice forward-any-term owner-by-number unknown-as-failed
	skipped-forgotten deadline-never snapshot-time-forgotten
	restore-ignored watch-ignored
	read-unapplied local-clock log-cut-too-far
	session-unknown-as-failed ack-before-commit write-overtakes-read reply-order pop-answer-lost watch-at-proposal
	multi-torn waits-dropped watch-aba snapshot-drops-key`)

// Elusive are those that the simulator was not yet seen to catch in a minute.
var Elusive = strings.Fields("vote-forgotten learner-votes rides-in-flight")

var name = os.Getenv("PLANT_MISTAKE")

func init() {
	if name != "" && !slices.Contains(Mistakes, name) && !slices.Contains(Elusive, name) {
		panic("PLANT_MISTAKE names no mistake: " + name)
	}
}

// Is reports whether the named mistake is to be made.
func Is(mistake string) bool { return name == mistake }
