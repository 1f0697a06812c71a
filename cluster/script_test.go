package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestScripts runs testdata/scripts/*.txt, each against a cluster of its own. Run with
// -rewrite to write the expectations, and read the difference.
//
//	cluster size=N [snapshot-bytes=] [in-memory] [joined=M]   the first M of N nodes form a cluster
//	run for=DURATION
//	kill|crash|pause|resume node=N       crash cuts the power; node=leader works everywhere
//	restart node=N [port=P]              another port: another address
//	wipe node=N                          a dead node's directory is lost
//	join node=N via=M
//	cut|heal a=N b=M
//	propose node=N [name=X] [count=K]    waits for the answers
//	begin-propose, begin-read node=N name=X, and await name=X
//	read node=N
//	transfer|snapshot|remove|promote|demote node=N [by=M]
//	await-settled, status, log
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		s := &script{t: t, calls: map[string]*call{}, reads: map[string]*testRead{}, admin: map[string]func() (bool, error){}}
		datadriven.RunTest(t, path, s.run)
	})
}

type script struct {
	t     *testing.T
	c     *testCluster
	calls map[string]*call
	reads map[string]*testRead
	admin map[string]func() (bool, error)
	names int
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	var out strings.Builder
	node := s.node(d, "node")
	switch d.Cmd {
	case "cluster":
		s.cluster(t, d)
	case "run":
		var for_ string
		d.ScanArgs(t, "for", &for_)
		dur, err := time.ParseDuration(for_)
		if err != nil {
			t.Fatal(err)
		}
		s.c.run(dur)
	case "kill":
		s.c.kill(node.i)
	case "crash":
		s.c.crash(node.i)
	case "pause", "resume":
		node.paused = d.Cmd == "pause"
	case "restart":
		if d.HasArg("port") {
			d.ScanArgs(t, "port", &node.addr.BusPort)
		}
		s.c.restart(node.i)
	case "wipe":
		node.fs = wipedDisk()
	case "join":
		s.c.join(node.i, s.node(d, "via").i)
	case "cut":
		s.c.net.cut(s.node(d, "a").addr.Bus(), s.node(d, "b").addr.Bus())
	case "heal":
		s.c.net.heal(s.node(d, "a").addr.Bus(), s.node(d, "b").addr.Bus())
	case "propose", "begin-propose":
		s.propose(t, d, node, &out)
	case "read", "begin-read":
		r := node.read()
		if d.Cmd == "read" {
			s.c.until("the read", 10*time.Second, func() bool { return r.done })
			writeRead(&out, r)
		} else {
			var name string
			d.ScanArgs(t, "name", &name)
			s.reads[name] = r
		}
	case "await":
		s.await(t, d, &out)
	case "transfer", "snapshot", "remove", "promote", "demote":
		s.operate(d, node, &out)
	case "await-settled":
		s.c.until("settled", 20*time.Second, s.c.settled)
	case "status":
		s.status(&out)
	case "log":
		s.log(&out)
	default:
		t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	}
	if out.Len() == 0 {
		return "ok\n"
	}
	return out.String()
}

func (s *script) cluster(t *testing.T, d *datadriven.TestData) {
	size, joined, snapshotBytes := 0, 0, 0
	d.ScanArgs(t, "size", &size)
	joined = size
	if d.HasArg("joined") {
		d.ScanArgs(t, "joined", &joined)
	}
	if d.HasArg("snapshot-bytes") {
		d.ScanArgs(t, "snapshot-bytes", &snapshotBytes)
	}
	s.c = newTestCluster(t, 1, joined, func(c *Config) {
		c.SnapshotBytes = int64(snapshotBytes)
		c.InMemory = d.HasArg("in-memory")
	})
	for range size - joined {
		s.c.addNode()
	}
}

func (s *script) node(d *datadriven.TestData, key string) *testNode {
	if !d.HasArg(key) {
		return nil
	}
	var v string
	d.ScanArgs(s.t, key, &v)
	if v == "leader" {
		if l := s.c.leader(); l != nil {
			return l
		}
		s.t.Fatalf("%s: there is no leader", d.Pos)
	}
	if v == "follower" {
		l := s.c.leader()
		for _, n := range s.c.nodes {
			if n != l && n.live() {
				return n
			}
		}
	}
	var i int
	if _, err := fmt.Sscan(v, &i); err != nil || i < 1 || i > len(s.c.nodes) {
		s.t.Fatalf("%s: no node %s", d.Pos, v)
	}
	return s.c.node(i)
}

func (s *script) propose(t *testing.T, d *datadriven.TestData, node *testNode, out *strings.Builder) {
	count, name := 1, ""
	if d.HasArg("count") {
		d.ScanArgs(t, "count", &count)
	}
	if d.HasArg("name") {
		d.ScanArgs(t, "name", &name)
	}
	errs := map[string]int{}
	for range count {
		k := name
		if k == "" {
			s.names++
			k = fmt.Sprintf("w%d", s.names)
		}
		o := node.propose(k)
		if s.calls[k] = o; d.Cmd == "begin-propose" {
			continue
		}
		s.c.until("the answer", 10*time.Second, func() bool { return o.applied > 0 || o.err != nil })
		if o.err != nil {
			errs[o.err.Error()]++
		}
	}
	for e, n := range errs {
		fmt.Fprintf(out, "%d failed: %s\n", n, e)
	}
}

func (s *script) await(t *testing.T, d *datadriven.TestData, out *strings.Builder) {
	var name string
	d.ScanArgs(t, "name", &name)
	start := s.c.net.now
	if o := s.calls[name]; o != nil {
		s.c.until("the answer", 10*time.Second, func() bool { return o.applied > 0 || o.err != nil })
		if o.err != nil {
			fmt.Fprintf(out, "failed: %v\n", o.err)
		} else {
			fmt.Fprintln(out, "applied")
		}
	}
	if r := s.reads[name]; r != nil {
		s.c.until("the read", 10*time.Second, func() bool { return r.done })
		writeRead(out, r)
	}
	if waited := s.c.net.now - start; waited > 1500*time.Millisecond {
		fmt.Fprintf(out, "after more than 1.5 s\n")
	}
}

func writeRead(out *strings.Builder, r *testRead) {
	if r.err != nil {
		fmt.Fprintf(out, "failed: %v\n", r.err)
		return
	}
	last := ""
	if len(r.saw) > 0 {
		last = ", the last is " + r.saw[len(r.saw)-1]
	}
	fmt.Fprintf(out, "%d entries%s\n", len(r.saw), last)
}

func (s *script) operate(d *datadriven.TestData, node *testNode, out *strings.Builder) {
	by := s.node(d, "by")
	if by == nil {
		s.c.until("a leader", 5*time.Second, func() bool { by = s.c.leader(); return by != nil })
	}
	var err error
	done := false
	f := func(e error) { err, done = e, true }
	id := node.n
	nodeID := ""
	if id != nil {
		nodeID = id.NodeID
	} else {
		for _, m := range by.n.Status().Members {
			if m.Addr == node.addr {
				nodeID = m.ID
			}
		}
	}
	switch d.Cmd {
	case "transfer":
		by.n.Transfer(1, nodeID, f)
	case "snapshot":
		node.n.Snapshot(1, f)
	case "remove":
		by.n.RemoveMember(nodeID, f)
	case "promote":
		by.n.Promote(nodeID, f)
	case "demote":
		by.n.Demote(nodeID, f)
	}
	by.kicked, node.kicked = true, true
	s.c.until(d.Cmd, 10*time.Second, func() bool { return done })
	if err != nil {
		fmt.Fprintf(out, "error: %v\n", err)
	}
}

// status says what does not depend on the exact course of an election.
func (s *script) status(out *strings.Builder) {
	for _, d := range s.c.nodes {
		switch {
		case d.n == nil:
			fmt.Fprintf(out, "node %d: dead\n", d.i)
			continue
		case d.err != nil:
			fmt.Fprintf(out, "node %d: stopped: %v\n", d.i, d.err)
			continue
		case d.n.Joining():
			fmt.Fprintf(out, "node %d: joining\n", d.i)
			continue
		}
		st := d.n.Status()
		g := st.Groups[1]
		role := g.Role
		fmt.Fprintf(out, "node %d: number %d %s", d.i, st.Number, role)
		for _, grp := range st.Groups {
			fmt.Fprintf(out, " group %d:", grp.Group)
			for _, m := range grp.Members {
				v := ""
				if !m.Voter {
					v = "l"
				}
				fmt.Fprintf(out, " %d%s", m.Number, v)
			}
		}
		if st.Removed {
			fmt.Fprint(out, " (removed)")
		}
		fmt.Fprintln(out)
	}
}

func (s *script) log(out *strings.Builder) {
	s.c.run(300 * time.Millisecond) // the last commit reaches everybody
	checkLogs(s.t, s.c)
	for _, d := range s.c.nodes {
		if d.n != nil && d.err == nil {
			fmt.Fprintf(out, "node %d: %d entries, %d distinct\n", d.i, len(d.sm.entries), len(slices.Compact(slices.Sorted(slices.Values(d.sm.entries)))))
		}
	}
}
