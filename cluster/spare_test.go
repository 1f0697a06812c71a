package cluster

import (
	"testing"
	"time"
)

// spareOf returns the leader, the follower whose answers it needs and the spare one.
func spareOf(t *testing.T, c *testCluster) (lead, quick, spare *testNode) {
	t.Helper()
	lead = c.leader()
	c.run(200 * time.Millisecond)
	for _, d := range c.nodes {
		switch p := lead.n.peers[d.n.Number]; {
		case p == nil:
		case p.spare:
			spare = d
		default:
			quick = d
		}
	}
	if quick == nil || spare == nil {
		t.Fatalf("nobody is spare, or everybody\n%s", c)
	}
	return lead, quick, spare
}

// A follower that a majority can do without gets the entries of many turns at once,
// and is at most the time behind that they may be held.
func TestSpareFollowerSyncsSeldom(t *testing.T) {
	c := newTestCluster(t, 141, 3, nil)
	lead, quick, spare := spareOf(t, c)
	q, s := quick.fs.Syncs(), spare.fs.Syncs()
	c.load(2 * time.Second)
	q, s = quick.fs.Syncs()-q, spare.fs.Syncs()-s
	if s*2 > q || s == 0 {
		t.Errorf("the spare follower synced %d times, the other %d times", s, q)
	}
	c.until("the last write is everywhere", spareHold+10*time.Millisecond, func() bool {
		return lead.n.InFlight(1) == 0 && spare.n.group(1).lastWritten() == lead.n.group(1).lastWritten()
	})
}

// Nobody waits for long because the wrong follower was taken for the quick one.
func TestSpareFollowerStepsIn(t *testing.T) {
	c := newTestCluster(t, 142, 3, nil)
	for range 5 {
		lead, quick, _ := spareOf(t, c)
		c.load(time.Second)
		quick.paused = true
		o, r := lead.propose("without the quick one"), lead.read()
		c.until("committed", 15*time.Millisecond, func() bool { return o.applied == 1 })
		c.until("read", spareHold+15*time.Millisecond, func() bool { return r.done })
		c.load(300 * time.Millisecond)
		if !lead.n.peers[quick.n.Number].spare {
			t.Errorf("who does not answer is still needed\n%s", c)
		}
		o = lead.propose("with another quick one")
		c.until("committed", 15*time.Millisecond, func() bool { return o.applied == 1 })
		quick.paused = false
		c.until("caught up", 5*time.Second, c.settled)
	}
}

// A follower whose clients wait for what others write gets it at once.
func TestSpareFollowerIsNotWhoListens(t *testing.T) {
	listening := false
	c := newTestCluster(t, 143, 3, func(cfg *Config) { cfg.Listening = func() bool { return listening } })
	listening = true
	c.run(2 * time.Second)
	lead := c.leader()
	for range 20 {
		o := lead.propose("x")
		c.until("committed", 10*time.Millisecond, func() bool { return o.applied == 1 })
		for _, d := range c.nodes {
			c.until("applied", 10*time.Millisecond, func() bool { return len(d.sm.entries) == len(lead.sm.entries) })
		}
		c.run(20 * time.Millisecond)
	}
}

// Who has just become the leader makes nobody wait before it knows who is quick.
func TestSpareFollowerOfANewLeader(t *testing.T) {
	c := newTestCluster(t, 145, 3, nil)
	old := c.leader()
	next := c.node(old.i%3 + 1)
	moved := false
	old.n.Transfer(1, next.n.NodeID, func(err error) { moved = err == nil })
	old.kicked = true
	c.until("it leads", time.Second, func() bool { return next.n.group(1).isLeader() })
	for number, p := range next.n.peers {
		if p.spare {
			t.Errorf("node %d is spare to a leader that has heard from nobody", number)
		}
	}
	c.until("the old leader knows", time.Second, func() bool { return moved })
}
