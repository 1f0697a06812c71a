package cluster

import (
	"slices"
	"time"

	"go.etcd.io/raft/v3"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// Status is what a node knows of itself and of its peers.
type Status struct {
	NodeID    string
	Number    uint64
	ClusterID string
	Joining   bool // waits for Adopt
	Removed   bool // was removed from the cluster, and serves nothing
	NoSpace   bool
	Ready     bool // every group has a leader, and this node has applied what it knows to be committed
	Announce  Addr
	Log       wal.Stats // Syncs, BytesWritten, ... since the start
	Members   []MemberStatus
	Groups    []GroupStatus

	SyncMean, SyncWorst time.Duration // of the log: lately, and the longest of the last minute
	SlowDisk            bool
}

// MemberStatus is a member as group 0 has it.
type MemberStatus struct {
	ID       string
	Number   uint64
	Addr     Addr
	NonVoter bool
	SyncMean time.Duration // of its disk, as it says
	Active   bool          // heard of by this node within an election timeout
}

// GroupStatus is one group as this node sees it.
type GroupStatus struct {
	Group                        uint32
	Role                         string // leader, follower, candidate, learner, removed
	Term, Leader                 uint64 // Leader: node number; 0: none known
	LeaderID                     string
	Commit, Applied, First, Last uint64
	LastTerm                     uint64 // of entry Last
	Durable                      uint64 // entries up to here are synced on this node's disk; 0 in memory
	SnapshotIndex                uint64
	SnapshotBytes, LogBytes      int64
	SnapshotTaking               bool  // one is being written
	SnapshotUnixMs               int64 // when this process last wrote one; 0: never
	SnapshotError                error // why the last attempt failed
	Members                      []ReplicaStatus
	State                        StateReport
}

// ReplicaStatus is a member of a group. Match and what follows are known to
// the leader only.
type ReplicaStatus struct {
	Number     uint64
	ID         string
	Addr       Addr
	Voter      bool
	Match, Lag uint64
	Active     bool
	State      string
}

// Status gathers what there is to know.
func (n *Node) Status() Status {
	s := Status{
		NodeID: n.NodeID, Number: n.Number, ClusterID: n.ClusterID, Announce: n.cfg.Announce,
		Log: n.log.Stats(), Joining: n.Number == 0, NoSpace: n.noSpace, Ready: len(n.groups) > 0,
		SyncMean: n.pace.mean, SyncWorst: n.pace.worstLately(), SlowDisk: n.pace.slow,
	}
	for _, r := range n.meta.Nodes {
		m := MemberStatus{ID: r.ID, Number: r.Number, Addr: r.Addr, NonVoter: r.NonVoter, Active: n.active(r.Number), SyncMean: n.pace.mean}
		if p := n.peers[r.Number]; p != nil {
			m.SyncMean = p.syncMean
		}
		s.Members = append(s.Members, m)
	}
	for _, g := range n.groups {
		gs := g.status()
		s.Groups = append(s.Groups, gs)
		s.Removed = s.Removed || g.removed
		s.Ready = s.Ready && gs.Leader != 0 && gs.Applied == gs.Commit && (!g.isLeader() || g.leaderReady())
	}
	return s
}

// Leads says whether this node leads a group, and in which term. It costs
// nothing, unlike Status.
func (n *Node) Leads(group uint32) (term uint64, leads bool) {
	if g := n.group(group); g != nil {
		return g.term, g.isLeader()
	}
	return 0, false
}

func (g *group) status() GroupStatus {
	g.refresh()
	s := GroupStatus{
		Group: g.id, Role: g.roleName(), Term: g.term, Leader: g.lead, Commit: g.commit, Applied: g.applied,
		SnapshotIndex: g.snapIndex, SnapshotBytes: g.snapBytes, LogBytes: g.logBytes,
		SnapshotTaking: g.snapTaking, SnapshotUnixMs: g.snapUnixMs, SnapshotError: g.snapError,
	}
	s.State = g.stateReport()
	s.First, _ = g.st.FirstIndex()
	s.Last = g.lastWritten()
	s.LastTerm, _ = g.st.Term(s.Last) // the last entry's is always known
	if !g.n.cfg.InMemory {
		s.Durable = g.durable
	}
	if r := g.n.meta.byNumber(g.lead); r != nil {
		s.LeaderID = r.ID
	}
	st := g.rn.Status()
	for _, number := range g.members() {
		r := ReplicaStatus{Number: number, Voter: slices.Contains(g.conf.GetVoters(), number), Active: g.n.active(number)}
		if m := g.n.meta.byNumber(number); m != nil {
			r.ID, r.Addr = m.ID, m.Addr
		}
		if pr, ok := st.Progress[number]; ok {
			r.Match, r.Lag, r.State = pr.Match, s.Last-min(pr.Match, s.Last), pr.State.String()
		}
		s.Members = append(s.Members, r)
	}
	return s
}

func (g *group) roleName() string {
	switch {
	case g.removed:
		return "removed"
	case g.isLeader():
		return "leader"
	case g.role != raft.StateFollower:
		return "candidate"
	case !g.isVoter():
		return "learner"
	}
	return "follower"
}

// members lists everybody in the group's configuration, by number.
func (g *group) members() []uint64 {
	ms := slices.Concat(g.conf.GetVoters(), g.conf.GetVotersOutgoing(), g.conf.GetLearners(), g.conf.GetLearnersNext())
	slices.Sort(ms)
	return slices.Compact(ms)
}

// active: this node, or a peer with a working link.
func (n *Node) active(number uint64) bool {
	p := n.peers[number]
	return number == n.Number || p != nil && p.up()
}
