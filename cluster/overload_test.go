package cluster

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Followers whose disks take nothing still answer heartbeats. The leader's log
// does not grow meanwhile, whoever proposes and however often it gives up; there
// is no election; and when the disks are back, everything has one fate.
func TestDeadDisksBoundTheLog(t *testing.T) {
	t.Run("small", func(t *testing.T) { deadDisks(t, 1<<20, 64<<10, 3000) })
	t.Run("big", func(t *testing.T) { deadDisks(t, 8<<20, bigEntryMin, 3000) })
}

func deadDisks(t *testing.T, limit uint64, size, rounds int) {
	c := newTestCluster(t, 131, 3, func(cfg *Config) { cfg.UncommittedBytes = limit })
	for _, d := range c.nodes {
		d.slowDisk(40 * time.Millisecond)
	}
	c.load(4 * time.Second)
	leader := c.leader()
	leader.slowDisk(time.Millisecond)
	c.load(4 * time.Second)
	if c.leader() != leader {
		t.Fatalf("the leader has changed\n%s", c)
	}
	for _, d := range c.nodes {
		d.hold = d != leader
	}
	term, bytes := leader.n.Status().Groups[1].Term, leader.n.Status().Log.BytesWritten
	value := strings.Repeat("x", size)
	var calls []*call
	for range rounds { // 30 s, in which each proposal is given up after 6 at most
		for _, d := range c.nodes {
			if d.n.InFlight(1) < 2 {
				calls = append(calls, d.propose(value))
			}
		}
		c.run(10 * time.Millisecond)
	}
	if s := leader.n.Status(); s.Groups[1].Term != term || s.Groups[1].Role != "leader" {
		t.Errorf("an election: %s in term %d after %d", s.Groups[1].Role, s.Groups[1].Term, term)
	}
	if got := leader.n.Status().Log.BytesWritten - bytes; got > 2*limit {
		t.Errorf("the leader's log grew by %d bytes", got)
	}
	if got := leader.n.groups[1].forwardedBytes; got > forwardedBytesMax+len(value) {
		t.Errorf("%d bytes wait at the leader", got)
	}
	for _, d := range c.nodes {
		d.hold = false
		d.posts = append(d.posts, d.held...)
		d.held = nil
	}
	c.until("settled", 20*time.Second, func() bool { return c.settled() && c.leader().n.InFlight(1) == 0 })
	applied, dropped, uncertain := 0, 0, 0
	for _, o := range calls {
		switch {
		case o.applied == 1 && o.err == nil:
			applied++
		case o.applied == 0 && errors.Is(o.err, ErrDropped):
			dropped++
		case o.applied == 0 && errors.Is(o.err, ErrUncertain):
			uncertain++
		default:
			t.Fatalf("a proposal was applied %d times, and %v", o.applied, o.err)
		}
	}
	if dropped == 0 || uncertain == 0 {
		t.Errorf("%d applied, %d dropped, %d uncertain: nothing was tested", applied, dropped, uncertain)
	}
}

// A node that was cut off for long comes back without disturbing anybody: no
// new term, no new leader.
func TestReturningNodeDisturbsNobody(t *testing.T) {
	c := newTestCluster(t, 132, 3, nil)
	c.load(time.Second)
	leader := c.leader()
	term := leader.n.Status().Groups[1].Term
	var away *testNode
	for _, d := range c.nodes {
		if d != leader {
			away = d
		}
	}
	for _, d := range c.nodes {
		if d != away {
			c.net.cut(away.addr.Bus(), d.addr.Bus())
		}
	}
	c.load(20 * time.Second)
	if got := away.n.Status().Groups[1]; got.Role != "candidate" && got.Leader != 0 {
		t.Errorf("the node that is cut off is a %s that follows %d", got.Role, got.Leader)
	}
	for _, d := range c.nodes {
		c.net.heal(away.addr.Bus(), d.addr.Bus())
	}
	calls := c.load(5 * time.Second)
	c.until("settled", 10*time.Second, c.settled)
	if got := c.leader(); got != leader || got.n.Status().Groups[1].Term != term {
		t.Errorf("leader %d of term %d before; now\n%s", leader.i, term, c)
	}
	for _, o := range calls {
		if o.err != nil {
			t.Errorf("a write failed: %v", o.err)
		}
	}
}
