package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestThreeNodesForm(t *testing.T) {
	c := newTestCluster(t, 1, 3, nil)
	l := c.leader()
	if got := len(l.n.groups[1].conf.GetVoters()); got != 3 {
		t.Fatalf("voters: got %d, want 3\n%s", got, c)
	}
	var calls []*call
	for i := range 30 {
		calls = append(calls, c.node(i%3+1).propose(fmt.Sprint(i)))
		c.run(2 * time.Millisecond)
	}
	c.until("all applied", time.Second, func() bool {
		for _, o := range calls {
			if o.applied != 1 {
				return false
			}
		}
		return c.settled()
	})
	for i := 1; i <= 3; i++ {
		if got := len(c.node(i).sm.entries); got != 30 {
			t.Errorf("node %d: applied %d, want 30", i, got)
		}
		r := c.node(i).read()
		c.until("read", time.Second, func() bool { return r.done })
		if len(r.saw) != 30 || r.err != nil {
			t.Errorf("node %d: read saw %d entries, err %v", i, len(r.saw), r.err)
		}
	}
}

func TestEveryWriteSurvivesKilledLeaders(t *testing.T) {
	c := newTestCluster(t, 2, 3, nil)
	calls := map[string]*call{}
	n := 0
	load := func(d time.Duration) {
		for end := c.net.now + d; c.net.now < end; {
			for _, d := range c.nodes {
				if d.live() && d.n.InFlight(1) < 2 {
					k := fmt.Sprintf("%d-%d", d.i, n)
					calls[k] = d.propose(k)
					n++
				}
			}
			c.run(3 * time.Millisecond)
		}
	}
	load(200 * time.Millisecond)
	for round := range 6 {
		l := c.leader()
		at := c.net.now
		c.kill(l.i)
		c.until("a new leader", 3*time.Second, func() bool { load(time.Millisecond); return c.leader() != nil })
		if gap := c.net.now - at; gap > 500*time.Millisecond {
			t.Errorf("round %d: %v without a leader although the process died", round, gap)
		}
		load(100 * time.Millisecond)
		if round%2 == 0 {
			c.restart(l.i)
		} else {
			c.start(l, "elsewhere:1") // has joined: --join is ignored
		}
		load(700 * time.Millisecond)
	}
	c.run(2 * time.Second)
	c.until("settled", 5*time.Second, c.settled)
	checkLogs(t, c)
	uncertain := 0
	log := c.leader().sm.entries
	for k, o := range calls {
		in := slices.Contains(log, k)
		switch {
		case o.applied == 1 && !in:
			t.Errorf("%s was acknowledged and is lost", k)
		case o.err == ErrDropped && in:
			t.Errorf("%s was said to be dropped and is applied", k)
		case o.err == ErrUncertain:
			uncertain++
		}
	}
	t.Logf("%d writes, %d in the log, %d uncertain", n, len(log), uncertain)
}

// checkLogs: all live nodes applied the same entries, none twice, and those of
// one process in their order.
func checkLogs(t *testing.T, c *testCluster) {
	t.Helper()
	var log []string
	for _, d := range c.nodes {
		if !d.live() || d.n.removedAnywhere() {
			continue
		}
		if log == nil {
			log = d.sm.entries
		}
		if !slices.Equal(log, d.sm.entries) {
			t.Errorf("node %d applied other entries than the first", d.i)
		}
	}
	seen := map[string]bool{}
	last := map[string]int{}
	for _, e := range log {
		if seen[e] {
			t.Errorf("%.20s was applied twice", e)
		}
		seen[e] = true
		var node, k int
		if _, err := fmt.Sscanf(e, "%d-%d", &node, &k); err == nil {
			from := fmt.Sprint(node)
			if k < last[from] {
				t.Errorf("%.20s was applied after %d of the same node", e, last[from])
			}
			last[from] = k
		}
	}
}

// A follower without waiting clients hears of a commit with the
// next entry or heartbeat, not by a message of its own; one with waiting
// clients hears at once.
func TestCommitsRideOnOtherMessages(t *testing.T) {
	c := newTestCluster(t, 40, 3, nil)
	l := c.leader()
	c.run(2 * time.Second) // nobody is eager any more
	const writes = 200
	before := l.n.sent
	for range writes {
		o := l.propose(fmt.Sprint("a", l.n.groups[1].seq))
		c.until("applied", time.Second, func() bool { return o.applied == 1 })
	}
	got := l.n.sent - before
	t.Logf("%d writes took %d messages to two followers", writes, got)
	if got > writes*2*115/100+60 {
		t.Errorf("commits travel alone")
	}
	f := c.node(l.i%3 + 1)
	var waited time.Duration
	for range 20 {
		at := c.net.now
		o := f.propose(fmt.Sprint("b", f.n.groups[1].seq))
		c.until("applied", time.Second, func() bool { return o.applied == 1 })
		waited += c.net.now - at
	}
	if mean := waited / 20; mean > 10*time.Millisecond {
		t.Errorf("a write at a follower took %v; it must not wait for a heartbeat", mean)
	}
	other := c.node(f.i%3 + 1)
	if other == l {
		other = c.node(other.i%3 + 1)
	}
	at := c.net.now
	r := other.read()
	c.until("read", time.Second, func() bool { return r.done })
	if took := c.net.now - at; took > 20*time.Millisecond || len(r.saw) != writes+20 {
		t.Errorf("the first read at a quiet follower took %v and saw %d", took, len(r.saw))
	}
}

