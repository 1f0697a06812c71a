package cluster

import (
	"bytes"
	"fmt"
	"io"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// update is what one group wants written in one turn, in this order: the
// snapshot replaces the log, then entries, then the hard state.
type update struct {
	group     uint32
	snapshot  *pb.Snapshot // an installed snapshot, already in the snapshot store
	entries   []*pb.Entry
	hardState *pb.HardState
}

// store is a node's disk: one log for all groups, and their snapshots.
type store interface {
	// storage is the group's log as raft reads it.
	storage(group uint32) raft.Storage
	// append writes a batch of updates, all or (with ErrNoSpace) nothing.
	append(ups []update) error
	// sync makes everything appended durable. An error is fatal.
	sync() error
	// compact gives up entries up to and including index.
	compact(group uint32, index uint64) error
	// create starts a snapshot; the writer may be used on another goroutine.
	create(group uint32, snap *pb.Snapshot) (snapWriter, error)
	// open opens the newest snapshot, on the loop; the reader may be used on
	// another goroutine. io.EOF if there is none with contents.
	open(group uint32) (snapReader, *pb.Snapshot, error)
	// saved makes a committed snapshot of the group's own state the newest.
	saved(group uint32, snap *pb.Snapshot) error
	close() error
}

type snapWriter interface {
	io.Writer
	Commit() error // durable, and of the right checksum
	Abort()
}

type snapReader interface {
	io.ReaderAt
	io.Reader
	Size() int64
	Close() error
}

// memStore keeps everything in memory: appendonly no.
type memStore struct {
	groups map[uint32]*memGroup
}

type memGroup struct {
	*raft.MemoryStorage
	snaps map[uint64][]byte // by index; the newest and those being written
}

func newMemStore() *memStore { return &memStore{groups: map[uint32]*memGroup{}} }

func (s *memStore) group(id uint32) *memGroup {
	g := s.groups[id]
	if g == nil {
		g = &memGroup{MemoryStorage: raft.NewMemoryStorage(), snaps: map[uint64][]byte{}}
		s.groups[id] = g
	}
	return g
}

func (s *memStore) storage(group uint32) raft.Storage { return s.group(group) }
func (s *memStore) sync() error                       { return nil }
func (s *memStore) close() error                      { return nil }

func (s *memStore) append(ups []update) error {
	for _, u := range ups {
		g := s.group(u.group)
		if u.snapshot != nil {
			if err := g.ApplySnapshot(u.snapshot); err != nil {
				return fmt.Errorf("group %d: install snapshot: %w", u.group, err)
			}
			g.keep(u.snapshot.GetMetadata().GetIndex())
		}
		if err := g.Append(u.entries); err != nil {
			return fmt.Errorf("group %d: append: %w", u.group, err)
		}
		if u.hardState != nil {
			_ = g.SetHardState(u.hardState)
		}
	}
	return nil
}

func (s *memStore) compact(group uint32, index uint64) error {
	if err := s.group(group).Compact(index); err != nil && err != raft.ErrCompacted {
		return err
	}
	return nil
}

func (s *memStore) create(group uint32, snap *pb.Snapshot) (snapWriter, error) {
	return &memSnapWriter{g: s.group(group), index: snap.GetMetadata().GetIndex()}, nil
}

func (s *memStore) open(group uint32) (snapReader, *pb.Snapshot, error) {
	g := s.group(group)
	snap, err := g.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	g.Lock()
	b, ok := g.snaps[snap.GetMetadata().GetIndex()]
	g.Unlock()
	if !ok {
		return nil, snap, io.EOF
	}
	return memSnapReader{bytes.NewReader(b)}, snap, nil
}

func (s *memStore) saved(group uint32, snap *pb.Snapshot) error {
	g := s.group(group)
	m := snap.GetMetadata()
	_, err := g.CreateSnapshot(m.GetIndex(), m.GetConfState(), snap.GetData())
	if err == raft.ErrSnapOutOfDate {
		err = nil
	}
	newest, _ := g.Snapshot()
	g.keep(newest.GetMetadata().GetIndex())
	return err
}

// keep drops all snapshots but one; open readers keep theirs alive.
func (g *memGroup) keep(index uint64) {
	g.Lock()
	defer g.Unlock()
	for i := range g.snaps {
		if i < index {
			delete(g.snaps, i)
		}
	}
}

type memSnapWriter struct {
	bytes.Buffer
	g     *memGroup
	index uint64
}

// Commit runs where the writer runs; the snapshot is registered by the store
// under its lock.
func (w *memSnapWriter) Commit() error {
	w.g.Lock()
	defer w.g.Unlock()
	w.g.snaps[w.index] = w.Bytes()
	return nil
}
func (w *memSnapWriter) Abort() {}

type memSnapReader struct{ *bytes.Reader }

func (r memSnapReader) Size() int64  { return r.Reader.Size() }
func (r memSnapReader) Close() error { return nil }
