package cluster

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// testCluster drives several nodes in one goroutine with virtual time. The
// same seed gives the same run.
type testCluster struct {
	t     *testing.T
	net   *testNet
	rand  *rand.Rand
	nodes []*testNode
	edit  func(*Config)
}

type testNode struct {
	c      *testCluster
	i      int // from 1
	fs     *wal.MemFS
	addr   Addr
	n      *Node
	sm     *register
	posts  []func()
	wake   time.Duration
	paused bool
	skew   time.Duration
	err    error
	expect func(error) bool // the node may stop for this
	reads  map[uint64]*testRead
	kicked bool
	hold   bool     // work in Background does not get on
	held   []func() // and waits here
}

// testRead is a read's way: what it saw, or why not.
type testRead struct {
	done bool
	err  error
	saw  []string
}

func newTestCluster(t *testing.T, seed uint64, size int, edit func(*Config)) *testCluster {
	t.Helper()
	c := &testCluster{t: t, net: newTestNet(seed), rand: rand.New(rand.NewPCG(seed, 5)), edit: edit}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d, at %v", seed, c.net.now)
		}
	})
	c.net.now = time.Second
	for i := 1; i <= size; i++ {
		c.addNode()
	}
	c.start(c.node(1), "")
	c.run(100 * time.Millisecond)
	for i := 2; i <= size; i++ {
		c.join(i, 1)
	}
	if size > 1 {
		c.until("all are members with their votes", 20*time.Second, c.settled)
	}
	return c
}

func (c *testCluster) addNode() *testNode {
	i := len(c.nodes) + 1
	d := &testNode{c: c, i: i, fs: wal.NewMemFS(), addr: Addr{Host: fmt.Sprintf("n%d", i), Port: 1, BusPort: 2}}
	c.nodes = append(c.nodes, d)
	return d
}

func (c *testCluster) node(i int) *testNode { return c.nodes[i-1] }

func (c *testCluster) start(d *testNode, join string) {
	c.t.Helper()
	d.sm, d.posts, d.err, d.paused, d.reads = &register{}, nil, nil, false, map[uint64]*testRead{}
	cfg := Config{
		Dir: "data", FS: d.fs, Announce: d.addr, Join: join, Rand: rand.New(rand.NewPCG(c.rand.Uint64(), 1)),
		NewStateMachine: func(uint32) StateMachine { return d.sm },
		Clock:           func() time.Duration { return c.net.now + d.fs.SyncTime() },
		Background: func(work, done func()) {
			if d.hold {
				d.held = append(d.held, func() { work(); done() })
				return
			}
			d.posts = append(d.posts, func() { work(); done() })
		},
		Dial: func(addr string, done func(Socket, error) *Link) {
			c.net.dial(d.addr.Bus(), addr, func(s *testSocket, err error) {
				d.posts = append(d.posts, func() {
					if err != nil {
						done(nil, err)
						return
					}
					s.link = done(s, nil)
				})
			})
		},
		ReadsReady: func(_ uint32, ticket uint64) {
			for k, r := range d.reads {
				if k <= ticket {
					r.done, r.saw = true, d.sm.entries
					delete(d.reads, k)
				}
			}
		},
		ReadsFailed: func(_ uint32, ticket uint64, err error) {
			for k, r := range d.reads {
				if k <= ticket {
					r.done, r.err = true, err
					delete(d.reads, k)
				}
			}
		},
	}
	if os.Getenv("TEST_LOG") != "" {
		cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", d.i)
	}
	if c.edit != nil {
		c.edit(&cfg)
	}
	n, err := Open(cfg)
	if err != nil {
		c.t.Fatalf("node %d: open: %v", d.i, err)
	}
	d.n, d.wake = n, c.net.now
	c.net.hosts[d.addr.Bus()] = &testHost{d.addr.Bus(), func(s *testSocket) { s.link = n.Accept(s) }}
}

// join makes node i a member through node via.
func (c *testCluster) join(i, via int) {
	c.t.Helper()
	d := c.node(i)
	c.start(d, c.node(via).addr.Client())
	var ticket JoinTicket
	var err error
	done := false
	for try := 0; ; try++ {
		done = false
		c.node(via).n.Admit(d.n.JoinRequest(false), func(tk JoinTicket, e error) { ticket, err, done = tk, e, true })
		c.until("admitted", 5*time.Second, func() bool { return done })
		if err == nil || try == 20 {
			break
		}
		c.run(200 * time.Millisecond)
	}
	if err != nil {
		c.t.Fatalf("join of node %d: %v", i, err)
	}
	if err := d.n.Adopt(ticket); err != nil {
		c.t.Fatalf("adopt at node %d: %v", i, err)
	}
	d.wake = c.net.now
}

// kill ends the process: what it wrote stays, synced or not.
func (c *testCluster) kill(i int) {
	d := c.node(i)
	c.net.die(d.addr.Bus())
	d.fs.Kill()
	d.n = nil
}

// crash cuts the power of a machine.
func (c *testCluster) crash(i int) {
	d := c.node(i)
	c.net.die(d.addr.Bus())
	d.fs.Crash(c.rand)
	d.n = nil
}

func (c *testCluster) restart(i int) { c.t.Helper(); c.start(c.node(i), "") }

// run lets virtual time pass in steps of a millisecond.
func (c *testCluster) run(d time.Duration) {
	c.t.Helper()
	for end := c.net.now + d; c.net.now < end; {
		c.step()
	}
}

