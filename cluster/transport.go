package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

const (
	redialMin = 20 * time.Millisecond
	redialMax = time.Second

	probeUnsentMax = 64 << 10 // waiting bytes above which no guess is sent again

	eagerTicks = 20
)

// peer is another member and the link this node dialled to it. The links it
// dialled to us know it as their peer.
type peer struct {
	number  uint64
	addr    Addr
	link    *Link // nil: none, or being dialled
	dialing bool
	wait    time.Duration // before the next attempt
	nextAt  time.Duration
	closed  bool

	heardTick   uint64 // anything arrived from it
	eagerUntil  uint64 // tick until which its clients are likely to wait for commits
	spare       bool   // a majority of each group led here does without it (spare.go)
	incarnation uint64 // of its process, as last authenticated

	syncMean          time.Duration // of its disk, as it says
	castFrom, castSeq uint64        // its last broadcast: incarnation and number
}

// up: messages can be sent to it.
func (p *peer) up() bool { return p.link != nil && p.link.state == linkUp }

func (p *peer) close() {
	p.closed = true
	if p.link != nil {
		p.link.close(nil)
	}
}

// setPeers follows the members in group 0, and keeps those that a group still
// names. Before group 0 is known, the addresses remembered from earlier do.
func (n *Node) setPeers() {
	want := map[uint64]Addr{}
	for _, r := range n.meta.Nodes {
		want[r.Number] = r.Addr
	}
	if len(want) == 0 {
		want = maps.Clone(n.Peers)
	} else if !maps.Equal(want, n.Peers) {
		n.Peers = maps.Clone(want)
		if err := n.saveIdentity(); errors.Is(err, wal.ErrNoSpace) {
			n.Peers = nil // again, later
		} else if err != nil {
			n.fail(err)
		}
	}
	for number, p := range n.peers {
		if _, ok := want[number]; !ok && (n.named(number) || n.ahead(p)) {
			want[number] = p.addr
		}
	}
	delete(want, n.Number)
	for _, number := range slices.Sorted(maps.Keys(n.peers)) {
		if _, ok := want[number]; !ok {
			p := n.peers[number]
			p.close()
			delete(n.peers, number)
			n.closeInbound(p)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(want)) {
		a := want[number]
		switch p := n.peers[number]; {
		case p == nil:
			n.peers[number] = &peer{number: number, addr: a}
		case p.addr != a && n.metaAddr[number] != a:
			n.readdress(p, a)
		}
		n.metaAddr[number] = a
	}
	n.order = slices.AppendSeq(n.order[:0], maps.Keys(n.peers))
	slices.Sort(n.order)
}

// ahead: a proven peer that this node's copy of group 0 does not know yet. It
// may be the very leader that will tell.
func (n *Node) ahead(p *peer) bool {
	if n.meta.isRemoved(p.number) {
		return false
	}
	for l := range n.inbound {
		if l.peer == p {
			return true
		}
	}
	return false
}

// named: some group's configuration has the node. It may be removed already;
// its vote still counts.
func (n *Node) named(number uint64) bool {
	for _, g := range n.groups {
		if slices.Contains(g.members(), number) {
			return true
		}
	}
	return false
}

// closeInbound makes a node that is none any more dial again, and be told.
func (n *Node) closeInbound(p *peer) {
	for _, l := range inOrder(n.inbound) {
		if l.peer == p {
			l.close(nil)
		}
	}
}

func (n *Node) readdress(p *peer, a Addr) {
	if p.addr.Bus() == a.Bus() {
		p.addr = a
		return
	}
	p.addr, p.wait, p.nextAt = a, 0, 0
	if p.link != nil {
		p.link.close(nil)
	}
}

// dial keeps a link to every peer, in the order of their numbers.
func (n *Node) dial() {
	for _, number := range n.order {
		p := n.peers[number]
		if p.link != nil || p.dialing || n.now.Mono < p.nextAt || n.cfg.Dial == nil {
			continue
		}
		p.dialing = true
		n.cfg.Dial(p.addr.Bus(), func(s Socket, err error) *Link { return n.dialDone(p, s, err) })
	}
}

func (n *Node) dialDone(p *peer, s Socket, err error) *Link {
	p.dialing = false
	p.wait = min(max(redialMin, 2*p.wait), redialMax)
	p.nextAt = n.now.Mono + p.wait
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			n.peerDied(p)
		}
		return nil
	}
	l := &Link{n: n, sock: s, state: linkChallenge, peer: p, isDialled: true, born: n.ticks, heard: n.ticks}
	if p.closed || n.peers[p.number] != p || n.fatal != nil {
		l.close(nil)
		return l
	}
	_ = s.SetKeepAlive(10)
	p.link = l
	l.nonces = n.nonce()
	l.put(fHello, l.nonces)
	l.flush()
	return l
}

