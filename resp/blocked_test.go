package resp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

const popped = "*2\r\n$1\r\nq\r\n$1\r\nx\r\n"

// block sends a command that must wait.
func (c *testConn) block(words ...string) {
	c.h.t.Helper()
	c.expect("", words...)
	if c.waitID == 0 {
		c.h.t.Fatalf("%q does not wait", words)
	}
}

// foreign applies an entry that another node proposed.
func (h *harness) foreign(origin uint64, words ...string) {
	h.t.Helper()
	var b engine.Batch
	if len(words) > 0 {
		args := make([][]byte, len(words))
		for i, w := range words {
			args[i] = []byte(w)
		}
		b.Command(0, args)
	}
	h.rep.index++
	entry := engine.Entry{Index: h.rep.index, Term: 1 + h.rep.term, UnixMs: h.rep.unixMs, Seed: 1, Origin: origin, Data: b.Bytes()}
	if err := h.rep.eng.Apply(entry, h.srv.Foreign()); err != nil {
		h.t.Fatal(err)
	}
}

func TestBlockedClientIsServed(t *testing.T) {
	h := newHarness(t)
	a, b := h.dial(), h.dial()
	a.block("BLPOP", "q", "0")
	// What is behind the call waits, in the client's order.
	a.send("SET", "k", "v")
	a.send("GET", "k")
	h.rest(a)
	b.expect("$-1\r\n", "GET", "k")
	if got := b.do("CLIENT", "LIST"); !strings.Contains(got, " flags=b ") {
		t.Errorf("CLIENT LIST: %q", got)
	}
	if got := b.do("INFO", "clients"); !strings.Contains(got, "blocked_clients:1\r\n") {
		t.Errorf("INFO clients: %q", got)
	}
	b.expect(":1\r\n", "RPUSH", "q", "x")
	h.rest(a)
	if got, want := a.got(), popped+"+OK\r\n$1\r\nv\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// An entry of another node serves as well, and RESP3 has one null.
	a.do("HELLO", "3")
	a.block("BLPOP", "q", "0")
	h.foreign(7, "RPUSH", "q", "x")
	h.rest(a)
	if got := a.got(); got != popped {
		t.Errorf("got %q", got)
	}
	a.block("BLPOP", "q", "1")
	h.rep.unixMs += 1000
	h.foreign(0)
	h.rest(a)
	if got := a.got(); got != "_\r\n" {
		t.Errorf("at the timeout: %q", got)
	}
}

// The element stays, whatever way the client leaves.
func TestClientThatLeavesTakesNothing(t *testing.T) {
	for name, leave := range map[string]func(h *harness, a, b *testConn){
		"end of stream": func(h *harness, a, _ *testConn) { a.sock.eof = true; h.turn(a) },
		"reset":         func(h *harness, a, _ *testConn) { a.Closed() },
		"CLIENT KILL":   func(h *harness, a, b *testConn) { b.expect(":1\r\n", "CLIENT", "KILL", "ID", fmt.Sprint(a.id)) },
		"with input behind": func(h *harness, a, _ *testConn) {
			a.send("PING")
			h.turn(a)
			a.sock.eof = true
			h.turn(a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			a, b := h.dial(), h.dial()
			a.block("BLPOP", "q", "0")
			leave(h, a, b)
			h.rest(b)
			if !a.sock.closed || h.rep.eng.Blocked() != 0 || h.srv.Blocked() != 0 {
				t.Errorf("closed: %v; %d calls wait, %d clients", a.sock.closed, h.rep.eng.Blocked(), h.srv.Blocked())
			}
			b.expect(":1\r\n", "RPUSH", "q", "x")
			b.expect(":1\r\n", "LLEN", "q")
		})
	}
}

// A client that is gone before its call is applied must not wait at all.
func TestClientGoneBeforeItBlocks(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	a, b := h.dial(), h.dial()
	a.send("BLPOP", "q", "0")
	b.send("SET", "k", "v")
	b.send("BLPOP", "q", "0")
	b.sock.eof = true
	h.turn(a, b)
	h.turn(b)
	a.Closed()
	for range 3 {
		for len(h.rep.queue) > 0 {
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		}
		h.turn() // answers leave in the turn in which they came
		h.turn(b)
	}
	if got := b.got(); h.rep.eng.Blocked() != 0 || !b.sock.closed || got != "+OK\r\n" {
		t.Errorf("%d calls wait, b is closed: %v, got %q", h.rep.eng.Blocked(), b.sock.closed, got)
	}
}

// What ends the call of a client that has gone is tried until it is in the log.
func TestEndOfACallIsRetried(t *testing.T) {
	h := newHarness(t)
	a := h.dial()
	a.block("BLPOP", "q", "0")
	h.rep.atOnce = false
	a.Closed()
	h.turn()
	h.rep.failOne(ErrDropped)
	h.turn()
	if len(h.rep.queue) != 0 {
		t.Fatal("it is tried again at once")
	}
	if wake := h.srv.Flush(h.now); wake > h.now.Mono+upkeepPause {
		t.Errorf("the next turn is at %v, now is %v", wake, h.now.Mono)
	}
	h.now.Mono += upkeepPause
	h.rep.atOnce = true
	h.turn()
	if h.rep.eng.Blocked() != 0 {
		t.Error("the call still waits")
	}
}

