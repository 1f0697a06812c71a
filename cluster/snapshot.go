package cluster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"

	"github.com/laurocaetano/foxtail/cluster/plant"
	"github.com/laurocaetano/foxtail/cluster/wal"
)

// A snapshot's data begins with a small header, then comes what the state
// machine wrote:
//
//	version 1 | highest time stamped into the entries it stands for 8
const (
	snapshotVersion    = 1
	snapshotHeaderSize = 9
)

// The log behind a snapshot is kept for Config.TailEntries or so many bytes
// more, for followers that are a little behind; and up to where the slowest
// active one is, unless the log grows to so many times SnapshotBytes by that.
const (
	tailBytes    = 16 << 20
	tailPatience = 4

	memLogBytes   = 64 << 20 // of a log in memory
	aloneLogBytes = 1 << 20  // what a node without others keeps of its log in memory
	spreadMax     = 16
)

// snapshots is when and how a group's log is cut.
type snapshots struct {
	logBytes   int64  // applied since the newest snapshot
	snapIndex  uint64 // of the newest snapshot
	snapBytes  int64  // its size
	snapSpread int    // of spreadMax: how much of a quarter more the log may grow
	snapTaking bool   // one is being written
	snapUnixMs int64  // when the last one was written by this process; 0: none was
	snapError  error  // why the last attempt failed
	snapWanted bool   // somebody needs a newer one
	snapDone   []func(error)
	snapFailed uint64 // tick of the last attempt that failed; 0: none

	outgoing map[uint64]*outgoing // by peer
	incoming *incoming
	prepared *prepared
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
	m := snap.GetMetadata()
	_, ok := s.g.n.snaps.Find(s.g.id, m.GetTerm(), m.GetIndex())
	if !ok || m.GetIndex() < s.g.confIndex {
		s.g.snapWanted = true
		return nil, raft.ErrSnapshotTemporarilyUnavailable
	}
	return snap, nil
}

// restoreGroup brings a state machine to the snapshot that the log names. The
// first log of a new cluster begins behind an empty state at entry 1.
func (n *Node) restoreGroup(id uint32, sm StateMachine) (m *pb.SnapshotMetadata, lastMs int64, err error) {
	snap, err := n.log.Storage(id).Snapshot()
	if err != nil {
		return nil, 0, fmt.Errorf("group %d: %w", id, err)
	}
	m = snap.GetMetadata()
	if m.GetIndex() <= bootstrapIndex {
		return m, 0, nil
	}
	info, ok := n.snaps.Find(id, m.GetTerm(), m.GetIndex())
	if !ok {
		return nil, 0, fmt.Errorf("group %d: %w", id, n.lostSnapshot(wal.SnapFile(n.cfg.Dir, id, m.GetTerm(), m.GetIndex())))
	}
	commit, lastMs, err := n.readSnapshot(info, sm)
	if err != nil {
		return nil, 0, fmt.Errorf("group %d: restore snapshot %d: %w", id, m.GetIndex(), err)
	}
	commit()
	if plant.Is("snapshot-time-forgotten") {
		lastMs = 0
	}
	return m, lastMs, nil
}

// lostSnapshot says what is wrong with a snapshot that can't be used.
func (n *Node) lostSnapshot(file string) error {
	for _, err := range n.damaged {
		var d *wal.DamageError
		if errors.As(err, &d) && d.File == file {
			return err
		}
	}
	return missingSnapshot(file)
}

// readSnapshot builds a state from a file. It may run in Background.
func (n *Node) readSnapshot(info wal.SnapInfo, sm StateMachine) (commit func(), lastMs int64, err error) {
	r, err := n.snaps.Open(info)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	return readState(r, info.Path, sm)
}

