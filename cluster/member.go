package cluster

import (
	"slices"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// A learner gets its vote when it is at most so many entries behind.
const (
	caughtUpEntries = 1024
	confWaitTicks   = 20
)

// reconcile brings a group's members one safe step closer to what group 0
// wants. It runs at the group's leader, once per tick; every step can be taken
// again after any crash, and by another leader. This node's copy of group 0
// may be old: so nobody is removed for being absent from it, only for being
// named as removed, which is for ever.
func (g *group) reconcile() {
	m := g.n.meta
	if !g.leaderReady() || m.ClusterID == "" || g.n.noSpace || len(g.conf.GetVotersOutgoing()) > 0 || g.n.ticks < g.confWait {
		return
	}
	for _, r := range m.Nodes {
		p := g.n.peers[r.Number]
		if !slices.Contains(g.members(), r.Number) && p != nil && p.up() {
			g.change(single(pb.ConfChangeAddLearnerNode, r.Number))
			return
		}
	}
	for _, number := range g.conf.GetLearners() {
		if m.isRemoved(number) {
			g.change(single(pb.ConfChangeRemoveNode, number))
			return
		}
	}
	if want := m.wanted(g.id); len(want) > 0 {
		g.changeVoters(want)
	}
}

// changeVoters moves votes in one joint step. Votes are taken away only
// together with the wanted ones being given, and only where the voters after
// the step that are alive are a majority of them.
func (g *group) changeVoters(want []uint64) {
	voters := g.conf.GetVoters()
	progress := g.rn.Status().Progress
	var add, drop []uint64
	missing := 0
	for _, v := range want {
		switch {
		case slices.Contains(voters, v):
		case g.caughtUp(progress[v]):
			add = append(add, v)
		default:
			missing++
		}
	}
	if missing == 0 {
		for _, v := range voters {
			if !slices.Contains(want, v) && (g.n.meta.isRemoved(v) || g.n.meta.byNumber(v) != nil) {
				drop = append(drop, v)
			}
		}
	} else if (len(voters)+len(add))%2 == 0 && len(add) > 0 {
		add = add[:len(add)-1] // an even number of voters would survive no more
	}
	if len(add)+len(drop) == 0 {
		return
	}
	if slices.Contains(drop, g.n.Number) && g.handOverTo(func(v uint64) bool { return slices.Contains(want, v) }) {
		return // the next leader goes on
	}
	alive, next := 0, 0
	for _, v := range slices.Concat(voters, add) {
		if !slices.Contains(drop, v) {
			next++
			if v == g.n.Number || progress[v].RecentActive && g.n.active(v) {
				alive++
			}
		}
	}
	if alive <= next/2 {
		return
	}
	var changes []*pb.ConfChangeSingle
	for _, v := range add {
		changes = append(changes, single(pb.ConfChangeAddNode, v))
	}
	for _, v := range drop {
		if g.n.meta.isRemoved(v) {
			changes = append(changes, single(pb.ConfChangeRemoveNode, v))
		} else {
			changes = append(changes, single(pb.ConfChangeAddLearnerNode, v))
		}
	}
	g.change(changes...)
}

func (g *group) caughtUp(pr tracker.Progress) bool {
	last, err := g.st.LastIndex()
	return err == nil && pr.RecentActive && pr.State == tracker.StateReplicate && pr.Match+caughtUpEntries >= last
}

func single(t pb.ConfChangeType, number uint64) *pb.ConfChangeSingle {
	if t == pb.ConfChangeAddLearnerNode && plant.Is("learner-votes") {
		t = pb.ConfChangeAddNode
	}
	return &pb.ConfChangeSingle{Type: t.Enum(), NodeId: &number}
}

// change proposes a step. Raft takes one at a time, and leaves a joint
// configuration by itself.
func (g *group) change(changes ...*pb.ConfChangeSingle) {
	defer g.guard("change members")
	cc := &pb.ConfChangeV2{Changes: changes}
	if err := g.rn.ProposeConfChange(cc); err != nil {
		return // a transfer of leadership is under way
	}
	g.n.cfg.Log.Info("changing members", "group", g.id, "change", pb.ConfChangesToString(changes))
	g.confWait = g.n.ticks + confWaitTicks // unless it is applied before
}

// handOver gives leadership to the voter with the most of the log.
func (g *group) handOver() bool { return g.handOverTo(func(uint64) bool { return true }) }

// handOverTo gives leadership to one of the voters that are ok. Raft gives a
// transfer up after an election timeout; then it is another one's turn, as the
// first may be unable to take it, if only because it is about to stop.
func (g *group) handOverTo(ok func(uint64) bool) bool {
	if to := g.rn.BasicStatus().LeadTransferee; to != raft.None && ok(to) && g.n.active(to) {
		return true // under way
	}
	progress := g.rn.Status().Progress
	var best, match uint64
	for _, v := range g.conf.GetVoters() {
		pr := progress[v]
		if v == g.n.Number || !ok(v) || pr.State != tracker.StateReplicate || !g.n.active(v) {
			continue
		}
		if best == 0 || best == g.handedTo || v != g.handedTo && pr.Match >= match {
			best, match = v, pr.Match
		}
	}
	if best == 0 {
		return false
	}
	g.handedTo = best
	g.rn.TransferLeader(best)
	return true
}

// transfer is a leadership on its way to another node, as an operator asked.
type transfer struct {
	to       uint64
	until    uint64 // tick
	done     func(error)
	confWait uint64 // tick before which no other change of members is proposed
	handedTo uint64 // whom handOverTo tried last
}

// Transfer moves a group's leadership to a node; to any other voter if nodeID
// is empty.
func (n *Node) Transfer(group uint32, nodeID string, done func(error)) {
	g := n.group(group)
	fail := func(err error) { n.later(func() { done(err) }) }
	if g == nil || g.removed {
		fail(ErrNotMember)
		return
	}
	if g.transfer.done != nil {
		fail(ErrBusy)
		return
	}
	var to uint64
	if nodeID != "" {
		r := n.meta.byID(nodeID)
		if r == nil || !slices.Contains(g.conf.GetVoters(), r.Number) {
			fail(ErrUnknownNode)
			return
		}
		to = r.Number
	}
	switch {
	case g.lead == raft.None:
		fail(ErrNoLeader)
		return
	case to == g.lead:
		fail(nil)
		return
	case to == 0 && !g.isLeader():
		to = n.Number
	}
	if to == 0 {
		if !g.handOver() {
			fail(ErrNotMoved)
			return
		}
	} else {
		g.rn.TransferLeader(to)
	}
	g.transfer.to, g.transfer.done, g.transfer.until = to, done, n.ticks+2*uint64(n.cfg.ElectionTicks)
}

func (g *group) transferTick() {
	t := &g.transfer
	if t.done == nil {
		return
	}
	there := g.lead != raft.None && (g.lead == t.to || t.to == 0 && g.lead != g.n.Number)
	if !there && g.n.ticks < t.until {
		return
	}
	done := t.done
	t.done = nil
	if there {
		done(nil)
	} else {
		done(ErrNotMoved)
	}
}

// refuseAll fails, at a leader whose disk is full, what was not proposed yet.
func (g *group) refuseAll() {
	if !g.isLeader() {
		return
	}
	g.failWhere(func(p *Proposal) bool { return p.sentTerm == 0 }, ErrNoSpace)
	for _, f := range g.forwarded {
		g.n.sendRefusal(g, f, refusedNoSpace)
	}
	g.forwarded, g.forwardedBytes = nil, 0
}

// housekeep is what need not be done in every turn, only in every tick.
func (n *Node) housekeep() {
	n.syncSometimes()
	n.markLog()
	if len(n.groups) == 0 {
		return
	}
	n.limitTail()
	for _, g := range n.groups {
		g.snapshotTick()
		g.reconcile()
		g.transferTick()
		g.stateCheckTick()
	}
	n.fleeSlowDisk()
	if n.stopping {
		n.handOverAll()
	}
	if n.removedAnywhere() && !n.forgot {
		n.forgot = true
		if err := n.remember(); err != nil {
			n.cfg.Log.Error("the members of the cluster this node was removed from are still remembered", "err", err)
		}
	}
	n.setPeers()
	n.chooseSpares()
	n.announce()
	n.checkLinks()
}

// toldRemoved: a member says that this node is none any more.
func (n *Node) toldRemoved() {
	for _, g := range n.groups {
		g.removed = true
	}
}

// Shutdown begins an orderly end: no campaigns, and leadership goes to others.
// The node keeps working, also for its clients, until it is closed.
func (n *Node) Shutdown() {
	n.stopping = true
	n.handOverAll()
}

// handOverAll gives every leadership away that somebody else can take.
func (n *Node) handOverAll() {
	for _, g := range n.groups {
		if !g.isLeader() || g.alone() {
			continue
		}
		g.handOver()
	}
}

// HandedOver: after Shutdown, leadership is elsewhere, if there is an elsewhere.
func (n *Node) HandedOver() bool {
	for _, g := range n.groups {
		if g.isLeader() && !g.alone() {
			return false
		}
	}
	return n.stopping
}

// Idle: nothing that was proposed here waits for an answer.
func (n *Node) Idle() bool {
	for _, g := range n.groups {
		if len(g.own) > 0 {
			return false
		}
	}
	return true
}