func TestClientUnblock(t *testing.T) {
	h := newHarness(t)
	a, b := h.dial(), h.dial()
	id := fmt.Sprint(a.id)
	for _, c := range []struct{ mode, want string }{
		{"", "*-1\r\n"}, {"timeout", "*-1\r\n"}, {"ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"},
	} {
		a.block("BLPOP", "q", "0")
		b.expect(":1\r\n", strings.Fields("CLIENT UNBLOCK "+id+" "+c.mode)...)
		h.rest(a)
		if got := a.got(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.mode, got, c.want)
		}
	}
	b.expect(":0\r\n", "CLIENT", "UNBLOCK", id)
	b.expect("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n", "CLIENT", "UNBLOCK", id, "never")
	// In a transaction, too.
	a.block("BLPOP", "q", "0")
	b.do("MULTI")
	b.do("CLIENT", "UNBLOCK", id)
	b.do("SET", "k", "v")
	b.expect("*2\r\n:1\r\n+OK\r\n", "EXEC")
	h.rest(a, b)
	if got := a.got(); got != "*-1\r\n" {
		t.Errorf("unblocked in a transaction: %q", got)
	}
	// The log decides who was first: the element was.
	a.block("BLPOP", "q", "0")
	h.rep.atOnce = false
	b.send("CLIENT", "UNBLOCK", id)
	h.turn(b)
	h.foreign(7, "RPUSH", "q", "x")
	h.rep.atOnce = true
	h.rest(a, b)
	if gotA, gotB := a.got(), b.got(); gotA != popped || gotB != ":0\r\n" {
		t.Errorf("got %q and %q", gotA, gotB)
	}
}

// After an election a process whose clients wait shows that it lives, once.
func TestWaitingProcessShowsItself(t *testing.T) {
	h := newHarness(t)
	h.rep.origin = 5
	h.srv.SetOrigin(5)
	a := h.dial()
	a.block("BLPOP", "q", "0")
	h.rep.atOnce = false
	h.rep.term++
	h.foreign(7, "RPUSH", "q", "x")
	if wake := h.srv.Flush(h.now); wake != h.now.Mono {
		t.Errorf("the next turn is at %v, now is %v", wake, h.now.Mono)
	}
	h.turn()
	h.turn()
	if len(h.rep.queue) != 1 || h.rep.queue[0].Len() != 0 {
		t.Fatalf("%d entries proposed", len(h.rep.queue))
	}
	h.rep.failOne(ErrUncertain)
	h.turn()
	if len(h.rep.queue) != 0 {
		t.Fatal("it is tried again at once")
	}
	h.now.Mono += upkeepPause
	h.rep.atOnce = true
	h.turn()
	h.rest(a)
	if got := a.got(); got != popped {
		t.Errorf("got %q", got)
	}
}

// The leader doubts a process once, until the log has it.
func TestDoubt(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	h.srv.Doubt(9)
	h.srv.Doubt(9)
	h.turn()
	h.srv.Doubt(9)
	if len(h.rep.queue) != 1 || h.rep.queue[0].Len() != 1 || h.srv.batch.Len() != 0 {
		t.Errorf("%d batches, the first of %d", len(h.rep.queue), h.rep.queue[0].Len())
	}
	if err := h.rep.applyOne(); err != nil {
		t.Fatal(err)
	}
	if len(h.srv.doubting) != 0 {
		t.Error("it is still under way")
	}
}

// A snapshot may come in place of the entry that ended a call.
func TestCallThatEndedUnseen(t *testing.T) {
	h := newHarness(t)
	a, b := h.dial(), h.dial()
	a.block("BLPOP", "q", "0")
	h.rep.eng = engine.New(engine.DefaultOptions())
	h.rep.index = 0
	h.srv.Restored()
	h.rest(a, b)
	if got := a.got(); got != "-"+string(errUncertain)+"\r\n" {
		t.Errorf("got %q", got)
	}
	a.expect("+PONG\r\n", "PING")
}

// An entry of ours that nobody waits for any more blocks nobody.
func TestOrphanedCall(t *testing.T) {
	h := newHarness(t)
	var b engine.Batch
	b.Command(0, [][]byte{[]byte("BLPOP"), []byte("q"), []byte("0")})
	h.rep.index++
	if err := h.rep.eng.Apply(engine.Entry{Index: h.rep.index, Term: 1, UnixMs: h.rep.unixMs, Data: b.Bytes()}, h.srv.Orphan()); err != nil {
		t.Fatal(err)
	}
	h.turn()
	if h.rep.eng.Blocked() != 0 {
		t.Error("the call still waits")
	}
}

// A client that waits may not fill our memory meanwhile.
func TestBlockedClientIsReadOnlySoFar(t *testing.T) {
	h := newHarness(t)
	a := h.dial()
	a.block("BLPOP", "q", "0")
	a.sock.in = []byte(strings.Repeat("PING\r\n", 1<<20))
	for a.sock.readOn {
		h.turn(a)
	}
	if n := a.in.Buffered(); n > 256<<10 {
		t.Errorf("%d bytes are buffered", n)
	}
	h.now.Mono += time.Second
	h.foreign(7, "RPUSH", "q", "x")
	h.turn(a)
	h.turn(a)
	if !strings.HasPrefix(a.got(), popped+"+PONG\r\n") || !a.sock.readOn {
		t.Error("it does not go on")
	}
}
