package resp

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// wait begins a call that is not answered at once.
func (c *testConn) wait(words ...string) {
	c.h.t.Helper()
	if got := c.do(words...); got != "" {
		c.h.t.Fatalf("%q: got %q at once", words, got)
	}
}

// threeNodes makes the harness one of three, whose own log holds everything.
func threeNodes(h *harness) (told *[][]byte) {
	g := &h.rep.status.Groups[0]
	g.LastIndex, g.LastTerm, g.Durable = 1000, 3, 1000
	for n := uint64(2); n <= 3; n++ {
		g.Members = append(g.Members, MemberStatus{Number: n, Voter: true})
	}
	h.rep.status.SyncsAlways = true
	told = &[][]byte{}
	h.srv.cast = func(data []byte) { *told = append(*told, append([]byte(nil), data...)) }
	return told
}

func held(asker, node, index, term, durable uint64) []byte {
	b := []byte{castVersion, castHeld}
	for _, x := range []uint64{asker, node, index, term, durable} {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return b
}

func TestWaitAsksAndCounts(t *testing.T) {
	h := newHarness(t)
	told := threeNodes(h)
	c := h.dial()
	c.expect("+OK\r\n", "SET", "a", "1")
	c.expect(":1\r\n", "WAIT", "1", "0") // the majority's
	c.wait("WAIT", "2", "0")
	if len(*told) == 0 || (*told)[0][1] != castAsk {
		t.Fatalf("asked %v", *told)
	}
	at := h.rep.eng.Applied()
	for _, answer := range [][]byte{
		held(1, 2, at, 2, at),     // of an earlier term: may be another entry
		held(1, 2, at-1, 3, at-1), // not there yet
		held(9, 2, at, 3, at),     // for somebody else
		held(1, 7, at, 3, at),     // not a member
		held(1, 2, at, 3, at),     // one of two
	} {
		h.srv.Deliver(answer)
		h.turn()
		if got := c.got(); got != "" {
			t.Fatalf("answered %q after %v", got, answer)
		}
	}
	h.srv.Deliver(held(1, 3, at, 3, at-1)) // written, not synced
	h.turn()
	if got := c.got(); got != ":2\r\n" {
		t.Fatalf("got %q", got)
	}
	c.wait("WAITAOF", "1", "2", "0")
	h.srv.Deliver(held(1, 3, at, 3, at))
	h.turn()
	if got := c.got(); got != "*2\r\n:1\r\n:2\r\n" {
		t.Fatalf("got %q", got)
	}
}

func TestWaitEnds(t *testing.T) {
	h := newHarness(t)
	threeNodes(h)
	c, other := h.dial(), h.dial()
	c.wait("WAIT", "3", "50")
	h.now.Mono += 49 * time.Millisecond
	h.turn()
	if got := c.got(); got != "" {
		t.Fatalf("too early: %q", got)
	}
	h.now.Mono += time.Millisecond
	h.turn()
	if got := c.got(); got != ":1\r\n" {
		t.Fatalf("at its time: %q", got)
	}
	for mode, want := range map[string]string{"TIMEOUT": ":1\r\n", "ERROR": "-" + string(errUnblocked) + "\r\n"} {
		c.wait("WAIT", "3", "0")
		other.expect(":1\r\n", "CLIENT", "UNBLOCK", "1", mode)
		if got := c.got(); got != want {
			t.Errorf("%s: %q", mode, got)
		}
	}
	c.wait("WAIT", "3", "0")
	c.sock.eof = true
	h.turn(c)
	if n := h.srv.Blocked(); n != 0 {
		t.Errorf("%d wait after their client has gone", n)
	}
}

func TestWaitRefuses(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	for _, x := range []struct {
		want  engine.Error
		words []string
	}{
		{engine.ErrNotInt, []string{"WAIT", "x", "1"}},
		{errTimeoutNotInt, []string{"WAIT", "1", "x"}},
		{errTimeoutNotInt, []string{"WAIT", "1", "9223372036854775807"}},
		{errTimeoutNegative, []string{"WAIT", "1", "-1"}},
		{"ERR value is out of range, value must between 0 and 1", []string{"WAITAOF", "2", "0", "0"}},
		{"ERR value is out of range, must be positive", []string{"WAITAOF", "0", "-1", "0"}},
	} {
		c.expect("-"+string(x.want)+"\r\n", x.words...)
	}
	h.rep.status.AppendOnly = false
	c.expect("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n", "WAITAOF", "1", "0", "0")
}

func TestDebugSleepStopsNobodyElse(t *testing.T) {
	h := newHarness(t, "--enable-debug-command", "yes")
	c, other := h.dial(), h.dial()
	c.wait("DEBUG", "SLEEP", "0.5")
	other.expect("+PONG\r\n", "PING")
	c.send("PING")
	h.now.Mono += 500 * time.Millisecond
	h.rest(c)
	if got := c.got(); got != "+OK\r\n+PONG\r\n" {
		t.Errorf("got %q", got)
	}
}
