package wal

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// counter is a random source for tests that want the same bytes each time.
func counter() func() uint64 {
	n := uint64(0)
	return func() uint64 { n++; return n * 0x9E3779B97F4A7C15 }
}

// small options make many segments of a few records.
func smallOptions() Options {
	return Options{SegmentBytes: 6 << 10, ExtendBytes: 1 << 10, ReserveBytes: 256, TailBytes: 1, Rand: counter()}
}

// smallLog writes a log of a few segments and returns what it should hold
// after each append; all of them were synced but the last, if unsynced.
func smallLog(t *testing.T, m *MemFS, unsynced bool) (l *Log, states []string) {
	t.Helper()
	l, _, err := Open(m, "d", smallOptions())
	must(t, err)
	look := func() {
		t.Helper()
		s, err := observe(l)
		must(t, err)
		states = append(states, s)
	}
	look()
	for i := uint64(1); i <= 24; i++ {
		g := uint32(i % 2)
		k := (i + 1) / 2
		must(t, l.Append([]Update{{Group: g, Entries: []*raftpb.Entry{entry(k, 1+k/5, fmt.Sprintf("%d:%s", i, strings.Repeat("x", int(i*7)))), entry(k+1, 1+k/5, "next")}, HardState: hard(1+k/5, 1, k)}}))
		if i < 24 || !unsynced {
			must(t, l.Sync())
		}
		look()
	}
	return l, states
}

// TestEveryFlippedByteIsNoticed flips each byte of a small log. A log stopped
// cleanly has no byte whose damage could pass for a torn tail.
func TestEveryFlippedByteIsNoticed(t *testing.T) {
	for _, clean := range []bool{true, false} {
		m := NewMemFS()
		l, states := smallLog(t, m, false)
		if clean {
			must(t, l.Close())
		} else {
			m.Kill()
		}
		want := states[len(states)-1]
		if n := len(l.segs); n < 3 {
			t.Fatalf("%d segments", n)
		}
		step := int64(1)
		if !clean && !*long {
			step = 3
		}
		damaged, cut := 0, 0
		for _, s := range l.segs {
			for off := int64(0); off < s.used; off += step {
				c := m.Clone()
				must(t, c.Corrupt(s.name, off, byte(1<<(off%8))))
				l2, _, err := Open(c, "d", smallOptions())
				var v *VersionError
				if err != nil {
					var d *DamageError
					if !errors.As(err, &d) && !errors.As(err, &v) {
						t.Fatalf("%s byte %d: %v", s.name, off, err)
					}
					if d != nil && (d.File == "" || d.Reason == "") {
						t.Fatalf("%s byte %d: unnamed damage %+v", s.name, off, d)
					}
					damaged++
					continue
				}
				got, err := observe(l2)
				must(t, err)
				if got == want {
					cut++ // padding between two records, or the mark Close left
				} else if clean || !isOneOf(states[len(states)-2:], got) && !partOf(l, l2) {
					t.Fatalf("clean %v, %s byte %d: the log opens and holds\n%s", clean, s.name, off, got)
				}
				must(t, l2.Close())
			}
		}
		if damaged == 0 {
			t.Fatal("no flip was noticed")
		}
		t.Logf("clean %v: %d flips named as damage, %d without effect", clean, damaged, cut)
	}
}

