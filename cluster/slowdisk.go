package cluster

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/raft/v3"
)

// pace is how long this node's syncs take. A turn waits for the sync of what it
// has written, which is the quickest way as long as the disk is. On a slow one
// it goes on beside the loop, so that heartbeats, reads and applying do not wait
// for it, and a leader gives its place to a voter whose disk is much quicker.
// Nodes tell each other the mean, with every ping, and whether their clients wait
// for entries (spare.go):
//
//	fDisk = group 4 (0) | mean of a sync in microseconds 8 | 1: clients wait; else 0, or missing
type pace struct {
	mean      time.Duration    // the last ones weigh most
	worst     [2]time.Duration // in this span of time and the one before
	spanUntil time.Duration
	slow      bool
	began     time.Duration // of the sync under way beside the loop; 0: none is
	stayUntil uint64        // tick before which leadership is not given away again
}

const (
	paceSpan     = 30 * time.Second
	paceQuicker  = 4   // times quicker is a disk that is worth a change of leader
	paceMoveWait = 200 // ticks between two of them
)

// tookSync notes how long a sync of the log took.
func (n *Node) tookSync(d time.Duration) {
	p := &n.pace
	if n.now.Mono >= p.spanUntil {
		p.worst = [2]time.Duration{0, p.worst[0]}
		p.spanUntil = n.now.Mono + paceSpan
	}
	p.worst[0] = max(p.worst[0], d)
	p.mean += (d - p.mean) / 8
	tick := time.Duration(n.cfg.TickMs) * time.Millisecond
	switch {
	case !p.slow && p.mean > tick/2:
		p.slow = true
		n.cfg.Log.Warn("the disk is slow", "sync", p.mean, "worst", p.worstLately(), "others", n.peersPace())
	case p.slow && p.mean < tick/4:
		p.slow = false
		n.cfg.Log.Info("the disk is quick again", "sync", p.mean)
	}
}

func (p *pace) worstLately() time.Duration { return max(p.worst[0], p.worst[1]) }

func (n *Node) peersPace() string {
	s := ""
	for _, number := range n.order {
		s += fmt.Sprintf("node %d: %v ", number, n.peers[number].syncMean)
	}
	return s
}

// sync makes what is written durable: at once, or beside the loop if the disk is
// slow; the log takes nothing more until then.
func (n *Node) sync() (done bool, err error) {
	if n.cfg.BeforeSync != nil {
		n.cfg.BeforeSync()
	}
	begin := n.cfg.Clock()
	if !n.pace.slow {
		err := n.log.Sync()
		n.tookSync(n.cfg.Clock() - begin)
		return true, err
	}
	n.syncBeside(begin)
	return false, nil
}

func (n *Node) syncBeside(begin time.Duration) {
	run, settle := n.log.StartSync()
	n.writing, n.pace.began = true, max(begin, 1)
	var err error // of a function that returns nothing: a named result would be set by both goroutines
	n.cfg.Background(func() { err = run() }, func() {
		n.writing, n.pace.began = false, 0
		n.tookSync(n.cfg.Clock() - begin)
		if err = settle(err); err == nil {
			n.synced()
			err = n.storedAll()
		}
		if err != nil {
			n.fail(err)
		}
		n.runUnwritten()
	})
}

// fleeSlowDisk gives leadership to voters whose disks are much quicker than
// this node's. It can't come back at once, as the other disk would have to be
// so much slower first. A leader whose disk does not answer at all would
// otherwise stay one for ever by its heartbeats.
func (n *Node) fleeSlowDisk() {
	p := &n.pace
	if !p.slow || n.ticks < p.stayUntil {
		return
	}
	took, wait := p.mean, uint64(paceMoveWait)
	if p.began != 0 {
		took = max(took, n.cfg.Clock()-p.began)
	}
	if took > time.Duration(n.cfg.ElectionTicks*n.cfg.TickMs)*time.Millisecond {
		wait = 2 * uint64(n.cfg.ElectionTicks)
	}
	for _, g := range n.groups {
		if !g.leaderReady() || g.alone() || g.rn.BasicStatus().LeadTransferee != raft.None {
			continue
		}
		quicker := func(v uint64) bool {
			peer := n.peers[v]
			return peer != nil && peer.syncMean > 0 && peer.syncMean*paceQuicker < took
		}
		if g.handOverTo(quicker) {
			p.stayUntil = n.ticks + wait
			n.cfg.Log.Warn("leadership goes to a node with a quicker disk", "group", g.id, "to", g.rn.BasicStatus().LeadTransferee, "sync", took, "others", n.peersPace())
		}
	}
}

// tellPace is said with a ping.
func (n *Node) tellPace(l *Link) {
	b := binary.LittleEndian.AppendUint32(nil, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(n.pace.mean/time.Microsecond))
	if n.cfg.Listening != nil && n.cfg.Listening() {
		b = append(b, 1)
	}
	l.put(fDisk, b)
}

func (n *Node) receivedPace(p *peer, f fields) error {
	us := f.u64()
	if f.bad || us > uint64(time.Hour/time.Microsecond) {
		return fmt.Errorf("%w: pace", errFrame)
	}
	p.syncMean = time.Duration(us) * time.Microsecond
	if len(f.b) > 0 && f.b[0] == 1 {
		p.eagerUntil = n.ticks + eagerTicks
	}
	return nil
}
