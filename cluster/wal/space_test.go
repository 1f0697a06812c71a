package wal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// TestFullDiskRefusesEntriesTakesVotesAndHeals fills the disk.
func TestFullDiskRefusesEntriesTakesVotesAndHeals(t *testing.T) {
	m := NewMemFS()
	opt := Options{SegmentBytes: 64 << 10, ExtendBytes: 8 << 10, ReserveBytes: 4 << 10, Rand: counter()}
	l, _, err := Open(m, "d", opt)
	must(t, err)
	m.SetQuota(m.UsedBytes() + 20<<10)
	n := uint64(0)
	for ; n < 1000; n++ {
		err = l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(n+1, 1, strings.Repeat("v", 300))}}})
		if err != nil {
			break
		}
	}
	if !errors.Is(err, ErrNoSpace) || n < 20 {
		t.Fatalf("after %d entries: %v", n, err)
	}
	before, err := observe(l)
	must(t, err)
	if err := l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(n+1, 1, strings.Repeat("w", 40000))}}}); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("a big entry on a full disk: %v", err)
	}
	// A disk may also turn out to be full in the middle of the records.
	m.SetQuota(0)
	used := m.UsedBytes()
	m.OnWrite = func(_ string, _ int64, n int) error {
		if n > 60000 {
			return fmt.Errorf("write: %w", ErrNoSpace)
		}
		return nil
	}
	if err := l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(n+1, 1, "first"), entry(n+2, 1, strings.Repeat("w", 70000))}}}); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("a big entry on a full disk: %v", err)
	}
	m.OnWrite = nil
	if now := m.UsedBytes(); now > used+opt.SegmentBytes {
		t.Fatalf("the refused entry holds %d bytes", now-used)
	}
	m.SetQuota(used + 100)
	if got, err := observe(l); err != nil || got != before {
		t.Fatalf("the refused entries left traces: %v\n%s", err, got)
	}
	// Votes go on, into the reserve.
	for term := uint64(2); term < 20; term++ {
		must(t, l.Append([]Update{{Group: 1, HardState: hard(term, 3, 1)}}))
		must(t, l.Sync())
	}
	want, err := observe(l)
	must(t, err)
	c := m.Clone()
	l2, _, err := Open(c, "d", opt)
	must(t, err)
	if got, err := observe(l2); err != nil || got != want {
		t.Fatalf("reopened on a full disk: %v\n%swant\n%s", err, got, want)
	}
	// Space returns: the same log goes on.
	m.SetQuota(0)
	must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(n+1, 20, strings.Repeat("w", 40000))}}}))
	must(t, l.Sync())
	must(t, l.Close())
	if l, _, err = Open(m, "d", opt); err != nil {
		t.Fatal(err)
	}
	if last, _ := l.Storage(1).LastIndex(); last != n+1 {
		t.Fatalf("last entry %d, want %d", last, n+1)
	}
}

// After a failed sync the page cache holds records that the disk lacks, and
// counts them as clean. What a new process finds there and serves must survive
// the next power cut.
func TestRecordsOfAFailedSyncAreDurableOnceServed(t *testing.T) {
	for seed := range uint64(50) {
		m := NewMemFS()
		l, _, err := Open(m, "d", Options{SegmentBytes: 64 << 10, ExtendBytes: 8 << 10})
		must(t, err)
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "durable")}}}))
		must(t, l.Sync())
		m.OnSync = func(string) error { return errors.New("medium error") }
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(2, 1, "kept by the cache")}}}))
		if err := l.Sync(); err == nil {
			t.Fatal("the sync succeeded")
		}
		m.OnSync = nil
		m.Kill()
		l, _, err = Open(m, "d", Options{})
		must(t, err)
		served, _ := l.Storage(1).LastIndex()
		m.Crash(rand.New(rand.NewPCG(seed, 1)))
		l, _, err = Open(m, "d", Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if last, _ := l.Storage(1).LastIndex(); last != served || served != 2 {
			t.Fatalf("seed %d: after the power cut the log ends at %d; %d was served before", seed, last, served)
		}
	}
}

