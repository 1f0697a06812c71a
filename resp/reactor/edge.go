package reactor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

const (
	edgeChunkSize  = 16 << 10  // read ahead of the loop, per connection
	edgeOutputSize = 256 << 10 // written ahead of the peer, per connection
	// edgeLinger is how long a closed connection may take to send what Write has
	// accepted.
	edgeLinger = 5 * time.Second
	// edgeAcceptPause is the rest after an accept that failed.
	edgeAcceptPause = 50 * time.Millisecond
)

// edge serves connections by goroutines. Those that may be ready stand in a list
// that the loop goes through once per Wait.
type edge struct {
	r     *Reactor
	woken chan struct{} // room for one; wakes a reactor that has no poller
	timer *time.Timer

	mu struct {
		sync.Mutex
		listed   []*edgeConn // may be ready
		accepted []acceptedConn
	}
	spare []*edgeConn
}

type acceptedConn struct {
	l  *edgeListener
	nc net.Conn
}

func (e *edge) init(r *Reactor) {
	e.r = r
	e.woken = make(chan struct{}, 1)
	e.timer = time.NewTimer(time.Hour)
	e.timer.Stop()
}

func (e *edge) wake() {
	select {
	case e.woken <- struct{}{}:
	default:
	}
}

// sleep waits for wake or the timeout.
func (e *edge) sleep(timeout time.Duration) {
	if timeout < 0 {
		<-e.woken
		return
	}
	e.timer.Reset(timeout)
	select {
	case <-e.woken:
	case <-e.timer.C:
	}
	e.timer.Stop()
}

func (e *edge) idle() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.mu.listed) == 0 && len(e.mu.accepted) == 0
}

// list notes that c may be ready. REQUIRES: e.mu held.
func (e *edge) list(c *edgeConn) {
	if !c.listed {
		c.listed = true
		e.mu.listed = append(e.mu.listed, c)
	}
}

// collect adds the events of what is ready. A connection that is reported stays
// in the list, at its end, until it is looked at and not ready: level-triggered.
func (e *edge) collect() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.mu.listed) == 0 && len(e.mu.accepted) == 0 {
		return
	}
	listed := e.mu.listed
	e.mu.listed = e.spare[:0]
	for i, c := range listed {
		listed[i] = nil
		c.listed = false
		ev := Event{Conn: &c.Conn}
		ev.Readable = c.wantRead && (len(c.chunk) > 0 || c.readErr != nil)
		ev.Writable = c.wantWrite && (len(c.out) < edgeOutputSize || c.writeErr != nil)
		ev.Closed = !c.wantRead && c.readErr != nil && c.readErr != io.EOF && !c.reported
		c.reported = c.reported || ev.Closed
		if c.closed || !ev.Readable && !ev.Writable && !ev.Closed {
			continue
		}
		if at := c.event; at >= len(e.r.events) || e.r.events[at].Conn != &c.Conn {
			e.r.add(ev)
		}
		e.list(c)
	}
	e.spare = listed
	for i, a := range e.mu.accepted {
		e.mu.accepted[i] = acceptedConn{}
		if a.l.closed {
			go a.nc.Close()
			continue
		}
		c := e.serve(a.nc, a.l.unix)
		e.r.add(Event{Conn: &c.Conn, Listener: a.l.owner})
		a.l.taken <- struct{}{}
	}
	e.mu.accepted = e.mu.accepted[:0]
}

// edgeListener accepts one connection at a time: the next when the loop has
// taken the last.
type edgeListener struct {
	e      *edge
	owner  *Listener
	ln     net.Listener
	unix   string
	taken  chan struct{} // room for one
	done   chan struct{}
	closed bool // the loop's
}

func (e *edge) listen(owner *Listener, ln net.Listener) (listener, error) {
	l := &edgeListener{e: e, owner: owner, ln: ln, taken: make(chan struct{}, 1), done: make(chan struct{})}
	if _, ok := ln.(*net.UnixListener); ok {
		l.unix = ln.Addr().String()
	}
	go l.run()
	return l, nil
}

func (l *edgeListener) run() {
	pause := time.NewTimer(time.Hour)
	defer pause.Stop()
	for {
		nc, err := l.ln.Accept()
		if err != nil {
			// Closed, or out of files: then others must be closed first.
			pause.Reset(edgeAcceptPause)
			select {
			case <-l.done:
				return
			case <-pause.C:
				continue
			}
		}
		l.e.mu.Lock()
		l.e.mu.accepted = append(l.e.mu.accepted, acceptedConn{l, nc})
		l.e.mu.Unlock()
		l.e.r.wake()
		select {
		case <-l.taken:
		case <-l.done:
			return // the loop has closed it, or owns it already
		}
	}
}

func (l *edgeListener) close() error {
	l.closed = true
	close(l.done)
	err := l.ln.Close()
	// What was accepted and not yet handed out is nobody's.
	l.e.mu.Lock()
	defer l.e.mu.Unlock()
	kept := l.e.mu.accepted[:0]
	for _, a := range l.e.mu.accepted {
		if a.l != l {
			kept = append(kept, a)
			continue
		}
		go a.nc.Close()
	}
	l.e.mu.accepted = kept
	return err
}

