package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/raft/v3"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

func TestFullDiskRefusesWritesAndHeals(t *testing.T) {
	c := newTestCluster(t, 3, 1, nil)
	d := c.node(1)
	write := func(data string) *call {
		o := d.propose(data)
		c.until("the answer", 10*time.Second, func() bool { return o.applied > 0 || o.err != nil })
		return o
	}
	write("before")
	d.fs.SetQuota(d.fs.UsedBytes() + 300<<10)
	big := strings.Repeat("x", 100<<10)
	var err error
	for range 50 {
		if o := write(big); o.err != nil {
			err = o.err
			break
		}
	}
	if !errors.Is(err, ErrUncertain) {
		t.Fatalf("the write that met the full disk: got %v, want ErrUncertain", err)
	}
	if o := write("refused"); !errors.Is(o.err, ErrNoSpace) {
		t.Fatalf("a write on a full disk: got %v, want ErrNoSpace", o.err)
	}
	if _, now := d.n.Read(1); !now && !d.n.Status().NoSpace {
		t.Fatal("reads must go on")
	}
	d.sm.deadline, d.kicked = 1, true
	if c.run(time.Millisecond); d.wake <= c.net.now {
		t.Fatalf("it wakes at %v, at once, for a deadline that it cannot propose", d.wake)
	}
	d.sm.deadline = 0
	d.fs.SetQuota(0)
	c.until("healed", 2*time.Second, func() bool { return !d.n.Status().NoSpace })
	if o := write("after"); o.applied != 1 {
		t.Fatalf("a write after the disk has room: %v", o.err)
	}
	if slices.Contains(d.sm.entries, "refused") {
		t.Fatal("a refused write was applied")
	}
}

func TestFullDiskOfTheLeaderMovesLeadership(t *testing.T) {
	c := newTestCluster(t, 4, 3, nil)
	l := c.leader()
	l.fs.SetQuota(l.fs.UsedBytes() + 100<<10)
	big := strings.Repeat("x", 60<<10)
	for i := 0; c.leader() == l || c.leader() == nil; i++ {
		if i == 100 {
			t.Fatalf("the leader keeps leading without a disk\n%s", c)
		}
		if c.leader() != nil {
			l.propose(fmt.Sprint(i, big))
		}
		c.run(50 * time.Millisecond)
	}
	o := c.leader().propose("elsewhere")
	c.until("a write elsewhere", 2*time.Second, func() bool { return o.applied > 0 })
	l.fs.SetQuota(0)
	c.until("settled", 10*time.Second, c.settled)
	checkLogs(t, c)
}

func TestFailedSyncStopsTheNode(t *testing.T) {
	c := newTestCluster(t, 5, 1, nil)
	d := c.node(1)
	bad := errors.New("input/output error")
	d.fs.OnSync = func(string) error { return bad }
	o := d.propose("a")
	_, err := d.n.Turn(Instant{Mono: c.net.now, UnixMs: 1})
	var fatal *wal.FatalError
	if !errors.As(err, &fatal) || !errors.Is(err, bad) {
		t.Fatalf("turn: got %v, want the failed sync", err)
	}
	if o.applied != 0 {
		t.Fatal("acknowledged without being durable")
	}
	if _, again := d.n.Turn(Instant{Mono: c.net.now + time.Second, UnixMs: 2}); again == nil {
		t.Fatal("the node went on after a failed sync")
	}
}

func TestVotesAreDurableWhateverAppendfsyncSays(t *testing.T) {
	for _, mode := range []SyncMode{EverySec, No} {
		c := newTestCluster(t, 6, 3, func(cfg *Config) { cfg.Sync = mode })
		for range 5 {
			l := c.leader()
			term := uint64(0)
			for _, d := range c.nodes {
				term = max(term, d.n.groups[1].term)
			}
			c.kill(l.i)
			c.until("a leader of a higher term", 5*time.Second, func() bool { return c.leader() != nil && c.leader().n.groups[1].term > term })
			now := c.leader()
			terms, votes := now.n.groups[1].term, now.n.groups[1].vote
			c.crash(now.i)
			c.restart(now.i)
			if g := now.n.groups[1]; g.term < terms || g.term == terms && g.vote != votes {
				t.Fatalf("mode %d: after a power cut: term %d vote %d, before it %d and %d", mode, g.term, g.vote, terms, votes)
			}
			c.restart(l.i)
			c.until("ready", 5*time.Second, func() bool { return c.leader() != nil && c.leader().n.Status().Ready })
		}
	}
}

func TestEverySecSyncsInTheBackground(t *testing.T) {
	c := newTestCluster(t, 7, 1, func(cfg *Config) { cfg.Sync = EverySec })
	d := c.node(1)
	before := d.fs.Syncs()
	for range 100 {
		d.propose("x")
		c.run(time.Millisecond)
	}
	if got := d.fs.Syncs() - before; got > 1 {
		t.Errorf("100 writes in 100 ms made %d syncs", got)
	}
	c.run(2500 * time.Millisecond)
	c.crash(1)
	c.restart(1)
	c.run(100 * time.Millisecond)
	if got := len(d.sm.entries); got != 100 {
		t.Errorf("two seconds after the last write, a power cut left %d of 100", got)
	}
}