// peerDied: nobody listens where the peer did.
func (n *Node) peerDied(p *peer) {
	for _, g := range n.groups {
		if g.lead == p.number {
			g.leaderDied()
		}
	}
}

// dialled: a link this node dialled is up. Outstanding proposals go first.
func (n *Node) dialled(l *Link) {
	l.peer.wait = 0
	l.peer.heardTick = n.ticks
	for _, g := range n.groups {
		if g.lead == l.peer.number && !g.isLeader() {
			g.forwardOwn()
		}
	}
}

// accepted: a link that a peer dialled is up. Its announced address is where
// it is now, whatever group 0 remembers.
func (n *Node) accepted(l *Link, from, incarnation uint64, addr Addr) {
	delete(n.strangers, l)
	p := n.peers[from]
	if p == nil {
		p = &peer{number: from, addr: addr}
		n.peers[from] = p
		n.order = append(n.order, from)
		slices.Sort(n.order)
	}
	l.peer = p
	n.inbound[l] = struct{}{}
	p.heardTick, p.incarnation = n.ticks, incarnation
	if addr.Bus() != p.addr.Bus() && addr.BusPort != 0 {
		n.readdress(p, addr)
	}
	if !p.up() {
		p.nextAt = 0 // it is alive: no need to wait
	}
	for _, g := range n.groups {
		g.abortOutgoing(from) // the link before may have lost its last word about a snapshot
	}
}

func (n *Node) linkClosed(l *Link, wasUp bool) {
	delete(n.strangers, l)
	delete(n.inbound, l)
	p := l.peer
	if p == nil {
		return
	}
	if !l.isDialled {
		for _, g := range n.groups {
			g.abortIncoming(p.number)
		}
		return
	}
	if p.link != l {
		return
	}
	p.link = nil
	if wasUp {
		p.nextAt = 0
	}
	for _, g := range n.groups {
		g.unreachable(p.number)
		g.abortOutgoing(p.number)
	}
}

func (g *group) unreachable(number uint64) {
	if g.isLeader() {
		g.rn.ReportUnreachable(number)
	}
}

// checkLinks closes what has been silent for too long, once per tick.
func (n *Node) checkLinks() {
	for _, l := range inOrder(n.strangers) {
		if n.ticks-l.born > handshakeTicks {
			l.close(fmt.Errorf("no handshake"))
		}
	}
	for _, number := range n.order {
		p := n.peers[number]
		l := p.link
		switch {
		case l == nil:
		case l.state != linkUp && n.ticks-l.born > handshakeTicks, n.ticks-l.heard > silenceTicksMax:
			l.close(fmt.Errorf("silent"))
		case l.state == linkUp && n.every(pingTicks):
			l.put(fPing)
			n.tellPace(l)
		}
	}
	n.dial()
}

func (n *Node) flushLinks() {
	for _, number := range n.order {
		if p := n.peers[number]; p.link != nil && !n.waits(p) {
			p.link.flush()
		}
	}
}

// sendRaft sends a message, or tells raft that it could not.
func (n *Node) sendRaft(g *group, m *pb.Message) {
	p := n.peers[m.GetTo()]
	switch {
	case m.GetType() == pb.MsgSnap:
		g.sendSnapshot(p, m)
	case p == nil || !p.up() || p.link.unsent > unsentBytesMax:
		// Behind a big message that is on its way, raft must not begin again
		// with it: the follower will miss what was dropped here, and say so.
		if m.GetType() == pb.MsgApp && (p == nil || !p.up() || p.link.bigs == 0) {
			g.unreachable(m.GetTo())
		}
	case m.GetType() == pb.MsgApp && p.link.unsent > probeUnsentMax && (p.link.repeats(g.id, m) || g.probing(m.GetTo())):
		// One guess is on its way, and every answer to a heartbeat asks for another.
		// Of many answers at once the last may end the guessing, but not what the
		// others have asked for.
	case n.holdBeat(g, p, m):
	default:
		size := p.link.unsent
		n.putRaft(g, p, m)
		n.hold(p, m, size)
	}
}

func (n *Node) putRaft(g *group, p *peer, m *pb.Message) {
	n.sent++
	if err := p.link.putRaft(g.id, m); err != nil {
		n.fail(fmt.Errorf("group %d: encode %v: %w", g.id, m.GetType(), err))
	}
}

// probing: raft does not know yet where the peer's log is, and guesses.
func (g *group) probing(number uint64) (yes bool) {
	g.rn.WithProgress(func(id uint64, _ raft.ProgressType, pr tracker.Progress) {
		yes = yes || id == number && pr.State == tracker.StateProbe
	})
	return yes
}

