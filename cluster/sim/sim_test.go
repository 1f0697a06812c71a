package sim

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	seeds  = flag.Int("seeds", 4, "how many seeds to run, from -seed on")
	seed   = flag.Uint64("seed", 1, "the first seed")
	faulty = flag.Duration("faulty", 0, "virtual time with faults, 12s if 0")
	nodes  = flag.Int("nodes", 0, "nodes; 0: the seed decides")
	first  = flag.Bool("first", false, "stop at the first failure")
	skip   = flag.String("skip", "", "numbers of faults to leave out, with commas")
	shrink = flag.Int("shrink", 0, "after a failure, make so many runs to find one with fewer faults")
	repeat = flag.Int("repeat", 5, "how many more times TestSameSeedSameRun runs each seed")
	follow = flag.Bool("follow", false, "print the whole trace")
)

// TestSeeds runs one simulation for each seed.
func TestSeeds(t *testing.T) {
	opt := Options{Seed: *seed, Faulty: *faulty, Nodes: *nodes, Skip: skipped(t)}
	if *follow {
		opt.Trace, opt.Debug = os.Stdout, true
	}
	total := Seeds(opt, *seeds, *shrink, func(opt Options, r Result) bool {
		report(t, opt, r)
		return !*first || !t.Failed()
	})
	t.Logf("%v: %v", total, total.Faults)
}

func skipped(t *testing.T) map[int]bool {
	ids := map[int]bool{}
	for _, s := range strings.FieldsFunc(*skip, func(r rune) bool { return r == ',' }) {
		id, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("-skip: %v", err)
		}
		ids[id] = true
	}
	return ids
}

func report(t *testing.T, opt Options, r Result) {
	t.Helper()
	if r.Err == nil {
		if testing.Verbose() {
			t.Log(r)
		}
		return
	}
	again := fmt.Sprintf("go test ./cluster/sim -run TestSeeds -seeds 1 -seed %d -v", r.Seed)
	if *faulty != 0 {
		again += fmt.Sprintf(" -faulty %v", *faulty)
	}
	if *nodes != 0 {
		again += fmt.Sprintf(" -nodes %d", *nodes)
	}
	if len(opt.Skip) > 0 {
		var ids []string
		for _, id := range slices.Sorted(maps.Keys(opt.Skip)) {
			ids = append(ids, strconv.Itoa(id))
		}
		again += " -skip " + strings.Join(ids, ",")
	}
	t.Errorf("the end of the trace:\n%s\n%s\nseed %d: %v\nrepeat it with: %s", strings.Join(r.Tail, "\n"), r, r.Seed, r.Err, again)
}

// Each seed runs several times: a map with two elements has its usual order more
// often than not.
func TestSameSeedSameRun(t *testing.T) {
	was := debug.SetGCPercent(400)
	t.Cleanup(func() { debug.SetGCPercent(was) })
	for s := uint64(102); s < 104; s++ {
		t.Run(strconv.FormatUint(s, 10), func(t *testing.T) {
			t.Parallel()
			opt := Options{Seed: s, Faulty: 4 * time.Second}
			first := Run(opt)
			for range *repeat {
				if r := Run(opt); r.Hash != first.Hash {
					t.Fatalf("two runs differ: %016x and %016x", first.Hash, r.Hash)
				}
			}
		})
	}
}

func TestClusterKnowsNothingOfTheSimulator(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/laurocaetano/foxtail/cluster").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		if strings.HasSuffix(dep, "/cluster/sim") || strings.HasSuffix(dep, "foxtail/engine") || strings.HasSuffix(dep, "/porcupine") {
			t.Errorf("package cluster depends on %s", dep)
		}
	}
}

// A failure that is there whatever is left out shrinks to a run without faults.
func TestShrinkLeavesOutWhatIsNotNeeded(t *testing.T) {
	opt := Options{Seed: 7, Nodes: 3, Faulty: 2 * time.Second, fail: func(w *world) bool { return w.stats.Acked > 50 }}
	r := Run(opt)
	if r.Err == nil || r.Faults == 0 {
		t.Fatalf("got %v after %d faults, want a failure after some", r.Err, r.Faults)
	}
	if _, least := Shrink(opt, r, 100); least.Faults != 0 || least.Err == nil {
		t.Errorf("shrunk to %d faults and %v, want none and a failure", least.Faults, least.Err)
	}
}
