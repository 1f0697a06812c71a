package wal

import (
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// What was synced is on the disk when the process dies; what was not may be
// missing, and is never read as something else.
func TestUnsyncedLosesWhatWasNotSynced(t *testing.T) {
	lost := 0
	for range 30 {
		disk := NewMemFS()
		l, _, err := Open(NewUnsynced(disk), "d", Options{SegmentBytes: 64 << 10, ExtendBytes: 8 << 10})
		must(t, err)
		n := uint64(0)
		add := func() {
			n++
			must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(n, 1, "value")}}}))
		}
		for range 20 {
			add()
			must(t, l.Sync())
		}
		for range 5 {
			add()
		}
		if last, _ := l.Storage(1).LastIndex(); last != 25 {
			t.Fatalf("the process itself sees %d entries", last)
		}
		disk.Kill()
		l, _, err = Open(disk, "d", Options{})
		must(t, err)
		last, _ := l.Storage(1).LastIndex()
		if last < 20 || last > 25 {
			t.Fatalf("after the kill there are %d entries", last)
		}
		lost += 25 - int(last)
		must(t, l.Close())
	}
	if lost == 0 {
		t.Error("nothing was ever lost")
	}
}

// A file reads as it was written, whatever is synced and whatever goes early.
func TestUnsyncedReads(t *testing.T) {
	u := NewUnsynced(NewMemFS())
	must(t, u.MkdirAll("d"))
	f, err := u.Create("d/f")
	must(t, err)
	want := make([]byte, 200)
	for i := range 300 {
		off, size := i*7%150, 1+i%50
		p := make([]byte, size)
		for k := range p {
			p[k] = byte(i)
		}
		copy(want[off:], p)
		if _, err := f.WriteAt(p, int64(off)); err != nil {
			t.Fatal(err)
		}
		if i%37 == 0 {
			must(t, f.Sync())
		}
		again, err := u.OpenRead("d/f")
		must(t, err)
		from := i % 60
		got := make([]byte, 100)
		n, _ := again.ReadAt(got, int64(from))
		if string(got[:n]) != string(want[from:from+n]) {
			t.Fatalf("write %d: read %d bytes at %d: %v, want %v", i, n, from, got[:n], want[from:from+n])
		}
	}
}
