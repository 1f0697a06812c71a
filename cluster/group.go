package cluster

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// Limits given to raft. An append message carries up to 1 MiB (one entry may
// be bigger); a follower may be that many messages or bytes behind its answers.
const (
	appendBytesMax   = 1 << 20
	inflightMsgsMax  = 256
	inflightBytesMax = 32 << 20
)

// group is this node's replica of one Raft group. Raft asks for its disk work
// and its applying by messages (AsyncStorageWrites), which wait in appends and
// applies until the turn serves them: so a full disk holds up a group without
// stopping its heartbeats, and the log can move to another goroutine.
type group struct {
	n  *Node
	id uint32
	rn *raft.RawNode
	st raft.Storage
	sm StateMachine

	// Copies of raft's state, renewed by refresh after whatever changes it.
	role             raft.StateType
	term, lead, vote uint64
	commit           uint64
	toldCommit       uint64 // commit index at the last Ready

	applied     uint64
	appliedTerm uint64 // term of the last applied entry
	lastMs      int64  // highest time stamped into an entry, as far as known
	conf        *pb.ConfState
	confIndex   uint64 // entry that made conf
	removed     bool   // conf does not name this node any more

	savedTerm, savedVote uint64 // the last ones made durable

	durable     uint64 // entries up to here are synced on this node's disk
	syncingUpTo uint64 // and those once the sync under way has ended

	// The commit index on disk, and the one that must be (I10).
	commitWritten, commitDurable, commitWanted uint64

	out      []*pb.Message // to peers, in this round of the turn
	appends  []*pb.Message // MsgStorageAppend not yet written
	gathered *pb.Message   // the one of appends that is being written
	appended []*pb.Message // written, in this turn, and not yet synced
	applies  []*pb.Message // MsgStorageApply not yet applied
	run      []Entry       // reused by apply

	proposals
	bigEntries
	reads
	election
	snapshots
	transfer
	check stateCheck
	pace  commitPace
}

// newGroup makes a replica whose state machine is at the snapshot m.
func newGroup(n *Node, id uint32, st raft.Storage, sm StateMachine, m *pb.SnapshotMetadata) (g *group, err error) {
	g = &group{n: n, id: id, st: st, sm: sm, applied: m.GetIndex(), appliedTerm: m.GetTerm()}
	g.conf, g.confIndex = m.GetConfState(), m.GetIndex()
	g.snapIndex = m.GetIndex()
	g.reads.init()
	g.resetTimeout()
	defer func() {
		if r := recover(); r != nil {
			g, err = nil, fmt.Errorf("group %d: %v", id, r)
		}
	}()
	g.rn, err = raft.NewRawNode(&raft.Config{
		ID:                        n.Number,
		ElectionTick:              n.cfg.ElectionTicks,
		HeartbeatTick:             n.cfg.HeartbeatTicks,
		Storage:                   groupStorage{st, g},
		Applied:                   g.applied,
		AsyncStorageWrites:        true,
		MaxSizePerMsg:             appendBytesMax,
		MaxInflightMsgs:           inflightMsgsMax,
		MaxInflightBytes:          inflightBytesMax,
		MaxUncommittedEntriesSize: g.n.cfg.UncommittedBytes,
		CheckQuorum:               true,
		PreVote:                   true,
		DisableProposalForwarding: true, // propose.go forwards, exactly once
		StepDownOnRemoval:         true,
		Logger:                    raftLogger{n.cfg.Log.With("group", id)},
	})
	if err != nil {
		return nil, fmt.Errorf("group %d: %w", id, err)
	}
	hs, _, err := st.InitialState()
	if err != nil {
		return nil, fmt.Errorf("group %d: %w", id, err)
	}
	g.savedTerm, g.savedVote = hs.GetTerm(), hs.GetVote()
	g.commitWritten, g.commitDurable = hs.GetCommit(), hs.GetCommit()
	g.durable = g.lastWritten() // opening the log has synced it
	g.removed = g.applied > 0 && !g.isMember()
	g.refresh()
	return g, nil
}

func (g *group) refresh() {
	s := g.rn.BasicStatus()
	if g.term != s.GetTerm() || g.lead != s.Lead || g.role != s.RaftState {
		g.leaderChanged(s.GetTerm(), s.Lead, s.RaftState)
	}
	g.vote, g.commit = s.GetVote(), s.GetCommit()
	g.committed()
}

// leaderChanged notes a new term, leader or role, and forgets what belonged to
// the old one.
func (g *group) leaderChanged(term, lead uint64, role raft.StateType) {
	if lead != 0 && (lead != g.lead || term != g.term) {
		g.n.cfg.Log.Debug("leader", "group", g.id, "term", term, "leader", lead)
	}
	if term != g.term || role != raft.StateLeader {
		g.forgetForwarded()
	}
	g.term, g.lead, g.role = term, lead, role
	g.pace.index = 0
	if role == raft.StateLeader {
		g.needMajority() // which is everybody, as long as raft does not know where their logs are
	}
	g.reissueReads()
}

