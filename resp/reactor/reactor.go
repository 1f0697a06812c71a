package reactor

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// handshakeTimeout bounds the TLS handshake of an accepted connection.
const handshakeTimeout = 10 * time.Second

// ErrClosed is returned by a closed Reactor, Listener or Conn.
var ErrClosed = net.ErrClosed

// Event says what a connection is ready for.
type Event struct {
	// Conn is nil if the connection was closed since Wait returned.
	Conn *Conn
	// Listener is set when Conn is new: Listener has accepted it.
	Listener *Listener

	Readable, Writable, Closed bool
}

// Reactor watches sockets for one goroutine.
type Reactor struct {
	poll   poller // nil: everything is at the edge
	edge   edge
	events []Event
	conns  map[*Conn]struct{}
	lns    map[*Listener]struct{}
	closed bool

	dialing context.Context // ends with the reactor
	cancel  context.CancelFunc

	// asleep is set while the loop is in, or about to enter, a blocking wait:
	// only then does a wake-up cost a system call.
	asleep atomic.Bool

	mu struct {
		sync.Mutex
		posts  []func()
		closed bool
	}
	running []func() // spare slice for posts
}

// poller is the operating system's way to wait for sockets.
type poller interface {
	// wait appends the events of ready sockets. It blocks until there is one,
	// the timeout passes (negative: never) or wake is called.
	wait(r *Reactor, timeout time.Duration) error
	wake()
	listen(r *Reactor, ln net.Listener) (listener, error)
	// adopt takes a plain socket over; ok is false if nc is none.
	adopt(r *Reactor, nc net.Conn) (c *Conn, ok bool, err error)
	close() error
}

// Listener accepts connections; they arrive as events.
type Listener struct {
	// Data is the owner's.
	Data any

	r    *Reactor
	addr string
	l    listener
}

type listener interface{ close() error }

// Addr is the address listened on, with the port that was chosen.
func (l *Listener) Addr() string { return l.addr }

// Close stops listening. Connections accepted before stay open.
func (l *Listener) Close() error {
	if _, open := l.r.lns[l]; !open {
		return nil
	}
	delete(l.r.lns, l)
	return l.l.close()
}

// Conn is a connection. Its methods belong to the loop (R1).
type Conn struct {
	// Data is the owner's.
	Data any

	r      *Reactor
	s      socket
	event  int // place in r.events, if r.events[event].Conn is this
	closed bool
}

type socket interface {
	read(p []byte) (int, error)
	write(p []byte) (int, error)
	want(read, on bool)
	close() error
	remoteAddr() string
	localAddr() string
	setKeepAlive(seconds int) error
}

// Read reads what is there. (0, nil) means nothing now, io.EOF that the peer
// has closed its side.
func (c *Conn) Read(p []byte) (int, error) {
	if c.closed {
		return 0, ErrClosed
	}
	return c.s.read(p)
}

// Write writes what fits; n < len(p) without an error means the connection is
// full, and WantWrite(true) tells when it no longer is.
func (c *Conn) Write(p []byte) (int, error) {
	if c.closed {
		return 0, ErrClosed
	}
	return c.s.write(p)
}

// WantRead switches Readable events on or off.
func (c *Conn) WantRead(on bool) {
	if !c.closed {
		c.s.want(true, on)
	}
}

// WantWrite switches Writable events on or off.
func (c *Conn) WantWrite(on bool) {
	if !c.closed {
		c.s.want(false, on)
	}
}

// Close closes the connection; bytes that Write accepted are still sent. It may
// be called twice.
func (c *Conn) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	if events := c.r.events; c.event < len(events) && events[c.event].Conn == c {
		events[c.event] = Event{}
	}
	delete(c.r.conns, c)
	return c.s.close()
}

// RemoteAddr is the peer's address, "host:port" or "path:0".
func (c *Conn) RemoteAddr() string { return c.s.remoteAddr() }

// LocalAddr is our own address.
func (c *Conn) LocalAddr() string { return c.s.localAddr() }

// SetKeepAlive lets the kernel probe an idle peer after so many seconds, with
// three probes a third of that apart, as Redis does; 0 switches it off.
func (c *Conn) SetKeepAlive(seconds int) error {
	if c.closed {
		return ErrClosed
	}
	return c.s.setKeepAlive(seconds)
}

// New returns the best reactor of this system.
func New() (*Reactor, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	return newReactor(poll), nil
}

// NewPortable returns a reactor that serves every connection at the edge.
func NewPortable() (*Reactor, error) { return newReactor(nil), nil }

func newReactor(poll poller) *Reactor {
	r := &Reactor{poll: poll, conns: map[*Conn]struct{}{}, lns: map[*Listener]struct{}{}}
	r.edge.init(r)
	r.dialing, r.cancel = context.WithCancel(context.Background())
	return r
}

// Post runs f on the loop, inside the next Wait, waking it if it sleeps. On a
// closed reactor f is dropped. Any goroutine may call it.
func (r *Reactor) Post(f func()) { r.post(f) }

func (r *Reactor) post(f func()) bool {
	r.mu.Lock()
	closed := r.mu.closed
	if !closed {
		r.mu.posts = append(r.mu.posts, f)
	}
	r.mu.Unlock()
	if !closed {
		r.wake()
	}
	return !closed
}

// wake ends a blocking wait. What the loop is to see must be in place before.
func (r *Reactor) wake() {
	if !r.asleep.CompareAndSwap(true, false) {
		return
	}
	if r.poll != nil {
		r.poll.wake()
		return
	}
	r.edge.wake()
}

