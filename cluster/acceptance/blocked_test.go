package acceptance

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// waiter is a client whose call waits.
type waiter struct {
	t    *testing.T
	conn *harness.Conn
	got  chan string
}

// block sends a blocking command to a node and returns when it waits there.
func block(t *testing.T, n *harness.Node, args ...string) *waiter {
	t.Helper()
	before := blocked(t, n)
	conn, err := harness.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	conn.Timeout = time.Minute
	t.Cleanup(func() { conn.Close() })
	if err := conn.Send(args...); err != nil {
		t.Fatal(err)
	}
	n.WaitFor("a blocked client", func() error {
		if got := blocked(t, n); got != before+1 {
			return fmt.Errorf("%d clients are blocked", got)
		}
		return nil
	})
	w := &waiter{t: t, conn: conn, got: make(chan string, 1)}
	go func() {
		v, err := conn.Receive()
		if err != nil {
			w.got <- err.Error()
			return
		}
		w.got <- words(v)
	}()
	return w
}

func words(v wire.Value) string {
	all := []string{v.Str}
	for _, e := range v.Elems {
		all = append(all, e.Str)
	}
	return strings.TrimSpace(strings.Join(all, " "))
}

func blocked(t *testing.T, n *harness.Node) int {
	t.Helper()
	count, err := infoNumber(n, "blocked_clients")
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func infoNumber(n *harness.Node, field string) (count int, err error) {
	v, err := harness.Ask(n.Addr(), "INFO", "clients")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(v.Str, "\r\n") {
		if text, ok := strings.CutPrefix(line, field+":"); ok {
			return strconv.Atoi(text)
		}
	}
	return 0, fmt.Errorf("INFO clients shows no %s: %q", field, v.Str)
}

// waitAbsent returns when so many calls wait for nodes that are not heard of.
func waitAbsent(n *harness.Node, calls int) {
	n.WaitFor("the absence of blocked clients' node", func() error {
		got, err := infoNumber(n, "cluster_blocked_absent")
		if err == nil && got != calls {
			err = fmt.Errorf("%d calls are of absent nodes", got)
		}
		return err
	})
}

func (w *waiter) want(answer string) {
	w.t.Helper()
	select {
	case got := <-w.got:
		if got != answer {
			w.t.Errorf("the blocked client got %q, want %q", got, answer)
		}
	case <-time.After(20 * time.Second):
		w.t.Errorf("the blocked client got nothing, want %q", answer)
	}
}

func list(t *testing.T, n *harness.Node, key string) string {
	t.Helper()
	v, err := harness.Ask(n.Addr(), "LRANGE", key, "0", "-1")
	if err != nil {
		t.Fatal(err)
	}
	return words(v)
}

// The longest waiting is served first, whatever nodes the clients are at.
func TestBlockedClientsOnAllNodes(t *testing.T) {
	c := harness.Start(t, 3)
	leader, followers := c.Leader(), c.Followers()
	first := block(t, followers[0], "BLPOP", "q", "0")
	second := block(t, leader, "BLPOP", "q", "0")
	third := block(t, followers[1], "BRPOP", "q", "0")
	do(t, followers[1], "RPUSH", "q", "a")
	first.want("q a")
	do(t, followers[0], "RPUSH", "q", "b", "c")
	second.want("q b")
	third.want("q c")
	// It times out by the log's clock at a follower, too.
	began := time.Now()
	block(t, followers[0], "BLPOP", "q", "0.3").want("")
	if took := time.Since(began); took < 300*time.Millisecond || took > 3*time.Second {
		t.Errorf("a timeout of 0.3 s took %v", took)
	}
}

// A node with waiting clients is killed: what is pushed afterwards stays for
// those who live.
func TestDeadNodeSwallowsNothing(t *testing.T) {
	c := harness.Start(t, 3)
	leader, followers := c.Leader(), c.Followers()
	for range 5 {
		block(t, followers[0], "BLPOP", "q", "0")
	}
	alive := block(t, followers[1], "BLPOP", "q", "0")
	followers[0].Kill()
	waitAbsent(leader, 5) // until then its death is like that of a client
	do(t, leader, "RPUSH", "q", "a", "b", "c")
	alive.want("q a")
	if got := list(t, leader, "q"); got != "b c" {
		t.Errorf("left: %q, want b and c", got)
	}
}

// The leader dies with clients waiting at it. Those of the others wait on, and
// are served; nothing is handed to those of the dead.
func TestElectionKeepsBlockedClients(t *testing.T) {
	c := harness.Start(t, 3)
	leader, followers := c.Leader(), c.Followers()
	for range 3 {
		block(t, leader, "BLPOP", "q", "0")
	}
	a, b := block(t, followers[0], "BLPOP", "q", "0"), block(t, followers[1], "BLPOP", "q", "0")
	leader.Kill()
	do(t, followers[0], "RPUSH", "q", "1", "2", "3")
	got := map[string]bool{<-a.got: true, <-b.got: true}
	if !got["q 1"] || !got["q 2"] {
		t.Errorf("the living got %v", got)
	}
	if got := list(t, followers[1], "q"); got != "3" {
		t.Errorf("left: %q, want 3", got)
	}
}

// A node that is only paused finds its clients' calls ended, or takes them up
// again; no element is lost on the way.
func TestPausedNodeLosesNothing(t *testing.T) {
	c := harness.Start(t, 3)
	leader, followers := c.Leader(), c.Followers()
	w := block(t, followers[0], "BLPOP", "q", "0")
	followers[0].Signal(syscall.SIGSTOP)
	waitAbsent(leader, 1)
	do(t, leader, "RPUSH", "q", "a")
	if got := list(t, leader, "q"); got != "a" {
		t.Errorf("the list holds %q: the element was handed to a node that does not answer", got)
	}
	followers[0].Signal(syscall.SIGCONT)
	w.want("q a")
}

// A node that stops in order lets its clients' calls end first.
func TestStoppingNodeLosesNothing(t *testing.T) {
	c := harness.Start(t, 3)
	leader, followers := c.Leader(), c.Followers()
	for _, n := range []*harness.Node{followers[0], leader} {
		w := block(t, n, "BLPOP", "q", "0")
		if err := n.Stop(); err != nil {
			t.Errorf("%s: %v", n.Name, err)
		}
		if got := <-w.got; !strings.HasPrefix(got, "UNBLOCKED ") {
			t.Errorf("the blocked client got %q", got)
		}
		do(t, followers[1], "RPUSH", "q", "x")
		if got := list(t, followers[1], "q"); got != "x" {
			t.Errorf("after the stop of %s the list holds %q", n.Name, got)
		}
		do(t, followers[1], "DEL", "q")
		n.Start()
		c.WaitReady()
	}
}
