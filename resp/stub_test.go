package resp

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/config"
)

// stubSocket is a client's end in memory.
type stubSocket struct {
	in        []byte
	eof       bool
	out       bytes.Buffer
	room      int // how much Write takes; negative: all
	readOn    bool
	writeOn   bool
	closed    bool
	remote    string
	keepAlive int
}

func newSocket() *stubSocket {
	return &stubSocket{room: -1, readOn: true, remote: "127.0.0.1:40000"}
}

func (s *stubSocket) Read(p []byte) (int, error) {
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	if len(s.in) == 0 {
		if s.eof {
			return 0, io.EOF
		}
		return 0, nil
	}
	n := copy(p, s.in)
	s.in = s.in[n:]
	return n, nil
}

func (s *stubSocket) Write(p []byte) (int, error) {
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	if s.room >= 0 {
		p = p[:min(len(p), s.room)]
		s.room -= len(p)
	}
	return s.out.Write(p)
}

func (s *stubSocket) WantRead(on bool)           { s.readOn = on }
func (s *stubSocket) WantWrite(on bool)          { s.writeOn = on }
func (s *stubSocket) Close() error               { s.closed = true; return nil }
func (s *stubSocket) RemoteAddr() string         { return s.remote }
func (s *stubSocket) LocalAddr() string          { return "127.0.0.1:6379" }
func (s *stubSocket) SetKeepAlive(sec int) error { s.keepAlive = sec; return nil }

// stubReplica applies batches to one engine when it is told to, or at once.
type stubReplica struct {
	eng     *engine.Engine
	srv     *Server
	index   uint64
	term    uint64
	origin  uint64
	unixMs  int64
	queue   []*Batch
	ticket  uint64
	atOnce  bool // one voter: nothing waits
	bare    bool // answers every write with OK and leaves the engine alone
	status  Status
	admins  [][]string
	adminCb []func(AdminResult)

	keepLog bool
	log     []engine.Entry // what was applied, if it is kept
}

func (r *stubReplica) Propose(b *Batch) { r.queue = append(r.queue, b) }
func (r *stubReplica) InFlight() int    { return len(r.queue) }
func (r *stubReplica) Status() Status   { return r.status }

func (r *stubReplica) Read() (uint64, bool) {
	if r.atOnce {
		return 0, true
	}
	return r.ticket + 1, false
}

func (r *stubReplica) Admin(args [][]byte, done func(AdminResult)) {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = string(a)
	}
	r.admins = append(r.admins, words)
	r.adminCb = append(r.adminCb, done)
}

// applyOne applies the oldest batch.
func (r *stubReplica) applyOne() error {
	b := r.queue[0]
	r.queue = r.queue[:copy(r.queue, r.queue[1:])]
	r.index++
	if r.bare {
		for i := range b.Len() {
			b.Reply(i).OK()
		}
		b.Done()
		return nil
	}
	return r.eng.Apply(r.entry(b.Bytes()), b)
}

// entry makes the next entry of the log.
func (r *stubReplica) entry(data []byte) engine.Entry {
	entry := engine.Entry{Index: r.index, Term: 1 + r.term, UnixMs: r.unixMs, Seed: r.index * 77, Origin: r.origin, Data: data}
	if r.keepLog {
		entry.Data = bytes.Clone(data)
		r.log = append(r.log, entry)
	}
	return entry
}

// failOne fails the oldest batch.
func (r *stubReplica) failOne(err error) { r.fail(0, err) }

func (r *stubReplica) fail(i int, err error) {
	b := r.queue[i]
	r.queue = slices.Delete(r.queue, i, i+1)
	b.Failed(err)
}

// readsReady ends the round of reads that is being gathered.
func (r *stubReplica) readsReady() {
	r.ticket++
	r.srv.ReadsReady(r.ticket)
}

// harness is a server with its stub.
type harness struct {
	t   testing.TB
	srv *Server
	rep *stubReplica
	now Instant
	cfg *config.Config
}

func newHarness(t testing.TB, flags ...string) *harness {
	t.Helper()
	cfg, err := config.Load(flags, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, cfg: cfg, now: Instant{Mono: time.Second, UnixMs: 1_700_000_000_000}}
	h.rep = &stubReplica{eng: engine.New(engine.DefaultOptions()), unixMs: h.now.UnixMs, atOnce: true}
	h.rep.status = Status{NodeID: strings.Repeat("a", 40), Number: 1, Ready: true, AppendOnly: true, Groups: []GroupStatus{{
		Group: 1, Role: "leader", Term: 3, Leader: 1, Commit: 10, Applied: 10,
		Members: []MemberStatus{{ID: strings.Repeat("a", 40), Number: 1, Host: "127.0.0.1", Port: 6379, BusPort: 16379, Voter: true, Match: 10, Active: true}},
	}}}
	h.srv, err = NewServer(Options{
		Config: cfg, Engine: func() *engine.Engine { return h.rep.eng }, Replica: h.rep, Now: h.now, Version: "0.0.0-test",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.rep.srv = h.srv
	return h
}

// turn runs one turn for the connections that have something to read.
func (h *harness) turn(conns ...*testConn) {
	h.t.Helper()
	h.srv.Begin(h.now)
	for _, c := range conns {
		if c.sock.readOn && (len(c.sock.in) > 0 || c.sock.eof) && !c.sock.closed {
			c.Readable()
		}
		if c.sock.writeOn && c.sock.room != 0 && !c.sock.closed {
			c.Writable()
		}
	}
	h.srv.Gather()
	if h.rep.atOnce {
		for len(h.rep.queue) > 0 {
			if err := h.rep.applyOne(); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	h.srv.Flush(h.now)
}

// testConn is a client of the harness.
type testConn struct {
	*Conn
	h    *harness
	sock *stubSocket
}

func (h *harness) dial() *testConn {
	h.t.Helper()
	sock := newSocket()
	c := h.srv.Accept(sock, nil)
	if c == nil {
		h.t.Fatalf("turned away: %q", sock.out.String())
	}
	return &testConn{Conn: c, h: h, sock: sock}
}

// send encodes one command given as words.
func (c *testConn) send(words ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	c.sock.in = append(c.sock.in, b.String()...)
}

// got takes what was answered so far.
func (c *testConn) got() string {
	s := c.sock.out.String()
	c.sock.out.Reset()
	return s
}

// do sends one command and runs turns until the server rests.
func (c *testConn) do(words ...string) string {
	c.h.t.Helper()
	c.send(words...)
	c.h.rest(c)
	return c.got()
}

// rest runs turns until nothing is left to do for these connections.
func (h *harness) rest(conns ...*testConn) {
	h.t.Helper()
	for range 100 {
		h.turn(conns...)
		busy := len(h.srv.runnable) > 0 || h.srv.batch.Len() > 0 && h.rep.atOnce
		for _, c := range conns {
			busy = busy || len(c.sock.in) > 0 && c.sock.readOn && !c.sock.closed
		}
		if !busy {
			return
		}
	}
	h.t.Fatal("the server does not come to rest")
}

func (c *testConn) expect(want string, words ...string) {
	c.h.t.Helper()
	if got := c.do(words...); got != want {
		c.h.t.Errorf("%q: got %q, want %q", words, got, want)
	}
}
