// Package collector sets the pace of Go's garbage collector for a process whose
// memory is nearly all data. GOGC lets garbage grow in proportion to what is
// alive, which doubles the memory of a database for nothing; here garbage may
// grow by a fixed amount, or an eighth of what is alive if that is more.
//
// The pace follows each collection, by a finalizer that runs after every one:
// what is alive can grow from a megabyte to a gigabyte between two ticks of any
// clock (one large value is enough), and the percentage that was right for the
// megabyte would let sixty gigabytes of garbage pass. An idle process does
// nothing.
package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	garbageMin    = 64 << 20 // may always lie around
	garbageShare  = 8        // of what is alive, one in so many parts
	liveMin       = 1 << 20
	percentageMax = 6400
)

// sentinel becomes garbage at once, so that each collection finalizes it.
type sentinel struct{ live []metrics.Sample }

// Pace begins to set the pace. It is called once per process.
func Pace() {
	s := &sentinel{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	s.collected()
}

// collected runs after a collection, and waits for the next one.
func (s *sentinel) collected() {
	metrics.Read(s.live)
	debug.SetGCPercent(percentage(s.live[0].Value.Uint64()))
	runtime.SetFinalizer(s, (*sentinel).collected)
}

// percentage is GOGC for so many bytes alive.
func percentage(live uint64) int {
	live = max(live, liveMin)
	garbage := max(garbageMin, live/garbageShare)
	return int(min(garbage*100/live, percentageMax))
}
