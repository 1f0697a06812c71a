package engine

import (
	"fmt"
	"io"
	"testing"
)

func TestHotPathsDoNotAllocate(t *testing.T) {
	n := newNode(t)
	n.do(args("SET key:1 0123456789012345678901234567890123456789"))
	n.do(args("SET n 1000"))
	get, getArgs := Lookup([]byte("get")), args("GET key:1")
	if a := testing.AllocsPerRun(1000, func() { n.e.View(0, get, getArgs, n.nowMs, Discard) }); a != 0 {
		t.Errorf("View(GET) allocates %v times", a)
	}
	var sink Sink = oneReply{Discard}
	index := n.e.Applied()
	for _, line := range []string{"SET key:1 9876543210987654321098765432109876543210", "INCR n", "SETEX key:1 100 9876543210987654321098765432109876543210"} {
		a := args(line)
		n.batch.Reset()
		n.batch.Command(0, a)
		encode := testing.AllocsPerRun(1000, func() {
			n.batch.Reset()
			n.batch.Command(0, a)
		})
		if encode != 0 {
			t.Errorf("encoding %s allocates %v times", line, encode)
		}
		apply := func() {
			index++
			if err := n.e.Apply(Entry{Index: index, UnixMs: testStartMs, Seed: 1, Data: n.batch.Bytes()}, sink); err != nil {
				t.Fatal(err)
			}
		}
		if a := testing.AllocsPerRun(1000, apply); a != 0 {
			t.Errorf("applying %s allocates %v times", line, a)
		}
	}
}

const benchKeys = 100_000

func benchEngine(b *testing.B) *Engine {
	e := New(Options{HashSeed: [4]uint64{1, 2, 3, 4}})
	var batch Batch
	value := make([]byte, 64)
	for i := range benchKeys {
		batch.Command(0, [][]byte{[]byte("SET"), fmt.Appendf(nil, "key:%012d", i), value})
	}
	if err := e.Apply(Entry{Index: 1, UnixMs: testStartMs, Data: batch.Bytes()}, oneReply{Discard}); err != nil {
		b.Fatal(err)
	}
	return e
}

// BenchmarkApplySet applies entries of 64 overwrites of random keys; an
// operation is one SET, its encoding included.
func BenchmarkApplySet(b *testing.B) {
	e := benchEngine(b)
	var batch Batch
	a := [][]byte{[]byte("SET"), make([]byte, 16), make([]byte, 64)}
	index, k := e.Applied(), uint64(1)
	b.ReportAllocs()
	for b.Loop() {
		k = k*6364136223846793005 + 1442695040888963407
		a[1] = fmt.Appendf(a[1][:0], "key:%012d", (k>>33)%benchKeys)
		batch.Command(0, a)
		if batch.Len() == 64 {
			index++
			if err := e.Apply(Entry{Index: index, UnixMs: testStartMs, Data: batch.Bytes()}, oneReply{Discard}); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
}

func BenchmarkViewGet(b *testing.B) {
	e := benchEngine(b)
	get := Lookup([]byte("get"))
	a := [][]byte{[]byte("GET"), make([]byte, 16)}
	k := uint64(1)
	b.ReportAllocs()
	for b.Loop() {
		k = k*6364136223846793005 + 1442695040888963407
		a[1] = fmt.Appendf(a[1][:0], "key:%012d", (k>>33)%benchKeys)
		e.View(0, get, a, testStartMs, Discard)
	}
}

// BenchmarkSnapshot writes and BenchmarkRestore reads benchKeys keys of 16
// bytes with values of 64; an operation is one key.
func BenchmarkSnapshot(b *testing.B) {
	e := benchEngine(b)
	for done := 0; done < b.N; done += benchKeys {
		s := e.Snapshot()
		n, err := s.WriteTo(io.Discard)
		s.Release()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n / benchKeys)
	}
}

func BenchmarkRestore(b *testing.B) {
	data := snapshotBytes(b, benchEngine(b))
	b.SetBytes(int64(len(data) / benchKeys))
	b.ResetTimer()
	for done := 0; done < b.N; done += benchKeys {
		mustRestore(b, data)
	}
}
