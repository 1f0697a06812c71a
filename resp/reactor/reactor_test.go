package reactor

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// each runs a test on every kind of reactor this system has.
func each(t *testing.T, f func(t *testing.T, r *Reactor)) {
	for name, make := range map[string]func() (*Reactor, error){"system": New, "portable": NewPortable} {
		t.Run(name, func(t *testing.T) {
			r, err := make()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
			f(t, r)
		})
	}
}

func listen(t testing.TB, r *Reactor, network, addr string) *Listener {
	t.Helper()
	l, err := r.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func dial(t testing.TB, l *Listener) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return nc
}

// turn runs the loop until done says so, giving each event to handle.
func turn(t testing.TB, r *Reactor, handle func(ev *Event), done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		events, err := r.Wait(deadline)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			if events[i].Conn != nil {
				handle(&events[i])
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing happened for too long")
		}
	}
}

// accept waits for the next connection.
func accept(t testing.TB, r *Reactor) *Conn {
	t.Helper()
	var c *Conn
	turn(t, r, func(ev *Event) {
		if ev.Listener != nil {
			c = ev.Conn
		}
	}, func() bool { return c != nil })
	return c
}

// echoer answers what it gets and obeys back-pressure.
type echoer struct {
	buf    []byte
	open   int
	served int
}

type echoConn struct {
	out []byte
	eof bool
}

func (e *echoer) handle(ev *Event) {
	if ev.Listener != nil {
		ev.Conn.Data = &echoConn{}
		e.open++
		return
	}
	c, state := ev.Conn, ev.Conn.Data.(*echoConn)
	if ev.Readable {
		n, err := c.Read(e.buf)
		state.out = append(state.out, e.buf[:n]...)
		state.eof = err != nil
	}
	n, err := c.Write(state.out)
	state.out = state.out[:copy(state.out, state.out[n:])]
	switch full := len(state.out) > 0; {
	case err != nil || ev.Closed || state.eof && !full:
		c.Close()
		e.open--
		e.served++
	default:
		c.WantWrite(full)
		c.WantRead(!full && !state.eof)
	}
}

func TestEcho(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		for _, network := range []string{"tcp4", "tcp6", "unix"} {
			t.Run(network, func(t *testing.T) {
				addr := map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"}[network]
				if network == "unix" {
					addr = filepath.Join(t.TempDir(), "s")
				}
				l, err := r.Listen(network, addr)
				if err != nil && network == "tcp6" {
					t.Skip("no IPv6 here:", err)
				} else if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				echoClients(t, r, network, l.Addr())
			})
		}
	})
}

// echoClients sends more than any buffer holds, closes the sending side and
// reads everything back, on several connections at once.
func echoClients(t *testing.T, r *Reactor, network, addr string) {
	t.Helper()
	const clients, size = 8, 3 << 18
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			nc, err := net.Dial(network, addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			want := bytes.Repeat([]byte{byte(i), byte(i + 1), 7}, size/3)
			go func() {
				nc.Write(want)
				nc.(interface{ CloseWrite() error }).CloseWrite()
			}()
			if got, err := io.ReadAll(nc); err != nil || !bytes.Equal(got, want) {
				t.Errorf("client %d: %d bytes of %d came back, %v", i, len(got), len(want), err)
			}
		})
	}
	e := &echoer{buf: make([]byte, 64<<10)}
	turn(t, r, e.handle, func() bool { return e.served == clients })
	wg.Wait()
}

