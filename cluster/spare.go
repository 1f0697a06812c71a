package cluster

import (
	"cmp"
	"slices"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// A write is committed when a majority has it, and a read is confirmed when a
// majority has answered, so a leader needs only the quickest followers at once.
// Small messages to the others, the spare ones, are gathered on their links for
// a while: they then read, sync and answer once for many turns, which saves up
// to a third of the time where nodes share a disk or processors. What is not
// small goes at once, since the first of two answers comes sooner than that of
// one. Nobody is left out, as in the thrifty mode of Paxos (Moraru, Andersen,
// Kaminsky: There Is More Consensus in Egalitarian Parliaments, SOSP 2013): when
// the quick ones are late, the spare ones have theirs at once.
//
// A follower whose clients write, read, or listen (blocked calls, subscriptions,
// tracking) is never spare: they wait for what it gets.
const (
	spareHold     = 10 * time.Millisecond
	spareBytesMax = 128 << 10 // held
	spareSmall    = 16 << 10  // what is as big goes at once
	overdueMin    = time.Millisecond
)

// held is what waits on the link to a spare follower.
type held struct {
	at    time.Duration // since when; 0: nothing waits
	bytes int           // of the link's unsent ones
	beats []heldBeat
}

// heldBeat is a round of reads. The answer to a later one confirms all before.
type heldBeat struct {
	g *group
	m *pb.Message
}

// commitPace is how long a leader's entries take from raft to their commit.
type commitPace struct {
	index uint64 // the entry that is timed; 0: none is
	since time.Duration
	mean  time.Duration
}

// timeCommit begins to time an entry, unless an earlier one still is.
func (g *group) timeCommit(index uint64) {
	if g.pace.index == 0 && g.isLeader() {
		g.pace.index, g.pace.since = index, g.n.now.Mono
	}
}

func (g *group) committed() {
	if p := &g.pace; p.index != 0 && g.commit >= p.index {
		p.mean += (min(g.n.now.Mono-p.since, spareHold) - p.mean) / 8
		p.index = 0
	}
}

// overdueAt is when the entry being timed should long have been committed, and
// this leader's own round of reads confirmed.
func (g *group) overdueAt() (at time.Duration, ok bool) {
	wait := 2*g.pace.mean + overdueMin
	if g.pace.index != 0 {
		at, ok = g.pace.since+wait, true
	}
	if g.isLeader() && g.reads.inFlight != 0 && !g.reads.indexed && g.reads.asked >= 0 && (!ok || g.reads.begun+wait < at) {
		at, ok = g.reads.begun+wait, true
	}
	return at, ok
}

// eager: clients of the peer wait, or did a moment ago.
func (n *Node) eager(p *peer) bool { return n.ticks < p.eagerUntil }

// chooseSpares says, once per tick, which followers a majority can do without.
func (n *Node) chooseSpares() {
	for _, number := range n.order {
		n.peers[number].spare = true
	}
	for _, g := range slices.Backward(n.groups) { // group 0, which seldom writes, takes whom the others have
		if g.isLeader() {
			g.needMajority()
		}
	}
}

// needMajority takes the quickest followers, as many as a majority needs, from the
// spare ones; and whoever must be heard for another reason.
func (g *group) needMajority() {
	type follower struct {
		p     *peer
		match uint64
	}
	var voters []follower
	g.rn.WithProgress(func(id uint64, _ raft.ProgressType, pr tracker.Progress) {
		p := g.n.peers[id]
		switch {
		case p == nil:
		case pr.State != tracker.StateReplicate || len(g.conf.GetVotersOutgoing()) > 0 || g.confWait != 0:
			p.spare = false
		case !pr.IsLearner:
			voters = append(voters, follower{p, pr.Match})
		}
	})
	slices.SortFunc(voters, func(a, b follower) int {
		return cmp.Or(first(g.n.eager(a.p), g.n.eager(b.p)), cmp.Compare(b.match, a.match), first(!a.p.spare, !b.p.spare),
			cmp.Compare(a.p.number, b.p.number))
	})
	for i, f := range voters {
		if i < len(g.conf.GetVoters())/2 {
			f.p.spare = false
		}
	}
}

// first orders what is before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// hold notes that what was just put for p, from size unsent bytes on, may wait.
func (n *Node) hold(p *peer, m *pb.Message, size int) {
	if size = p.link.unsent - size; p.spare && !n.eager(p) && m.GetType() == pb.MsgApp && size < spareSmall {
		p.link.held.bytes += size
		p.link.held.begin(n.now.Mono)
	}
}

// holdBeat keeps a heartbeat that only asks for a read to be confirmed.
func (n *Node) holdBeat(g *group, p *peer, m *pb.Message) bool {
	if !p.spare || n.eager(p) || m.GetType() != pb.MsgHeartbeat || len(m.GetContext()) == 0 {
		return false
	}
	h := &p.link.held
	h.begin(n.now.Mono)
	if i := slices.IndexFunc(h.beats, func(b heldBeat) bool { return b.g == g }); i >= 0 {
		h.beats[i].m = m
	} else {
		h.beats = append(h.beats, heldBeat{g, m})
	}
	return true
}

func (h *held) begin(now time.Duration) {
	if h.at == 0 {
		h.at = max(now, 1)
	}
}

// waits reports that what is on the link may wait on; if not, the reads that
// were held go with it.
func (n *Node) waits(p *peer) bool {
	l := p.link
	late := func(g *group) bool { at, ok := g.overdueAt(); return ok && n.now.Mono >= at }
	if h := &l.held; h.at != 0 && h.bytes == l.unsent && h.bytes < spareBytesMax && n.now.Mono < h.at+spareHold && !n.eager(p) && !slices.ContainsFunc(n.groups, late) {
		return true
	}
	l.held.at, l.held.bytes = 0, 0
	for _, b := range l.held.beats {
		if b.g.isLeader() && b.g.term == b.m.GetTerm() {
			n.putRaft(b.g, p, b.m)
		}
	}
	clear(l.held.beats)
	l.held.beats = l.held.beats[:0]
	return false
}

// heldWake is when something held must go, at the latest.
func (n *Node) heldWake() (at time.Duration, ok bool) {
	for _, number := range n.order {
		l := n.peers[number].link
		if l == nil || l.held.at == 0 {
			continue
		}
		if end := l.held.at + spareHold; !ok || end < at {
			at, ok = end, true
		}
	}
	if ok {
		for _, g := range n.groups {
			if late, ok := g.overdueAt(); ok {
				at = min(at, late)
			}
		}
	}
	return at, ok
}
