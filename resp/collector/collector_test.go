package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestPercentage(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 6400}, {1 << 20, 6400}, {64 << 20, 100}, {512 << 20, 12}, {1 << 30, 12}, {100 << 30, 12}, {128 << 20, 50}} {
		if got := percentage(c.live); got != c.want {
			t.Errorf("%d bytes alive: %d %%, want %d %%", c.live, got, c.want)
		}
	}
}

// What is alive grows from next to nothing to many times the allowance: garbage
// must not follow in proportion.
func TestGarbageStaysBounded(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer pace(quietTime)()
	for range 3 { // the pace of a small process
		runtime.GC()
	}
	alive := make([][]byte, 0, 256)
	var before, m runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 4000 { // 4 GB pass, 256 MB of them stay
		b := make([]byte, 1<<20)
		if len(alive) < cap(alive) {
			alive = append(alive, b)
		}
		if i%256 == 0 {
			time.Sleep(time.Millisecond) // the finalizer is another goroutine's
		}
	}
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(alive)
	if limit := uint64(768 << 20); m.Sys-before.Sys > limit {
		t.Errorf("%d MB taken from the system for %d MB alive and %d MB of garbage, want at most %d MB",
			(m.Sys-before.Sys)>>20, len(alive), garbageMin>>20, limit>>20)
	}
}

// What bursts have left behind goes back to the system without another
// collection being needed, also when the first look came in the middle of
// them, and then nothing happens any more.
func TestQuietGivesBack(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer pace(500 * time.Millisecond)()
	runtime.GC() // what is alive is known
	var burst []byte
	for i := range 40 { // fewer than are collected while there is work
		burst = make([]byte, 1<<20)
		clear(burst)
		if i >= 20 {
			time.Sleep(40 * time.Millisecond) // past the first look
		}
	}
	runtime.KeepAlive(burst)
	heap := samples()
	spare := func() uint64 {
		metrics.Read(heap)
		return heap[1].Value.Uint64() + heap[2].Value.Uint64()
	}
	if before := spare(); before < 32<<20 {
		t.Fatalf("%d MB in use, want at least 32", before>>20)
	}
	for deadline := time.Now().Add(20 * time.Second); spare() > 24<<20; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d MB are still held", spare()>>20)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	cycles := m.NumGC
	time.Sleep(300 * time.Millisecond)
	if runtime.ReadMemStats(&m); m.NumGC > cycles+2 {
		t.Errorf("%d collections of an idle process", m.NumGC-cycles)
	}
}
