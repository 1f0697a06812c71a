package collector

import (
	"runtime"
	"runtime/debug"
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
	Pace()
	for range 3 { // the pace of a small process
		runtime.GC()
	}
	alive := make([][]byte, 0, 256)
	var m runtime.MemStats
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
	if limit := uint64(768 << 20); m.Sys > limit {
		t.Errorf("%d MB taken from the system for %d MB alive and %d MB of garbage, want at most %d MB",
			m.Sys>>20, len(alive), garbageMin>>20, limit>>20)
	}
}
