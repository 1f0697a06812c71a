package acceptance

import (
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// One, two, three: nodes join under load.
func TestNodesJoinUnderLoad(t *testing.T) {
	c := harness.Start(t, 1)
	l := startLoad(t, c)
	for range 2 {
		l.waitProgress(50)
		n := c.Add()
		if got := do(t, n, "SET", "through", n.Name); got != "OK" {
			t.Errorf("%s: SET answers %q", n.Name, got)
		}
		for _, m := range c.Nodes {
			if got := do(t, m, "GET", "through"); got != n.Name {
				t.Errorf("%s: GET answers %q, want %q", m.Name, got, n.Name)
			}
		}
	}
	c.WaitVoters(3)
	l.waitProgress(50)
	l.end(c.Nodes[2])
}

// What one node acknowledged is there after kill -9.
func TestOneNodeKilled(t *testing.T) {
	c := harness.Start(t, 1)
	l := startLoad(t, c)
	for range rounds(3, 20) {
		l.waitProgress(50)
		c.Nodes[0].Kill()
		c.Nodes[0].Start()
	}
	l.waitProgress(20)
	l.end(c.Nodes[0])
}

func TestSecondProcessOnADirectoryIsRefused(t *testing.T) {
	c := harness.Start(t, 1)
	first := c.Nodes[0]
	second := harness.NewNode(t, "second")
	second.Dir = first.Dir
	second.Launch()
	if err := second.WaitExit(); err == nil {
		t.Error("it ended as if all were well")
	}
	if log := second.Log(); !strings.Contains(log, first.Dir) {
		t.Errorf("it does not say which directory is in use:\n%s", log)
	}
	if got := do(t, first, "SET", "a", "1"); got != "OK" {
		t.Errorf("the first process answers %q", got)
	}
}

func TestBadDirectiveStopsTheStart(t *testing.T) {
	for _, args := range [][]string{{"--nosuch", "1"}, {"--appendfsync", "sometimes"}, {"--port", "x"}} {
		n := harness.NewNode(t, "bad", args...)
		n.Launch()
		if err := n.WaitExit(); err == nil {
			t.Errorf("%q: it ended as if all were well", args)
		}
		if log := n.Log(); !strings.Contains(log, strings.TrimPrefix(args[0], "--")) {
			t.Errorf("%q: it does not name the directive:\n%s", args, log)
		}
	}
}

// In memory mode a node that ends has lost its log, and its vote: it comes back
// as a new member, and gets everything from the others.
func TestMemoryModeNodeComesBackAsNewMember(t *testing.T) {
	c := harness.Start(t, 3, "--appendonly", "no")
	l := startLoad(t, c)
	for range rounds(1, 5) {
		l.waitProgress(50)
		gone := c.Followers()[0]
		gone.Kill()
		l.waitProgress(50)
		gone.Join = c.Leader().Addr()
		gone.Start()
		gone.WaitReady()
		c.WaitVoters(3)
	}
	l.end(c.Leader())
}
