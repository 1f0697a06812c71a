package acceptance

import (
	"slices"
	"syscall"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// WAIT and WAITAOF tell, at any node, how many others hold a write: all while
// all run, and only those that run while one is stopped.
func TestWaitCountsNodes(t *testing.T) {
	c := harness.Start(t, 3)
	ask := func(n *harness.Node, words ...string) (counts []int64) {
		t.Helper()
		conn, err := harness.Dial(n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, command := range [][]string{{"SET", "k", "v"}, words} {
			if err := conn.Send(command...); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := conn.Receive(); err != nil {
			t.Fatal(err)
		}
		v, err := conn.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if v.IsError() {
			t.Fatal(v.Str)
		}
		for _, e := range v.Elems {
			counts = append(counts, e.Int)
		}
		if counts == nil {
			counts = []int64{v.Int}
		}
		return counts
	}
	for i, n := range c.Nodes {
		for _, expect := range []struct{ want, got []int64 }{
			{[]int64{2}, ask(n, "WAIT", "2", "0")},
			{[]int64{1, 2}, ask(n, "WAITAOF", "1", "2", "0")},
			{[]int64{2}, ask(n, "WAIT", "3", "20")},
		} {
			if !slices.Equal(expect.got, expect.want) {
				t.Errorf("node %d: got %v, want %v", i, expect.got, expect.want)
			}
		}
	}
	stopped := c.Nodes[0]
	stopped.Signal(syscall.SIGSTOP)
	if got := ask(c.Nodes[1], "WAIT", "2", "300"); !slices.Equal(got, []int64{1}) {
		t.Errorf("with one stopped: %v", got)
	}
	stopped.Signal(syscall.SIGCONT)
	if got := ask(c.Nodes[2], "WAIT", "2", "0"); !slices.Equal(got, []int64{2}) {
		t.Errorf("with all running again: %v", got)
	}
}
