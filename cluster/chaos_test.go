package cluster

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
)

var (
	long = flag.Bool("long", false, "run more and longer random schedules")
	seed = flag.Uint64("seed", 0, "run the random schedule of this seed only")
)

// chaos loads a test cluster and breaks it at random, while it keeps the books:
// what was acknowledged, and what a read begun at any instant must see.
type chaos struct {
	*testCluster
	n                                          int
	calls                                      map[string]*call
	pending                                    []*call
	reads                                      []*chaosRead
	least                                      int // length of state that every read begun now must see
	uncertain, dropped, readsDone, readsFailed int
}

type chaosRead struct {
	*testRead
	least int
	at    time.Duration
	node  int
}

func TestRandomSchedules(t *testing.T) {
	seeds := []uint64{1, 2}
	if *long {
		for s := range uint64(300) {
			seeds = append(seeds, 100+s)
		}
	}
	if *seed != 0 {
		seeds = []uint64{*seed}
	}
	for _, s := range seeds {
		t.Run(fmt.Sprint("seed", s), func(t *testing.T) { runChaos(t, s, 3+2*int(s%2)) })
	}
}

func runChaos(t *testing.T, seed uint64, size int) {
	x := &chaos{calls: map[string]*call{}}
	x.testCluster = newTestCluster(t, seed, size, func(c *Config) { c.SnapshotBytes = 32 << 10 })
	for x.net.now < 25*time.Second && !t.Failed() {
		x.breakSomething()
		for range 50 + x.rand.IntN(900) {
			x.load()
			x.step()
		}
	}
	x.mend()
	for end := x.net.now + 3*time.Second; x.net.now < end && !t.Failed(); {
		x.load()
		x.step()
	}
	for range 1600 {
		x.step()
		x.settle()
	}
	x.until("settled", 10*time.Second, x.settled)
	x.check(t)
}

// load proposes and reads at every live node, and books what came back.
func (x *chaos) load() {
	x.settle()
	for _, d := range x.nodes {
		if !d.live() || d.n.Number == 0 {
			continue
		}
		if d.n.InFlight(1) < 2 && x.rand.IntN(5) == 0 {
			k := fmt.Sprintf("%d-%d", d.i, x.n)
			if x.rand.IntN(3000) == 0 {
				k += strings.Repeat("x", 300<<10)
			}
			x.n++
			o := d.propose(k)
			x.calls[k] = o
			x.pending = append(x.pending, o)
		}
		if x.rand.IntN(4) == 0 {
			x.reads = append(x.reads, &chaosRead{d.read(), x.least, x.net.now, d.i})
		}
	}
}

// settle books answers. A read must see every write acknowledged, and every
// state read, before it began.
func (x *chaos) settle() {
	open := x.reads[:0]
	for _, r := range x.reads {
		switch {
		case !r.done:
			open = append(open, r)
			continue
		case r.err != nil:
			x.readsFailed++
			continue
		case len(r.saw) < r.least:
			x.t.Errorf("node %d: a read begun at %v saw %d entries; %d were acknowledged before", r.node, r.at, len(r.saw), r.least)
		}
		x.readsDone++
		x.least = max(x.least, len(r.saw))
	}
	x.reads = open
	waiting := x.pending[:0]
	for _, o := range x.pending {
		switch {
		case o.applied > 0:
			x.least = max(x.least, o.pos)
		case o.err == nil:
			waiting = append(waiting, o)
		}
	}
	x.pending = waiting
}

func (x *chaos) breakSomething() {
	d := x.nodes[x.rand.IntN(len(x.nodes))]
	other := x.nodes[x.rand.IntN(len(x.nodes))]
	switch k := x.rand.IntN(12); {
	case d.n == nil:
		x.restart(d.i)
	case k == 0:
		x.kill(d.i)
	case k == 1:
		x.crash(d.i)
	case k == 2 && x.leader() != nil:
		x.kill(x.leader().i)
	case k == 3:
		d.paused = !d.paused
	case k == 4 && x.leader() != nil:
		x.leader().paused = true
	case k < 8:
		if x.net.cuts[pair(d.addr.Bus(), other.addr.Bus())] {
			x.net.heal(d.addr.Bus(), other.addr.Bus())
		} else if d != other {
			x.net.cut(d.addr.Bus(), other.addr.Bus())
		}
	case k == 8:
		for _, s := range x.net.socks { // a middlebox forgets the connections
			if s.host == d.addr.Bus() && !s.closed {
				s.reset, s.other.reset = true, true
			}
		}
	case k == 9 && d.live() && other.live():
		d.n.Transfer(1, other.n.NodeID, func(error) {})
	case k == 10 && d.live():
		d.n.Snapshot(1, func(error) {})
	default:
		x.mend()
	}
}