func (g *group) isLeader() bool { return g.role == raft.StateLeader }

// ready: the leader may propose and answer. All entries of earlier terms are
// applied here by then, so that the time it stamps can never go back.
func (g *group) leaderReady() bool { return g.isLeader() && g.appliedTerm == g.term }

// alone: this node is the only voter, and no change is under way.
func (g *group) alone() bool {
	return len(g.conf.GetVoters()) == 1 && g.conf.GetVoters()[0] == g.n.Number && len(g.conf.GetVotersOutgoing()) == 0
}

// onlyMember: no learner is there either.
func (g *group) onlyMember() bool { return g.alone() && len(g.conf.GetLearners()) == 0 }

func (g *group) isVoter() bool {
	return slices.Contains(g.conf.GetVoters(), g.n.Number) || slices.Contains(g.conf.GetVotersOutgoing(), g.n.Number)
}

func (g *group) isMember() bool {
	return g.isVoter() || slices.Contains(g.conf.GetLearners(), g.n.Number) || slices.Contains(g.conf.GetLearnersNext(), g.n.Number)
}

// step hands one message to raft. A panic in there is a broken invariant (a
// peer lost its log, a frame of another program): it stops the node, with its
// reason, like any other damage.
func (g *group) step(m *pb.Message) {
	defer g.guardStep(m)
	if g.muted(m) {
		return
	}
	err := g.rn.Step(m)
	if err != nil && !errors.Is(err, raft.ErrStepPeerNotFound) && !errors.Is(err, raft.ErrProposalDropped) {
		g.n.cfg.Log.Debug("raft refused a message", "group", g.id, "type", m.GetType(), "err", err)
	}
	g.refresh()
	g.heard(m)
}

func (g *group) guard(what string) {
	if r := recover(); r != nil {
		g.panicked(what, r)
	}
}

func (g *group) guardStep(m *pb.Message) {
	if r := recover(); r != nil {
		g.panicked("step "+m.GetType().String(), r)
	}
}

func (g *group) panicked(what string, r any) {
	g.n.cfg.Log.Error("raft panicked", "group", g.id, "doing", what, "panic", r, "stack", string(debug.Stack()))
	g.n.fail(fmt.Errorf("group %d: %s: %v", g.id, what, r))
}

// collect takes what raft wants done. It reports whether there was anything.
func (g *group) collect() bool {
	if !g.rn.HasReady() {
		return false
	}
	rd := g.rn.Ready()
	g.fillBig(rd.Entries)
	for _, rs := range rd.ReadStates {
		g.readConfirmed(rs)
	}
	g.refresh()
	advanced := g.commit > g.toldCommit
	g.toldCommit = g.commit
	for _, m := range rd.Messages {
		switch m.GetTo() {
		case raft.LocalAppendThread:
			g.appends = append(g.appends, m)
			if k := len(m.GetEntries()); k > 0 {
				g.timeCommit(m.GetEntries()[k-1].GetIndex())
			}
		case raft.LocalApplyThread:
			g.applies = append(g.applies, m)
		default:
			if !advanced || !g.holdCommit(m) {
				g.out = append(g.out, m)
			}
		}
	}
	return true
}

// holdCommit: raft tells all followers of every commit with an empty append,
// which doubles the messages of a write. A follower none of whose clients wait
// hears of it soon enough with the next entries or heartbeat. Raft takes the
// message for lost, which it can stand. Only the messages of a Ready in which
// the commit index moved are held: others are probes that raft waits for.
func (g *group) holdCommit(m *pb.Message) (hold bool) {
	if m.GetType() != pb.MsgApp || len(m.GetEntries()) > 0 {
		return false
	}
	if g.confWait != 0 || len(g.conf.GetVotersOutgoing()) > 0 {
		return false // whoever leaves the group hears of it now or never
	}
	if p := g.n.peers[m.GetTo()]; p == nil || g.n.eager(p) {
		return false
	}
	g.rn.WithProgress(func(id uint64, _ raft.ProgressType, pr tracker.Progress) {
		hold = hold || id == m.GetTo() && pr.State == tracker.StateReplicate
	})
	return hold
}

// send hands the collected messages to the links.
func (g *group) send() {
	for i, m := range g.out {
		g.out[i] = nil
		g.n.sendRaft(g, m)
	}
	g.out = g.out[:0]
}

// written delivers what raft wanted to be told or sent once m is on disk.
func (g *group) written(m *pb.Message) {
	for _, r := range m.GetResponses() {
		if r.GetTo() == g.n.Number {
			g.step(r)
		} else {
			g.out = append(g.out, r)
		}
	}
}