// A restarted voter has forgotten whom it promised its vote's abstention: it
// neither votes nor campaigns for one election timeout (I4).
func TestRestartedVoterIsMute(t *testing.T) {
	c := newTestCluster(t, 8, 3, nil)
	f := c.node(3)
	if f == c.leader() {
		f = c.node(2)
	}
	c.kill(f.i)
	c.restart(f.i)
	started := c.net.now
	l := c.leader()
	c.kill(l.i) // now the other one needs the restarted one's vote
	mute := time.Duration(f.n.cfg.TickMs*f.n.cfg.ElectionTicks) * time.Millisecond
	for c.net.now < started+mute-time.Duration(f.n.cfg.TickMs)*time.Millisecond {
		c.step()
		if c.leader() != nil || f.n.groups[1].role != raft.StateFollower {
			t.Fatalf("at %v after the restart: leader %v, role %v", c.net.now-started, c.leader(), f.n.groups[1].role)
		}
	}
	c.until("a leader afterwards", 3*time.Second, func() bool { return c.leader() != nil })
}

func TestSingleVoterLeadsFromTheFirstTurn(t *testing.T) {
	c := newTestCluster(t, 9, 1, nil)
	d := c.node(1)
	d.propose("a")
	c.run(5 * time.Millisecond)
	c.kill(1)
	c.restart(1)
	if _, err := d.n.Turn(Instant{Mono: c.net.now, UnixMs: 1}); err != nil {
		t.Fatal(err)
	}
	if _, now := d.n.Read(1); !now || len(d.sm.entries) != 1 {
		t.Fatalf("after one turn: readable %v, entries %q", now, d.sm.entries)
	}
}

// A message of many megabytes goes in pieces, between which heartbeats pass:
// nobody loses its leader over it.
func TestBigValuesDoNotStopHeartbeats(t *testing.T) {
	c := newTestCluster(t, 10, 3, nil)
	term := c.leader().n.groups[1].term
	c.net.delay = 5 * time.Millisecond // a socket buffer per 5 ms: 200 MB/s
	for i := 1; i <= 3; i++ {
		o := c.node(i).propose(fmt.Sprint(i, strings.Repeat("v", 12<<20)))
		c.until("12 MB applied", 20*time.Second, func() bool { return o.applied > 0 || o.err != nil })
		if o.err != nil {
			t.Fatalf("node %d: %v", i, o.err)
		}
	}
	if got := c.leader().n.groups[1].term; got != term {
		t.Errorf("term went from %d to %d", term, got)
	}
	c.until("settled", 10*time.Second, c.settled)
	checkLogs(t, c)
}

func TestLiveMembersAddressIsNotGivenAway(t *testing.T) {
	c := newTestCluster(t, 11, 3, nil)
	req := JoinRequest{NodeID: strings.Repeat("ab", 20), Addr: c.node(2).addr}
	var got error
	c.node(1).n.Admit(req, func(_ JoinTicket, err error) { got = err })
	c.until("the answer", time.Second, func() bool { return got != nil })
	if !errors.Is(got, ErrAddressInUse) {
		t.Fatalf("got %v, want ErrAddressInUse", got)
	}
}

func TestJoinAskedTwiceGivesOneNumber(t *testing.T) {
	c := newTestCluster(t, 12, 1, nil)
	req := JoinRequest{NodeID: strings.Repeat("ab", 20), Addr: Addr{Host: "x", Port: 1, BusPort: 2}}
	var numbers []uint64
	for range 2 {
		c.node(1).n.Admit(req, func(tk JoinTicket, err error) {
			if err != nil {
				t.Error(err)
			}
			numbers = append(numbers, tk.Number)
		})
		c.node(1).kicked = true
		c.run(10 * time.Millisecond)
	}
	if !slices.Equal(numbers, []uint64{2, 2}) {
		t.Fatalf("numbers %v, want 2 and 2", numbers)
	}
}

// The disk must know that a change of members is committed before the change
// takes effect (I10): else a power cut in that very turn would bring the old
// voters back, and the first node would lead alone beside the others' leader.
func TestMembersChangeOnlyOnceTheDiskKnows(t *testing.T) {
	c := newTestCluster(t, 50, 1, func(cfg *Config) { cfg.Sync = No })
	d := c.node(1)
	changes := uint64(0)
	d.fs.OnSync = func(string) error {
		for _, g := range d.n.groups {
			if g.confIndex > g.commitDurable {
				t.Errorf("group %d: the members of entry %d are in effect; the disk knows that %d is committed", g.id, g.confIndex, g.commitDurable)
			}
			changes = max(changes, g.confIndex)
		}
		return nil
	}
	c.addNode()
	c.addNode()
	c.join(2, 1)
	c.join(3, 1)
	c.until("settled", 20*time.Second, c.settled)
	d.fs.OnSync = nil
	if changes == 0 {
		t.Fatal("no change of members was seen")
	}
}
