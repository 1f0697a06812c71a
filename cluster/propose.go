package cluster

import (
	"time"

	"go.etcd.io/raft/v3"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// Owner waits for a proposal. Failed tells it that the proposal is surely not
// applied (ErrDropped, ErrNoSpace) or of unknown fate (ErrUncertain). That it
// was applied is told by StateMachine.Apply, whose Entry.Own is the proposal.
type Owner interface{ Failed(err error) }

// Proposal is one entry to be. Data stays untouched until it is applied or
// has failed.
type Proposal struct {
	Data  []byte
	Owner Owner
	// Whole, if not nil, ends with Data and is the proposal's own for ever: with
	// room enough in front of Data the entry is made there, without a copy.
	Whole []byte

	lasting bool // Data is never changed

	seq      uint64
	sentTerm uint64        // the term it was handed to a leader for; 0: it never was, or it is proven dead
	sentOver *Link         // over which it was forwarded
	since    time.Duration // when it was proposed
}

// proposals is the way of a group's proposals into its log, exactly once and
// in order.
//
// At their origin they stand in own, in the order of their numbers. Those
// already handed to the leader of a term are marked with it; a leader takes a
// proposal only in that very term, so its entry carries that term or never
// exists. Hence, when an entry of a higher term is applied and the proposal
// has not been, it never will be (the terms in a log do not decrease), and it
// may be handed to the new leader as if for the first time (I5). Proposals
// that were never handed over wait until none is left from an earlier term,
// which keeps their order.
//
// At the leader, forwarded proposals are taken in the order of their numbers,
// and a number not above the last one taken from the same process in the same
// term is a repetition (I6). A link is an ordered stream and begins with all
// outstanding proposals, so no number can be missed.
type proposals struct {
	own        []*Proposal
	seq        uint64
	progressAt time.Duration // when an entry was last applied
	wroteAt    time.Duration // when a leader's big entry was last seen being written

	forwarded []forwarded       // taken from other nodes, not yet proposed to raft
	taken     map[uint64]uint64 // origin's incarnation -> last number taken in this term

	forwardedBytes int // of forwarded

	deadlineProposed bool // the empty entry for the deadline is under way
}

type forwarded struct {
	from             uint64 // node number
	incarnation, seq uint64
	data, whole      []byte // as of a Proposal
}

// A proposal is given up only after the group has stood still for HoldMs, or
// after this many times as long.
const holdMaxFactor = 4

// A log takes entries of 1 GiB, header included.
const proposalBytesMax = 1<<30 - 4096

// Propose hands a proposal to a group. It goes out, with all others of the
// turn, in the next Turn.
func (n *Node) Propose(group uint32, p *Proposal) {
	g := n.group(group)
	switch {
	case g == nil || g.removed:
		n.later(func() { p.fail(ErrNotMember) })
	case len(p.Data) > proposalBytesMax:
		n.later(func() { p.fail(ErrTooBig) })
	case n.noSpace: // a follower could not apply it either, and so not answer
		n.later(func() { p.fail(ErrNoSpace) })
	default:
		g.seq++
		p.seq, p.sentTerm, p.since, p.lasting = g.seq, 0, undated, p.Whole != nil
		g.own = append(g.own, p)
	}
}

// InFlight is the number of own proposals neither applied nor failed.
func (n *Node) InFlight(group uint32) int {
	if g := n.group(group); g != nil {
		return len(g.own)
	}
	return 0
}

func (p *Proposal) fail(err error) {
	if p.Owner != nil {
		p.Owner.Failed(err)
	}
}

// undated: proposed since the last turn, whose time is not the present.
const undated = -1

// pump moves proposals on: into raft at the leader, to the leader elsewhere.
func (g *group) pump() {
	for i := len(g.own) - 1; i >= 0 && g.own[i].since == undated; i-- {
		g.own[i].since = g.n.now.Mono
	}
	switch {
	case g.leaderReady():
		g.proposeForwarded()
		g.proposeOwn()
		g.proposeDeadline()
	case g.isLeader() || g.lead == raft.None:
	default:
		g.forwardOwn()
	}
}

// oldOutstanding: a proposal handed over in an earlier term is not yet settled.
func (g *group) oldOutstanding() bool {
	return len(g.own) > 0 && g.own[0].sentTerm != 0 && g.own[0].sentTerm != g.term
}

func (g *group) proposeOwn() {
	if g.oldOutstanding() {
		return
	}
	for _, p := range g.own {
		if p.sentTerm != 0 {
			continue
		}
		if !g.proposeEntry(g.n.incarnation, p.seq, p.Data, p.Whole) {
			return
		}
		// The room is used once: the entry of an earlier term may still be read.
		p.sentTerm, p.Whole = g.term, nil
	}
}

func (g *group) proposeEntry(incarnation, seq uint64, data, whole []byte) bool {
	defer g.guard("propose")
	if g.bigWaits(len(data)) {
		return false
	}
	b := encodeEntry(entryHeader{incarnation, seq, g.stamp(), g.n.cfg.Rand.Uint64()}, data, whole)
	if len(b) >= bigEntryMin {
		return g.proposeBig(b)
	}
	if g.rn.Propose(b) != nil {
		return false // a transfer of leadership is under way; or the log's last moment here
	}
	return true
}

func (g *group) proposeDeadline() {
	if at, ok := g.sm.Deadline(); ok && !g.deadlineProposed && g.n.now.UnixMs >= at && !g.n.noSpace && !plant.Is("deadline-never") {
		g.deadlineProposed = g.proposeEntry(0, 0, nil, nil)
	}
}

// forwardOwn hands proposals to the leader in their order. What went over a link
// that is gone goes again over the next one, and before what is new: the leader
// takes each once, and none that is older than one it has taken.
func (g *group) forwardOwn() {
	leader := g.n.peers[g.lead]
	if leader == nil || g.oldOutstanding() {
		return
	}
	for _, p := range g.own {
		if p.sentTerm != 0 && p.sentOver == leader.link {
			continue
		}
		if !g.n.sendForward(g, p) {
			return
		}
		p.sentTerm, p.sentOver = g.term, leader.link
	}
}

// take accepts a forwarded proposal at the leader it was sent to.
func (g *group) take(term uint64, f forwarded) {
	g.refresh()
	if len(f.data) > proposalBytesMax || !g.isLeader() ||
		g.term != term && !plant.Is("forward-any-term") || f.seq <= g.taken[f.incarnation] && !plant.Is("forward-twice") {
		return // its origin learns from a later term, or it was taken before
	}
	if g.taken == nil {
		g.taken = map[uint64]uint64{}
	}
	g.taken[f.incarnation] = f.seq
	switch {
	case g.n.noSpace:
		g.n.sendRefusal(g, f, refusedNoSpace)
	case g.forwardedBytes > forwardedBytesMax:
		g.n.sendRefusal(g, f, refusedBusy)
	default:
		g.forwarded = append(g.forwarded, f)
		g.forwardedBytes += len(f.data)
	}
}

// Why a leader refuses a forwarded proposal.
const (
	refusedNoSpace byte = iota
	refusedBusy
)

// forwardedBytesMax is what may wait at a leader that raft takes nothing from.
// Those who sent it give up on it in time, and would go on sending.
const forwardedBytesMax = 64 << 20

func (g *group) proposeForwarded() {
	for i, f := range g.forwarded {
		if !g.proposeEntry(f.incarnation, f.seq, f.data, f.whole) {
			n := copy(g.forwarded, g.forwarded[i:])
			clear(g.forwarded[n:])
			g.forwarded = g.forwarded[:n]
			return
		}
		g.forwardedBytes -= len(f.data)
	}
	clear(g.forwarded)
	g.forwarded = g.forwarded[:0]
}

// forgetForwarded ends a leadership: what is left was never proposed, and the
// origins hand it to the next leader.
func (g *group) forgetForwarded() {
	g.forwarded, g.forwardedBytes, g.taken = nil, 0, nil
	g.deadlineProposed = false
	g.bigUncommitted = 0
}

// refused: the leader will never propose this one.
func (g *group) refused(term, seq uint64, err error) {
	for i, p := range g.own {
		if p.seq == seq && p.sentTerm == term {
			g.own = append(g.own[:i], g.own[i+1:]...)
			p.fail(err)
			return
		}
	}
}

// takeOwn finds the proposal an applied entry came from.
func (g *group) takeOwn(h entryHeader) *Proposal {
	if h.incarnation != g.n.incarnation && !plant.Is("owner-by-number") {
		return nil
	}
	for i, p := range g.own {
		if p.seq == h.seq {
			copy(g.own[1:i+1], g.own[:i])
			g.own[0] = nil
			g.own = g.own[1:]
			return p
		}
	}
	return nil // its owner was told that its fate is uncertain
}

// requeue: an entry of this term was applied, so whatever was handed over in
// earlier terms and not applied never will be (I5).
func (g *group) requeue(term uint64) {
	for _, p := range g.own {
		if p.sentTerm != 0 && p.sentTerm < term {
			p.sentTerm = 0
		}
	}
}

// skipped: a snapshot took the place of entries, among which may have been
// proposals of this node. Their fate cannot be known any more.
func (g *group) skipped() {
	if plant.Is("skipped-forgotten") {
		return
	}
	g.failWhere(func(p *Proposal) bool { return p.sentTerm != 0 }, ErrUncertain)
}

// failWhere takes proposals out, and then tells their owners, who may propose
// again at once.
func (g *group) failWhere(match func(p *Proposal) bool, err error) {
	kept, gone := g.own[:0:0], g.own[:0:0]
	for _, p := range g.own {
		if match(p) {
			gone = append(gone, p)
		} else {
			kept = append(kept, p)
		}
	}
	g.own = kept
	for _, p := range gone {
		p.fail(err)
	}
}

// expire gives up proposals that have waited too long.
func (g *group) expire() {
	hold := time.Duration(g.n.cfg.HoldMs) * time.Millisecond
	if g.n.writing {
		// A big entry is on its way to the disk. At the leader the time that this
		// takes is not held against proposals, as if the turn itself waited.
		g.progressAt = g.n.now.Mono
		if g.isLeader() {
			g.wroteAt = g.n.now.Mono
		}
	}
	for len(g.own) > 0 {
		p := g.own[0]
		waited := g.n.now.Mono - max(p.since, g.wroteAt)
		still := g.n.now.Mono - max(p.since, g.progressAt)
		if still <= hold && waited <= holdMaxFactor*hold {
			return
		}
		g.own[0] = nil
		g.own = g.own[1:]
		if p.sentTerm != 0 && !plant.Is("unknown-as-failed") {
			p.fail(ErrUncertain)
		} else {
			p.fail(ErrDropped)
		}
	}
}
