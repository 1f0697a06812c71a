package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func checkedCluster(t *testing.T, seed uint64, size int) *testCluster {
	return newTestCluster(t, seed, size, func(cfg *Config) { cfg.StateCheck = 500 * time.Millisecond })
}

// write proposes and waits until every live node has applied.
func (c *testCluster) write(data string) {
	c.t.Helper()
	o := c.leader().propose(data)
	c.until("written", 5*time.Second, func() bool { return o.applied == 1 && c.settled() })
}

// checks waits until a comparison of the present state has come out at every
// live node.
func (c *testCluster) checks(writes string) {
	c.t.Helper()
	c.write(writes)
	from := c.leader().n.Status().Groups[1].Applied
	k := 0
	c.until("state compared", 10*time.Second, func() bool {
		if k++; k%100 == 0 && c.leader() != nil {
			c.leader().propose(fmt.Sprint(writes, " ", k)) // an idle state is not compared
		}
		return c.leader() != nil && !slices.ContainsFunc(c.nodes, func(d *testNode) bool {
			return d.live() && d.n.Status().Groups[1].State.Index <= from
		})
	})
}

func quarantined(err error) bool {
	var d *DivergedError
	return errors.As(err, &d)
}

func TestStatesAreCompared(t *testing.T) {
	c := checkedCluster(t, 101, 3)
	for i := range 3 {
		c.checks(fmt.Sprint("round ", i))
	}
	for _, d := range c.nodes {
		for _, g := range d.n.Status().Groups {
			if len(g.State.Differ) > 0 {
				t.Errorf("node %d group %d: %+v", d.i, g.Group, g.State)
			}
		}
	}
	// Nothing is compared while nothing changes.
	c.run(2 * time.Second)
	before := c.leader().n.Status().Groups[1].State.Checks
	c.run(5 * time.Second)
	if after := c.leader().n.Status().Groups[1].State.Checks; after != before {
		t.Errorf("%d comparisons of an idle state", after-before)
	}
}

// A node whose state is not that of the others stops, leader or not, and does
// not come back with its directory; the others go on.
func TestDivergedNodeIsQuarantined(t *testing.T) {
	for _, leader := range []bool{false, true} {
		c := checkedCluster(t, 102, 3)
		c.checks("before")
		var bad *testNode
		for _, d := range c.nodes {
			if (d == c.leader()) == leader {
				bad = d
			}
		}
		bad.expect = quarantined
		number := bad.n.Number
		bad.sm.entries = slices.Clone(bad.sm.entries)
		bad.sm.entries[0] = "flipped"
		c.write("after")
		k := 0
		c.until("quarantined", 10*time.Second, func() bool {
			if l := c.leader(); l != nil && k%100 == 0 {
				l.propose(fmt.Sprint(k))
			}
			k++
			return bad.err != nil
		})
		if !quarantined(bad.err) || !strings.Contains(bad.err.Error(), "2 voters agree") {
			t.Fatalf("leader %v: stopped with %v", leader, bad.err)
		}
		c.until("a leader among the others", 5*time.Second, func() bool { return c.leader() != nil && c.leader() != bad })
		c.write("the others go on")
		for _, d := range c.nodes {
			if got := d.n.Status().Groups[1].State.Differ; d != bad && !slices.Equal(got, []uint64{number}) {
				t.Errorf("node %d names %v, want %d", d.i, got, number)
			}
		}

		cfg := bad.n.cfg
		c.kill(bad.i)
		if _, err := Open(cfg); !quarantined(err) {
			t.Errorf("the quarantined node starts again: %v", err)
		}
		cfg.StateCheck = 0 // as the operator may insist
		n, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A learner follows the voters. Of two voters that differ none can be trusted:
// the first to see it stops, and the other is no majority.
func TestDivergenceOfTwo(t *testing.T) {
	c := checkedCluster(t, 103, 2) // one voter, one learner
	c.checks("before")
	for _, d := range c.nodes {
		d.expect = quarantined
	}
	c.leader().sm.entries[0] = "flipped"
	learner := c.node(2)
	c.until("the learner is quarantined", 10*time.Second, func() bool {
		if learner.err == nil {
			c.node(1).propose("more")
		}
		return learner.err != nil
	})
	if c.node(1).err != nil {
		t.Errorf("the only voter stopped: %v", c.node(1).err)
	}

	c = checkedCluster(t, 104, 2)
	promoted := false
	c.node(1).n.Promote(c.node(2).n.NodeID, func(err error) { promoted = err == nil })
	c.until("two voters", 5*time.Second, func() bool { return promoted && c.settled() })
	c.checks("before")
	for _, d := range c.nodes {
		d.expect = quarantined
	}
	c.leader().sm.entries[0] = "flipped"
	c.until("one is quarantined", 10*time.Second, func() bool {
		if l := c.leader(); l != nil {
			l.propose("more")
		}
		return c.node(1).err != nil || c.node(2).err != nil
	})
	c.run(2 * time.Second)
	if l := c.leader(); l != nil {
		t.Errorf("node %d leads", l.i)
	}
}
