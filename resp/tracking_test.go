package resp

import (
	"fmt"
	"strings"
	"testing"
)

func TestTrackingLikeRedis(t *testing.T) {
	compareTranscript(t, startOracle(t), 3, `
		A> CLIENT GETREDIR
		A> CLIENT TRACKINGINFO
		A> CLIENT CACHING YES
		A> CLIENT TRACKING
		A> CLIENT TRACKING x
		A> CLIENT TRACKING on x
		A> CLIENT TRACKING on REDIRECT
		A> CLIENT TRACKING on REDIRECT x
		A> CLIENT TRACKING on REDIRECT 12345
		A> CLIENT TRACKING on PREFIX a
		A> CLIENT TRACKING on BCAST OPTIN
		A> CLIENT TRACKING on OPTIN OPTOUT
		A> CLIENT TRACKING on BCAST PREFIX ab PREFIX a
		A> CLIENT TRACKING on
		A> CLIENT GETREDIR
		A> CLIENT TRACKINGINFO
		A> CLIENT TRACKING on BCAST
		A> CLIENT CACHING YES
		A> CLIENT CACHING NO
		A> GET a
		B> SET a 1
		B> SET a 2
		A> GET a
		A> GET a
		A> SET a 3
		B> SET a 3
		A> MGET a b c
		B> MSET a 1 b 2
		B> DEL c
		A> EXISTS a
		A> TTL a
		B> EXPIRE a 100
		A> HGETALL h
		B> HSET h f v
		A> TYPE h
		B> RENAME h g
		A> GET z
		B> FLUSHDB
		B> SET z 1
		A> GET z
		B> FLUSHALL
		A> GETSET z 1
		B> SET z 2
		A> MULTI
		A> GET z
		A> GET y
		A> EXEC
		B> SET z 1
		B> SET y 1
		A> MULTI
		A> GET z
		A> SET other 1
		A> EXEC
		B> SET z 3
		A> EVAL return{redis.call('set',KEYS[1],1)} 2 s1 s2
		B> MSET s1 2 s2 2
		A> EVAL return{redis.call('get',KEYS[2]),redis.call('get',KEYS[1])} 2 s1 s2
		B> MSET s1 2 s2 2
		B> MSET s1 2 s2 2
		A> MULTI
		A> EVAL return{redis.call('exists',KEYS[1])} 1 s1
		A> EXEC
		B> DEL s1
		A> CLIENT TRACKING off
		A> CLIENT TRACKING on OPTIN
		B> DEL s4
		A> EVAL return{redis.call('exists',KEYS[1])} 1 s2
		B> DEL s2
		A> CLIENT CACHING YES
		A> EVAL return{redis.call('exists',KEYS[1])} 1 s4
		B> DEL s4
		A> CLIENT TRACKING off
		A> CLIENT TRACKING on
		A> GET t
		A> CLIENT TRACKING off
		B> SET t 1
		A> CLIENT TRACKINGINFO
		A> CLIENT TRACKING on NOLOOP
		A> CLIENT TRACKINGINFO
		A> GET n
		A> SET n 1
		B> SET n 2
		A> GET n
		B> SET n 3
		A> CLIENT TRACKING on OPTIN
		A> CLIENT TRACKING on OPTOUT
		A> CLIENT TRACKINGINFO
		A> GET o
		B> SET o 1
		A> CLIENT CACHING YES
		A> CLIENT TRACKINGINFO
		A> GET o
		B> SET o 2
		A> GET o
		B> SET o 3
		A> CLIENT CACHING YES
		A> MULTI
		A> GET o
		A> PTTL o
		A> EXEC
		B> SET o 4
		A> CLIENT CACHING NO
		A> RESET
		A> HELLO 3 SETNAME
		A> CLIENT TRACKING on OPTOUT
		A> CLIENT CACHING NO
		A> CLIENT TRACKINGINFO
		A> GET o
		B> SET o 5
		A> GET o
		B> SET o 6
		A> CLIENT TRACKING off
		A> CLIENT TRACKING on BCAST PREFIX user: PREFIX item:
		A> CLIENT TRACKING on BCAST PREFIX user:1
		A> CLIENT TRACKING on BCAST PREFIX z
		A> CLIENT TRACKINGINFO
		B> SET user:1 x
		B> MSET user:1 x user:2 y other z item:1 1
		B> SET nope 1
		A> SET user:1 y
		A> CLIENT TRACKING on BCAST NOLOOP PREFIX q
		A> SET user:1 y
		B> FLUSHALL
		A> RESET
	`)
}

