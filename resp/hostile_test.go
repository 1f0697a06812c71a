package resp

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/reactor"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// target is a server behind real sockets, over a replica of its own that
// applies at once, turned as the program turns it.
type target struct {
	t       *testing.T
	addr    string
	reactor *reactor.Reactor
	slowest time.Duration // turn
	busiest time.Duration // the same in processor time, where that is known
	stop    bool
	done    chan struct{}
}

func newTarget(t *testing.T, flags ...string) *target {
	t.Helper()
	cfg, err := config.Load(flags, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reactor.New()
	if err != nil {
		t.Fatal(err)
	}
	l, err := r.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	rep := &stubReplica{eng: engine.New(engine.DefaultOptions()), unixMs: time.Now().UnixMilli(), atOnce: true}
	began := time.Now()
	now := func() Instant { return Instant{Mono: time.Since(began), UnixMs: time.Now().UnixMilli()} }
	srv, err := NewServer(Options{
		Config: cfg, Engine: func() *engine.Engine { return rep.eng }, Replica: rep, Now: now(),
		Background: func(work, done func()) {
			go func() {
				work()
				r.Post(done)
			}()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	rep.srv = srv
	tg := &target{t: t, addr: l.Addr(), reactor: r, done: make(chan struct{})}
	go tg.loop(srv, rep, now)
	t.Cleanup(func() {
		r.Post(func() { tg.stop = true })
		<-tg.done
		r.Close()
	})
	return tg
}

func (tg *target) loop(srv *Server, rep *stubReplica, now func() Instant) {
	defer close(tg.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	wake := time.Time{}
	for !tg.stop {
		events, err := tg.reactor.Wait(wake)
		if err != nil {
			tg.t.Error(err)
			return
		}
		began, used := time.Now(), threadTime()
		srv.Begin(now())
		for i := range events {
			ev := &events[i]
			switch {
			case ev.Conn == nil:
			case ev.Listener != nil:
				if c := srv.Accept(ev.Conn, nil); c != nil {
					ev.Conn.Data = c
				}
			default:
				c, ok := ev.Conn.Data.(*Conn)
				if !ok {
					continue
				}
				if ev.Writable {
					c.Writable()
				}
				if ev.Readable {
					c.Readable()
				}
				if ev.Closed {
					c.Closed()
				}
			}
		}
		srv.Gather()
		for len(rep.queue) > 0 {
			if err := rep.applyOne(); err != nil {
				tg.t.Error(err)
				return
			}
		}
		n := now()
		wake = time.Now().Add(min(srv.Flush(n)-n.Mono, time.Hour))
		tg.slowest = max(tg.slowest, time.Since(began))
		tg.busiest = max(tg.busiest, threadTime()-used)
	}
}

// slowestTurn is the longest that any other client had to wait, since the last
// call.
func (tg *target) slowestTurn() (wall, processor time.Duration) {
	done := make(chan struct{})
	tg.reactor.Post(func() {
		wall, processor = tg.slowest, tg.busiest
		tg.slowest, tg.busiest = 0, 0
		close(done)
	})
	<-done
	return wall, processor
}

func (tg *target) dial() (net.Conn, *bufio.Reader) {
	tg.t.Helper()
	c, err := net.Dial("tcp", tg.addr)
	if err != nil {
		tg.t.Fatal(err)
	}
	tg.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		tg.t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// do sends one command on a connection of its own.
func (tg *target) do(args ...string) wire.Value {
	tg.t.Helper()
	c, r := tg.dial()
	defer c.Close()
	v, err := ask(c, r, args...)
	if err != nil {
		tg.t.Fatalf("%.40q: %v", args, err)
	}
	return v
}

func ask(c net.Conn, r *bufio.Reader, args ...string) (wire.Value, error) {
	if _, err := c.Write(wire.AppendCommand(nil, args...)); err != nil {
		return wire.Value{}, err
	}
	return wire.ReadReply(r, 0)
}

// healthy fails the test if others are not served, or memory has grown.
func (tg *target) healthy(before uint64) {
	tg.t.Helper()
	if v := tg.do("PING"); v.Str != "PONG" {
		tg.t.Errorf("PING answers %q", v.Str)
	}
	if now := heapAlive(); now > before+64<<20 {
		tg.t.Errorf("%d MB of memory before, %d MB after", before>>20, now>>20)
	}
}

func heapAlive() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestHostileWatches(t *testing.T) {
	tg := newTarget(t)
	before := heapAlive()
	args := []string{"WATCH"}
	for i := range watchesMax {
		args = append(args, fmt.Sprintf("key:%d", i))
	}
	c, r := tg.dial()
	for range 2 { // the second time nothing is new
		if v, err := ask(c, r, args...); err != nil || v.Str != "OK" {
			t.Fatalf("%v, %v", v.Str, err)
		}
	}
	if v, err := ask(c, r, "WATCH", "one more"); err != nil || !v.IsError() {
		t.Errorf("more than the limit: %v, %v", v.Str, err)
	}
	// Looking through the list for each key took 16 s.
	if d, _ := tg.slowestTurn(); d > 2*time.Second {
		t.Errorf("others waited for %v", d)
	}
	for _, cmd := range []string{"MULTI", "PING", "EXEC"} {
		if v, err := ask(c, r, cmd); err != nil || v.IsError() {
			t.Errorf("%s: %v, %v", cmd, v.Str, err)
		}
	}
	c.Close()
	tg.healthy(before)
}

func TestHostileReplies(t *testing.T) {
	tg := newTarget(t, "--client-output-buffer-limit", "normal 33554432 0 0")
	tg.do("SET", "v", strings.Repeat("x", 100<<10))
	before := heapAlive()
	attacks := map[string][]byte{
		"MGET of one key":      wire.AppendCommand(nil, append([]string{"MGET"}, strings.Fields(strings.Repeat("v ", 50000))...)...),
		"a transaction of GET": append(append([]byte("MULTI\r\n"), bytes.Repeat([]byte("GET v\r\n"), 50000)...), "EXEC\r\n"...),
		"and a write":          append(append([]byte("MULTI\r\nSET a 1\r\n"), bytes.Repeat([]byte("GET v\r\n"), 50000)...), "EXEC\r\n"...),
	}
	for name, attack := range attacks {
		c, _ := tg.dial()
		go func() { _, _ = c.Write(attack) }() // the server may well close before it has all
		n, err := io.Copy(io.Discard, c)
		if n > 64<<20 {
			t.Errorf("%s: %d MB came, then %v", name, n>>20, err)
		}
		tg.healthy(before)
	}
}

// Pipelines whose answers nobody reads stop where their answers begin to pile
// up, and go on when they are read.
func TestHostileSlowReaders(t *testing.T) {
	tg := newTarget(t)
	tg.do("SET", "v", strings.Repeat("x", 100<<10))
	before := heapAlive()
	const conns, each = 8, 2000
	var readers []*bufio.Reader
	for range conns {
		c, r := tg.dial()
		go func() { _, _ = c.Write(bytes.Repeat([]byte("GET v\r\n"), each)) }()
		readers = append(readers, r)
	}
	tg.healthy(before) // 1.6 GB are asked for
	for range each {
		if v, err := wire.ReadReply(readers[0], 0); err != nil || len(v.Str) != 100<<10 {
			t.Fatalf("%d bytes, %v", len(v.Str), err)
		}
	}
	tg.healthy(before)
}

// Headers announce what never comes.
func TestHostileHeaders(t *testing.T) {
	tg := newTarget(t)
	before := heapAlive()
	for _, attack := range []string{
		"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\n",
		"*2147483647\r\n", "*2147483647\r\n$1\r\na\r\n", "*1\r\n$536870912\r\nx", "*", "$", "*3\r\n$", strings.Repeat("x", 60<<10),
	} {
		for range 50 {
			c, _ := tg.dial()
			if _, err := c.Write([]byte(attack)); err != nil {
				t.Fatal(err)
			}
		}
	}
	tg.healthy(before)
}

// Whatever bytes come, the connection is answered or closed, and others go on.
func TestHostileBytes(t *testing.T) {
	const seed = 5
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	tg := newTarget(t)
	before := heapAlive()
	words := []string{"*", "$", "-1", "0", "1", "3", "\r\n", "\n", "\r", "SET", "GET", "k", "MULTI", "EXEC", "\x00", "\xff", "\"", "'", "99999999999999999999", "HELLO", "3", "CLIENT", "KILL", "LIST", "RESET", "QUIT", "EVAL", "SUBSCRIBE", "WATCH", "SCAN", "MATCH", "*a*b*c"}
	for range 300 {
		c, _ := tg.dial()
		var b []byte
		for range 1 + r.IntN(200) {
			switch r.IntN(4) {
			case 0:
				b = append(b, byte(r.Uint32()))
			case 1:
				b = wire.AppendCommand(b, words[r.IntN(len(words))], words[r.IntN(len(words))])
			default:
				b = append(b, words[r.IntN(len(words))]...)
			}
		}
		_, _ = c.Write(b) // it may be closed by now
		c.Close()
	}
	tg.healthy(before)
}

// A transaction that waits (there is no leader, say) is still its client's memory.
func TestWaitingTransactionCounts(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	c := h.dial()
	const size = 200 << 10
	for _, write := range []bool{false, true} {
		c.send("MULTI")
		c.send("GET", strings.Repeat("k", size))
		if write {
			c.send("SET", "k", "v")
		}
		c.send("EXEC")
		for range 20 {
			h.turn(c)
		}
		if n := c.memory(); n < size {
			t.Errorf("a transaction of %d bytes waits, and its client holds %d", size, n)
		}
		h.rep.ticket++
		h.srv.ReadsReady(h.rep.ticket)
		for len(h.rep.queue) > 0 {
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		}
		h.turn(c)
		if got := c.got(); !strings.Contains(got, "\r\n$-1\r\n") || c.pend.held != 0 {
			t.Errorf("answered %q, %d bytes held", got, c.pend.held)
		}
	}
}

// Commands that were held back together do not all go into one batch.
func TestHeldCommandsComeBatchByBatch(t *testing.T) {
	h := newHarness(t)
	h.rep.atOnce = false
	admin := h.dial()
	admin.expect("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	var conns []*testConn
	for i := range 6 {
		c := h.dial()
		c.send("SET", fmt.Sprint("k", i), strings.Repeat("x", batchHoldSize+1))
		c.send("SET", fmt.Sprint("small", i), "1")
		c.sock.eof = i%2 == 0 // some have said all they had to say
		for len(c.sock.in) > 0 && c.sock.readOn {
			h.turn(c)
		}
		conns = append(conns, c)
	}
	admin.send("CLIENT", "UNPAUSE")
	for range 200 {
		h.turn(append(conns, admin)...)
		if len(h.rep.queue) == batchesInFlight {
			if n := h.rep.queue[0].Size(); n > 2*batchHoldSize {
				t.Fatalf("a batch of %d bytes", n)
			}
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for len(h.rep.queue) > 0 || h.srv.batch.Len() > 0 {
		for len(h.rep.queue) > 0 {
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		}
		h.turn(conns...)
	}
	for i, c := range conns {
		if got := c.got(); got != "+OK\r\n+OK\r\n" {
			t.Errorf("client %d: %q", i, got)
		}
	}
}
