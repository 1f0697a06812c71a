package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// The states of a group's replicas are compared while they run. The leader
// names an entry that is yet to come; every node that applies it freezes its
// state there, as for a snapshot, hashes it in Background, and tells the others.
// A node whose hash is not that of a majority of the voters serves no longer:
// it stops, and does not start again before it was refilled.
//
//	fState = group 4 | index 8 | hash 32, or nothing: the leader names the index
//
// What is hashed is what a snapshot would hold. The log needs no entry for it:
// an index names a state, whoever puts it there.
type stateCheck struct {
	at     uint64               // the entry after which states are compared
	hashes map[uint64]stateHash // of that state, by node number
	busy   bool                 // this node's is being computed
	nextAt time.Duration        // when the leader names the next one
	began  time.Duration        // when this node froze its state
	differ map[uint64]uint64    // other members whose state differed, and where
	report StateReport          // for Status
}

type stateHash [sha256.Size]byte

// StateReport is what the comparisons of a group's states have shown.
type StateReport struct {
	Checks uint64        // in which this node's state was that of a majority of the voters
	Index  uint64        // the entry of the last one
	Took   time.Duration // to hash the state, at the last one
	Differ []uint64      // members whose state was found to differ, by number
}

// A check costs at most this part of the time of one processor.
const stateCheckShare = 100

// DivergedError says that a node's state is not what the log makes of it.
type DivergedError struct {
	Group uint32 `json:"group"`
	Index uint64 `json:"index"` // the entry after which the states were compared
	Agree int    `json:"agree"` // voters that agree on another state; 0: no majority agrees on any
}

func (e *DivergedError) Error() string {
	who := fmt.Sprintf("%d voters agree on another", e.Agree)
	if e.Agree == 0 {
		who = "no majority of the voters agrees on any, so that none may be served"
	}
	return fmt.Sprintf("cluster: QUARANTINED: group %d: this node's state after entry %d is not to be trusted: %s", e.Group, e.Index, who)
}

// stateCheckTick begins a comparison when one is due. A state that has not
// changed since the last one is not compared again.
func (g *group) stateCheckTick() {
	c, now := &g.check, g.n.now.Mono
	if c.nextAt == 0 {
		c.nextAt = now + g.n.cfg.StateCheck
	}
	if g.n.cfg.StateCheck == 0 || now < c.nextAt || !g.leaderReady() || c.busy || g.applied <= c.at || len(g.members()) < 2 {
		return
	}
	g.beginStateCheck(g.lastWritten() + 1)
	g.sendState(nil)
}

func (g *group) beginStateCheck(at uint64) {
	c := &g.check
	c.at, c.hashes = at, map[uint64]stateHash{}
	c.nextAt = g.n.now.Mono + max(g.n.cfg.StateCheck, stateCheckShare*c.report.Took)
}

func (g *group) sendState(hash []byte) {
	b := binary.LittleEndian.AppendUint32(nil, g.id)
	b = binary.LittleEndian.AppendUint64(b, g.check.at)
	for _, number := range g.members() {
		if p := g.n.peers[number]; p != nil && p.up() {
			p.link.put(fState, b, hash)
		}
	}
}

// receivedState takes the name of an entry, or a peer's state after it.
func (g *group) receivedState(p *peer, f fields) error {
	at := f.u64()
	if f.bad || len(f.b) != 0 && len(f.b) != sha256.Size {
		return fmt.Errorf("%w: state", errFrame)
	}
	if g.n.cfg.StateCheck == 0 {
		return nil
	}
	if at > g.check.at {
		g.beginStateCheck(at)
	}
	if at == g.check.at && len(f.b) > 0 {
		g.check.hashes[p.number] = stateHash(f.b)
		g.judgeState()
	}
	return nil
}

// hashState freezes the state after the entry just applied, and has it hashed.
func (g *group) hashState() error {
	c := &g.check
	if c.busy {
		return nil // the one before is still being hashed: this node has no say in this one
	}
	state, err := g.sm.Snapshot()
	if err != nil {
		return fmt.Errorf("group %d: state: %w", g.id, err)
	}
	at := c.at
	var sum stateHash
	c.busy, c.began = true, g.n.now.Mono
	g.n.cfg.Background(func() {
		h := sha256.New()
		_, err = state.WriteTo(h)
		h.Sum(sum[:0])
	}, func() {
		state.Release()
		c.busy = false
		c.report.Took = g.n.now.Mono - c.began
		c.nextAt = max(c.nextAt, c.began+stateCheckShare*c.report.Took)
		if err != nil {
			g.n.cfg.Log.Error("the state can't be hashed", "group", g.id, "err", err)
			return
		}
		if c.at == at {
			c.hashes[g.n.Number] = sum
			g.sendState(sum[:])
			g.judgeState()
		}
	})
	return nil
}

// judgeState compares what is known so far of the states after c.at. Nothing is
// said before a majority of the voters agrees, or can't any more.
func (g *group) judgeState() {
	c := &g.check
	own, ok := c.hashes[g.n.Number]
	if !ok || g.n.fatal != nil {
		return
	}
	votes, silent, most := map[stateHash]int{}, 0, 0
	voters := g.conf.GetVoters()
	for _, v := range voters {
		if h, ok := c.hashes[v]; ok {
			votes[h]++
			most = max(most, votes[h])
		} else {
			silent++
		}
	}
	switch {
	case votes[own] > len(voters)/2:
		g.stateAgreed(own)
	case most > len(voters)/2:
		g.n.quarantine(&DivergedError{Group: g.id, Index: c.at, Agree: most})
	case most+silent <= len(voters)/2:
		g.n.quarantine(&DivergedError{Group: g.id, Index: c.at})
	}
}

// stateAgreed: this node's state is that of a majority. Members that differ
// find out themselves, if they are not too broken for that.
func (g *group) stateAgreed(own stateHash) {
	c := &g.check
	if c.report.Index != c.at {
		c.report.Index = c.at
		c.report.Checks++
		g.n.cfg.Log.Debug("state agreed", "group", g.id, "index", c.at)
	}
	for _, number := range g.members() {
		h, ok := c.hashes[number]
		if !ok || h == own || c.differ[number] == c.at {
			continue
		}
		if c.differ == nil {
			c.differ = map[uint64]uint64{}
		}
		c.differ[number] = c.at
		id := ""
		if r := g.n.meta.byNumber(number); r != nil {
			id = r.ID
		}
		g.n.cfg.Log.Error("the state of another node differs from that of the majority: it must not be used", "group", g.id, "node", number, "id", id, "index", c.at)
	}
}

func (g *group) stateReport() StateReport {
	r := g.check.report
	for number := range g.check.differ {
		if slices.Contains(g.members(), number) {
			r.Differ = append(r.Differ, number)
		}
	}
	slices.Sort(r.Differ)
	return r
}

// quarantine stops this node for good: its state must not be served, and would
// come back with its directory.
func (n *Node) quarantine(e *DivergedError) {
	n.cfg.Log.Error("this node is quarantined: it must be refilled from the others", "reason", e)
	n.Quarantined = e
	if err := n.saveIdentity(); err != nil {
		n.cfg.Log.Error("that this node is quarantined is not on its disk", "err", err)
	}
	n.fail(e)
}
