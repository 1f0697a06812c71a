package resp

import (
	"fmt"
	"strings"
	"testing"
)

// TestPubsubLikeRedis leaves out where several patterns match one message, as
// Redis delivers those in the order of a hash table.
func TestPubsubLikeRedis(t *testing.T) {
	compareTranscript(t, startOracle(t), 2, `
		A> SUBSCRIBE a
		A> SUBSCRIBE a b
		A> GET x
		A> SET x 1
		A> NOSUCH
		A> GET
		A> CLIENT ID
		A> PING
		A> PING x
		A> PING x y
		B> PUBLISH a hello
		B> PUBLISH c hello
		B> EVAL redis.call('publish',KEYS[1],ARGV[1])return'x' 1 a hello
		B> MULTI
		B> EVAL redis.call('set',KEYS[1],1);redis.call('publish',KEYS[1],ARGV[1])return'x' 1 a hello
		B> PUBLISH a then
		B> EXEC
		B> EVAL_RO return{redis.call('publish',KEYS[1],ARGV[1])and'y'} 1 a hello
		B> EVAL return{redis.pcall('publish',KEYS[1])} 1 a
		B> PUBLISH
		A> PSUBSCRIBE a*
		B> PUBLISH a hello
		B> PUBLISH ab hello
		B> PUBSUB CHANNELS a*
		B> PUBSUB CHANNELS z*
		B> PUBSUB CHANNELS a* b
		B> PUBSUB NUMPAT
		B> PUBSUB NUMPAT x
		B> PUBSUB NUMSUB
		B> PUBSUB NUMSUB a b c
		B> PUBSUB HELP
		B> PUBSUB
		B> PUBSUB X
		A> SSUBSCRIBE s
		A> SSUBSCRIBE s t
		B> SPUBLISH s 1
		B> PUBLISH s 1
		B> PUBSUB SHARDCHANNELS t*
		B> PUBSUB SHARDNUMSUB s t u
		A> HELLO 3
		A> MULTI
		A> SUBSCRIBE
		A> UNSUBSCRIBE zz
		A> UNSUBSCRIBE a
		A> UNSUBSCRIBE
		A> UNSUBSCRIBE
		A> PUNSUBSCRIBE a*
		A> PUNSUBSCRIBE
		A> GET x
		A> SUNSUBSCRIBE s
		A> SUNSUBSCRIBE
		A> SUNSUBSCRIBE
		A> GET x
		A> SUBSCRIBE q
		A> RESET
		A> GET x
		B> MULTI
		B> SUBSCRIBE z
		B> EXEC
		B> PING
		B> QUIT
		D> MULTI
		D> PUBLISH a 1
		D> DISCARD
	`)
}

func TestPubsubLikeRedisRESP3(t *testing.T) {
	compareTranscript(t, startOracle(t), 3, `
		C> SUBSCRIBE a
		C> GET nokey
		C> PING
		C> PING x
		B> PUBLISH a hi
		C> UNSUBSCRIBE b
		C> UNSUBSCRIBE
		C> UNSUBSCRIBE
		C> PSUBSCRIBE a* b*
		B> PUBLISH a in
		B> MULTI
		B> SET nokey 1
		B> PUBLISH a in
		B> GET nokey
		B> PUBLISH b in2
		B> EXEC
		B> MULTI
		B> PUBLISH a in
		B> EXEC
		D> WATCH nokey
		E> SET nokey 2
		D> MULTI
		D> SET nokey 3
		D> PUBLISH a never
		D> EXEC
		D> DEL nokey
		C> PUNSUBSCRIBE b*
		C> SSUBSCRIBE x
		B> SPUBLISH x y
		C> RESET
		C> GET nokey
	`)
}

// A subscriber hears its own message behind the answer to PUBLISH, and never
// inside of an answer (P1).
func TestOwnMessageComesBehindTheAnswer(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.do("HELLO", "3")
	c.do("SUBSCRIBE", "a")
	message := ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"
	c.expect(":1\r\n"+message, "PUBLISH", "a", "x")
	c.do("MULTI")
	c.do("SET", "k", "1")
	c.do("PUBLISH", "a", "x")
	c.do("GET", "k")
	c.expect("*3\r\n+OK\r\n:1\r\n$1\r\n1\r\n"+message, "EXEC")
	c.do("MULTI")
	c.do("PUBLISH", "a", "x")
	c.do("GET", "k")
	c.expect("*2\r\n:1\r\n$1\r\n1\r\n"+message, "EXEC")
}