// TestTrackingRedirectLikeRedis: to a RESP2 connection, and to one that goes.
func TestTrackingRedirectLikeRedis(t *testing.T) {
	redis := startOracle(t)
	theirs := &oracleTalk{o: redis, conns: map[string]*oracleConn{}}
	defer theirs.close()
	ours := newTalk(t)
	both := func(name string, words ...string) {
		t.Helper()
		want, got := theirs.step(name, words), ours.step(name, words)
		for c := range want {
			if want[c] != got[c] {
				t.Errorf("%s> %v: %s receives\n got %q\nwant %q", name, words, c, got[c], want[c])
			}
		}
	}
	id := func(answers map[string]string) string { return strings.Trim(answers["R"], ":\r\n") }
	redisID, ourID := id(theirs.step("R", []string{"CLIENT", "ID"})), id(ours.step("R", []string{"CLIENT", "ID"}))
	both("R", "SUBSCRIBE", "__redis__:invalidate")
	theirs.step("A", []string{"CLIENT", "TRACKING", "ON", "REDIRECT", redisID})
	ours.step("A", []string{"CLIENT", "TRACKING", "ON", "REDIRECT", ourID})
	both("A", "GET", "a")
	both("B", "SET", "a", "1")
	both("A", "GET", "a")
	both("B", "FLUSHALL")
	both("A", "GET", "a")
	both("R", "UNSUBSCRIBE")
	both("B", "SET", "a", "2")
	both("A", "GET", "a")
	both("R", "QUIT")
	// redis-server frees the connection when its answer has left: PINGs below come later.
	delete(theirs.conns, "R")
	delete(ours.conns, "R")
	both("B", "SET", "a", "3")
	both("A", "CLIENT", "TRACKING", "off")
	both("A", "CLIENT", "TRACKINGINFO")
}

func invalidated(keys ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ">2\r\n$10\r\ninvalidate\r\n*%d\r\n", len(keys))
	for _, k := range keys {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(k), k)
	}
	return b.String()
}

func TestTrackingHearsExpiry(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.do("HELLO", "3")
	c.do("CLIENT", "TRACKING", "ON", "NOLOOP")
	c.do("SET", "a", "1", "PX", "100")
	c.do("GET", "a")
	h.rep.unixMs += 200
	other := h.dial()
	other.do("SET", "b", "1") // the entry that lets time pass
	h.rest(c)
	if got := c.got(); got != invalidated("a") {
		t.Errorf("got %q", got)
	}
}

// What changed while the state came from a snapshot nobody saw.
func TestTrackingAfterRestore(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.do("HELLO", "3")
	c.do("CLIENT", "TRACKING", "ON")
	c.do("GET", "a")
	h.srv.Restored()
	h.rest(c)
	if got := c.got(); got != ">2\r\n$10\r\ninvalidate\r\n_\r\n" {
		t.Errorf("got %q", got)
	}
}

// A read that waits for its ticket is noted at the state it saw.
func TestTrackingOfAWaitingRead(t *testing.T) {
	h := newHarness(t)
	c, w := h.dial(), h.dial()
	c.do("HELLO", "3")
	c.do("CLIENT", "TRACKING", "ON")
	h.rep.atOnce = false
	c.send("GET", "a")
	w.send("SET", "a", "1")
	h.turn(c, w)
	h.rep.readsReady()
	h.turn(c, w)
	if got := c.got(); got != "_\r\n" {
		t.Fatalf("GET answers %q", got)
	}
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	h.turn(c, w)
	if got := c.got(); got != invalidated("a") {
		t.Errorf("got %q", got)
	}
}

func TestTrackingTableIsBounded(t *testing.T) {
	h := newHarness(t, "--tracking-table-max-keys", "10")
	c := h.dial()
	c.do("HELLO", "3")
	c.do("CLIENT", "TRACKING", "ON")
	pushed := 0
	for i := range 50 {
		pushed += strings.Count(c.do("GET", fmt.Sprint(i)), "invalidate")
		if n := len(h.srv.tracking.keys); n > 10 {
			t.Fatalf("%d keys are tracked", n)
		}
	}
	if pushed != 40 {
		t.Errorf("%d invalidations, want 40", pushed)
	}
	h.dial().do("CONFIG", "SET", "tracking-table-max-keys", "4")
	h.rest(c)
	if n := strings.Count(c.got(), "invalidate"); n != 6 {
		t.Errorf("%d invalidations as the table shrinks, want 6", n)
	}
	long := strings.Repeat("k", 8000)
	for i := range 20 {
		c.do("GET", fmt.Sprint(long, i))
	}
	if tr := &h.srv.tracking; tr.bytes > 4*trackedBytesPerKey || tr.linked != len(tr.keys) {
		t.Errorf("%d bytes, %d keys, %d in the ring", tr.bytes, len(tr.keys), tr.linked)
	}
}