// sendForward hands a proposal to the group's leader.
func (n *Node) sendForward(g *group, p *Proposal) bool {
	to := n.peers[g.lead]
	if to == nil || !to.up() || to.link.unsent > unsentBytesMax {
		return false
	}
	if p.lasting && len(p.Data) > partBytes {
		to.link.putBig(newBigMessage(fForward, appendProposalID(nil, g.id, g.term, n.incarnation, p.seq), p.Data))
		return true
	}
	err := to.link.putBulk(fForward, 28+len(p.Data), func(b []byte) ([]byte, error) {
		b = appendProposalID(b, g.id, g.term, n.incarnation, p.seq)
		return append(b, p.Data...), nil
	})
	return err == nil
}

// sendRefusal tells a proposal's origin that it is surely not applied.
func (n *Node) sendRefusal(g *group, f forwarded, why byte) {
	if to := n.peers[f.from]; to != nil && to.up() {
		to.link.put(fRefuse, appendProposalID(nil, g.id, g.term, f.incarnation, f.seq), []byte{why})
	}
}

func appendProposalID(b []byte, group uint32, term, incarnation, seq uint64) []byte {
	b = binary.LittleEndian.AppendUint32(b, group)
	b = binary.LittleEndian.AppendUint64(b, term)
	b = binary.LittleEndian.AppendUint64(b, incarnation)
	return binary.LittleEndian.AppendUint64(b, seq)
}

// received takes a message from a proven peer. whole, if not nil, ends with payload
// and is the message's own; else payload is only lent.
func (n *Node) received(p *peer, t frameType, payload, whole []byte) error {
	p.heardTick = n.ticks
	f := fields{b: payload}
	g := n.group(f.u32())
	if f.bad {
		return fmt.Errorf("%w: type %d of %d bytes", errFrame, t, len(payload))
	}
	if g == nil {
		return nil // not yet known here; raft sends again
	}
	switch t {
	case fRaft:
		m, err := decodeRaft(f.b, whole != nil)
		if err != nil {
			return fmt.Errorf("%w: raft message: %v", errFrame, err)
		}
		if err := checkMessage(m, p.number, n.Number); err != nil {
			return err
		}
		if m.GetType() == pb.MsgReadIndex {
			p.eagerUntil = n.ticks + eagerTicks
			if g.isLeader() && !g.leaderReady() {
				return nil // see startRead; the follower asks again
			}
		}
		g.step(m)
	case fForward:
		term, inc, seq := f.u64(), f.u64(), f.u64()
		if f.bad || inc == 0 || seq == 0 {
			return fmt.Errorf("%w: forwarded proposal", errFrame)
		}
		p.eagerUntil = n.ticks + eagerTicks
		if whole == nil {
			f.b = slices.Clone(f.b)
		}
		g.take(term, forwarded{p.number, inc, seq, f.b, whole})
	case fRefuse:
		term, inc, seq := f.u64(), f.u64(), f.u64()
		if !f.bad && inc == n.incarnation {
			err := ErrNoSpace
			if len(f.b) > 0 && f.b[0] == refusedBusy {
				err = ErrDropped
			}
			g.refused(term, seq, err)
		}
	case fSnapBegin, fSnapChunk, fSnapAck:
		return g.snapshotFrame(p, t, f)
	case fDisk:
		return n.receivedPace(p, f)
	case fState:
		return g.receivedState(p, f)
	case fBroadcast:
		return n.receivedBroadcast(p, f)
	}
	return nil // a kind of a later version, harmless by contract
}

// checkMessage refuses what raft would trip over: links carry only what other
// nodes' rafts send to this one.
func checkMessage(m *pb.Message, from, to uint64) error {
	bad := m.GetTo() != to || m.GetFrom() != from && m.GetType() != pb.MsgTransferLeader || raft.IsLocalMsg(m.GetType())
	switch m.GetType() {
	case pb.MsgProp, pb.MsgSnap, pb.MsgStorageAppend, pb.MsgStorageApply, pb.MsgStorageAppendResp, pb.MsgStorageApplyResp,
		pb.MsgForgetLeader, pb.MsgHup, pb.MsgBeat, pb.MsgUnreachable, pb.MsgSnapStatus, pb.MsgCheckQuorum:
		bad = true
	case pb.MsgHeartbeat, pb.MsgHeartbeatResp:
		bad = bad || len(m.GetContext()) != 0 && len(m.GetContext()) != 8
	case pb.MsgReadIndex, pb.MsgReadIndexResp:
		bad = bad || len(m.GetEntries()) != 1
	case pb.MsgApp:
		for i, e := range m.GetEntries() {
			bad = bad || e.GetIndex() != m.GetIndex()+1+uint64(i) || e.GetTerm() == 0
		}
	}
	if m.GetType() != pb.MsgReadIndex && m.GetTerm() == 0 {
		bad = true
	}
	if bad {
		return fmt.Errorf("%w: raft message %v from %d to %d", errFrame, m.GetType(), m.GetFrom(), m.GetTo())
	}
	return nil
}