func TestSubscriptionsSurviveReplyOff(t *testing.T) {
	h := newHarness(t)
	c, pub := h.dial(), h.dial()
	c.do("HELLO", "3")
	c.do("CLIENT", "REPLY", "OFF")
	c.expect(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE", "a")
	c.expect("", "PING")
	pub.expect(":1\r\n", "PUBLISH", "a", "x")
	h.rest(c)
	if got, want := c.got(), ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is published behind a write whose answer is still due comes after it.
func TestPublishWaitsForTheWriteBeforeIt(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c, sub := h.dial(), h.dial()
	sub.do("SUBSCRIBE", "a")
	c.send("SET", "k", "1")
	c.send("PUBLISH", "a", "x")
	h.turn(c, sub)
	if got := sub.got(); got != "" {
		t.Fatalf("received %q before the write was applied", got)
	}
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.rest(c, sub)
	if got := sub.got(); !strings.Contains(got, "message") {
		t.Errorf("received %q", got)
	}
	if got := c.got(); got != "+OK\r\n:1\r\n" {
		t.Errorf("answered %q", got)
	}
}

// A transaction that was proposed is published though its client has gone.
func TestTransactionOfADeadClientIsPublished(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c, sub := h.dial(), h.dial()
	sub.do("SUBSCRIBE", "a")
	for _, words := range [][]string{{"MULTI"}, {"SET", "k", "1"}, {"SELECT", "3"}, {"SUBSCRIBE", "b"}, {"PUBLISH", "a", "x"}, {"EXEC"}} {
		c.send(words...)
	}
	h.turn(c, sub)
	c.Closed()
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.rest(sub)
	if got := sub.got(); !strings.Contains(got, "message") {
		t.Errorf("received %q", got)
	}
	if n := len(h.srv.pubsub.topics[channelTopic]); n != 1 {
		t.Errorf("%d channels, want 1", n)
	}
}

func TestSlowSubscriberIsCutOff(t *testing.T) {
	h := newHarness(t, "--client-output-buffer-limit", "pubsub 10000 0 0")
	slow, quick, pub := h.dial(), h.dial(), h.dial()
	slow.do("SUBSCRIBE", "a")
	slow.do("PSUBSCRIBE", "a*", "*")
	quick.do("PSUBSCRIBE", "*")
	slow.sock.room = 0
	message := strings.Repeat("x", 1000)
	for i := range 20 {
		pub.send("PUBLISH", "a", message)
		h.rest(pub, quick)
		pub.got()
		if got := strings.Count(quick.got(), "pmessage"); got != 1 {
			t.Fatalf("message %d was delivered %d times to the quick one", i, got)
		}
	}
	if !slow.sock.closed {
		t.Error("the slow subscriber is still there")
	}
	pub.expect("*2\r\n$1\r\na\r\n:0\r\n", "PUBSUB", "NUMSUB", "a")
}

func TestSubscribersComeAndGo(t *testing.T) {
	h := newHarness(t)
	const n = 50
	conns := make([]*testConn, n)
	for i := range conns {
		conns[i] = h.dial()
		conns[i].do("SUBSCRIBE", "all", fmt.Sprintf("c%d", i%7))
		conns[i].do("PSUBSCRIBE", fmt.Sprintf("p%d*", i%5))
	}
	pub := h.dial()
	left := n
	for i := 0; i < n; i += 3 {
		switch i % 2 {
		case 0:
			conns[i].Closed()
		case 1:
			conns[i].do("UNSUBSCRIBE", "all")
		}
		left--
		pub.expect(fmt.Sprintf(":%d\r\n", left), "PUBLISH", "all", "x")
	}
	for _, c := range conns {
		if !c.closed {
			c.do("UNSUBSCRIBE")
			c.do("PUNSUBSCRIBE")
		}
	}
	p := &h.srv.pubsub
	if len(p.topics[channelTopic])+len(p.topics[patternTopic])+len(p.patterns)+p.clients != 0 {
		t.Errorf("left behind: %d channels, %d patterns, %d, %d clients", len(p.topics[channelTopic]), len(p.topics[patternTopic]), len(p.patterns), p.clients)
	}
}

func TestBroadcasts(t *testing.T) {
	h := newHarness(t)
	var sent [][]byte
	h.srv.cast = func(b []byte) { sent = append(sent, append([]byte(nil), b...)) }
	other := newHarness(t)
	sub := other.dial()
	sub.do("SUBSCRIBE", "a", "")
	sub.do("SSUBSCRIBE", "a")
	h.dial().expect(":0\r\n", "PUBLISH", "a", "one")
	h.dial().expect(":0\r\n", "SPUBLISH", "a", "two")
	h.dial().expect(":0\r\n", "PUBLISH", "", "")
	for _, b := range sent {
		other.srv.Deliver(b)
	}
	other.rest(sub)
	want := "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$3\r\none\r\n*3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$3\r\ntwo\r\n*3\r\n$7\r\nmessage\r\n$0\r\n\r\n$0\r\n\r\n"
	if got := sub.got(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzDeliver(f *testing.F) {
	f.Add([]byte{castVersion, 0, 1, 'a', 'x'})
	f.Add([]byte{castVersion, 0, 200, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		h := newHarness(t)
		c := h.dial()
		c.do("SUBSCRIBE", "a")
		h.srv.Deliver(data)
		h.rest(c)
		c.got()
		c.expect("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "PING")
	})
}