func TestFailedSyncIsFinal(t *testing.T) {
	m := NewMemFS()
	l, _ := smallLog(t, m, false)
	broken := errors.New("medium error")
	m.OnSync = func(string) error { return broken }
	must(t, l.Append([]Update{{Group: 1, HardState: hard(77, 1, 3)}}))
	var f *FatalError
	if err := l.Sync(); !errors.As(err, &f) || !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	m.OnSync = nil
	if err := l.Sync(); !errors.As(err, &f) {
		t.Fatalf("a second sync says %v", err)
	}
	if err := l.Append([]Update{{Group: 1, HardState: hard(78, 1, 3)}}); !errors.As(err, &f) {
		t.Fatalf("an append says %v", err)
	}
	if err := l.SetMeta(1, nil); !errors.As(err, &f) {
		t.Fatalf("metadata says %v", err)
	}
}

func TestFailedWriteIsFinal(t *testing.T) {
	m := NewMemFS()
	l, _ := smallLog(t, m, false)
	m.OnWrite = func(string, int64, int) error { return errors.New("medium error") }
	var f *FatalError
	if err := l.Append([]Update{{Group: 1, HardState: hard(77, 1, 3)}}); !errors.As(err, &f) || f.Op != "write" {
		t.Fatalf("got %v", err)
	}
}

// TestQuietGroupHoldsNothing: a group with a few old entries does not keep the
// segments that a busy one has left behind, and keeps its entries.
func TestQuietGroupHoldsNothing(t *testing.T) {
	m := NewMemFS()
	opt := Options{SegmentBytes: 32 << 10, ExtendBytes: 8 << 10, TailBytes: 1, Rand: counter()}
	l, _, err := Open(m, "d", opt)
	must(t, err)
	must(t, l.Append([]Update{{Group: 0, Entries: []*raftpb.Entry{entry(1, 1, "one"), entry(2, 1, "two"), entry(3, 2, "three")}, HardState: hard(2, 1, 3)}}))
	salts := map[uint64]bool{}
	for i := uint64(1); i <= 2000; i++ {
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(i, 1, strings.Repeat("b", 200))}, HardState: hard(1, 1, i)}}))
		must(t, l.Sync())
		if i%100 == 0 {
			must(t, l.SetSnapshot(1, snapAt(i-20, 1, 1, 2, 3)))
			must(t, l.Compact(1, i-20))
			must(t, l.Sync())
		}
		salts[l.active().salt] = true
	}
	st := l.Stats()
	if st.Segments > 4 || st.Moved == 0 || st.Recycled == 0 {
		t.Fatalf("stats %+v", st)
	}
	if int(st.Rotations)+1 != len(salts) {
		t.Fatalf("%d rotations, %d salts", st.Rotations, len(salts))
	}
	if names, _ := m.List("d"); len(names) > 8 {
		t.Fatalf("files %v", names)
	}
	want, err := observe(l)
	must(t, err)
	if !strings.Contains(want, "0: hard 2/1/3") || l.Storage(0).group().last != 3 {
		t.Fatalf("group 0 is %s", want)
	}
	m.Kill()
	l, _, err = Open(m, "d", opt)
	must(t, err)
	if got, err := observe(l); err != nil || got != want {
		t.Fatalf("%v\n%swant\n%s", err, got, want)
	}
}

func TestBigEntries(t *testing.T) {
	dir := t.TempDir()
	opt := Options{TailBytes: 1}
	l, _, err := Open(OS, dir, opt)
	must(t, err)
	big := bytes.Repeat([]byte("0123456789abcde\n"), 80<<20/16)
	var want []string
	for i, n := range []int{100, len(big), 0, copyMax, copyMax + 1, 3 << 20, 7} {
		e := entry(uint64(i+1), 1, "")
		if n > 0 {
			e.Data = big[i:n:n][:n-i]
		}
		want = append(want, fmt.Sprint(len(e.Data), payloadCRC(e.Data)))
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{e}, HardState: hard(1, 1, uint64(i))}}))
		must(t, l.Sync())
	}
	look := func() {
		t.Helper()
		for i := range want {
			list, err := l.Storage(1).Entries(uint64(i+1), uint64(len(want)+1), 1)
			must(t, err)
			if got := fmt.Sprint(len(list[0].Data), payloadCRC(list[0].Data)); len(list) != 1 || got != want[i] {
				t.Fatalf("entry %d: %s, want %s", i+1, got, want[i])
			}
		}
	}
	look()
	must(t, l.Close())
	l, _, err = Open(OS, dir, opt)
	must(t, err)
	look()
	must(t, l.Close())
}