func TestLevelTriggered(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		nc := dial(t, listen(t, r, "tcp", "127.0.0.1:0"))
		c := accept(t, r)
		if _, err := nc.Write([]byte("abc")); err != nil {
			t.Fatal(err)
		}
		var got []byte
		turn(t, r, func(ev *Event) {
			var one [1]byte
			n, err := ev.Conn.Read(one[:])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, one[:n]...)
		}, func() bool { return len(got) == 3 })
		if n, err := c.Read(make([]byte, 10)); n != 0 || err != nil {
			t.Errorf("nothing there: %d, %v", n, err)
		}
		events, err := r.Wait(time.Now().Add(20 * time.Millisecond))
		if err != nil || len(events) != 0 {
			t.Errorf("drained, and yet: %+v, %v", events, err)
		}
		c.WantRead(false)
		nc.Write([]byte("d"))
		if events, _ := r.Wait(time.Now().Add(20 * time.Millisecond)); len(events) != 0 {
			t.Errorf("reading is off, and yet: %+v", events)
		}
		c.WantRead(true)
		turn(t, r, func(ev *Event) { got = append(got, 'd') }, func() bool { return len(got) > 3 })
	})
}

// A peer that does not read stops our writing, not the loop, and costs a bounded
// buffer.
func TestSlowReader(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		nc := dial(t, listen(t, r, "tcp", "127.0.0.1:0"))
		c := accept(t, r)
		block := bytes.Repeat([]byte("x"), 1<<20)
		total := 0
		for {
			n, err := c.Write(block)
			if err != nil {
				t.Fatal(err)
			}
			total += n
			if n == 0 {
				break
			}
			if total > 256<<20 {
				t.Fatal("a peer that reads nothing took", total)
			}
			if n < len(block) { // the edge's writer may still make room
				if events, _ := r.Wait(time.Now().Add(50 * time.Millisecond)); len(events) > 0 {
					t.Fatalf("%+v", events[0])
				}
			}
		}
		c.WantWrite(true)
		if events, _ := r.Wait(time.Now().Add(20 * time.Millisecond)); len(events) != 0 {
			t.Fatalf("full, and yet %+v", events[0])
		}
		read := make(chan int)
		go func() {
			n, _ := io.Copy(io.Discard, nc)
			read <- int(n)
		}()
		writable := false
		turn(t, r, func(ev *Event) { writable = ev.Writable }, func() bool { return writable })
		c.Close()
		if got := <-read; got != total {
			t.Errorf("%d bytes arrived of %d", got, total)
		}
	})
}

// Closing takes back events already returned (R3).
func TestCloseInsideLoop(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		l := listen(t, r, "tcp", "127.0.0.1:0")
		const n = 20
		var conns []*Conn
		var peers []net.Conn
		for range n {
			peers = append(peers, dial(t, l))
			conns = append(conns, accept(t, r))
		}
		for _, nc := range peers {
			nc.Write([]byte("x"))
		}
		var events []Event
		for len(events) < 2 { // until two are ready at once
			var err error
			if events, err = r.Wait(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		first := events[0].Conn
		for _, c := range conns {
			if c != first {
				c.Close()
				c.Close()
			}
		}
		for i := range events[1:] {
			if ev := events[1+i]; ev != (Event{}) {
				t.Errorf("event of a closed connection: %+v", ev)
			}
		}
		// Their numbers are used again at once.
		again := dial(t, l)
		c := accept(t, r)
		again.Write([]byte("y"))
		got := byte(0)
		turn(t, r, func(ev *Event) {
			if ev.Conn != first && ev.Conn != c {
				t.Fatalf("event of a closed connection")
			}
			var b [1]byte
			if n, _ := ev.Conn.Read(b[:]); n > 0 && ev.Conn == c {
				got = b[0]
			}
		}, func() bool { return got == 'y' })
		if _, err := conns[n-1].Read(make([]byte, 1)); conns[n-1] != first && err != ErrClosed {
			t.Errorf("read of a closed connection: %v", err)
		}
	})
}

