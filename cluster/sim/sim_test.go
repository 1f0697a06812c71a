package sim

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	seeds  = flag.Int("seeds", 6, "how many seeds to run, from -seed on")
	seed   = flag.Uint64("seed", 1, "the first seed")
	faulty = flag.Duration("faulty", 0, "virtual time with faults, 12s if 0")
	nodes  = flag.Int("nodes", 0, "nodes; 0: the seed decides")
	first  = flag.Bool("first", false, "stop at the first failure")
	follow = flag.Bool("follow", false, "print the whole trace")
)

// TestSeeds runs one simulation for each seed.
func TestSeeds(t *testing.T) {
	next, last := *seed, *seed+uint64(*seeds)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var simulated time.Duration
	faults, ops := 0, 0
	began := time.Now()
	for range min(runtime.GOMAXPROCS(0), *seeds) {
		wg.Go(func() {
			for {
				mu.Lock()
				s := next
				next++
				mu.Unlock()
				if s >= last || *first && t.Failed() {
					return
				}
				opt := Options{Seed: s, Faulty: *faulty, Nodes: *nodes}
				if *follow {
					opt.Trace = os.Stdout
					opt.Debug = true
				}
				r := Run(opt)
				mu.Lock()
				report(t, r)
				simulated += r.Simulated
				faults += r.Faults
				ops += r.Stats.Acked + r.Stats.Reads
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	t.Logf("%d seeds: %v simulated in %v (%.0f times as fast), %d faults, %d requests answered",
		*seeds, simulated.Round(time.Second), took.Round(time.Millisecond), simulated.Seconds()/took.Seconds(), faults, ops)
}

func report(t *testing.T, r Result) {
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
	t.Errorf("the end of the trace:\n%s\n%s\nseed %d: %v\nrepeat it with: %s", strings.Join(r.Tail, "\n"), r, r.Seed, r.Err, again)
}

func TestSameSeedSameRun(t *testing.T) {
	for s := uint64(101); s < 103; s++ {
		a := Run(Options{Seed: s, Faulty: 4 * time.Second})
		b := Run(Options{Seed: s, Faulty: 4 * time.Second})
		if a.Hash != b.Hash {
			t.Errorf("seed %d: two runs differ: %016x and %016x", s, a.Hash, b.Hash)
		}
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
