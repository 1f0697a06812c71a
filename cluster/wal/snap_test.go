package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// writeSnap writes a snapshot of n bytes and returns them.
func writeSnap(t *testing.T, st *SnapStore, group uint32, term, index uint64, n int) (SnapInfo, []byte) {
	t.Helper()
	data := make([]byte, n)
	r := rand.New(rand.NewPCG(index, 7))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	w, err := st.Create(group, term, index, &raftpb.ConfState{Voters: []uint64{1, 2, 3}, Learners: []uint64{9}})
	must(t, err)
	for rest := data; len(rest) > 0; {
		k := min(len(rest), 1+r.IntN(200000))
		_, err := w.Write(rest[:k])
		must(t, err)
		rest = rest[k:]
	}
	info, err := w.Finish()
	must(t, err)
	must(t, w.Abort()) // does nothing now
	return info, data
}

func readSnap(st *SnapStore, info SnapInfo) ([]byte, error) {
	r, err := st.Open(info)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestSnapshotRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, snapBlock - 1, snapBlock, snapBlock + 1, 3*snapBlock + 17, 9 << 20} {
		m := NewMemFS()
		st, damaged, err := OpenSnaps(m, "s", counter())
		if err != nil || damaged != nil {
			t.Fatal(err, damaged)
		}
		info, data := writeSnap(t, st, 1, 3, 77, n)
		if info.DataBytes != int64(n) {
			t.Fatalf("info %+v", info)
		}
		st, damaged, err = OpenSnaps(m, "s", nil)
		if err != nil || damaged != nil {
			t.Fatal(err, damaged)
		}
		again, ok := st.Newest(1)
		if !ok || again.Index != 77 || again.Term != 3 || again.DataBytes != int64(n) || again.FileBytes != info.FileBytes || fmt.Sprint(again.Conf.Voters, again.Conf.Learners) != "[1 2 3] [9]" {
			t.Fatalf("found %+v", again)
		}
		got, err := readSnap(st, again)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		must(t, st.Verify(again))
	}
}

// TestSnapshotDamageIsNeverServed flips every byte and cuts at every length.
func TestSnapshotDamageIsNeverServed(t *testing.T) {
	m := NewMemFS()
	st, _, err := OpenSnaps(m, "s", counter())
	must(t, err)
	info, data := writeSnap(t, st, 1, 3, 77, 700)
	check := func(c *MemFS, what string) {
		t.Helper()
		st2, damaged, err := OpenSnaps(c, "s", nil)
		if err != nil {
			var v *VersionError
			if !errors.As(err, &v) {
				t.Fatalf("%s: %v", what, err)
			}
			return
		}
		if len(damaged) == 1 && IsDamage(damaged[0]) {
			return
		}
		got, err := readSnap(st2, st2.List(1)[0])
		if !IsDamage(err) {
			t.Fatalf("%s: read says %v", what, err)
		}
		if !bytes.HasPrefix(data, got) {
			t.Fatalf("%s: wrong bytes were handed out", what)
		}
		if rep, err := Check(c, "s"); err != nil || !rep.Damaged() {
			t.Fatalf("%s: check says %+v, %v", what, rep, err)
		}
	}
	for off := int64(0); off < info.FileBytes; off++ {
		c := m.Clone()
		must(t, c.Corrupt(info.Path, off, 1<<(off%8)))
		check(c, fmt.Sprintf("byte %d flipped", off))
		c = m.Clone()
		f, err := c.Open(info.Path)
		must(t, err)
		must(t, f.Truncate(off))
		check(c, fmt.Sprintf("cut to %d", off))
	}
}

func TestSnapshotsAreKeptAndPruned(t *testing.T) {
	m := NewMemFS()
	st, _, err := OpenSnaps(m, "s", counter())
	must(t, err)
	for _, index := range []uint64{10, 30, 20} {
		writeSnap(t, st, 1, 1, index, 100)
	}
	writeSnap(t, st, 2, 1, 5, 100)
	var got []uint64
	for _, i := range st.List(1) {
		got = append(got, i.Index)
	}
	if fmt.Sprint(got) != "[10 20 30]" {
		t.Fatalf("list %v", got)
	}
	must(t, st.Prune(1, 20))
	if n, ok := st.Newest(1); !ok || n.Index != 30 || len(st.List(1)) != 2 || len(st.List(2)) != 1 {
		t.Fatalf("after prune %v", st.List(1))
	}
	if _, ok := st.Find(1, 1, 10); ok {
		t.Fatal("a pruned snapshot is found")
	}
	must(t, st.RemoveGroup(1))
	names, err := m.List("s")
	must(t, err)
	if len(names) != 1 {
		t.Fatalf("files %v", names)
	}
}