func TestPeerReset(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		l := listen(t, r, "tcp", "127.0.0.1:0")
		for _, reading := range []bool{true, false} {
			nc := dial(t, l)
			c := accept(t, r)
			c.WantRead(reading)
			nc.(*net.TCPConn).SetLinger(0)
			nc.Close()
			over, closedEvents := false, 0
			turn(t, r, func(ev *Event) {
				if ev.Readable {
					_, err := ev.Conn.Read(make([]byte, 1))
					over = over || err != nil
				}
				if ev.Closed {
					closedEvents++
					over = true
				}
			}, func() bool { return over })
			if !reading {
				if events, _ := r.Wait(time.Now().Add(20 * time.Millisecond)); len(events) != 0 || closedEvents != 1 {
					t.Errorf("Closed came %d times, then %+v", closedEvents, events)
				}
			}
			c.Close()
		}
	})
}

func TestPost(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		const goroutines, posts = 8, 2000
		next := make([]int, goroutines) // the loop's
		total := 0
		for g := range goroutines {
			go func() {
				for i := range posts {
					r.Post(func() {
						if next[g] != i {
							t.Errorf("goroutine %d: post %d came when %d was due", g, i, next[g])
						}
						next[g]++
						total++
					})
					if i%100 == 0 {
						runtime.Gosched()
					}
				}
			}()
		}
		turn(t, r, func(*Event) {}, func() bool { return total == goroutines*posts })
	})
}

// A post wakes a loop that sleeps without a timer, every time.
func TestPostWakes(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		ping, pong := make(chan int), make(chan int)
		go func() {
			for i := range ping {
				r.Post(func() { pong <- i })
			}
		}()
		go func() {
			for i := range 500 {
				ping <- i
				<-pong
			}
			close(ping)
			r.Post(func() { r.Close() })
		}()
		for {
			if _, err := r.Wait(time.Time{}); err == ErrClosed {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestTimer(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		for _, wait := range []time.Duration{0, time.Millisecond, 3500 * time.Microsecond, 30 * time.Millisecond} {
			start := time.Now()
			events, err := r.Wait(start.Add(wait))
			if got := time.Since(start); err != nil || len(events) != 0 || got < wait || got > wait+500*time.Millisecond {
				t.Errorf("wait of %v: took %v, %d events, %v", wait, got, len(events), err)
			}
		}
		if _, err := r.Wait(time.Now().Add(-time.Hour)); err != nil {
			t.Error(err)
		}
	})
}

func TestDial(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		l := listen(t, r, "tcp", "127.0.0.1:0")
		var dialed, accepted *Conn
		r.Dial(l.Addr(), time.Second, func(c *Conn, err error) {
			if err != nil {
				t.Error(err)
			}
			dialed = c
		})
		turn(t, r, func(ev *Event) { accepted = ev.Conn }, func() bool { return dialed != nil && accepted != nil })
		if dialed.LocalAddr() != accepted.RemoteAddr() || dialed.RemoteAddr() != l.Addr() {
			t.Errorf("%s-%s against %s-%s", dialed.LocalAddr(), dialed.RemoteAddr(), accepted.LocalAddr(), accepted.RemoteAddr())
		}
		if err := dialed.SetKeepAlive(300); err != nil {
			t.Error(err)
		}
		dialed.Write([]byte("hello"))
		var got []byte
		turn(t, r, func(ev *Event) {
			buf := make([]byte, 10)
			n, _ := ev.Conn.Read(buf)
			got = append(got, buf[:n]...)
		}, func() bool { return string(got) == "hello" })

		addr := l.Addr()
		l.Close()
		l.Close()
		var failed error
		r.Dial(addr, time.Second, func(c *Conn, err error) { failed = err })
		turn(t, r, func(*Event) {}, func() bool { return failed != nil })
		r.Dial("192.0.2.1:1", time.Millisecond, func(c *Conn, err error) { failed = nil })
		turn(t, r, func(*Event) {}, func() bool { return failed == nil })
	})
}

