//go:build plant

package sim

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

var (
	long    = flag.Bool("long", false, "look for each planted mistake from three first seeds, not only for those that seed 1 shows")
	planted = flag.Duration("planted", time.Minute, "real time in which a planted mistake must be found")
)

// TestPlanted makes each mistake in a process of its own and looks for a seed
// that fails.
func TestPlanted(t *testing.T) {
	firsts := []uint64{1}
	if *long {
		firsts = append(firsts, 1001, 2001)
	}
	for _, name := range plant.Mistakes {
		if !*long && slices.Contains(slow, name) {
			continue
		}
		for _, first := range firsts {
			t.Run(name+"/"+strconv.FormatUint(first, 10), func(t *testing.T) {
				cmd := exec.Command(os.Args[0], "-test.run=^TestHunt$", "-test.v", "-seed", strconv.FormatUint(first, 10), "-planted", planted.String())
				cmd.Env = append(os.Environ(), "PLANT_MISTAKE="+name, "FOXTAIL_HUNT=1")
				out, err := cmd.CombinedOutput()
				if _, found, ok := strings.Cut(string(out), "caught: "); err == nil && ok {
					line, _, _ := strings.Cut(found, "\n")
					t.Logf("%s", line)
					return
				}
				t.Errorf("not caught: %v\n%s", err, out)
			})
		}
	}
}

// slow are those that seed 1 does not show.
var slow = strings.Fields(`
	sync-error-ignored forward-twice skipped-forgotten read-unapplied session-unknown-as-failed pop-answer-lost waits-dropped leader-read
	vote-forgotten learner-votes forward-any-term snapshot-time-forgotten rides-in-flight`)

// catches are what the check that is there for a mistake says.
var catches = map[string]string{
	"follower-read": "is not linearizable", "leader-read": "is not linearizable", "watch-ignored": "is not linearizable",
	"ack-before-sync": `raft log corrupted, truncated, or lost|is lost|two leaders|entry \d+ is \(term`, "sync-error-ignored": "goes on after a failed sync",
	"forward-twice": "is applied twice", "forward-any-term": "is applied twice", "skipped-forgotten": "is applied twice",
	"owner-by-number": "is given to the owner", "unknown-as-failed": "surely not applied",
	"deadline-never": "liveness|is well, and does not answer", "snapshot-time-forgotten": "the one before it", "restore-ignored": `the state of node|entry \d+ is \(term`,
	"vote-forgotten": "two leaders", "read-unapplied": "is not linearizable", "local-clock": `entry \d+ is \(term|the one before it`, "learner-votes": "liveness",
	"log-cut-too-far": "stopped|panic|does not start", "session-unknown-as-failed": "is not linearizable", "ack-before-commit": "is not linearizable|which is in no entry",
	"rides-in-flight": "is not linearizable", "write-overtakes-read": "not the connection's next", "reply-order": "out of order|answers",
	"pop-answer-lost": "is well, and does not answer", "watch-at-proposal": "is not linearizable", "multi-torn": "is not linearizable",
	"waits-dropped": "is well, and does not answer", "watch-aba": "is not linearizable", "snapshot-drops-key": "the state of node",
}

// TestHunt is the process of TestPlanted: it runs seeds until one fails.
func TestHunt(t *testing.T) {
	if os.Getenv("FOXTAIL_HUNT") == "" {
		t.Skip("TestPlanted runs this for each mistake")
	}
	debug.SetGCPercent(400)
	began := time.Now()
	for s := *seed; time.Since(began) < *planted; s++ {
		if r := Run(Options{Seed: s}); r.Err != nil {
			if want := catches[os.Getenv("PLANT_MISTAKE")]; !regexp.MustCompile(want).MatchString(r.Err.Error()) {
				t.Fatalf("seed %d failed, but not by the check for it (%s): %v", s, want, r.Err)
			}
			t.Logf("caught: seed %d after %v: %v", s, time.Since(began).Round(time.Millisecond), r.Err)
			return
		}
	}
	t.Fatalf("%d seconds and no seed failed", int(planted.Seconds()))
}