// TestMemoryModeIsTheSame runs the calls of a small log without files.
func TestMemoryModeIsTheSame(t *testing.T) {
	disk, _, err := Open(NewMemFS(), "d", smallOptions())
	must(t, err)
	mem := OpenMemory()
	both := func(f func(l *Log) error) {
		t.Helper()
		must(t, f(disk))
		must(t, f(mem))
		a, err := observe(disk)
		must(t, err)
		b, err := observe(mem)
		must(t, err)
		if a != b {
			t.Fatalf("on disk\n%sin memory\n%s", a, b)
		}
		if disk.Size(1) != mem.Size(1) || disk.SinceSnapshot(1) != mem.SinceSnapshot(1) {
			t.Fatalf("sizes %d %d and %d %d", disk.Size(1), disk.SinceSnapshot(1), mem.Size(1), mem.SinceSnapshot(1))
		}
	}
	add := func(first, n, term uint64) func(l *Log) error {
		return func(l *Log) error {
			u := Update{Group: 1, HardState: hard(term, 1, first-1)}
			for i := range n {
				u.Entries = append(u.Entries, entry(first+i, term, strings.Repeat("z", int(i*10))))
			}
			return l.Append([]Update{u})
		}
	}
	both(add(1, 40, 1))
	both(add(41, 5, 2))
	both(add(43, 9, 3)) // over a suffix
	both(func(l *Log) error { return l.SetSnapshot(1, snapAt(42, 2, 1, 2)) })
	both(func(l *Log) error { return l.Compact(1, 30) })
	both(func(l *Log) error { return l.Compact(1, 42) })
	both(add(52, 3, 3))
	both(func(l *Log) error { return l.SetMeta(NodeMeta, []byte("me")) })
	both(func(l *Log) error {
		return l.Append([]Update{{Group: 1, Snapshot: snapAt(100, 7, 3), Entries: []*raftpb.Entry{entry(101, 7, "after")}}})
	})
	both(func(l *Log) error { return l.Sync() })
	both(func(l *Log) error { return l.RemoveGroup(1) })
	if err := mem.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTornMoveKeepsTheEntries: a rotation in the middle of a move, and a crash.
func TestMoveAcrossSegments(t *testing.T) {
	m := NewMemFS()
	opt := Options{SegmentBytes: 16 << 10, ExtendBytes: 4 << 10, ReserveBytes: 512, TailBytes: 1, Rand: counter()}
	l, _, err := Open(m, "d", opt)
	must(t, err)
	u := Update{Group: 0, HardState: hard(1, 1, 40)}
	for i := uint64(1); i <= 40; i++ {
		u.Entries = append(u.Entries, entry(i, 1+i/7, strings.Repeat("q", 40)))
	}
	must(t, l.Append([]Update{u}))
	for i := uint64(1); i <= 400; i++ {
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(i, 1, strings.Repeat("b", 333))}}}))
		if i%9 == 0 {
			must(t, l.SetSnapshot(1, snapAt(i-1, 1, 1)))
			must(t, l.Compact(1, i-1))
		}
		if i%4 == 0 {
			must(t, l.Sync())
		}
		if i%5 == 0 {
			want, err := observe(l)
			must(t, err)
			c := m.Clone()
			l2, _, err := Open(c, "d", opt)
			must(t, err)
			if got, err := observe(l2); err != nil || got != want {
				t.Fatalf("after %d: %v\n%swant\n%s", i, err, got, want)
			}
		}
	}
	if l.Stats().Moved == 0 || l.Stats().Segments > 4 {
		t.Fatalf("stats %+v", l.Stats())
	}
}

func TestHotPathAllocates(t *testing.T) {
	for _, name := range []string{"disk", "memory"} {
		l := OpenMemory()
		if name == "disk" {
			var err error
			l, _, err = Open(OS, t.TempDir(), Options{TailBytes: 1 << 20})
			must(t, err)
		}
		const runs = 20000
		us := make([]Update, 1)
		list := make([]*raftpb.Entry, runs+2)
		for i := range list {
			list[i] = entry(uint64(i+1), 1, "some bytes of a batch")
		}
		hs := hard(1, 1, 0)
		i := 0
		n := testing.AllocsPerRun(runs, func() {
			us[0] = Update{Group: 1, Entries: list[i : i+1], HardState: hs}
			if err := l.Append(us); err != nil {
				t.Fatal(err)
			}
			i++
		})
		if n >= 1 {
			t.Errorf("%s: %v allocations for an append", name, n)
		}
		must(t, l.Close())
	}
}