// Clients that come, read one key and go leave nothing behind that grows.
func TestTrackingForgetsWhoHasGone(t *testing.T) {
	h := newHarness(t)
	stays := h.dial()
	stays.do("HELLO", "3")
	stays.do("CLIENT", "TRACKING", "ON")
	stays.do("GET", "hot")
	for range 1000 {
		c := h.dial()
		c.do("HELLO", "3")
		c.do("CLIENT", "TRACKING", "ON")
		c.do("GET", "hot")
		c.Closed()
	}
	if n := h.srv.tracking.items; n > 20 {
		t.Errorf("%d clients of one key are remembered, one is there", n)
	}
	if h.srv.tracking.clients != 1 {
		t.Errorf("%d clients", h.srv.tracking.clients)
	}
	stays.do("CLIENT", "TRACKING", "OFF")
	if tr := &h.srv.tracking; len(tr.keys)+tr.items+tr.clients != 0 {
		t.Errorf("%d keys, %d items, %d clients are left", len(tr.keys), tr.items, tr.clients)
	}
}

// A client that takes nothing costs a bounded amount, and learns when it reads
// on that what it has is not to be trusted.
func TestTrackingOfASlowClient(t *testing.T) {
	h := newHarness(t)
	c, w := h.dial(), h.dial()
	c.do("HELLO", "3")
	c.do("CLIENT", "TRACKING", "ON", "BCAST")
	c.sock.room = 0
	key := strings.Repeat("k", 10000)
	for i := range 500 {
		w.do("SET", fmt.Sprint(key, i), "x")
	}
	if n := c.out.Len(); n > staleMax+20000 {
		t.Errorf("%d bytes are kept", n)
	}
	if c.closed {
		t.Fatal("it was closed")
	}
	c.sock.room = -1
	h.rest(c)
	got := c.got()
	if !strings.HasSuffix(got, ">2\r\n$10\r\ninvalidate\r\n_\r\n") || strings.Count(got, "_\r\n") != 1 {
		t.Errorf("at the end it was not told: %q", got[max(0, len(got)-100):])
	}
	w.do("SET", "a", "1")
	h.rest(c)
	if got := c.got(); got != invalidated("a") {
		t.Errorf("then: %q", got)
	}
}

func TestTrackingBroadcastOfOneTurn(t *testing.T) {
	h := newHarness(t)
	c, quiet, w := h.dial(), h.dial(), h.dial()
	for _, x := range []*testConn{c, quiet} {
		x.do("HELLO", "3")
		x.do("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP", "PREFIX", "a", "PREFIX", "b")
	}
	for _, words := range [][]string{{"SET", "a1", "1"}, {"SET", "b1", "1"}, {"SET", "a1", "2"}, {"SET", "z", "1"}} {
		w.send(words...)
	}
	c.send("SET", "a2", "1")
	c.send("SET", "a1", "1")
	h.rest(c, quiet, w)
	if got, want := quiet.got(), invalidated("a2", "a1")+invalidated("b1"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := c.got(), "+OK\r\n+OK\r\n"+invalidated("a1")+invalidated("b1"); got != want {
		t.Errorf("the writer: got %q, want %q", got, want)
	}
}

// What a script reads is tracked, not what it declares, as Redis does since 7.2.
func TestTrackingOfWhatScriptsRead(t *testing.T) {
	k := newTalk(t)
	k.step("A", []string{"HELLO", "3"})
	k.step("A", []string{"CLIENT", "TRACKING", "on"})
	k.step("A", []string{"EVAL", "return redis.call('get', 'read')", "1", "declared"})
	k.step("B", []string{"SET", "declared", "1"})
	got := k.step("B", []string{"SET", "read", "1"})["A"]
	if want := ">2\r\n$10\r\ninvalidate\r\n*1\r\n$4\r\nread\r\n"; got != want {
		t.Errorf("got %q", got)
	}
}