func (x *chaos) mend() {
	clear(x.net.cuts)
	for _, d := range x.nodes {
		d.paused = false
		if d.n == nil {
			x.restart(d.i)
		}
	}
}

func (x *chaos) check(t *testing.T) {
	checkLogs(t, x.testCluster)
	log := map[string]bool{}
	for _, e := range x.leader().sm.entries {
		log[e] = true
	}
	applied := 0
	for k, o := range x.calls {
		name := k[:min(len(k), 20)]
		switch {
		case o.applied > 1:
			t.Errorf("%s was answered twice", name)
		case o.applied == 1 && o.err != nil:
			t.Errorf("%s was answered and then failed: %v", name, o.err)
		case o.applied == 1 && !log[k]:
			t.Errorf("%s was acknowledged and is lost", name)
		case o.applied == 1:
			applied++
		case o.err == ErrDropped && log[k]:
			t.Errorf("%s was said to be dropped and is applied", name)
		case o.err == ErrDropped:
			x.dropped++
		case o.err == ErrUncertain:
			x.uncertain++
		}
	}
	if applied < 200 || x.readsDone < 200 {
		t.Errorf("only %d writes and %d reads went through", applied, x.readsDone)
	}
	snaps := uint64(0)
	for _, d := range x.nodes {
		snaps += d.n.groups[1].snapIndex
	}
	t.Logf("writes: %d acknowledged, %d dropped, %d uncertain; reads: %d, %d failed; last snapshots %d",
		applied, x.dropped, x.uncertain, x.readsDone, x.readsFailed, snaps)
}

// TestRandomReplacements loses whole directories, one node at a time: the node
// comes back as a new member in the old one's place, while others are killed,
// paused and cut off. Nothing acknowledged is lost, and no number is used twice.
func TestRandomReplacements(t *testing.T) {
	seeds := []uint64{11, 12}
	if *long {
		for s := range uint64(100) {
			seeds = append(seeds, 500+s)
		}
	}
	for _, s := range seeds {
		t.Run(fmt.Sprint("seed", s), func(t *testing.T) { runReplacements(t, s) })
	}
}

func runReplacements(t *testing.T, seed uint64) {
	x := &chaos{calls: map[string]*call{}}
	x.testCluster = newTestCluster(t, seed, 3+2*int(seed%2), func(c *Config) {
		c.SnapshotBytes, c.InMemory = 32<<10, seed%3 == 0
	})
	numbers := map[uint64]string{}
	for round := 0; round < 6 && !t.Failed(); round++ {
		d := x.nodes[x.rand.IntN(len(x.nodes))]
		x.kill(d.i)
		d.fs = wipedDisk()
		for range 200 + x.rand.IntN(500) {
			x.load()
			x.step()
		}
		x.until("a leader without the lost one", 5*time.Second, func() bool { return x.leader() != nil })
		x.join(d.i, x.leader().i)
		for k := 0; k < 4 && seed%3 != 0; k++ { // in memory a kill loses the log as well
			other := x.nodes[x.rand.IntN(len(x.nodes))]
			switch x.rand.IntN(3) {
			case 0:
				if other != d && other.n != nil {
					x.crash(other.i)
				}
			case 1:
				other.paused = other.n != nil
			case 2:
				x.net.cut(d.addr.Bus(), other.addr.Bus())
			}
			for range 50 + x.rand.IntN(400) {
				x.load()
				x.step()
			}
			x.mend()
		}
		for range 1500 {
			x.load()
			x.step()
		}
		x.until("settled", 20*time.Second, func() bool { x.settle(); return x.settled() })
		for _, d := range x.nodes {
			if id, used := numbers[d.n.Number]; used && id != d.n.NodeID {
				t.Errorf("number %d was given to %s and to %s", d.n.Number, id, d.n.NodeID)
			}
			numbers[d.n.Number] = d.n.NodeID
		}
	}
	for range 1600 {
		x.step()
		x.settle()
	}
	x.until("settled", 10*time.Second, x.settled)
	x.check(t)
}