// TestSpaceOfARefusedWriteComesBack: the same, without a rotation in between.
func TestSpaceOfARefusedWriteComesBack(t *testing.T) {
	m := NewMemFS()
	l, _, err := Open(m, "d", Options{SegmentBytes: 1 << 20, ExtendBytes: 8 << 10, ReserveBytes: 4 << 10, Rand: counter()})
	must(t, err)
	must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "one")}}}))
	used := m.UsedBytes()
	m.OnWrite = func(_ string, _ int64, n int) error {
		if n == 70000 {
			return ErrNoSpace
		}
		return nil
	}
	if err := l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(2, 1, "two"), entry(3, 1, strings.Repeat("w", 70000))}}}); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("got %v", err)
	}
	if now := m.UsedBytes(); now != used {
		t.Fatalf("the disk holds %d bytes, before %d", now, used)
	}
	// Entry 2 was on the disk before entry 3 failed. It was refused, so no
	// restart may bring it back.
	m.Kill()
	l, _, err = Open(m, "d", Options{})
	must(t, err)
	if last, _ := l.Storage(1).LastIndex(); last != 1 {
		t.Fatalf("the log goes up to %d after a restart", last)
	}
}

// TestResidueOfATornBatchIsNotRead lays the next append exactly over the first
// record of a torn batch, so that the second one stands where a record would.
func TestResidueOfATornBatchIsNotRead(t *testing.T) {
	m := NewMemFS()
	l, _, err := Open(m, "d", smallOptions())
	must(t, err)
	must(t, l.Append([]Update{{Group: 1, HardState: hard(1, 1, 0)}}))
	must(t, l.Sync())
	s, off := l.active(), l.active().used
	size := nonceBytes + int(recordSize(8)) - recordHeader
	must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, strings.Repeat("t", size)), entry(2, 1, "residue")}}}))
	m.Kill()
	must(t, m.Corrupt(s.name, off+recordHeader, 1))
	l, rec, err := Open(m, "d", smallOptions())
	must(t, err)
	if rec.TornOffset != off {
		t.Fatalf("torn at %d, want %d", rec.TornOffset, off)
	}
	must(t, l.Append([]Update{{Group: 1, HardState: hard(2, 1, 0)}}))
	if got, want := l.active().used, off+recordSize(int64(size)); got != want {
		t.Fatalf("the log ends at %d, the residue begins at %d", got, want)
	}
	want, err := observe(l)
	must(t, err)
	must(t, l.Sync())
	m.Kill()
	l, _, err = Open(m, "d", smallOptions())
	must(t, err)
	if got, err := observe(l); err != nil || got != want {
		t.Fatalf("%v\n%swant\n%s", err, got, want)
	}
}

// TestSyncBesideAppends: what was appended after StartSync is not durable, and
// nothing is given up because of it.
func TestSyncBesideAppends(t *testing.T) {
	m := NewMemFS()
	opt := smallOptions()
	l, _, err := Open(m, "d", opt)
	must(t, err)
	for i := uint64(1); i <= 30; i++ {
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(i, 1, strings.Repeat("v", 300))}, HardState: hard(1, 1, i)}}))
	}
	must(t, l.Sync())
	want, err := observe(l)
	must(t, err)
	must(t, l.SetMeta(2, []byte("x")))
	run, done := l.StartSync()
	must(t, run())
	must(t, l.SetSnapshot(1, snapAt(30, 1, 1)))
	must(t, l.Compact(1, 30))
	segments := l.Stats().Segments
	must(t, done(nil))
	if !l.Unsynced() || l.Stats().Segments != segments || segments < 3 {
		t.Fatalf("unsynced %v, %d segments of %d", l.Unsynced(), l.Stats().Segments, segments)
	}
	c := m.Clone() // a disk that lost what came after the sync
	s := l.active()
	f, err := c.Open(s.name)
	must(t, err)
	_, err = f.WriteAt(make([]byte, s.used-l.synced), l.synced)
	must(t, err)
	l2, _, err := Open(c, "d", opt)
	must(t, err)
	if got, err := observe(l2); err != nil || !strings.HasPrefix(got, want) {
		t.Fatalf("%v\n%swant\n%s", err, got, want)
	}
	must(t, l.Sync())
	if l.Stats().Segments != 1 {
		t.Fatalf("%d segments are left", l.Stats().Segments)
	}
}