// edgeConn is a connection served by a reader and, once written to, a writer.
type edgeConn struct {
	Conn
	e    *edge
	nc   net.Conn
	unix string

	// Guarded by e.mu.
	listed              bool
	wantRead, wantWrite bool
	chunk               []byte // read and not yet consumed; the reader waits while there is any
	readErr             error  // after chunk
	reported            bool   // Closed was
	out                 []byte // accepted and not yet taken by the writer
	writeErr            error
	writing             bool // the writer runs
	ended               bool // closed by the loop
	consumed            *sync.Cond
	written             *sync.Cond
}

func (e *edge) adopt(nc net.Conn) *Conn {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &e.serve(nc, "").Conn
}

// serve starts the reader. REQUIRES: e.mu held.
func (e *edge) serve(nc net.Conn, unix string) *edgeConn {
	c := &edgeConn{e: e, nc: nc, unix: unix, wantRead: true}
	c.Conn = Conn{r: e.r, s: c}
	c.consumed = sync.NewCond(&e.mu)
	c.written = sync.NewCond(&e.mu)
	e.r.register(&c.Conn)
	go c.reader()
	return c
}

func (c *edgeConn) reader() {
	if secure, ok := c.nc.(*tls.Conn); ok {
		// A failure closes the connection: the read tells the loop of it.
		_, _ = handshake(context.Background(), secure, handshakeTimeout)
	}
	buf := make([]byte, edgeChunkSize)
	for {
		n, err := c.nc.Read(buf)
		c.e.mu.Lock()
		c.chunk, c.readErr = buf[:n], err
		c.e.list(c)
		c.e.mu.Unlock()
		c.e.r.wake()
		c.e.mu.Lock()
		for len(c.chunk) > 0 && !c.ended {
			c.consumed.Wait()
		}
		stop := c.ended || err != nil
		c.e.mu.Unlock()
		if stop {
			return
		}
	}
}

func (c *edgeConn) read(p []byte) (int, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if len(c.chunk) == 0 {
		return 0, c.readErr
	}
	n := copy(p, c.chunk)
	c.chunk = c.chunk[n:]
	if len(c.chunk) == 0 {
		c.consumed.Signal()
	}
	return n, nil
}

func (c *edgeConn) write(p []byte) (int, error) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if c.writeErr != nil {
		return 0, c.writeErr
	}
	n := min(len(p), edgeOutputSize-len(c.out))
	if n <= 0 {
		return 0, nil
	}
	c.out = append(c.out, p[:n]...)
	if !c.writing {
		c.writing = true
		go c.writer()
	}
	c.written.Signal()
	return n, nil
}

// writer sends what write has accepted. While it sends one buffer the other
// gathers; after an error it goes on only to wait for the end.
func (c *edgeConn) writer() {
	var sending []byte
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	for {
		for len(c.out) == 0 && !c.ended {
			c.written.Wait()
		}
		if len(c.out) == 0 || c.writeErr != nil {
			break
		}
		sending, c.out = c.out, sending[:0]
		c.e.mu.Unlock()
		_, err := c.nc.Write(sending)
		c.e.mu.Lock()
		if err != nil {
			c.writeErr = err
		}
		c.e.list(c)
		c.e.mu.Unlock()
		c.e.r.wake()
		c.e.mu.Lock()
		if err != nil && !c.ended {
			c.out = nil
			c.writing = false
			return
		}
	}
	// Only here when ended: the connection is this goroutine's to close.
	c.e.mu.Unlock()
	_ = c.nc.Close()
	c.e.mu.Lock()
}

func (c *edgeConn) want(read, on bool) {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if read {
		c.wantRead = on
	} else {
		c.wantWrite = on
	}
	c.e.list(c)
}

func (c *edgeConn) close() error {
	c.e.mu.Lock()
	c.ended = true
	c.chunk = nil
	writing := c.writing
	c.consumed.Signal()
	c.written.Signal()
	c.e.mu.Unlock()
	var err error
	if writing {
		// The writer closes it when the output is out, or after a while.
		err = c.nc.SetDeadline(time.Now().Add(edgeLinger))
	} else {
		err = c.nc.Close()
	}
	if errors.Is(err, net.ErrClosed) { // by TLS, after a handshake that failed, or by the writer just now
		return nil
	}
	return err
}

func (c *edgeConn) remoteAddr() string { return netAddrString(c.nc.RemoteAddr(), c.unix) }
func (c *edgeConn) localAddr() string  { return netAddrString(c.nc.LocalAddr(), c.unix) }

func netAddrString(addr net.Addr, path string) string {
	if u, ok := addr.(*net.UnixAddr); ok {
		if u.Name != "" && u.Name != "@" {
			path = u.Name
		}
		return path + ":0"
	}
	if addr == nil {
		return ""
	}
	return addr.String()
}

func (c *edgeConn) setKeepAlive(seconds int) error {
	nc := c.nc
	if wrapped, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = wrapped.NetConn() // TLS
	}
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return nil
	}
	if seconds <= 0 {
		return tcp.SetKeepAlive(false)
	}
	idle := time.Duration(seconds) * time.Second
	return tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: idle, Interval: max(time.Second, idle/3), Count: 3,
	})
}

// removeStale removes the file of a Unix socket on which nobody listens any
// more: what a killed process leaves would keep its successor from starting.
func removeStale(path string) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return
	}
	nc, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		nc.Close()
		return
	}
	// If it cannot be removed, listening says why.
	_ = os.Remove(path)
}
