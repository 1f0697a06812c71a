package acceptance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// kill -9 of the leader, again and again: nothing acknowledged is lost, every
// history is linearizable, and a client that retries goes on within 1.5 s.
func TestLeaderKilledAgainAndAgain(t *testing.T) {
	c := harness.Start(t, 3)
	l := startLoad(t, c)
	var gaps []time.Duration
	for range rounds(3, 30) {
		l.waitProgress(100)
		leader := c.Leader()
		l.TakeGap()
		leader.Kill()
		l.waitProgress(20)
		gaps = append(gaps, l.TakeGap())
		leader.Start()
		c.WaitReady()
	}
	l.waitProgress(20)
	l.end(c.Leader())
	t.Logf("gaps: median %v, longest %v, all %v", median(gaps), slices.Max(gaps), gaps)
	if g := slices.Max(gaps); g > 1500*time.Millisecond {
		t.Errorf("the longest gap is %v, want at most 1.5s", g)
	}
	if g := median(gaps); g > 800*time.Millisecond {
		t.Errorf("the median gap is %v, want at most 0.8s", g)
	}
}

// A leader that was stopped for 3 s and does not know that it was replaced
// never answers with what was true before.
func TestPausedLeaderAnswersNothingStale(t *testing.T) {
	c := harness.Start(t, 3)
	for round := range rounds(2, 50) {
		old := c.Leader()
		before, after := fmt.Sprint("before ", round), fmt.Sprint("after ", round)
		do(t, old, "SET", "k", before)
		others := c.Followers()

		// Reads wait in the paused leader's socket, to be answered when it
		// wakes, before it has heard anything from the others.
		var waiting []*harness.Conn
		for range 20 {
			conn, err := harness.Dial(old.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			waiting = append(waiting, conn)
		}
		old.Signal(syscall.SIGSTOP)
		stopped := time.Now()
		within(t, harness.WaitMax, "a write through a new leader", func() error {
			_, err := harness.Ask(others[round%2].Addr(), "SET", "k", after)
			return err
		})
		for _, conn := range waiting {
			if err := conn.Send("GET", "k"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Until(stopped.Add(3 * time.Second))) // the length of the pause is the test
		old.Signal(syscall.SIGCONT)
		for _, conn := range waiting {
			v, err := conn.Receive()
			if err == nil && v.Str == before {
				t.Fatalf("round %d: the old leader answered the old value", round)
			}
		}
		for _, n := range c.Nodes {
			within(t, harness.WaitMax, n.Name+" to answer", func() error {
				v, err := harness.Ask(n.Addr(), "GET", "k")
				if err == nil && v.Str != after {
					t.Fatalf("round %d: %s answers %q after %q was written", round, n.Name, v.Str, after)
				}
				return err
			})
		}
	}
}

// SIGTERM hands the leadership over: clients hardly notice.
func TestGracefulStop(t *testing.T) {
	c := harness.Start(t, 3)
	l := startLoad(t, c)
	var gaps []time.Duration
	for range rounds(2, 10) {
		l.waitProgress(100)
		leader := c.Leader()
		l.TakeGap()
		if err := leader.Stop(); err != nil {
			t.Errorf("SIGTERM: %v", err)
		}
		l.waitProgress(20)
		gaps = append(gaps, l.TakeGap())
		leader.Start()
		c.WaitReady()
	}
	l.end(c.Leader())
	t.Logf("gaps: median %v, longest %v", median(gaps), slices.Max(gaps))
	// The aim is 100 ms on a quiet machine; this one shares two cores with the
	// clients and other tests. An election takes longer than this.
	if g := median(gaps); g > 300*time.Millisecond {
		t.Errorf("the median gap is %v", g)
	}
}

// A node that was away finds its way back, by log or by snapshot, while the
// others go on.
func TestFollowerCatchesUp(t *testing.T) {
	c := harness.Start(t, 3)
	lagging := c.Followers()[0]
	lagging.Kill()
	l := startLoad(t, c)
	leader := c.Leader()
	fill(t, leader, "lag", 2000)
	do(t, leader, "RAFT", "SNAPSHOT", "NOW")
	fill(t, leader, "more", 200)
	lagging.Start()
	lagging.WaitReady()
	l.waitProgress(20)
	if got := do(t, lagging, "GET", "lag:1999"); !strings.HasPrefix(got, "value") {
		t.Errorf("the node that was away answers %q", got)
	}
	l.end(lagging)
}

// fill sets n keys through a pipeline.
func fill(t *testing.T, n *harness.Node, prefix string, keys int) {
	t.Helper()
	conn, err := harness.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range keys {
		if err := conn.Send("SET", prefix+":"+strconv.Itoa(i), "value "+strings.Repeat("x", 100)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range keys {
		if v, err := conn.Receive(); err != nil || v.Str != "OK" {
			t.Fatalf("SET %s:%d: %q, %v", prefix, i, v.Str, err)
		}
	}
}
