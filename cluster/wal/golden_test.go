package wal

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files of the present format version")

// goldenLog writes a log with a record of each kind, over two segments, and a
// snapshot.
func goldenLog(t *testing.T) *MemFS {
	t.Helper()
	m := NewMemFS()
	opt := Options{SegmentBytes: 6 << 10, ExtendBytes: 512, ReserveBytes: 128, TailBytes: 1, Rand: counter()}
	l, _, err := Open(m, "d", opt)
	must(t, err)
	change := entry(3, 2, "a change of members")
	kind := raftpb.EntryConfChangeV2
	change.Type = &kind
	must(t, l.SetMeta(NodeMeta, []byte("node")))
	must(t, l.Append([]Update{
		{Group: 0, Entries: []*raftpb.Entry{entry(1, 1, "zero")}, HardState: hard(1, 1, 0)},
		{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "one"), entry(2, 1, ""), change}, HardState: hard(2, 3, 2)},
		{Group: 2, Snapshot: snapAt(1000, 5, 4, 5, 6), HardState: hard(5, 0, 1000)},
		{Group: 3, Entries: []*raftpb.Entry{entry(1, 1, "gone soon")}},
	}))
	must(t, l.SetSnapshot(1, snapAt(2, 1, 1, 2, 3)))
	must(t, l.Compact(1, 2))
	must(t, l.RemoveGroup(3))
	must(t, l.Sync())
	must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(4, 2, string(bytes.Repeat([]byte("long "), 300)))}}}))
	must(t, l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(4, 3, "over it")}}}))
	must(t, l.moveGroup(l.groups[0]))
	must(t, l.Close())
	st, _, err := OpenSnaps(m, "d", counter())
	must(t, err)
	w, err := st.Create(1, 1, 2, &raftpb.ConfState{Voters: []uint64{1, 2, 3}, Learners: []uint64{4}})
	must(t, err)
	_, err = w.Write([]byte("the state after entry 2"))
	must(t, err)
	_, err = w.Finish()
	must(t, err)
	return m
}

func readAll(t *testing.T, m *MemFS, name string) []byte {
	t.Helper()
	f, err := m.Open(name)
	must(t, err)
	n, err := f.Size()
	must(t, err)
	b := make([]byte, n)
	_, err = f.ReadAt(b, 0)
	must(t, err)
	must(t, f.Close())
	return b
}

// TestGoldenFormat holds both ways of the promise: old files stay readable, and
// the format does not change without a new version number.
func TestGoldenFormat(t *testing.T) {
	dir := filepath.Join("testdata", "v1")
	m := goldenLog(t)
	names, err := m.List("d")
	must(t, err)
	if *rewrite {
		must(t, os.MkdirAll(dir, 0o755))
		for _, name := range names {
			must(t, os.WriteFile(filepath.Join(dir, name), readAll(t, m, filepath.Join("d", name)), 0o644))
		}
	}
	old := NewMemFS()
	must(t, old.MkdirAll("d"))
	list, err := os.ReadDir(dir)
	must(t, err)
	if len(list) != len(names) {
		t.Fatalf("%d golden files, %d written now", len(list), len(names))
	}
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		if !bytes.Equal(b, readAll(t, m, filepath.Join("d", e.Name()))) {
			t.Errorf("%s is written differently now: a change of the format needs a new version", e.Name())
		}
		f, err := old.Create(filepath.Join("d", e.Name()))
		must(t, err)
		_, err = f.WriteAt(b, 0)
		must(t, err)
	}
	if rep, err := Check(old, "d"); err != nil || rep.Damaged() || len(rep.Segments) != 2 || len(rep.Snapshots) != 1 {
		t.Fatalf("check: %+v, %v", rep, err)
	}
	l, rec, err := Open(old, "d", Options{})
	must(t, err)
	got, err := observe(l)
	must(t, err)
	const want = `0: hard 1/1/0 snap 0/0  base 0/0 meta "" [1/0/4/abdef192 ]
1: hard 2/3/2 snap 2/1 [1 2 3] base 2/1 meta "" [2/2/19/864cb116 3/0/7/7617beaf ]
2: hard 5/0/1000 snap 1000/5 [4 5 6] base 1000/5 meta "" []
4294967295: hard 0/0/0 snap 0/0  base 0/0 meta "node" []
`
	if got != want || len(rec.Groups) != 3 {
		t.Fatalf("got\n%swant\n%s", got, want)
	}
	st, damaged, err := OpenSnaps(old, "d", nil)
	if err != nil || damaged != nil {
		t.Fatal(err, damaged)
	}
	info, _ := st.Newest(1)
	if b, err := readSnap(st, info); err != nil || string(b) != "the state after entry 2" {
		t.Fatalf("%q, %v", b, err)
	}
	must(t, l.Close())
}
