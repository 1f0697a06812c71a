package resp

import (
	"fmt"
	"strings"
	"testing"
)

// backgrounds keeps what is to run beside the loop until a test lets it.
type backgrounds []func()

func newBesideHarness(t *testing.T) (*harness, *backgrounds) {
	h := newHarness(t)
	b := &backgrounds{}
	h.srv.background = func(work, done func()) { *b = append(*b, func() { work(); done() }) }
	var mset []string
	for i := range 5000 {
		mset = append(mset, fmt.Sprintf("key:%05d", i), "v")
	}
	c := h.dial()
	c.expect("+OK\r\n", append([]string{"MSET"}, mset...)...)
	c.expect(":10000\r\n", append([]string{"SADD", "set"}, append(mset, numbers(5000)...)...)...) // 5000 keys, "v" and numbers, less one
	return h, b
}

func numbers(n int) (words []string) {
	for i := range n - 1 {
		words = append(words, fmt.Sprint(i))
	}
	return words
}

// A read that takes long sees the state of its place in the order, holds up
// nobody but its own connection, and is answered in its turn.
func TestReadBeside(t *testing.T) {
	h, b := newBesideHarness(t)
	c, other := h.dial(), h.dial()
	c.send("SET", "mine", "1")
	c.send("KEYS", "*")
	c.send("SMEMBERS", "set")
	c.send("ECHO", "after")
	h.rest(c)
	if got := c.got(); got != "+OK\r\n" || len(*b) != 1 {
		t.Fatalf("before the read has ended: %q, %d beside", got, len(*b))
	}
	other.expect("+OK\r\n", "SET", "later", "1")
	other.expect(":1\r\n", "DEL", "key:00000")
	other.expect(":1\r\n", "SADD", "set", "later")
	for _, want := range []string{"*5002\r\n$9\r\nkey:00000\r\n", "*10001\r\n"} {
		if len(*b) != 1 {
			t.Fatalf("%d beside", len(*b))
		}
		run := (*b)[0]
		*b = nil
		run()
		h.rest(c)
		got := c.got()
		if !strings.HasPrefix(got, want) || strings.Contains(want, "5002") && strings.Contains(got, "later") {
			t.Errorf("got %.60q of %d bytes, want %q...", got, len(got), want)
		}
		if want == "*10001\r\n" && !strings.HasSuffix(got, "$5\r\nafter\r\n") {
			t.Errorf("what follows is not answered: %.40q", got[len(got)-20:])
		}
	}
}

// A connection that is gone, or whose answer is not wanted, costs no reader.
func TestReadBesideIsForgotten(t *testing.T) {
	h, b := newBesideHarness(t)
	c := h.dial()
	c.expect("", "CLIENT", "REPLY", "OFF")
	c.send("KEYS", "*")
	c.send("CLIENT", "REPLY", "ON")
	h.rest(c)
	gone := h.dial()
	gone.send("KEYS", "*")
	h.rest(gone)
	gone.Closed()
	for len(*b) > 0 {
		run := (*b)[0]
		*b = (*b)[1:]
		run()
	}
	h.rest(c)
	if got := c.got(); got != "+OK\r\n" {
		t.Errorf("got %.60q", got)
	}
	if h.srv.besides.running != 0 || len(h.srv.besides.queue) != 0 {
		t.Errorf("%+v is left", h.srv.besides)
	}
	c.expect("$1\r\nv\r\n", "GET", "key:00001")
}

// MGET is long by what its keys hold, not only by their number.
func TestMgetBeside(t *testing.T) {
	h, b := newBesideHarness(t)
	c := h.dial()
	c.expect("+OK\r\n", "SET", "big", strings.Repeat("x", 60_000))
	get := func(key string, n int) string {
		c.send(append([]string{"MGET"}, strings.Fields(strings.Repeat(key+" ", n))...)...)
		h.rest(c)
		return c.got()
	}
	if got := get("key:00001", 1000); got != "*1000\r\n"+strings.Repeat("$1\r\nv\r\n", 1000) || len(*b) != 0 {
		t.Errorf("small values: got %.20q, %d beside", got, len(*b))
	}
	if got := get("big", 100); got != "" || len(*b) != 1 {
		t.Fatalf("big values: got %.20q, %d beside", got, len(*b))
	}
	(*b)[0]()
	h.turn(c)
	got := c.got()
	for part := got; part != ""; got += part { // half a megabyte at a time
		c.Writable()
		part = c.got()
	}
	if want := "*100\r\n" + strings.Repeat("$60000\r\n"+strings.Repeat("x", 60_000)+"\r\n", 100); got != want {
		t.Errorf("got %.20q of %d bytes", got, len(got))
	}
}

// A transaction of reads that takes long runs beside as a whole, at one state.
func TestExecBeside(t *testing.T) {
	h, b := newBesideHarness(t)
	c, other := h.dial(), h.dial()
	for _, cmd := range []string{"MULTI", "GET key:00001", "EXEC"} {
		c.do(strings.Fields(cmd)...)
	}
	if len(*b) != 0 {
		t.Error("a short transaction runs beside")
	}
	for _, cmd := range []string{"MULTI", "GET key:00001", "KEYS *", "SMEMBERS set", "EXEC"} {
		c.send(strings.Fields(cmd)...)
	}
	c.send("ECHO", "after")
	h.rest(c)
	if got := c.got(); got != "+OK\r\n"+strings.Repeat("+QUEUED\r\n", 3) || len(*b) != 1 {
		t.Fatalf("before the reads have ended: %q, %d beside", got, len(*b))
	}
	other.expect(":1\r\n", "DEL", "key:00000")
	other.expect(":1\r\n", "SADD", "set", "later")
	(*b)[0]()
	h.rest(c)
	got := c.got()
	if !strings.HasPrefix(got, "*3\r\n$1\r\nv\r\n*5001\r\n$9\r\nkey:00000\r\n") || !strings.Contains(got, "*10000\r\n") ||
		strings.Contains(got, "later") || !strings.HasSuffix(got, "$5\r\nafter\r\n") {
		t.Errorf("got %.60q of %d bytes", got, len(got))
	}
}
