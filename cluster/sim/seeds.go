package sim

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Total is what several runs did.
type Total struct {
	Seeds     int
	Simulated time.Duration
	Took      time.Duration
	Answered  int            // requests
	Faults    map[string]int // by name
}

// Worlds are small, and soon over: a great heap is cheaper than a collector that
// looks at them often. Some are not so small, whence the limit, for each processor.
const (
	gcPercent = 3000
	heapMax   = 512 << 20
)

// Seeds makes n runs, of the seeds from that of the options on, on all
// processors at once. Each result goes to each, one after the other, which
// returns whether to begin more of them. Where shrink is above 0, a run that
// fails is made again up to so many times, with fewer faults.
func Seeds(opt Options, n, shrink int, each func(Options, Result) (more bool)) Total {
	total := Total{Faults: map[string]int{}}
	next, end := opt.Seed, opt.Seed+uint64(n)
	var mu sync.Mutex
	var wg sync.WaitGroup
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), int64(runtime.GOMAXPROCS(0))*heapMax)))
	began := time.Now()
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for next < end {
				opt := opt
				opt.Seed = next
				next++
				mu.Unlock()
				r := Run(opt)
				if r.Err != nil && shrink > 0 {
					opt, r = Shrink(opt, r, shrink)
				}
				mu.Lock()
				total.add(r)
				if !each(opt, r) {
					end = next
				}
			}
		})
	}
	wg.Wait()
	total.Took = time.Since(began)
	return total
}

func (t *Total) add(r Result) {
	t.Seeds++
	t.Simulated += r.Simulated
	t.Answered += r.Stats.Acked + r.Stats.Reads
	for kind, n := range r.Kinds {
		t.Faults[kind] += n
	}
}

func (t Total) String() string {
	faults := 0
	for _, n := range t.Faults {
		faults += n
	}
	return fmt.Sprintf("%d seeds: %v simulated in %v (%.0f times as fast), %d requests answered, %d faults",
		t.Seeds, t.Simulated.Round(time.Second), t.Took.Round(time.Millisecond), t.Simulated.Seconds()/t.Took.Seconds(), t.Answered, faults)
}
