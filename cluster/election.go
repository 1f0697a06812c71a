package cluster

import (
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

// election times a group's elections. Raft's own timer draws from a source of
// randomness that cannot be given to it, so followers and candidates are never
// ticked: this one counts the ticks, takes the leader's word away when it has
// been silent for an election timeout (ForgetLeader: from then on the node may
// vote for another), and campaigns after a random time more. Raft's "in lease"
// check sees a leader until it is forgotten, which is the same promise.
type election struct {
	elapsed int // ticks since a leader was heard, a vote was given or a campaign began
	timeout int // ticks after which to campaign

	fastAt  time.Duration // campaign then, unless a leader was heard; 0: no
	fastTry int
}

// Attempts of a failover that does not wait for the timeout: others may not
// yet have seen the leader's process die.
const fastTries = 6

func (g *group) resetTimeout() {
	e := g.n.cfg.ElectionTicks
	g.elapsed, g.timeout = 0, e+g.n.cfg.Rand.IntN(e)
}

func (g *group) tick() {
	if g.isLeader() {
		g.rn.Tick()
		g.refresh()
		return
	}
	g.elapsed++
	if g.lead != raft.None && g.elapsed >= g.n.cfg.ElectionTicks {
		g.forgetLeader()
	}
	if g.elapsed >= g.timeout {
		g.campaign()
	}
}

func (g *group) forgetLeader() {
	_ = g.rn.ForgetLeader()
	g.refresh()
}

// campaign begins an election, where this node may.
func (g *group) campaign() {
	e := g.n.cfg.ElectionTicks
	g.elapsed, g.timeout = 0, e/2+1+g.n.cfg.Rand.IntN(e)
	if !g.isVoter() || g.removed || g.n.stopping || g.n.muteTicks > 0 && !g.alone() {
		return
	}
	defer g.guard("campaign")
	_ = g.rn.Campaign()
	g.refresh()
}

// campaignAlone: the only voter need not wait for anybody. Raft refuses while
// committed changes of the configuration are not applied, after which there may
// be other voters.
func (g *group) campaignAlone() {
	if g.role == raft.StateFollower && g.lead == raft.None && g.applied == g.commit && g.alone() {
		g.campaign()
	}
}

// muted: a voter that was just started has forgotten whom it promised not to
// vote against; it stays out of elections for one election timeout (I4), unless
// the leader itself, who could rely on that promise, gives up its place to it.
func (g *group) muted(m *pb.Message) bool {
	switch m.GetType() {
	case pb.MsgTimeoutNow:
		return g.n.stopping || g.removed
	case pb.MsgVote, pb.MsgPreVote:
		return g.n.muteTicks > 0
	}
	return false
}

// heard restarts the timer after m was stepped.
func (g *group) heard(m *pb.Message) {
	switch m.GetType() {
	case pb.MsgApp, pb.MsgHeartbeat, pb.MsgSnap:
		if m.GetTerm() == g.term && g.lead == m.GetFrom() {
			g.resetTimeout()
			g.fastAt, g.fastTry = 0, 0
		}
	case pb.MsgVote:
		if m.GetTerm() == g.term && g.vote == m.GetFrom() {
			g.resetTimeout()
		}
	}
}

// leaderDied: the link to the leader was reset and nobody listens there any
// more, so the process is gone and its promise with it. PreVote keeps this
// harmless where it is wrong.
func (g *group) leaderDied() {
	if g.isLeader() || g.n.cfg.NoFastFailover {
		return
	}
	g.forgetLeader()
	g.fastTry = 0
	g.fastAfter(3)
}

func (g *group) fastAfter(ticks int) {
	d := time.Duration(g.n.cfg.TickMs) * time.Millisecond
	g.fastAt = g.n.now.Mono + 1 + time.Duration(g.n.cfg.Rand.Int64N(int64(ticks)*int64(d)))
}

func (g *group) fastFailover() {
	if g.fastAt == 0 || g.n.now.Mono < g.fastAt {
		return
	}
	g.fastAt = 0
	if g.lead != raft.None || g.role == raft.StateCandidate {
		return
	}
	g.campaign()
	if g.fastTry++; g.fastTry < fastTries && g.isVoter() {
		g.fastAfter(4)
	}
}