// TestStateOutlivesAnEmptySegment: a rotation succeeds, the append behind it
// does not, and nothing in the old segment is an entry that is needed.
func TestStateOutlivesAnEmptySegment(t *testing.T) {
	m := NewMemFS()
	opt := smallOptions()
	opt.SparesMax = -1
	l, _, err := Open(m, "d", opt)
	must(t, err)
	must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "one")}, HardState: hard(3, 2, 1)}}))
	must(t, l.SetSnapshot(1, snapAt(1, 1, 1)))
	must(t, l.Compact(1, 1))
	run, done := l.StartSync()
	m.SetQuota(m.UsedBytes() + 7<<10)
	if err := l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(2, 3, strings.Repeat("v", 20000))}}}); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("got %v", err)
	}
	if n := l.Stats().Segments; n != 2 || l.active().used != segmentHeader {
		t.Fatalf("%d segments, the last one used up to %d", n, l.active().used)
	}
	want, err := observe(l)
	must(t, err)
	must(t, done(run()))
	m.Kill()
	m.SetQuota(0)
	l, _, err = Open(m, "d", opt)
	must(t, err)
	if got, err := observe(l); err != nil || got != want {
		t.Fatalf("%v\n%swant\n%s", err, got, want)
	}
}

// TestRecoveredIsDurable: a killed process leaves records that only the system's
// memory holds; Open must not serve them before they are on the disk.
func TestRecoveredIsDurable(t *testing.T) {
	for seed := range uint64(20) {
		m := NewMemFS()
		l, _, err := Open(m, "d", smallOptions())
		must(t, err)
		must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "one")}, HardState: hard(3, 2, 1)}}))
		want, err := observe(l)
		must(t, err)
		m.Kill()
		_, _, err = Open(m, "d", smallOptions())
		must(t, err)
		m.Crash(rand.New(rand.NewPCG(seed, 5)))
		l, _, err = Open(m, "d", smallOptions())
		must(t, err)
		if got, err := observe(l); err != nil || got != want {
			t.Fatalf("%v\n%swant\n%s", err, got, want)
		}
	}
}

// TestPowerCutWhileRecycling cuts the power at each change of a rotation that
// gives up a segment and one that writes over it.
func TestPowerCutWhileRecycling(t *testing.T) {
	for n := 0; ; n++ {
		done := false
		for seed := range uint64(12) {
			m := NewMemFS()
			l, _, err := Open(m, "d", smallOptions())
			must(t, err)
			add := func(i uint64) error {
				return l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(i, 1, strings.Repeat("v", 400))}, HardState: hard(1, 1, i)}})
			}
			for i := uint64(1); i <= 12; i++ {
				must(t, add(i))
			}
			must(t, l.Sync())
			must(t, l.SetSnapshot(1, snapAt(12, 1, 1)))
			must(t, l.Compact(1, 12))
			m.CutPowerAfter(n)
			last := uint64(12)
			err = func() error {
				if err := l.Sync(); err != nil { // gives up segments
					return err
				}
				for i := uint64(13); i <= 24; i++ {
					if err := add(i); err != nil {
						return err
					}
					if err := l.Sync(); err != nil {
						return err
					}
					last = i
				}
				return nil
			}()
			done = err == nil
			if err != nil && !errors.Is(err, ErrPowerCut) {
				t.Fatal(err)
			}
			m.Crash(rand.New(rand.NewPCG(seed, 9)))
			l, _, err = Open(m, "d", smallOptions())
			if err != nil {
				t.Fatalf("power cut after %d changes, seed %d: %v", n, seed, err)
			}
			if got, _ := l.Storage(1).LastIndex(); got < last {
				t.Fatalf("power cut after %d changes, seed %d: entry %d is the last of %d", n, seed, got, last)
			}
		}
		if done {
			return
		}
	}
}
