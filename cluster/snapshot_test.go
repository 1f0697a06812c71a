package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// A node that is far behind is filled by a snapshot of several megabytes while
// the others go on writing, although its link breaks on the way.
func TestLaggingNodeCatchesUpUnderLoad(t *testing.T) {
	for _, inMemory := range []bool{false, true} {
		t.Run(fmt.Sprint("inMemory", inMemory), func(t *testing.T) {
			c := newTestCluster(t, 60, 3, func(cfg *Config) { cfg.SnapshotBytes, cfg.InMemory = 1<<20, inMemory })
			l := c.leader()
			f := c.node(l.i%3 + 1)
			for _, d := range c.nodes {
				if d != f {
					c.net.cut(d.addr.Bus(), f.addr.Bus())
				}
			}
			for _, s := range c.net.socks { // nothing on its way survives
				s.reset = s.reset || s.host == f.addr.Bus() || s.peer == f.addr.Bus()
			}
			was := f.n.groups[1].applied
			k := 0
			write := func() {
				k++
				o := l.propose(fmt.Sprintf("%d-%d %s", l.i, k, strings.Repeat("x", 20<<10)))
				c.until("applied", time.Second, func() bool { return o.applied == 1 })
			}
			c.until("the log is cut", 30*time.Second, func() bool { write(); return l.n.Status().Groups[1].First > was+1 })
			clear(c.net.cuts)
			c.until("a stream begins", 20*time.Second, func() bool { write(); return f.n.groups[1].incoming != nil && f.n.groups[1].incoming.got > 1<<20 })
			for _, s := range c.net.socks {
				if s.host == f.addr.Bus() {
					s.reset, s.other.reset = true, true
				}
			}
			c.until("the stream is given up", time.Second, func() bool { write(); return f.n.groups[1].incoming == nil })
			worst := time.Duration(0)
			c.until("caught up", 30*time.Second, func() bool {
				at := c.net.now
				write()
				worst = max(worst, c.net.now-at)
				return l.n.groups[1].applied-f.n.groups[1].applied < 5
			})
			if worst > 100*time.Millisecond {
				t.Errorf("a write took %v while a snapshot was sent", worst)
			}
			if f.n.groups[1].snapIndex < 100 {
				t.Error("no snapshot was installed")
			}
			c.until("settled", 5*time.Second, c.settled)
			checkLogs(t, c)
			if inMemory {
				c.run(5 * time.Second)
				for _, d := range c.nodes {
					if got := d.n.snaps.List(1); len(got) != 0 {
						t.Errorf("node %d keeps %d snapshots in memory", d.i, len(got))
					}
				}
			}
		})
	}
}

// A snapshot that a peer would have to believe is checked: damage on the way
// is refused, and the state stays as it was.
func TestDamagedSnapshotIsRefused(t *testing.T) {
	c := newTestCluster(t, 61, 1, nil)
	d := c.node(1)
	for i := range 10 {
		d.propose(fmt.Sprint(i))
	}
	c.run(10 * time.Millisecond)
	var err error
	done := false
	d.n.Snapshot(1, func(e error) { err, done = e, true })
	c.until("snapshot", time.Second, func() bool { return done })
	if err != nil {
		t.Fatal(err)
	}
	c.kill(1)
	names, err := d.fs.List("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "snap-00000001") {
			if err := d.fs.Corrupt("data/"+name, 70, 4); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err = Open(Config{
		Dir: "data", FS: d.fs, Rand: c.rand, NewStateMachine: func(uint32) StateMachine { return &register{} },
		Background: func(work, done func()) { work(); done() }, Announce: d.addr,
	})
	if err == nil || !strings.Contains(err.Error(), "snap-00000001") || !strings.Contains(err.Error(), "offset") {
		t.Fatalf("open over a damaged snapshot: got %v, want the file and the offset", err)
	}
}

// The follower's word that a snapshot is in place can be lost with its link,
// while the leader's own link to it is well.
func TestLostAnswerToASnapshotIsMadeUpFor(t *testing.T) {
	c := newTestCluster(t, 62, 3, func(cfg *Config) { cfg.SnapshotBytes, cfg.TailEntries = 4<<10, 4 })
	l := c.leader()
	f := c.node(1 + l.i%3)
	c.kill(f.i)
	for i := range 200 {
		l.propose(fmt.Sprint(i, strings.Repeat("x", 100)))
		c.run(3 * time.Millisecond)
	}
	c.restart(f.i)
	c.until("a snapshot is sent", 10*time.Second, func() bool { return l.n.groups[1].outgoing[f.n.Number] != nil })
	was := f.n.groups[1].snapIndex
	c.until("it is installed", 10*time.Second, func() bool { return f.n.groups[1].snapIndex > was })
	if l.n.groups[1].outgoing[f.n.Number] == nil {
		t.Fatal("the answer has arrived already")
	}
	c.breakLink(f, l)
	c.until("the follower is filled", 3*time.Second, c.settled)
}

// While a follower's disk is full, the leader sends it one snapshot after the
// other; when there is room, the last one becomes its state.
func TestSnapshotsWaitingForRoom(t *testing.T) {
	c := newTestCluster(t, 134, 3, nil)
	c.load(time.Second)
	g := c.leader().n.groups[1]
	snapshot := func(index uint64) *pb.Snapshot {
		return &pb.Snapshot{Metadata: &pb.SnapshotMetadata{Index: new(index), Term: new(g.appliedTerm), ConfState: g.conf}}
	}
	first, second := g.applied+1, g.applied+2
	commits := 0
	g.prepared = &prepared{info: wal.SnapInfo{Group: g.id, Term: g.appliedTerm, Index: second}, commit: func() { commits++ }}
	if err := g.installed(snapshot(first)); err != nil || commits != 0 || g.prepared == nil || g.applied >= first {
		t.Fatalf("the first: %v, %d commits, applied %d", err, commits, g.applied)
	}
	if g.snapIndex != first {
		t.Errorf("the log begins behind %d, a snapshot from %d on could be taken", first, g.snapIndex)
	}
	if err := g.installed(snapshot(second)); err != nil || commits != 1 || g.prepared != nil || g.applied != second {
		t.Fatalf("the second: %v, %d commits, applied %d", err, commits, g.applied)
	}
	if err := g.installed(snapshot(second + 1)); err == nil {
		t.Error("one that was not received is installed")
	}
}