func (c *testCluster) until(what string, limit time.Duration, ok func() bool) {
	c.t.Helper()
	for end := c.net.now + limit; !ok(); {
		if c.net.now >= end {
			c.t.Fatalf("waited %v in vain: %s\n%s", limit, what, c)
		}
		c.step()
	}
}

func (c *testCluster) step() {
	c.t.Helper()
	c.net.now += time.Millisecond
	for _, s := range c.net.deliver() {
		d := c.at(s.host)
		if d == nil || d.n == nil || d.paused || s.link == nil || s.closed {
			continue
		}
		s.link.Readable()
		if s.wantWrite && !s.closed && s.other.room() > 0 {
			s.link.Writable()
		}
		d.kicked = true
	}
	for _, d := range c.nodes {
		d.turn()
	}
}

// breakLink resets the link that from has dialled to the other node; what is on
// its way there is lost.
func (c *testCluster) breakLink(from, to *testNode) {
	c.t.Helper()
	lost := 0
	for _, s := range c.net.socks {
		if s.host == from.addr.Bus() && s.peer == to.addr.Bus() && s.link != nil && s.link.isDialled && !s.closed {
			s.reset, s.other.reset, s.other.arriving, s.other.readable = true, true, nil, nil
			lost++
		}
	}
	if lost != 1 {
		c.t.Fatalf("%d links from node %d to node %d, want 1", lost, from.i, to.i)
	}
}

func (c *testCluster) at(host string) *testNode {
	for _, d := range c.nodes {
		if d.addr.Bus() == host {
			return d
		}
	}
	return nil
}

func (d *testNode) turn() {
	if d.n == nil || d.paused || d.err != nil {
		return
	}
	posts := d.posts
	d.posts = nil
	for _, f := range posts {
		f()
		if d.n == nil {
			return
		}
	}
	now := d.c.net.now
	if len(posts) == 0 && !d.kicked && d.wake > now {
		return
	}
	d.kicked = false
	wake, err := d.n.Turn(Instant{Mono: now + d.skew, UnixMs: int64((now + d.skew) / time.Millisecond)})
	if err != nil {
		d.err = err
		d.c.net.die(d.addr.Bus())
		if !errors.Is(err, ErrStopped) && (d.expect == nil || !d.expect(err)) {
			d.c.t.Errorf("node %d stopped: %v", d.i, err)
		}
		return
	}
	d.wake = wake - d.skew
	d.n.Flush()
}

// propose hands data to a node's group 1.
func (d *testNode) propose(data string) *call {
	o := &call{}
	d.n.Propose(1, &Proposal{Data: []byte(data), Owner: o})
	d.kicked = true
	return o
}

func (d *testNode) read() *testRead {
	r := &testRead{}
	ticket, now := d.n.Read(1)
	if now {
		r.done, r.saw = true, d.sm.entries
		return r
	}
	if d.reads[ticket] != nil { // several reads share a round
		return d.reads[ticket]
	}
	d.reads[ticket] = r
	d.kicked = true
	return r
}

func (d *testNode) live() bool { return d.n != nil && !d.paused && d.err == nil }

// leader returns the live leader of group 1 with the highest term, or nil.
func (c *testCluster) leader() (l *testNode) {
	term := uint64(0)
	for _, d := range c.nodes {
		if d.live() && d.n.Number != 0 {
			if g := d.n.Status().Groups[1]; g.Role == "leader" && g.Term > term {
				l, term = d, g.Term
			}
		}
	}
	return l
}

// settled: every live node is what group 0 wants it to be, and has caught up.
func (c *testCluster) settled() bool {
	l := c.leader()
	if l == nil {
		return false
	}
	for _, g := range l.n.groups {
		want := l.n.meta.wanted(g.id)
		if len(g.conf.GetVoters()) != len(want) || len(g.conf.GetVotersOutgoing()) > 0 || len(g.members()) != len(l.n.meta.Nodes) {
			return false
		}
	}
	for _, d := range c.nodes {
		if !d.live() {
			continue
		}
		if s := d.n.Status(); !s.Ready || len(s.Members) != len(l.n.meta.Nodes) || s.Groups[1].Applied != l.n.Status().Groups[1].Applied {
			return false
		}
	}
	return true
}

func (c *testCluster) String() string {
	s := ""
	for _, d := range c.nodes {
		switch {
		case d.n == nil:
			s += fmt.Sprintf("node %d: dead\n", d.i)
			continue
		case d.err != nil:
			s += fmt.Sprintf("node %d: stopped: %v\n", d.i, d.err)
			continue
		}
		st := d.n.Status()
		s += fmt.Sprintf("node %d: number %d ready %v removed %v\n", d.i, st.Number, st.Ready, st.Removed)
		for _, g := range st.Groups {
			s += fmt.Sprintf("  group %d: %s term %d leader %d commit %d applied %d log %d..%d snap %d", g.Group, g.Role, g.Term, g.Leader, g.Commit, g.Applied, g.First, g.Last, g.SnapshotIndex)
			for _, m := range g.Members {
				v := "l"
				if m.Voter {
					v = "v"
				}
				s += fmt.Sprintf(" %d%s", m.Number, v)
				if g.Role == "leader" {
					s += fmt.Sprintf("(%d %s)", m.Match, m.State)
				}
			}
			s += "\n"
		}
	}
	return s
}

func wipedDisk() *wal.MemFS { return wal.NewMemFS() }