// TestSnapshotIsAtomic crashes at every write of a snapshot.
func TestSnapshotIsAtomic(t *testing.T) {
	stopped := errors.New("stop")
	finished := false
	for calls := 0; !finished; calls++ {
		if calls > 100 {
			t.Fatal("the snapshot never comes to an end")
		}
		m := NewMemFS()
		st, _, err := OpenSnaps(m, "s", counter())
		must(t, err)
		_, old := writeSnap(t, st, 1, 1, 10, 5000)
		left := calls
		hook := func() error {
			if left--; left < 0 {
				return stopped
			}
			return nil
		}
		m.OnWrite = func(string, int64, int) error { return hook() }
		m.OnSync = func(string) error { return hook() }
		finished = func() bool {
			w, err := st.Create(1, 1, 20, &raftpb.ConfState{})
			if err != nil {
				return false
			}
			for range 6 {
				if _, err := w.Write(make([]byte, snapBlock)); err != nil {
					return false
				}
			}
			_, err = w.Finish()
			return err == nil
		}()
		m.OnWrite, m.OnSync = nil, nil
		m.Crash(rand.New(rand.NewPCG(uint64(calls), 3)))
		st, damaged, err := OpenSnaps(m, "s", nil)
		if err != nil || len(damaged) > 0 {
			t.Fatalf("stopped after %d calls: %v %v", calls, err, damaged)
		}
		newest, ok := st.Newest(1)
		if !ok || finished && newest.Index != 20 {
			t.Fatalf("stopped after %d calls: newest %+v", calls, newest)
		}
		must(t, st.Verify(newest))
		if first := st.List(1)[0]; first.Index != 10 {
			t.Fatalf("the old snapshot is gone")
		} else if got, err := readSnap(st, first); err != nil || !bytes.Equal(got, old) {
			t.Fatalf("the old snapshot is damaged: %v", err)
		}
		names, _ := m.List("s")
		for _, n := range names {
			if strings.HasSuffix(n, tmpSuffix) {
				t.Fatalf("left over: %v", names)
			}
		}
	}
}

func TestSnapshotTravels(t *testing.T) {
	a, b := NewMemFS(), NewMemFS()
	from, _, err := OpenSnaps(a, "s", counter())
	must(t, err)
	to, _, err := OpenSnaps(b, "s", counter())
	must(t, err)
	info, data := writeSnap(t, from, 1, 3, 77, 700<<10)
	raw, err := from.OpenRaw(info)
	must(t, err)
	send := func(r *SnapReceiver, harm int64) error {
		buf := make([]byte, 64<<10)
		for r.Offset() < info.FileBytes {
			n, err := raw.ReadAt(buf, r.Offset())
			if err != nil && err != io.EOF {
				return err
			}
			if at := harm - r.Offset(); at >= 0 && at < int64(n) {
				buf[at] ^= 4
			}
			if _, err := r.Write(buf[:n]); err != nil {
				return err
			}
		}
		_, err := r.Install()
		return err
	}
	for _, harm := range []int64{0, 20, 30, 100, 400 << 10, info.FileBytes - 1} {
		r, err := to.Receive(1, 3, 77, info.FileBytes)
		must(t, err)
		if err := send(r, harm); !IsDamage(err) {
			t.Fatalf("byte %d harmed on the way: %v", harm, err)
		}
		must(t, r.Abort())
	}
	r, err := to.Receive(1, 3, 78, info.FileBytes)
	must(t, err)
	if err := send(r, -1); !IsDamage(err) {
		t.Fatalf("another snapshot than announced: %v", err)
	}
	must(t, r.Abort())
	r, err = to.Receive(1, 3, 77, info.FileBytes)
	must(t, err)
	if _, err := r.Install(); err == nil {
		t.Fatal("an incomplete file was installed")
	}
	must(t, send(r, -1))
	must(t, r.Abort())
	got, ok := to.Newest(1)
	if !ok {
		t.Fatal("nothing was installed")
	}
	if have, err := readSnap(to, got); err != nil || !bytes.Equal(have, data) {
		t.Fatalf("what arrived: %v", err)
	}
	if names, _ := b.List("s"); len(names) != 1 {
		t.Fatalf("files %v", names)
	}
}

func TestSnapshotOnAFullDisk(t *testing.T) {
	m := NewMemFS()
	st, _, err := OpenSnaps(m, "s", counter())
	must(t, err)
	m.SetQuota(1 << 20)
	w, err := st.Create(1, 1, 1, &raftpb.ConfState{})
	must(t, err)
	_, err = w.Write(make([]byte, 2<<20))
	if !errors.Is(err, ErrNoSpace) {
		t.Fatalf("got %v", err)
	}
	if _, err := w.Finish(); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("finish says %v", err)
	}
	must(t, w.Abort())
	if n := m.UsedBytes(); n != 0 {
		t.Fatalf("%d bytes left over", n)
	}
}

func FuzzSnapshot(f *testing.F) {
	m := NewMemFS()
	st, _, err := OpenSnaps(m, "s", counter())
	if err != nil {
		f.Fatal(err)
	}
	w, err := st.Create(1, 3, 7, &raftpb.ConfState{Voters: []uint64{1, 2}})
	if err != nil {
		f.Fatal(err)
	}
	_, _ = w.Write([]byte("the state of the database"))
	info, err := w.Finish()
	if err != nil {
		f.Fatal(err)
	}
	raw := make([]byte, info.FileBytes)
	file, _ := m.Open(info.Path)
	_, _ = file.ReadAt(raw, 0)
	f.Add(raw, false)
	f.Add(raw[:len(raw)-1], true)
	f.Fuzz(func(t *testing.T, b []byte, resign bool) {
		if resign && len(b) >= snapHeader {
			// Make the header's checksum right, so that the rest is reached.
			b = bytes.Clone(b)
			n := int64(leU32(b[20:]))
			if snapHeader+n <= int64(len(b)) {
				copy(b[12:16], make([]byte, 4))
				crc := payloadCRC(b[:snapHeader+n])
				b[12], b[13], b[14], b[15] = byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24)
			}
		}
		c := NewMemFS()
		must(t, c.MkdirAll("s"))
		g, err := c.Create(filepath.Join("s", filepath.Base(info.Path)))
		must(t, err)
		_, err = g.WriteAt(b, 0)
		must(t, err)
		st, _, err := OpenSnaps(c, "s", nil)
		if err != nil {
			return
		}
		for _, i := range st.List(1) {
			if _, err := readSnap(st, i); err == nil && !resign && !bytes.Equal(b, raw) {
				t.Fatal("another file passes for the snapshot")
			}
		}
	})
}
