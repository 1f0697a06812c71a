package cluster

import (
	"encoding/binary"
	"time"

	"go.etcd.io/raft/v3"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// reads makes local reads linearizable by rounds. A read joins the round being
// gathered; at most one round is under way. When raft has confirmed the round
// (the leader was still the leader after the round began) and the entries up
// to the round's index are applied, all its reads may run. No clock is in the
// argument (I7). A round whose leader changed, or whose messages were lost, is
// asked for again; an answer to any of its attempts will do, since all its
// reads began before the first.
type reads struct {
	gather   uint64        // number of the round being gathered
	waiting  bool          // it has reads
	inFlight uint64        // number of the round under way; 0: none
	begun    time.Duration // in the turn in which it was first asked for
	asked    time.Duration // last attempt; -1: not asked of the present leader
	index    uint64        // its index once confirmed
	indexed  bool
}

func (r *reads) init() { r.gather = 1 }

// Read joins a read to the next round and returns the round's ticket; or says
// that the state is linearizable at this very instant.
func (n *Node) Read(group uint32) (ticket uint64, now bool) {
	g := n.group(group)
	if g == nil || g.removed {
		ticket := uint64(0)
		if g != nil {
			ticket = g.gather
		}
		n.later(func() { n.cfg.ReadsFailed(group, ticket, ErrNotMember) })
		return ticket, false
	}
	if g.readable() || plant.Is("follower-read") || plant.Is("leader-read") && g.isLeader() {
		return 0, true
	}
	g.waiting = true
	return g.gather, false
}

// readable: this node alone decides what is committed, and has applied all of
// it, back to the beginning of its own term.
func (g *group) readable() bool {
	return g.leaderReady() && g.alone() && g.applied == g.commit
}

// startRead begins the gathered round, or asks again for the one under way.
func (g *group) startRead() {
	if g.inFlight == 0 && g.waiting {
		g.inFlight, g.begun, g.asked, g.indexed = g.gather, g.n.now.Mono, -1, false
		g.gather, g.waiting = g.gather+1, false
	}
	if g.inFlight == 0 || g.indexed || g.lead == raft.None {
		return
	}
	again := time.Duration(g.n.cfg.TickMs*g.n.cfg.ElectionTicks/2) * time.Millisecond
	if g.asked >= 0 && g.n.now.Mono-g.asked < again {
		return
	}
	// Raft lets a group of one voter answer before its leader has committed
	// anything in its own term; that answer could be stale.
	if g.isLeader() && !g.leaderReady() {
		return
	}
	g.asked = g.n.now.Mono
	ctx := make([]byte, 16)
	binary.LittleEndian.PutUint64(ctx, g.n.incarnation)
	binary.LittleEndian.PutUint64(ctx[8:], g.inFlight)
	defer g.guard("read index")
	g.rn.ReadIndex(ctx)
}

// readConfirmed notes raft's answer. The incarnation in it keeps answers to
// this node's former life away from its new rounds.
func (g *group) readConfirmed(rs raft.ReadState) {
	if len(rs.RequestCtx) != 16 || binary.LittleEndian.Uint64(rs.RequestCtx) != g.n.incarnation ||
		binary.LittleEndian.Uint64(rs.RequestCtx[8:]) != g.inFlight || g.inFlight == 0 || g.indexed {
		return
	}
	g.index, g.indexed = rs.Index, true
}

func (g *group) reissueReads() {
	if g.inFlight != 0 && !g.indexed {
		g.asked = -1
	}
}

// finishReads lets a confirmed round's reads run once its index is applied. It
// reports whether another round can begin.
func (g *group) finishReads() bool {
	if g.inFlight == 0 || !g.indexed || g.applied < g.index && !plant.Is("read-unapplied") {
		return false
	}
	ticket := g.inFlight
	g.inFlight = 0
	g.n.cfg.ReadsReady(g.id, ticket)
	return g.waiting
}

// expireReads fails the round under way, or the one that cannot begin.
func (g *group) expireReads() {
	hold := time.Duration(g.n.cfg.HoldMs) * time.Millisecond
	if g.inFlight != 0 && g.n.now.Mono-g.begun > hold {
		ticket := g.inFlight
		g.inFlight = 0
		g.n.cfg.ReadsFailed(g.id, ticket, ErrNoLeader)
	}
}
