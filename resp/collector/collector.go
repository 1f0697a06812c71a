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
// Once no collection has been needed for a while and hardly anything is
// allocated any more, what lies around is collected and given back to the
// system, if it is worth it: after a bulk load of small collections that is a
// third of the memory. An idle process looks at three counters every few
// seconds.
package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

const (
	garbageMin    = 64 << 20 // may always lie around
	garbageShare  = 8        // of what is alive, one in so many parts
	liveMin       = 1 << 20
	percentageMax = 6400

	quietTime  = 2 * time.Second // without a collection
	spareMin   = 8 << 20         // less is not given back
	spareShare = 32              // of what is alive
	calmBytes  = 1 << 20         // allocated in a quiet time: there is work
)

// sentinel becomes garbage at once, so that each collection finalizes it.
type sentinel struct {
	heap []metrics.Sample
	idle *watch
}

// watch gives back what is spare when there is no work.
type watch struct {
	heap      []metrics.Sample
	quiet     time.Duration
	timer     *time.Timer
	allocated uint64 // so far, at the last look
	stopped   atomic.Bool
}

// Pace begins to set the pace. It is called once per process.
func Pace() {
	pace(quietTime)
}

func pace(quiet time.Duration) (stop func()) {
	w := &watch{heap: samples(), quiet: quiet}
	w.timer = time.AfterFunc(quiet, w.look)
	s := &sentinel{heap: samples(), idle: w}
	s.collected()
	return func() { w.stopped.Store(true) }
}

func samples() []metrics.Sample {
	return []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/allocs:bytes"},
	}
}

// collected runs after a collection, and waits for the next one.
func (s *sentinel) collected() {
	if s.idle.stopped.Load() {
		return
	}
	metrics.Read(s.heap)
	debug.SetGCPercent(percentage(s.heap[0].Value.Uint64()))
	s.idle.timer.Reset(s.idle.quiet)
	runtime.SetFinalizer(s, (*sentinel).collected)
}

// percentage is GOGC for so many bytes alive.
func percentage(live uint64) int {
	live = max(live, liveMin)
	garbage := max(garbageMin, live/garbageShare)
	return int(min(garbage*100/live, percentageMax))
}

// look collects and returns memory to the system if much of it is spare and
// nothing is going on. The collection puts the next look off; otherwise it comes
// after the same time again.
func (w *watch) look() {
	if w.stopped.Load() {
		return
	}
	metrics.Read(w.heap)
	live, objects, free, allocated := w.heap[0].Value.Uint64(), w.heap[1].Value.Uint64(), w.heap[2].Value.Uint64(), w.heap[3].Value.Uint64()
	calm := allocated-w.allocated < calmBytes
	w.allocated = allocated
	if garbage := max(objects, live) - live; calm && garbage+free > max(spareMin, live/spareShare) {
		debug.FreeOSMemory()
	}
	w.timer.Reset(w.quiet)
}
