package cluster

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func (d *testNode) slowDisk(sync time.Duration) {
	d.fs.SyncCost = func(int64) time.Duration { return sync }
}

// load proposes at the leader, if there is one, every few milliseconds.
func (c *testCluster) load(d time.Duration) (calls []*call) {
	c.t.Helper()
	for end := c.net.now + d; c.net.now < end; {
		if l := c.leader(); l != nil && l.n.InFlight(1) < 2 {
			calls = append(calls, l.propose(fmt.Sprint("load ", c.net.now)))
		}
		c.run(5 * time.Millisecond)
	}
	return calls
}

// Leadership leaves a node whose disk became slow, once, and is not given back
// to it; the node says so, and says so again when the disk is quick.
func TestLeadershipLeavesASlowDisk(t *testing.T) {
	c := newTestCluster(t, 121, 3, nil)
	for _, d := range c.nodes {
		d.slowDisk(time.Millisecond)
	}
	c.load(2 * time.Second)
	old := c.leader()
	old.slowDisk(200 * time.Millisecond)
	c.load(3 * time.Second)
	next := c.leader()
	if next == nil || next == old {
		t.Fatalf("the leader is still the one with the slow disk\n%s", c)
	}
	if s := old.n.Status(); !s.SlowDisk || s.SyncMean < 50*time.Millisecond || s.SyncWorst < 200*time.Millisecond {
		t.Errorf("the node does not say that its disk is slow: mean %v, worst %v, slow %v", s.SyncMean, s.SyncWorst, s.SlowDisk)
	}
	term := next.n.Status().Groups[1].Term
	calls := c.load(12 * time.Second)
	if got := c.leader(); got != next || got.n.Status().Groups[1].Term != term {
		t.Errorf("leadership moved again\n%s", c)
	}
	applied := 0
	for _, o := range calls {
		applied += o.applied
	}
	if applied < len(calls)-2 || applied < 100 {
		t.Errorf("%d of %d writes went through", applied, len(calls))
	}
	for _, m := range next.n.Status().Members {
		if slow := m.SyncMean > 50*time.Millisecond; slow != (m.Number == old.n.Number) {
			t.Errorf("the leader takes node %d's disk for %v", m.Number, m.SyncMean)
		}
	}
	old.slowDisk(time.Millisecond)
	c.load(5 * time.Second)
	if s := old.n.Status(); s.SlowDisk {
		t.Errorf("the disk is quick again, and the node does not say so: %v", s.SyncMean)
	}
}

// A disk that is known to be slow and then does not answer at all neither stops
// the cluster nor starts elections: the leader's heartbeats go on, and it hands
// over.
func TestLeaderWithADeadDiskHandsOver(t *testing.T) {
	c := newTestCluster(t, 122, 3, nil)
	for _, d := range c.nodes {
		d.slowDisk(40 * time.Millisecond) // all alike: nobody flees
	}
	c.load(5 * time.Second)
	old := c.leader()
	if !old.n.Status().SlowDisk {
		t.Fatal("the disk is not slow")
	}
	term := old.n.Status().Groups[1].Term
	old.hold = true // what goes on beside the loop does not end
	c.load(3 * time.Second)
	next := c.leader()
	if next == nil || next == old {
		t.Fatalf("the leader is still the one with the dead disk\n%s", c)
	}
	if got := next.n.Status().Groups[1].Term; got != term+1 {
		t.Errorf("term %d after %d: more than one election", got, term)
	}
	calls := c.load(5 * time.Second)
	if len(calls) < 20 {
		t.Errorf("only %d writes were taken", len(calls))
	}
	old.hold = false
	old.posts = append(old.posts, old.held...)
	c.load(time.Second)
	c.until("settled", 10*time.Second, c.settled)
}

// The error of a sync that ran beside the loop ends the node, also if it is
// there before the turn that began the sync has returned.
func TestFailedSyncOfASlowDisk(t *testing.T) {
	c := newTestCluster(t, 123, 1, nil)
	d := c.node(1)
	d.slowDisk(200 * time.Millisecond)
	c.load(5 * time.Second)
	if !d.n.Status().SlowDisk {
		t.Fatal("the disk is not slow")
	}
	c.until("no sync is under way", 5*time.Second, func() bool { return !d.n.writing })
	d.n.cfg.Background = func(work, done func()) {
		work()
		d.posts = append(d.posts, done)
	}
	broken := errors.New("broken")
	d.fs.OnSync = func(string) error { return broken }
	d.expect = func(err error) bool { return errors.Is(err, broken) }
	o := d.propose("after")
	c.run(time.Second)
	if o.applied != 0 || d.err == nil {
		t.Errorf("after a failed sync: applied %v, the node ended with %v", o.applied, d.err)
	}
}

// A snapshot that is complete while a big entry is written beside the loop cuts
// the log after it: the loop would wait for the end of that write.
func TestSnapshotWaitsForBigWrite(t *testing.T) {
	c := newTestCluster(t, 133, 1, nil)
	c.load(time.Second)
	n := c.leader().n
	g, before := n.groups[1], n.groups[1].snapIndex
	n.writing = true
	g.takeSnapshot()
	c.run(100 * time.Millisecond)
	if !g.snapTaking || g.snapIndex != before || len(n.unwritten) != 1 {
		t.Fatalf("snapshot at %d, taking %v, %d waiting", g.snapIndex, g.snapTaking, len(n.unwritten))
	}
	n.writing = false
	n.runUnwritten()
	if g.snapTaking || g.snapIndex <= before || g.snapError != nil {
		t.Errorf("snapshot at %d, taking %v, error %v", g.snapIndex, g.snapTaking, g.snapError)
	}
}
