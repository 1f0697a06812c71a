package wal

import (
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// entry makes a raft entry.
func entry(index, term uint64, data string) *raftpb.Entry {
	e := &raftpb.Entry{Index: &index, Term: &term}
	if data != "" {
		e.Data = []byte(data)
	}
	return e
}

func hard(term, vote, commit uint64) *raftpb.HardState {
	return &raftpb.HardState{Term: &term, Vote: &vote, Commit: &commit}
}

func snapAt(index, term uint64, voters ...uint64) *raftpb.SnapshotMetadata {
	return &raftpb.SnapshotMetadata{Index: &index, Term: &term, ConfState: &raftpb.ConfState{Voters: voters}}
}

func TestReopenFindsWhatWasWritten(t *testing.T) {
	dir := t.TempDir()
	l, rec, err := Open(OS, dir, Options{})
	if err != nil || !rec.Fresh {
		t.Fatalf("first open: %+v, %v", rec, err)
	}
	if _, _, err := Open(OS, dir, Options{}); err == nil {
		t.Fatal("two logs in one directory")
	}
	must(t, l.Append([]Update{
		{Group: 0, Entries: []*raftpb.Entry{entry(1, 1, "zero")}, HardState: hard(1, 2, 0)},
		{Group: 1, Entries: []*raftpb.Entry{entry(1, 1, "a"), entry(2, 1, "b")}, HardState: hard(1, 2, 1)},
	}))
	must(t, l.Sync())
	must(t, l.SetMeta(1, []byte("meta")))
	must(t, l.Close())

	l, rec, err = Open(OS, dir, Options{})
	must(t, err)
	if len(rec.Groups) != 2 || rec.Groups[1].Last != 2 || string(rec.Groups[1].Meta) != "meta" || rec.TornFile != "" {
		t.Fatalf("recovered %+v", rec)
	}
	list, err := l.Storage(1).Entries(1, 3, 1<<20)
	must(t, err)
	if len(list) != 2 || string(list[0].GetData()) != "a" || string(list[1].GetData()) != "b" || list[1].GetIndex() != 2 {
		t.Fatalf("entries %v", list)
	}
	must(t, l.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