// apply runs the committed entries that raft handed out. They are on this
// node's disk already.
func (g *group) apply() (bytes int, err error) {
	for len(g.applies) > 0 {
		m := g.applies[0]
		if g.holdConfChange(m.GetEntries()) {
			return bytes, nil
		}
		g.applies[0] = nil
		g.applies = g.applies[1:]
		if err := g.applyEntries(m.GetEntries()); err != nil {
			return bytes, err
		}
		for _, e := range m.GetEntries() {
			bytes += len(e.GetData())
		}
		g.bigApplied(m.GetEntries())
		g.written(m)
	}
	g.applies = nil
	return bytes, nil
}

// holdConfChange: a change of the configuration is applied only when the disk
// knows that it is committed (I10). Otherwise a restart could bring the old
// configuration back, and the node could win an election by the votes of those
// who alone had votes then.
func (g *group) holdConfChange(ents []*pb.Entry) bool {
	for _, e := range ents {
		if e.GetType() != pb.EntryNormal {
			g.commitWanted = max(g.commitWanted, e.GetIndex())
		}
	}
	return g.commitWanted > g.commitDurable
}

func (g *group) applyEntries(ents []*pb.Entry) error {
	g.run = g.run[:0]
	for _, e := range ents {
		if e.GetIndex() != g.applied+1 {
			return fmt.Errorf("group %d: entry %d handed out after %d", g.id, e.GetIndex(), g.applied)
		}
		g.applied = e.GetIndex()
		if e.GetTerm() > g.appliedTerm {
			g.appliedTerm = e.GetTerm()
			g.requeue(e.GetTerm()) // I5
		}
		switch {
		case e.GetType() == pb.EntryConfChangeV2:
			if err := g.applyConfChange(e); err != nil {
				return err
			}
		case e.GetType() != pb.EntryNormal:
			return fmt.Errorf("group %d: entry %d: type %v is not known to this version of the program", g.id, e.GetIndex(), e.GetType())
		case len(e.GetData()) > 0:
			h, data, err := decodeEntry(e.GetData())
			if err != nil {
				return fmt.Errorf("group %d: entry %d: %w", g.id, e.GetIndex(), err)
			}
			if plant.Is("local-clock") {
				h.unixMs = g.n.now.UnixMs
			}
			g.lastMs = max(g.lastMs, h.unixMs)
			if h.incarnation == 0 {
				g.deadlineProposed = false
			}
			g.run = append(g.run, Entry{
				Index: e.GetIndex(), Term: e.GetTerm(), UnixMs: h.unixMs, Seed: h.seed, Origin: h.incarnation, Data: data, Own: g.takeOwn(h),
			})
		}
		if g.applied == g.check.at {
			if err := g.applyRun(); err != nil {
				return err
			}
			if err := g.hashState(); err != nil {
				return err
			}
		}
	}
	g.logBytes += entriesBytes(ents)
	g.progressAt = g.n.now.Mono
	return g.applyRun()
}

// applyRun hands the entries gathered to the state machine.
func (g *group) applyRun() error {
	if len(g.run) == 0 {
		return nil
	}
	err := g.sm.Apply(g.run)
	clear(g.run)
	g.run = g.run[:0]
	if err != nil {
		return fmt.Errorf("group %d: apply up to %d: %w", g.id, g.applied, err)
	}
	return nil
}

func (g *group) applyConfChange(e *pb.Entry) error {
	cc := &pb.ConfChangeV2{}
	if err := proto.Unmarshal(e.GetData(), cc); err != nil {
		return fmt.Errorf("group %d: entry %d: configuration change: %w", g.id, e.GetIndex(), err)
	}
	g.conf, g.confIndex = g.rn.ApplyConfChange(cc), e.GetIndex()
	g.confChanged()
	return nil
}

func (g *group) confChanged() {
	if !g.isMember() && !g.removed {
		g.n.cfg.Log.Warn("this node was removed from the group", "group", g.id)
	}
	g.removed = !g.isMember()
	g.confWait = 0
	g.refresh()
}

func entriesBytes(ents []*pb.Entry) (n int64) {
	for _, e := range ents {
		n += int64(len(e.GetData())) + 32
	}
	return n
}

// stamp chooses an entry's time: it never goes back within a group.
func (g *group) stamp() int64 {
	g.lastMs = max(g.lastMs, g.n.now.UnixMs)
	return g.lastMs
}

// deadlineWake is how long until the state machine's deadline. What is due now
// could not be proposed in this turn (a full disk, a transfer of leadership),
// and waits for a tick.
func (g *group) deadlineWake() (time.Duration, bool) {
	at, ok := g.sm.Deadline()
	if !ok || at <= g.n.now.UnixMs || !g.leaderReady() || g.deadlineProposed {
		return 0, false
	}
	return time.Duration(at-g.n.now.UnixMs) * time.Millisecond, true
}