// readState builds a state from the contents of a snapshot.
func readState(r io.Reader, path string, sm StateMachine) (commit func(), lastMs int64, err error) {
	h := make([]byte, snapshotHeaderSize)
	if _, err := io.ReadFull(r, h); err != nil {
		return nil, 0, fmt.Errorf("%s: header: %w", path, err)
	}
	if h[0] != snapshotVersion {
		return nil, 0, fmt.Errorf("%s: version %d is not known to this version of the program", path, h[0])
	}
	commit, err = sm.Restore(r)
	if err == nil {
		_, err = io.Copy(io.Discard, r) // up to the trailer, which proves the file complete
	}
	return commit, int64(binary.LittleEndian.Uint64(h[1:])), err
}

// snapshotDue: the log has outgrown the last snapshot. Up to a quarter more is
// allowed, by chance, so that the nodes, whose logs grow alike, do not all write
// theirs at the same time. A log in memory is cut earlier: that costs nothing
// (forgetLog), and what it holds is memory.
func (g *group) snapshotDue() bool {
	limit := max(g.n.cfg.SnapshotBytes, g.snapBytes)
	if g.n.cfg.InMemory {
		limit = min(limit, memLogBytes)
		if g.onlyMember() {
			limit = min(limit, aloneLogBytes)
		}
	}
	return g.snapWanted || g.logBytes-limit > limit/4*int64(g.snapSpread)/spreadMax
}

// takeSnapshot freezes the state and has it written beside the running work.
func (g *group) takeSnapshot() {
	if g.snapTaking || g.applied <= bootstrapIndex {
		return
	}
	index, term, logBytes := g.applied, g.appliedTerm, g.logBytes
	header := bytes.NewBuffer([]byte{snapshotVersion})
	header.Write(binary.LittleEndian.AppendUint64(nil, uint64(g.lastMs)))
	state, err := g.sm.Snapshot()
	if err != nil {
		g.snapshotTaken(wal.SnapInfo{}, logBytes, err)
		return
	}
	w, err := g.n.snaps.Create(g.id, term, index, g.conf)
	if err != nil {
		state.Release()
		g.snapshotTaken(wal.SnapInfo{}, logBytes, err)
		return
	}
	g.snapTaking, g.snapWanted = true, false
	var info wal.SnapInfo
	g.n.cfg.Background(func() {
		if _, err = header.WriteTo(w); err == nil {
			_, err = state.WriteTo(w)
		}
		if err == nil {
			info, err = w.Finish()
		}
		if err != nil {
			_ = w.Abort() // the error that matters is the first
		}
	}, func() {
		state.Release()
		g.n.whenWritten(func() {
			g.snapTaking = false
			g.snapshotTaken(info, logBytes, err)
		})
	})
}

// snapshotTaken makes a written snapshot the beginning of the log. A received
// one may have overtaken it.
func (g *group) snapshotTaken(info wal.SnapInfo, logBytes int64, err error) {
	if err == nil && info.Index > g.snapIndex {
		err = g.cutLog(info, logBytes)
	}
	if fatal := (*wal.FatalError)(nil); errors.As(err, &fatal) {
		g.n.fail(err)
	}
	if g.snapError = err; err == nil {
		g.snapUnixMs = g.n.now.UnixMs
	} else {
		g.snapFailed = g.n.ticks
		g.n.cfg.Log.Error("snapshot failed", "group", g.id, "err", err)
	}
	done := g.snapDone
	g.snapDone = nil
	for _, f := range done {
		f(err)
	}
}

func (g *group) cutLog(info wal.SnapInfo, logBytes int64) error {
	log := g.n.log
	if err := log.SetSnapshot(g.id, info.Meta()); err != nil {
		return err
	}
	g.snapIndex, g.snapBytes = info.Index, info.FileBytes
	g.logBytes -= logBytes
	g.snapSpread = g.n.cfg.Rand.IntN(spreadMax)
	upTo := g.compactTo(info.Index)
	if plant.Is("log-cut-too-far") {
		upTo = g.lastWritten()
	}
	if err := log.Compact(g.id, upTo); err != nil {
		return err
	}
	if err := log.Sync(); err != nil {
		return err
	}
	return g.n.snaps.Prune(g.id, info.Index)
}