func isOneOf(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// partOf says whether b holds a prefix of what a appended last: the tail was cut
// within the last append.
func partOf(a, b *Log) bool {
	for _, id := range a.ids {
		ga, gb := a.groups[id], b.groups[id]
		if gb == nil || gb.last+2 < ga.last {
			return false
		}
	}
	return true
}

// TestDamageInALaterReadIsNoticed flips bytes under an open log and reads them
// back through the storage.
func TestDamageInALaterReadIsNoticed(t *testing.T) {
	m := NewMemFS()
	l, _ := smallLog(t, m, false)
	want, err := observe(l)
	must(t, err)
	noticed := 0
	for _, s := range l.segs {
		for off := int64(segmentHeader); off < s.used; off++ {
			must(t, m.Corrupt(s.name, off, 0x40))
			got, err := observe(l)
			if err == nil && got != want {
				t.Fatalf("%s byte %d: wrong entries were served", s.name, off)
			}
			if err != nil {
				if !IsDamage(err) {
					t.Fatalf("%s byte %d: %v", s.name, off, err)
				}
				noticed++
			}
			must(t, m.Corrupt(s.name, off, 0x40))
		}
	}
	if noticed < 1000 {
		t.Fatalf("only %d flips were noticed", noticed)
	}
}

// TestTruncationAtEveryByte cuts each segment at each length. The last one may
// come back shorter, to a state that was once whole; any other must be damage.
func TestTruncationAtEveryByte(t *testing.T) {
	m := NewMemFS()
	l, states := smallLog(t, m, false)
	m.Kill()
	for i, s := range l.segs {
		last := i == len(l.segs)-1
		for size := s.used - 1; size >= 0; size -= 1 + int64(i%2) {
			c := m.Clone()
			f, err := c.Open(s.name)
			must(t, err)
			must(t, f.Truncate(size))
			l2, _, err := Open(c, "d", smallOptions())
			if err != nil {
				if !IsDamage(err) {
					t.Fatalf("%s cut to %d: %v", s.name, size, err)
				}
				continue
			}
			if !last {
				t.Fatalf("%s cut to %d, and the log opens", s.name, size)
			}
			got, err := observe(l2)
			must(t, err)
			_ = states
			must(t, l2.Append([]Update{{Group: 9, Entries: []*raftpb.Entry{entry(1, 1, "on")}}}))
			must(t, l2.Close())
			l3, _, err := Open(c, "d", smallOptions())
			must(t, err)
			if again, err := observe(l3); err != nil || !strings.HasPrefix(again, got) {
				t.Fatalf("cut to %d, then\n%sgave %v\n%s", size, got, err, again)
			}
		}
	}
}

// TestMissingSegmentIsDamage removes each segment but the first in turn.
func TestMissingSegmentIsDamage(t *testing.T) {
	m := NewMemFS()
	l, _ := smallLog(t, m, false)
	must(t, l.Close())
	for i, s := range l.segs {
		c := m.Clone()
		must(t, c.Remove(s.name))
		_, _, err := Open(c, "d", smallOptions())
		if !IsDamage(err) {
			t.Fatalf("segment %d of %d removed: %v", i, len(l.segs), err)
		}
		if rep, err := Check(c, "d"); err != nil || !rep.Damaged() {
			t.Fatalf("check: %+v, %v", rep, err)
		}
	}
}

// TestTornBatchIsCut: sectors of an unsynced append may reach the disk in any
// order; a hole in the middle with valid records behind it is no damage.
func TestTornBatchIsCut(t *testing.T) {
	m := NewMemFS()
	l, states := smallLog(t, m, true)
	s := l.active()
	off := l.synced
	m.Kill()
	must(t, m.Corrupt(s.name, off+2, 1)) // the first record of the last append
	l2, rec, err := Open(m, "d", smallOptions())
	must(t, err)
	if rec.TornFile != s.name || rec.TornOffset != off {
		t.Fatalf("torn at %s %d, want %s %d", rec.TornFile, rec.TornOffset, s.name, off)
	}
	got, err := observe(l2)
	must(t, err)
	if got != states[len(states)-2] {
		t.Fatalf("got\n%swant\n%s", got, states[len(states)-2])
	}
	// The torn records must not come back behind new ones.
	must(t, l2.Append([]Update{{Group: 0, HardState: hard(9, 9, 1)}}))
	must(t, l2.Sync())
	want, err := observe(l2)
	must(t, err)
	m.Kill()
	l3, _, err := Open(m, "d", smallOptions())
	must(t, err)
	if got, err = observe(l3); err != nil || got != want {
		t.Fatalf("%v\n%swant\n%s", err, got, want)
	}
}

// TestMisplacedWriteIsNoticed: a write that lands elsewhere leaves a hole, and
// records at an offset that is not theirs.
func TestMisplacedWriteIsNoticed(t *testing.T) {
	for _, by := range []int64{-512, 512, 8, -8} {
		m := NewMemFS()
		l, states := smallLog(t, m, false)
		m.MisplaceNextWrite(by)
		must(t, l.Append([]Update{{Group: 0, HardState: hard(50, 1, 3)}}))
		must(t, l.Sync())
		must(t, l.Append([]Update{{Group: 0, HardState: hard(51, 1, 3)}}))
		must(t, l.Sync())
		m.Kill()
		if _, _, err := Open(m, "d", smallOptions()); !IsDamage(err) {
			t.Fatalf("misplaced by %d: %v", by, err)
		}
		_ = states
	}
}

func TestForeignSegmentIsDamage(t *testing.T) {
	a, b := NewMemFS(), NewMemFS()
	la, _ := smallLog(t, a, false)
	must(t, la.Close())
	opt := smallOptions()
	opt.Rand = func() uint64 { return 4711 }
	lb, _, err := Open(b, "d", opt)
	must(t, err)
	must(t, lb.Close())
	// The other log's first segment takes the place of ours.
	src, err := b.Open(filepath.Join("d", segmentName(1)))
	must(t, err)
	buf := make([]byte, lb.segs[0].size)
	_, err = src.ReadAt(buf, 0)
	must(t, err)
	dst, err := a.Create(filepath.Join("d", segmentName(1)))
	must(t, err)
	_, err = dst.WriteAt(buf, 0)
	must(t, err)
	if _, _, err := Open(a, "d", smallOptions()); !IsDamage(err) || !strings.Contains(err.Error(), "another log") {
		t.Fatalf("got %v", err)
	}
}

func FuzzRecords(f *testing.F) {
	m := NewMemFS()
	l, _, err := Open(m, "d", smallOptions())
	if err != nil {
		f.Fatal(err)
	}
	_ = l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "abc"), entry(2, 1, "")}, HardState: hard(1, 1, 1)}})
	_ = l.Close()
	s := l.segs[0]
	f.Add(uint16(0), []byte("x"), true)
	f.Add(uint16(48), []byte{1, 2, 3}, false)
	salt, crc := s.salt, s.crc
	// The bytes are laid over the records. resign makes the checksums of the
	// first record right again, so that what decodes the contents is reached too.
	f.Fuzz(func(t *testing.T, at uint16, data []byte, resign bool) {
		c := m.Clone()
		file, err := c.Open(s.name)
		must(t, err)
		if len(data) > 4096 {
			data = data[:4096]
		}
		off := int64(segmentHeader) + int64(at)
		if resign {
			h := header{kind: kind(at%uint16(kindEnd-1)) + 1, prev: crc, length: uint32(len(data)), payloadCRC: payloadCRC(data), group: uint32(at >> 8), index: uint64(at & 7), term: 1}
			b := make([]byte, recordHeader)
			h.encode(b, salt, segmentHeader)
			_, err = file.WriteAt(append(b, data...), segmentHeader)
		} else {
			_, err = file.WriteAt(data, off)
		}
		must(t, err)
		if _, err := Check(c, "d"); err != nil {
			t.Fatal(err)
		}
		l2, _, err := Open(c, "d", smallOptions())
		if err != nil {
			return
		}
		if _, err := observe(l2); err != nil {
			t.Fatal(err)
		}
	})
}
