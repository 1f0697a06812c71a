package wal

import (
	"fmt"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

func benchAppend(b *testing.B, l *Log, size int, sync bool) {
	data := make([]byte, size)
	us := make([]Update, 1)
	us[0] = Update{Group: 1, HardState: hard(1, 1, 0)}
	b.ReportAllocs()
	b.SetBytes(int64(size))
	i := uint64(0)
	for b.Loop() {
		i++
		e := entry(i, 1, "")
		e.Data = data
		us[0].Entries = append(us[0].Entries[:0], e)
		if err := l.Append(us); err != nil {
			b.Fatal(err)
		}
		if sync {
			if err := l.Sync(); err != nil {
				b.Fatal(err)
			}
		}
		if i%4096 == 0 {
			if err := l.SetSnapshot(1, snapAt(i, 1, 1)); err != nil {
				b.Fatal(err)
			}
			if err := l.Compact(1, i); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.StopTimer()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// An entry and a hard state per append: what one turn of one group writes.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{100, 64 << 10} {
		for _, sync := range []bool{true, false} {
			b.Run(fmt.Sprintf("disk/%d/sync=%v", size, sync), func(b *testing.B) {
				l, _, err := Open(OS, b.TempDir(), Options{})
				if err != nil {
					b.Fatal(err)
				}
				benchAppend(b, l, size, sync)
			})
		}
		b.Run(fmt.Sprintf("memory/%d", size), func(b *testing.B) { benchAppend(b, OpenMemory(), size, false) })
	}
}

// Entries read back from the segments, 64 KiB at a time.
func BenchmarkReadBack(b *testing.B) {
	l, _, err := Open(OS, b.TempDir(), Options{TailBytes: 1})
	if err != nil {
		b.Fatal(err)
	}
	const n = 20000
	for i := uint64(1); i <= n; i++ {
		if err := l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(i, 1, string(make([]byte, 200)))}}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	at := uint64(1)
	entries := 0
	for b.Loop() {
		list, err := l.Storage(1).Entries(at, n+1, 64<<10)
		if err != nil {
			b.Fatal(err)
		}
		entries += len(list)
		if at += uint64(len(list)); at > n-1000 {
			at = 1
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(entries), "ns/entry")
}

// Opening a log of 200,000 entries of 200 bytes.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	l, _, err := Open(OS, dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := uint64(1); i <= 200000; i++ {
		if err := l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(i, 1, string(make([]byte, 200)))}}}); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, _, err := Open(OS, dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