// compactTo chooses how much of the log before a snapshot is given up.
func (g *group) compactTo(snapIndex uint64) uint64 {
	first, err := g.st.FirstIndex()
	if err != nil || first > snapIndex {
		return 0
	}
	if g.n.cfg.InMemory && g.onlyMember() {
		return snapIndex // who joins gets a snapshot
	}
	bytes := g.n.log.Size(g.id)
	tail := min(g.n.cfg.TailEntries, tailBytes/uint64(bytes/int64(g.applied-first+1)+1))
	if !g.isLeader() || bytes > tailPatience*g.n.cfg.SnapshotBytes {
		return snapIndex - min(tail, snapIndex)
	}
	to := snapIndex - min(tail, snapIndex)
	g.rn.WithProgress(func(id uint64, _ raft.ProgressType, pr tracker.Progress) {
		has := pr.Match
		if o := g.outgoing[id]; o != nil {
			has = max(has, o.index)
		}
		if id != g.n.Number && pr.RecentActive {
			to = min(to, has)
		}
	})
	return to
}

// limitTail keeps entries in memory for followers that are a little behind, if
// there are others.
func (n *Node) limitTail() {
	limit := int64(aloneLogBytes)
	for _, g := range n.groups {
		if !g.onlyMember() {
			limit = math.MaxInt64
		}
	}
	n.log.LimitTail(limit)
}

// forgetLog is the cut of a log in memory: nobody restarts from a snapshot, so
// none is written before a peer needs one.
func (g *group) forgetLog() {
	index, term := g.applied, g.appliedTerm
	info := wal.SnapInfo{Group: g.id, Term: term, Index: index, Conf: g.conf}
	if err := g.cutLog(info, g.logBytes); err != nil {
		g.n.fail(err)
	}
}

// dropFiles gives back the memory of snapshots that no peer needs any more.
func (g *group) dropFiles() {
	if !g.n.cfg.InMemory || len(g.outgoing) > 0 || g.snapTaking || g.incoming != nil || g.prepared != nil {
		return
	}
	if err := g.n.snaps.RemoveGroup(g.id); err != nil {
		g.n.fail(err)
	}
}

// Snapshot takes a snapshot of a group now.
func (n *Node) Snapshot(group uint32, done func(error)) {
	g := n.group(group)
	switch {
	case g == nil:
		n.later(func() { done(ErrNotMember) })
	case n.cfg.InMemory && g.applied > g.snapIndex:
		g.forgetLog()
		n.later(func() { done(nil) })
	case g.applied <= g.snapIndex && !g.snapTaking:
		n.later(func() { done(nil) })
	default:
		g.snapDone = append(g.snapDone, done)
		g.takeSnapshot()
	}
}

// prepared is a state built from a received snapshot, before raft has taken it.
type prepared struct {
	info   wal.SnapInfo
	lastMs int64
	commit func()
}

// installed swaps in the state that was built from a received snapshot, now
// that the snapshot is the beginning of the log on disk too. On a full disk a
// newer one can have been received meanwhile: raft applies nothing before that.
func (g *group) installed(snap *pb.Snapshot) error {
	m := snap.GetMetadata()
	p := g.prepared
	if p != nil && p.info.Index > m.GetIndex() {
		g.snapIndex = max(g.snapIndex, m.GetIndex()) // no older one may cut the log any more
		return nil
	}
	if p == nil || p.info.Index != m.GetIndex() || p.info.Term != m.GetTerm() {
		return fmt.Errorf("group %d: raft installs snapshot %d, which was not received", g.id, m.GetIndex())
	}
	p.commit()
	g.prepared = nil
	g.applied, g.appliedTerm = m.GetIndex(), m.GetTerm()
	g.conf, g.confIndex = m.GetConfState(), m.GetIndex()
	g.lastMs = max(g.lastMs, p.lastMs)
	g.snapIndex, g.snapBytes, g.logBytes = p.info.Index, p.info.FileBytes, 0
	g.skipped()
	g.confChanged()
	if err := g.n.snaps.Prune(g.id, m.GetIndex()); err != nil {
		g.n.cfg.Log.Error("old snapshots stay", "group", g.id, "err", err)
	}
	return nil
}
