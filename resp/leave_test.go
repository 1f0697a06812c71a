package resp

import (
	"strings"
	"testing"
)

// A server that leaves answers what has arrived, then closes every connection;
// idle ones at once, blocked ones with an error through the log.
func TestLeaveAnswersThenCloses(t *testing.T) {
	h := newHarness(t)
	idle, busy, half, blocked := h.dial(), h.dial(), h.dial(), h.dial()
	idle.expect("+PONG\r\n", "PING")
	if got := blocked.do("BLPOP", "q", "0"); got != "" {
		t.Fatalf("BLPOP: got %q", got)
	}
	busy.send("SET", "a", "1")
	busy.send("GET", "a")
	half.sock.in = []byte("*2\r\n$3\r\nGET")

	h.srv.Leave()
	h.rest(idle, busy, half, blocked)
	if got, want := busy.got(), "+OK\r\n$1\r\n1\r\n"; got != want {
		t.Errorf("what had arrived: got %q, want %q", got, want)
	}
	if got := blocked.got(); !strings.HasPrefix(got, "-UNBLOCKED ") {
		t.Errorf("the blocked call: got %q", got)
	}
	for name, c := range map[string]*testConn{"idle": idle, "busy": busy, "half a command": half, "blocked": blocked} {
		if !c.sock.closed {
			t.Errorf("%s: not closed", name)
		}
	}
	late := newSocket()
	if c := h.srv.Accept(late, nil); c != nil || !late.closed || h.srv.Clients() != 0 {
		t.Errorf("a late client: %v, closed %v; %d clients", c, late.closed, h.srv.Clients())
	}
}