// A TLS connection carries what a plain one does; one that never shakes hands
// keeps nobody waiting.
func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secure := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	each(t, func(t *testing.T, r *Reactor) {
		l, err := r.ListenTLS("tcp", "127.0.0.1:0", secure)
		if err != nil {
			t.Fatal(err)
		}
		silent, err := net.Dial("tcp", l.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		var dialed *Conn
		r.DialTLS(l.Addr(), 10*time.Second, &tls.Config{InsecureSkipVerify: true}, func(c *Conn, err error) {
			if err != nil {
				t.Error(err)
			}
			dialed = c
		})
		accepted := 0
		turn(t, r, func(ev *Event) { accepted++ }, func() bool { return dialed != nil && accepted == 2 })
		if err := dialed.SetKeepAlive(300); err != nil {
			t.Error(err)
		}
		sent, got := bytes.Repeat([]byte("fox"), 1<<20), []byte(nil)
		rest := sent
		dialed.WantWrite(true)
		buf := make([]byte, 1<<16)
		turn(t, r, func(ev *Event) {
			if ev.Conn == dialed {
				n, err := dialed.Write(rest)
				if rest = rest[n:]; err != nil {
					t.Error(err)
				}
				dialed.WantWrite(len(rest) > 0)
				return
			}
			n, err := ev.Conn.Read(buf)
			if got = append(got, buf[:n]...); err != nil {
				t.Error(err)
			}
		}, func() bool { return len(got) == len(sent) })
		if !bytes.Equal(got, sent) {
			t.Error("the bytes are others")
		}
		failed := error(nil)
		r.DialTLS(l.Addr(), 10*time.Second, &tls.Config{}, func(_ *Conn, err error) { failed = err })
		turn(t, r, func(*Event) {}, func() bool { return failed != nil })
	})
}

// TLS and the like come as connections of their own kind, on any reactor.
func TestAdopt(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		near, far := net.Pipe()
		defer far.Close()
		c, err := r.Adopt(near)
		if err != nil {
			t.Fatal(err)
		}
		go far.Write([]byte("in"))
		var got []byte
		turn(t, r, func(ev *Event) {
			buf := make([]byte, 1)
			n, _ := ev.Conn.Read(buf)
			got = append(got, buf[:n]...)
		}, func() bool { return string(got) == "in" })
		c.Write([]byte("out"))
		c.Close()
		if got, err := io.ReadAll(far); string(got) != "out" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestListenUnixAfterKill(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		path := filepath.Join(t.TempDir(), "s")
		left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Listen("unix", path); err == nil {
			t.Fatal("took the path of a listener that lives")
		}
		left.SetUnlinkOnClose(false)
		left.Close()
		listen(t, r, "unix", path)
	})
}

func TestClosedReactor(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		l := listen(t, r, "tcp", "127.0.0.1:0")
		nc := dial(t, l)
		accept(t, r)
		dial(t, l) // never accepted
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r.Post(func() { t.Error("ran after Close") })
		r.Dial(l.Addr(), time.Second, func(*Conn, error) { t.Error("done after Close") })
		if _, err := r.Wait(time.Time{}); err != ErrClosed {
			t.Error(err)
		}
		nc.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := nc.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection of a closed reactor: %v", err)
		}
	})
}

func TestGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	each(t, func(t *testing.T, r *Reactor) {
		l := listen(t, r, "tcp", "127.0.0.1:0")
		for i := range 10 {
			nc := dial(t, l)
			c := accept(t, r)
			fmt.Fprintf(nc, "hello %d", i)
			c.Write([]byte("x"))
			if i%2 == 0 {
				c.Close()
			}
		}
	})
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			buf := make([]byte, 64<<10)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

// A connection that its writer or TLS has just closed is closed without an error.
func TestEdgeConnClosedAlready(t *testing.T) {
	for _, writing := range []bool{false, true} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		nc, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		nc.Close()
		var mu sync.Mutex
		c := &edgeConn{e: &edge{}, nc: nc, writing: writing, consumed: sync.NewCond(&mu), written: sync.NewCond(&mu)}
		if err := c.close(); err != nil {
			t.Errorf("writing %v: %v", writing, err)
		}
	}
}
