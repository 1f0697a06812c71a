package acceptance

import (
	"fmt"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// subscriber is a connection that listens.
type subscriber struct {
	t *testing.T
	*harness.Conn
}

func subscribe(t *testing.T, n *harness.Node, words ...string) subscriber {
	t.Helper()
	c, err := harness.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := subscriber{t, c}
	if err := c.Send(words...); err != nil {
		t.Fatal(err)
	}
	for range words[1:] {
		s.next()
	}
	return s
}

// next is the last element of the next message.
func (s subscriber) next() string {
	s.t.Helper()
	v, err := s.Receive()
	if err != nil {
		s.t.Fatal(err)
	}
	if len(v.Elems) == 0 {
		s.t.Fatalf("not a message: %v", v)
	}
	return v.Elems[len(v.Elems)-1].Str
}

// Any node's message reaches the subscribers of all nodes, in the order of its
// connection, from inside of MULTI as well.
func TestPublishAcrossNodes(t *testing.T) {
	c := harness.Start(t, 3)
	var subs []subscriber
	for i, n := range c.Nodes {
		words := [][]string{{"SUBSCRIBE", "news"}, {"PSUBSCRIBE", "n*"}, {"SUBSCRIBE", "news"}}[i]
		subs = append(subs, subscribe(t, n, words...))
	}
	const messages = 60
	for _, n := range c.Nodes {
		pub, err := harness.Dial(n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer pub.Close()
		for i := range messages {
			commands := [][]string{{"PUBLISH", "news", fmt.Sprint(i)}}
			if i%3 == 0 {
				commands = [][]string{{"MULTI"}, {"SET", "last", fmt.Sprint(i)}, commands[0], {"EXEC"}}
			}
			for _, words := range commands {
				if v, err := pub.Do(words...); err != nil || v.IsError() {
					t.Fatalf("%v: %v, %v", words, v, err)
				}
			}
		}
		for k, s := range subs {
			for i := range messages {
				if got := s.next(); got != fmt.Sprint(i) {
					t.Fatalf("published at %s, subscriber %d: message %d is %q", n.Name, k, i, got)
				}
			}
		}
	}
}

// A subscriber that does not read neither stops nor slows the others.
func TestSlowSubscriberIsCutOff(t *testing.T) {
	c := harness.Start(t, 3)
	if got := do(t, c.Nodes[0], "CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0"); got != "OK" {
		t.Fatal(got)
	}
	slow := subscribe(t, c.Nodes[0], "SUBSCRIBE", "big")
	quick := subscribe(t, c.Nodes[0], "SUBSCRIBE", "big")
	pub, err := harness.Dial(c.Nodes[1].Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer pub.Close()
	message := make([]byte, 256<<10)
	for i := range 100 { // more than sockets hold, and then the limit
		if v, err := pub.Do("PUBLISH", "big", fmt.Sprintf("%d %s", i, message)); err != nil || v.IsError() {
			t.Fatal(v, err)
		}
		quick.next()
	}
	for range 100 {
		if _, err := slow.Receive(); err != nil {
			return // cut off
		}
	}
	t.Error("the slow subscriber got everything")
}

// What a script publishes is heard once on every node, whichever node took the
// script.
func TestScriptsPublishAcrossNodes(t *testing.T) {
	c := harness.Start(t, 3)
	var subs []subscriber
	for _, n := range c.Nodes {
		subs = append(subs, subscribe(t, n, "SUBSCRIBE", "news"))
	}
	for i, n := range c.Nodes {
		conn, err := harness.Dial(n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for round := range 2 {
			text := fmt.Sprintf("%d at %d", round, i)
			v, err := conn.Do("EVAL", "return redis.call('PUBLISH', 'news', ARGV[1])", "0", text)
			if err != nil || v.IsError() || v.Int != 0 {
				t.Fatalf("%s: %v %v", text, v, err)
			}
			for j, s := range subs {
				if got := s.next(); got != text {
					t.Errorf("node %d heard %q, want %q", j, got, text)
				}
			}
		}
	}
}