// An orderly end hands leadership over, goes on serving meanwhile, and costs
// the others no election timeout.
func TestShutdownHandsOver(t *testing.T) {
	c := newTestCluster(t, 41, 3, nil)
	l := c.leader()
	f := c.node(l.i%3 + 1)
	own := l.propose("1-1")
	l.n.Shutdown()
	l.kicked = true
	late := &call{}
	l.n.Propose(1, &Proposal{Data: []byte("late"), Owner: late})
	o := f.propose("2-2")
	at := c.net.now
	c.until("leadership elsewhere, nothing in flight", time.Second, func() bool { return l.n.HandedOver() && l.n.Idle() })
	c.until("a write elsewhere", time.Second, func() bool { return o.applied == 1 })
	if gap := c.net.now - at; gap > 100*time.Millisecond {
		t.Errorf("the others waited %v", gap)
	}
	if own.applied != 1 || late.applied != 1 {
		t.Errorf("in flight: applied %d, %v; after that: applied %d, %v", own.applied, own.err, late.applied, late.err)
	}
	c.kill(l.i)
	c.run(100 * time.Millisecond)
	checkLogs(t, c)
}

// Leadership can be handed to a node that was just started: its muteness is for
// the sake of the leader that gives up its place.
func TestShutdownHandsOverToARestartedNode(t *testing.T) {
	c := newTestCluster(t, 43, 3, nil)
	l := c.leader()
	a, b := c.node(l.i%3+1), c.node((l.i+1)%3+1)
	c.kill(a.i)
	c.run(100 * time.Millisecond)
	c.restart(a.i)
	c.until("settled", 300*time.Millisecond, c.settled)
	if a.n.muteTicks == 0 {
		t.Fatal("the restarted node is not mute any more: nothing is tested")
	}
	c.kill(b.i)
	o := a.propose("a")
	at := c.net.now
	l.n.Shutdown()
	l.kicked = true
	c.until("a write elsewhere", 100*time.Millisecond, func() bool { return o.applied == 1 && l.n.HandedOver() })
	t.Logf("handed over in %v", c.net.now-at)
}

func TestTooBigProposalIsRefusedBeforeTheLog(t *testing.T) {
	c := newTestCluster(t, 42, 1, nil)
	o := &call{}
	c.node(1).n.Propose(1, &Proposal{Data: make([]byte, proposalBytesMax+1), Owner: o})
	c.node(1).kicked = true
	c.run(5 * time.Millisecond)
	if o.err != ErrTooBig {
		t.Fatalf("got %v, want ErrTooBig", o.err)
	}
	if o := c.node(1).propose("x"); o.err != nil {
		t.Fatal(o.err)
	}
	c.run(5 * time.Millisecond)
}

// A leader gives its place to whom can take it, whoever it asked first.
func TestHandOverPastANodeThatIsStopping(t *testing.T) {
	for _, k := range []int{1, 2} {
		c := newTestCluster(t, 135, 3, nil)
		old := c.leader()
		stopping, next := c.node(1+(old.i-1+k)%3), c.node(1+(old.i-1+3-k)%3)
		stopping.n.Shutdown()
		old.n.Shutdown()
		c.until("the third leads", 5*time.Second, func() bool { return c.leader() == next })
	}
}

// What was lost with a link goes to the leader before what comes later, also if
// the leader was forgotten with the link and is known again in the same term.
func TestForwardedInOrderOverANewLink(t *testing.T) {
	c := newTestCluster(t, 136, 3, nil)
	l := c.leader()
	f := c.node(1 + l.i%3)
	term := f.n.groups[1].term
	first := f.propose("first")
	f.turn()
	c.breakLink(f, l)
	broken := f.n.peers[l.n.Number].link
	c.until("another link is up, and no leader known", time.Second, func() bool {
		f.n.groups[1].forgetLeader()
		p := f.n.peers[l.n.Number]
		return p.link != broken && p.up()
	})
	c.until("the leader is known again", time.Second, func() bool { return f.n.groups[1].lead == l.n.Number })
	if got := f.n.groups[1].term; got != term {
		t.Fatalf("term %d after %d: this tests nothing", got, term)
	}
	second := f.propose("second")
	c.until("both are applied", time.Second, func() bool { return first.applied+second.applied == 2 })
	at := func(data string) int { return slices.Index(f.sm.entries, data) }
	if at("first") > at("second") {
		t.Errorf("applied as %q", f.sm.entries)
	}
}
