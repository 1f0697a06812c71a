//go:build plant

package torture_test

import (
	"regexp"
	"strconv"
	"testing"
)

// planted are mistakes of package plant that clients can see, and what is said
// of them. The others are the simulator's to find.
var planted = []struct {
	mistake string
	says    string
	faults  string
}{
	{"follower-read", `L[12]: `, ""},
	{"leader-read", `L[12]: `, "wake-alone"},
	{"ack-before-sync", `L[1234]: |lost|corrupted`, "kill-all,kill-majority,kill-leader"},
	{"unknown-as-failed", `L[1234]: `, "kill-leader,cut-leader,pause-leader"},
	{"restore-ignored", `L[1234]: |T4: |waiting for`, "wipe,damage,remove,cut-follower,snapshot"},
}

// Each mistake made in the nodes is found, by a check that is there for it.
func TestPlanted(t *testing.T) {
	seeds := []uint64{2}
	if *long {
		seeds = []uint64{2, 4, 6}
	}
	for _, p := range planted {
		for _, seed := range seeds {
			t.Run(p.mistake+"/"+strconv.FormatUint(seed, 10), func(t *testing.T) {
				t.Setenv("PLANT_MISTAKE", p.mistake)
				args := []string{"--seed", strconv.FormatUint(seed, 10), "--time", "60s"}
				if p.faults != "" {
					args = append(args, "--faults", p.faults)
				}
				out, err := torture(t, args...)
				if err == nil || !regexp.MustCompile(p.says).MatchString(out) {
					t.Errorf("not caught, or not by %s: %v\n%s", p.says, err, out)
				}
			})
		}
	}
}
