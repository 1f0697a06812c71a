package keyspace

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

var benchKeys = flag.Int("keys", 1000000, "keys of the benchmarks and of TestBytesPerKey")

// permutation is a fixed random order of the keys.
var permutation []int32

// shuffled returns the i-th of n keys of 16 bytes in that order, in buf.
func shuffled(buf []byte, i, n int) []byte {
	if len(permutation) != n {
		permutation = make([]int32, n)
		for j := range permutation {
			permutation[j] = int32(j)
		}
		rand.New(rand.NewSource(1)).Shuffle(n, func(a, b int) { permutation[a], permutation[b] = permutation[b], permutation[a] })
	}
	x := int(permutation[i%n])
	buf = append(buf[:0], "key:000000000000"...)
	for at := 15; x > 0; at-- {
		buf[at] += byte(x % 10)
		x /= 10
	}
	return buf
}

// benchSpace is made once for all benchmarks that don't change how many keys there are.
var benchSpace *Space

func bigSpace(b *testing.B) *Space {
	if benchSpace == nil {
		benchSpace = New(testSeed)
		fillShuffled(benchSpace, *benchKeys)
		runtime.GC()
	}
	b.ReportAllocs()
	b.ResetTimer()
	return benchSpace
}

func fillShuffled(s *Space, n int) {
	value, key := make([]byte, 64), make([]byte, 0, 16)
	for i := range n {
		key = shuffled(key, i, n)
		s.Set(key, value, SetOptions{Version: uint64(i + 1)})
	}
}

func BenchmarkGet(b *testing.B) {
	s, key := bigSpace(b), make([]byte, 0, 16)
	for i := 0; b.Loop(); i++ {
		key = shuffled(key, i*7, *benchKeys)
		if r, ok := s.Get(key); ok && len(r.Value()) != 64 {
			b.Fatal("value")
		}
	}
}

func BenchmarkOverwrite(b *testing.B) {
	s, key, value := bigSpace(b), make([]byte, 0, 16), make([]byte, 64)
	for i := 0; b.Loop(); i++ {
		key = shuffled(key, i*7, *benchKeys)
		s.Set(key, value, SetOptions{Version: uint64(i)})
	}
}

func BenchmarkDelete(b *testing.B) { benchDeleteNew(b, true) }

func BenchmarkNew(b *testing.B) { benchDeleteNew(b, false) }

// benchDeleteNew deletes and makes runs of keys in turn, and times the one or the other.
func benchDeleteNew(b *testing.B, timeDelete bool) {
	s, key, value := bigSpace(b), make([]byte, 0, 16), make([]byte, 64)
	const run = 20000
	b.StopTimer()
	for done := 0; done < b.N; done += run {
		n := min(run, b.N-done)
		if timeDelete {
			b.StartTimer()
		}
		for i := range n {
			key = shuffled(key, (done+i)*13, *benchKeys)
			s.Delete(key, uint64(done))
		}
		if timeDelete {
			b.StopTimer()
		} else {
			b.StartTimer()
		}
		for i := range n {
			key = shuffled(key, (done+i)*13, *benchKeys)
			s.Set(key, value, SetOptions{Version: uint64(done)})
		}
		if !timeDelete {
			b.StopTimer()
		}
	}
}

func BenchmarkRange10(b *testing.B) {
	s, key := bigSpace(b), make([]byte, 0, 16)
	for i := 0; b.Loop(); i++ {
		key = shuffled(key, i*7, *benchKeys)
		n := 0
		s.Range(key, nil, false, func(Record) bool { n++; return n < 10 })
	}
}

func BenchmarkScan10(b *testing.B) {
	s, cursor := bigSpace(b), uint64(0)
	for b.Loop() {
		cursor = s.Scan(cursor, 10, func(Record) {})
	}
}

func BenchmarkRandomKey(b *testing.B) {
	s, i := bigSpace(b), uint64(0)
	for b.Loop() {
		i++
		s.RandomKey(i)
	}
}

func BenchmarkSnapshot(b *testing.B) {
	s := bigSpace(b)
	for b.Loop() {
		s.Snapshot().Release()
	}
}

// BenchmarkSnapshotEach reports the time per key.
func BenchmarkSnapshotEach(b *testing.B) {
	s := bigSpace(b)
	sn := s.Snapshot()
	defer sn.Release()
	b.ResetTimer()
	for n := 0; n < b.N; {
		sn.Each(func(Record) bool { n++; return n < b.N })
	}
}

// BenchmarkLoad reports the time per key.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	key, value, i := make([]byte, 16), make([]byte, 64), 0
	if err := New(testSeed).Load(func() (Item, bool) {
		i++
		binary.BigEndian.PutUint64(key[8:], uint64(i))
		return Item{Key: key, Value: value, Version: uint64(i)}, i <= b.N
	}); err != nil {
		b.Fatal(err)
	}
}

func rss(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc/self/status")
	}
	kb := 0
	for _, line := range strings.Split(string(b), "\n") {
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// TestBytesPerKey prints what a key of 16 bytes with a value of 64 costs, inserted in random order, with the collector's
// allowance fixed at max(64 MiB, live/8) as a server sets it:
//
//	go test ./engine/keyspace -run BytesPerKey -v -long -keys 2000000
func TestBytesPerKey(t *testing.T) {
	if !*long {
		t.Skip("needs -long")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	n := *benchKeys
	shuffled(nil, 0, n)
	debug.FreeOSMemory()
	base := rss(t)
	s := New(testSeed)
	value, key := make([]byte, 64), make([]byte, 0, 16)
	start, worst := time.Now(), time.Duration(0)
	for i := range n {
		if i&(1<<16-1) == 0 {
			live := s.MemoryUsage()
			debug.SetGCPercent(max(1, 100*max(64<<20, live/8)/max(live, 4<<20)))
		}
		key = shuffled(key, i, n)
		before := time.Now()
		s.Set(key, value, SetOptions{Version: uint64(i + 1)})
		worst = max(worst, time.Since(before))
	}
	took := time.Since(start)
	loaded := rss(t)
	for i := range n {
		key = shuffled(key, i, n)
		s.Set(key, value, SetOptions{Version: uint64(n + i)})
	}
	start = time.Now()
	runtime.GC()
	gc := time.Since(start)
	debug.FreeOSMemory()
	per := func(bytes int) float64 { return float64(bytes) / float64(s.Len()) }
	m := s.Memory()
	t.Logf("%d keys: RSS %.1f B/key loaded, %.1f after a full GC; counted %.1f = arena %.1f (free %.1f) + index %.1f + order %.1f",
		s.Len(), per(loaded-base), per(rss(t)-base), per(m.Total()), per(m.Arena), per(m.Free), per(m.Index), per(m.Order))
	t.Logf("%.0f ns a new key, worst %v; full GC %v", float64(took.Nanoseconds())/float64(n), worst, gc)
	sn := s.Snapshot()
	start = time.Now()
	sn.Each(func(Record) bool { return true })
	t.Logf("snapshot walked in %v", time.Since(start))
	sn.Release()
	runtime.KeepAlive(s)
}