// Wait runs posted functions and returns the sockets that are ready, blocking
// until there is one, something was posted, or until has passed (the zero time:
// never). The slice is reused by the next call.
func (r *Reactor) Wait(until time.Time) ([]Event, error) {
	if r.closed {
		return nil, ErrClosed
	}
	r.events = r.events[:0]
	ran := r.runPosts()
	if r.closed {
		return nil, ErrClosed
	}
	r.edge.collect()
	timeout := time.Duration(-1)
	if !until.IsZero() {
		timeout = max(0, time.Until(until))
	}
	if ran || len(r.events) > 0 {
		timeout = 0
	}
	if err := r.sleep(timeout); err != nil {
		return nil, err
	}
	if r.closed {
		return nil, ErrClosed
	}
	return r.events, nil
}

// sleep looks for ready sockets and, if there are none, blocks.
func (r *Reactor) sleep(timeout time.Duration) error {
	if r.poll != nil {
		if err := r.poll.wait(r, 0); err != nil {
			return err
		}
	}
	if timeout == 0 || len(r.events) > 0 {
		return nil
	}
	r.asleep.Store(true)
	// What was posted before asleep was set did not wake us: look again.
	if r.idle() {
		var err error
		if r.poll != nil {
			err = r.poll.wait(r, timeout)
		} else {
			r.edge.sleep(timeout)
		}
		if err != nil {
			return err
		}
	}
	r.asleep.Store(false)
	r.edge.collect()
	r.runPosts()
	return nil
}

// idle tells that neither posts nor edge connections wait for the loop.
func (r *Reactor) idle() bool {
	r.mu.Lock()
	posts := len(r.mu.posts)
	r.mu.Unlock()
	return posts == 0 && r.edge.idle()
}

func (r *Reactor) runPosts() bool {
	r.mu.Lock()
	posts := r.mu.posts
	r.mu.posts = r.running[:0]
	r.mu.Unlock()
	for i, f := range posts {
		posts[i] = nil
		if !r.closed {
			f()
		}
	}
	r.running = posts
	return len(posts) > 0
}

// add announces that c is ready for something.
func (r *Reactor) add(ev Event) {
	ev.Conn.event = len(r.events)
	r.events = append(r.events, ev)
}

func (r *Reactor) register(c *Conn) { r.conns[c] = struct{}{} }

// Listen listens on "tcp", "tcp4", "tcp6" (host:port) or "unix" (path).
func (r *Reactor) Listen(network, addr string) (*Listener, error) {
	return r.ListenTLS(network, addr, nil)
}

// ListenTLS is Listen for connections that speak TLS, or plain ones if secure is
// nil. They are reported before their handshake, which may take handshakeTimeout.
func (r *Reactor) ListenTLS(network, addr string, secure *tls.Config) (*Listener, error) {
	if r.closed {
		return nil, ErrClosed
	}
	if network == "unix" {
		removeStale(addr)
	}
	ln, err := net.Listen(network, addr)
	if err != nil {
		return nil, err
	}
	l := &Listener{r: r, addr: ln.Addr().String()}
	switch {
	case secure != nil:
		l.l, err = r.edge.listen(l, tls.NewListener(ln, secure))
	case r.poll != nil:
		l.l, err = r.poll.listen(r, ln)
	default:
		l.l, err = r.edge.listen(l, ln)
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	if p, ok := l.l.(interface{ setOwner(*Listener) }); ok {
		p.setOwner(l)
	}
	r.lns[l] = struct{}{}
	return l, nil
}

// Adopt serves an open connection, whatever it is made of. The reactor owns it
// from now on.
func (r *Reactor) Adopt(nc net.Conn) (*Conn, error) {
	if r.closed {
		return nil, errors.Join(ErrClosed, nc.Close())
	}
	if r.poll != nil {
		c, ok, err := r.poll.adopt(r, nc)
		if err != nil {
			return nil, errors.Join(err, nc.Close())
		}
		if ok {
			return c, nil
		}
	}
	return r.edge.adopt(nc), nil
}

// Dial connects to "host:port", or to a Unix socket if addr is a path, and calls
// done on the loop. It is not called once the reactor is closed.
func (r *Reactor) Dial(addr string, timeout time.Duration, done func(*Conn, error)) {
	r.DialTLS(addr, timeout, nil, done)
}

// DialTLS is Dial for a connection that speaks TLS, or a plain one if secure is
// nil. Its handshake is over when done is called; timeout bounds it anew.
func (r *Reactor) DialTLS(addr string, timeout time.Duration, secure *tls.Config, done func(*Conn, error)) {
	network := "tcp"
	if len(addr) > 0 && (addr[0] == '/' || addr[0] == '.') {
		network = "unix"
	}
	ctx := r.dialing
	go func() {
		dialer := net.Dialer{Timeout: timeout, KeepAlive: -1}
		nc, err := dialer.DialContext(ctx, network, addr)
		if err == nil && secure != nil {
			nc, err = handshake(ctx, tls.Client(nc, secure), timeout)
		}
		posted := r.post(func() {
			if err != nil {
				done(nil, err)
				return
			}
			done(r.Adopt(nc))
		})
		if !posted && nc != nil {
			nc.Close() // nobody is left to tell
		}
	}()
}

// handshake ends with c ready for use, or closed.
func handshake(ctx context.Context, c *tls.Conn, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close closes all connections and listeners. Functions posted and not yet run
// are dropped.
func (r *Reactor) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.cancel()
	r.mu.Lock()
	r.mu.closed = true
	r.mu.posts = nil
	r.mu.Unlock()
	var errs []error
	for l := range r.lns {
		errs = append(errs, l.Close())
	}
	for c := range r.conns {
		errs = append(errs, c.Close())
	}
	if r.poll != nil {
		errs = append(errs, r.poll.close())
	}
	return errors.Join(errs...)
}
