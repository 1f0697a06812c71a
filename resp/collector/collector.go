// Package collector sets the pace of Go's garbage collector for a process whose
// memory is nearly all data. GOGC lets garbage grow in proportion to what is
// alive, which doubles the memory of a database for nothing; here garbage may
// grow by a fixed amount, or an eighth of what is alive if that is more.
//
// The pace follows each collection, by a finalizer that runs after every one:
// what is alive can grow from a megabyte to a gigabyte between two ticks of any
// clock (one large value is enough), and the percentage that was right for the
// megabyte would let sixty gigabytes of garbage pass.
//
// Once no collection has been needed for a while, what lies around is collected
// and given back to the system, if it is worth it: after a bulk load that is a
// tenth of the memory. An idle process does nothing.
package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	garbageMin    = 64 << 20 // may always lie around
	garbageShare  = 8        // of what is alive, one in so many parts
	liveMin       = 1 << 20
	percentageMax = 6400

	quietTime  = 3 * time.Second // without a collection
	spareMin   = 8 << 20         // less is not given back
	spareShare = 32              // of what is alive
)

// sentinel becomes garbage at once, so that each collection finalizes it.
type sentinel struct {
	heap  []metrics.Sample
	quiet *time.Timer
}

// Pace begins to set the pace. It is called once per process.
func Pace() {
	pace(quietTime)
}

func pace(quiet time.Duration) {
	s := &sentinel{heap: samples()}
	s.quiet = time.AfterFunc(quiet, giveBack)
	s.collected(quiet)
}

func samples() []metrics.Sample {
	return []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
}

// collected runs after a collection, and waits for the next one.
func (s *sentinel) collected(quiet time.Duration) {
	metrics.Read(s.heap)
	debug.SetGCPercent(percentage(s.heap[0].Value.Uint64()))
	s.quiet.Reset(quiet)
	runtime.SetFinalizer(s, func(s *sentinel) { s.collected(quiet) })
}

// percentage is GOGC for so many bytes alive.
func percentage(live uint64) int {
	live = max(live, liveMin)
	garbage := max(garbageMin, live/garbageShare)
	return int(min(garbage*100/live, percentageMax))
}

// giveBack collects and returns memory to the system if much of it is spare.
// The collection wakes it once more, when there is nothing to give.
func giveBack() {
	heap := samples()
	metrics.Read(heap)
	live, objects, free := heap[0].Value.Uint64(), heap[1].Value.Uint64(), heap[2].Value.Uint64()
	if garbage := max(objects, live) - live; garbage+free > max(spareMin, live/spareShare) {
		debug.FreeOSMemory()
	}
}
