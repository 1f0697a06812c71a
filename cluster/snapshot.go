package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// A snapshot's own small header travels in raft's snapshot metadata: version,
// and the highest time stamped into the entries it stands for.
const snapshotHeaderVersion = 1

func snapshotHeader(lastMs int64) []byte {
	return binary.LittleEndian.AppendUint64([]byte{snapshotHeaderVersion}, uint64(lastMs))
}

func decodeSnapshotHeader(b []byte) (lastMs int64, err error) {
	if len(b) != 9 || b[0] != snapshotHeaderVersion {
		return 0, fmt.Errorf("snapshot header % x is not known to this version of the program", b)
	}
	return int64(binary.LittleEndian.Uint64(b[1:])), nil
}

// The log behind a snapshot is kept this much longer, for followers that are
// a little behind.
const tailEntries = 1024

// snapshots is when and how a group's log is cut.
type snapshots struct {
	logBytes   int64  // applied since the newest snapshot
	snapIndex  uint64 // of the newest snapshot
	snapBytes  int64  // its size
	snapTaking bool   // one is being written
	snapWanted bool   // somebody needs a newer one
	snapDone   []func(error)

	incoming *incoming // being received
}

// groupStorage is the log that raft sees. A snapshot for a peer must name the
// peer; if the newest one is from before it came, a newer one is taken first.
type groupStorage struct {
	raft.Storage
	g *group
}

func (s groupStorage) Snapshot() (*pb.Snapshot, error) {
	snap, err := s.Storage.Snapshot()
	if err != nil {
		return nil, err
	}
	if snap.GetMetadata().GetIndex() < s.g.confIndex || s.g.snapIndex == 0 {
		s.g.snapWanted = true
		return nil, raft.ErrSnapshotTemporarilyUnavailable
	}
	return snap, nil
}

// restoreGroup brings a state machine to the newest snapshot, at Open.
func (n *Node) restoreGroup(id uint32, sm StateMachine) (applied uint64, err error) {
	r, snap, err := n.store.open(id)
	applied = snap.GetMetadata().GetIndex()
	if errors.Is(err, io.EOF) {
		return applied, nil
	}
	if err != nil {
		return 0, fmt.Errorf("group %d: snapshot %d: %w", id, applied, err)
	}
	defer r.Close()
	commit, err := sm.Restore(r)
	if err != nil {
		return 0, fmt.Errorf("group %d: restore snapshot %d: %w", id, applied, err)
	}
	commit()
	return applied, nil
}

// snapshotDue: the log has outgrown the last snapshot.
func (g *group) snapshotDue() bool {
	return g.snapWanted || g.logBytes > max(g.n.cfg.SnapshotBytes, g.snapBytes)
}

// takeSnapshot freezes the state and has it written beside the running work.
func (g *group) takeSnapshot() {
	if g.snapTaking || g.applied <= g.snapIndex || g.n.noSpace {
		return
	}
	index, term, bytes := g.applied, g.appliedTerm, g.logBytes
	snap := &pb.Snapshot{Data: snapshotHeader(g.lastMs), Metadata: &pb.SnapshotMetadata{Index: &index, Term: &term, ConfState: g.conf}}
	state, err := g.sm.Snapshot()
	if err != nil {
		g.snapshotTaken(snap, 0, bytes, err)
		return
	}
	w, err := g.n.store.create(g.id, snap)
	if err != nil {
		state.Release()
		g.snapshotTaken(snap, 0, bytes, err)
		return
	}
	g.snapTaking, g.snapWanted = true, false
	var size int64
	g.n.cfg.Background(func() {
		if size, err = state.WriteTo(w); err == nil {
			err = w.Commit()
		} else {
			w.Abort()
		}
	}, func() {
		state.Release()
		g.snapTaking = false
		g.snapshotTaken(snap, size, bytes, err)
	})
}

func (g *group) snapshotTaken(snap *pb.Snapshot, size, bytes int64, err error) {
	index := snap.GetMetadata().GetIndex()
	if err == nil && index > g.snapIndex {
		if err = g.n.store.saved(g.id, snap); err == nil {
			g.snapIndex, g.snapBytes = index, size
			g.logBytes -= bytes
			err = g.compact(index)
		}
	}
	if err != nil {
		g.n.cfg.Log.Error("snapshot failed", "group", g.id, "index", index, "err", err)
	}
	done := g.snapDone
	g.snapDone = nil
	for _, f := range done {
		f(err)
	}
}

func (g *group) compact(index uint64) error {
	if index <= tailEntries {
		return nil
	}
	return g.n.store.compact(g.id, index-tailEntries)
}

// Snapshot takes a snapshot of a group now.
func (n *Node) Snapshot(group uint32, done func(error)) {
	g := n.group(group)
	if g == nil {
		n.later(func() { done(ErrNotMember) })
		return
	}
	if g.applied <= g.snapIndex && !g.snapTaking {
		n.later(func() { done(nil) })
		return
	}
	g.snapDone = append(g.snapDone, done)
	g.takeSnapshot()
}

// installed swaps in the state that was built from a received snapshot, now
// that the snapshot is the beginning of the log on disk too.
func (g *group) installed(snap *pb.Snapshot) error {
	return fmt.Errorf("group %d: snapshot %d was not received", g.id, snap.GetMetadata().GetIndex())
}

type incoming struct{}
