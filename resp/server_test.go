package resp

import (
	"testing"
)

func TestBasics(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.expect("+PONG\r\n", "PING")
	c.expect("$2\r\nhi\r\n", "PING", "hi")
	c.expect("+OK\r\n", "SET", "a", "1")
	c.expect("$1\r\n1\r\n", "GET", "a")
	c.expect("$-1\r\n", "GET", "b")
	c.expect(":2\r\n", "INCR", "a")
	c.expect("-ERR wrong number of arguments for 'get' command\r\n", "GET")
	c.expect("-ERR unknown command 'nosuch', with args beginning with: 'x' \r\n", "nosuch", "x")
	c.expect("+OK\r\n", "SELECT", "3")
	c.expect("$-1\r\n", "GET", "a")
	c.expect("-ERR DB index is out of range\r\n", "SELECT", "16")
}

// TestPipelineOrder: answers come in order, and a read behind an own write sees it.
func TestPipelineOrder(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	for _, w := range [][]string{{"SET", "a", "1"}, {"GET", "a"}, {"PING"}, {"INCR", "a"}, {"GET", "a"}, {"NOSUCH"}, {"ECHO", "x"}, {"GET", "a"}} {
		c.send(w...)
	}
	h.rest(c)
	want := "+OK\r\n$1\r\n1\r\n+PONG\r\n:2\r\n$1\r\n2\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n$1\r\nx\r\n$1\r\n2\r\n"
	if got := c.got(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHotPathAllocations: GET and SET on a single node allocate nothing
// in the session layer.
func TestHotPathAllocations(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.expect("+OK\r\n", "SET", "key", "value")
	c.send("SET", "key", "other")
	set := c.sock.in
	c.sock.in = nil
	c.send("GET", "key")
	get := c.sock.in
	c.sock.in = nil
	h.rep.bare = true // what the engine allocates is its own tests' matter
	for name, in := range map[string][]byte{"SET": set, "GET": get} {
		run := func() {
			c.sock.in = in
			h.turn(c)
			c.sock.out.Reset()
		}
		for range 10 {
			run()
		}
		if n := testing.AllocsPerRun(1000, run); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
