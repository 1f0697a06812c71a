package sim

import (
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
)

// network joins the processes. A connection is two ordered streams of bytes,
// as TCP's are: nothing is lost, doubled or out of order within one. What the
// network can do to it is hold it up (a stalled path: nothing arrives until it
// is healed), slow it down, or break it, anywhere within a frame.
type network struct {
	w       *world
	rand    *rand.Rand
	paths   map[[2]int]*path // by machine, from and to
	sockets []*socket        // open ones, in the order they were made
	dials   []*dialing       // those that wait for an answer
}

// path is one direction between two machines.
type path struct {
	stalls    int // faults that hold it up
	slow      time.Duration
	bytesPerS int64 // 0: no limit
}

// dialing is a connection being made. It waits while a path is stalled or the
// machine is off, until it times out.
type dialing struct {
	from, to *proc
	life     int
	accept   func(s *socket) user            // at the process dialled
	done     func(s *socket, err error) user // at the one that dials
	ended    bool
}

// user is whom a socket's events are for. It is nil if the socket was turned
// away.
type user interface {
	Readable()
	Writable()
	Closed()
}

const dialTimeout = time.Second

func newNetwork(w *world) *network {
	return &network{w: w, rand: w.rng("network", 0), paths: map[[2]int]*path{}}
}

func (n *network) path(from, to *proc) *path {
	k := [2]int{from.i, to.i}
	if n.paths[k] == nil {
		n.paths[k] = &path{}
	}
	return n.paths[k]
}

func (n *network) delay(from, to *proc) time.Duration {
	d := n.w.cfg.netDelay
	d += time.Duration(n.rand.Int64N(int64(d)))
	if n.rand.IntN(200) == 0 {
		d += time.Duration(n.rand.Int64N(int64(5 * time.Millisecond)))
	}
	if slow := n.path(from, to).slow; slow > 0 {
		d += time.Duration(n.rand.Int64N(int64(slow)))
	}
	return d
}

// stall holds up what goes from one machine to another; heal lets it through.
// Faults may overlap.
func (n *network) stall(from, to *proc) { n.path(from, to).stalls++ }

func (n *network) heal(from, to *proc) {
	if p := n.path(from, to); p.stalls > 0 {
		p.stalls--
		n.released()
	}
}

// released goes on with what had to wait, where it need not any more.
func (n *network) released() {
	for _, s := range n.sockets {
		if len(s.arriving) > 0 && n.path(s.other.p, s.p).stalls == 0 {
			n.w.after(n.delay(s.other.p, s.p), s.arrive)
		}
	}
	for _, d := range n.dials {
		if !d.ended {
			n.w.after(n.delay(d.from, d.to), d.knock)
		}
	}
}

// fast ends the slowness of a path, for what is on its way too.
func (n *network) fast(from, to *proc) {
	k := n.path(from, to)
	k.slow, k.bytesPerS = 0, 0
	for _, s := range n.sockets {
		if s.p != to || s.other.p != from {
			continue
		}
		at := n.w.now + n.delay(from, to)
		for i := range s.arriving {
			s.arriving[i].at = min(s.arriving[i].at, at)
		}
		s.other.lastAt = min(s.other.lastAt, at)
		n.w.at(at, s.arrive)
	}
}

// dial makes a connection from a process to the peers' address of another.
func (n *network) dial(from *proc, addr string, done func(cluster.Socket, error) *cluster.Link) {
	for _, p := range n.w.procs {
		if p.addr.Bus() == addr {
			n.connect(from, p, p.acceptPeer, func(s *socket, err error) user {
				if err != nil {
					done(nil, err)
					return nil
				}
				if link := done(s, nil); link != nil {
					return link
				}
				return nil
			})
			return
		}
	}
	from.post(func() { done(nil, fmt.Errorf("dial %s: no such host", addr)) })
}

func (n *network) connect(from, to *proc, accept func(*socket) user, done func(*socket, error) user) {
	d := &dialing{from: from, to: to, life: from.life, accept: accept, done: done}
	n.dials = append(n.dials, d)
	n.w.after(n.delay(from, to), d.knock)
	n.w.after(dialTimeout, func() { d.finish(nil, errTimeout) })
}

// knock is the first packet's arrival.
func (d *dialing) knock() {
	n := d.from.w.net
	if d.ended || d.to.off || n.path(d.from, d.to).stalls > 0 || n.path(d.to, d.from).stalls > 0 {
		return
	}
	d.ended = true
	if d.to.node == nil {
		n.w.after(n.delay(d.to, d.from), func() {
			d.ended = false
			d.finish(nil, fmt.Errorf("dial %s: %w", d.to.addr.Bus(), syscall.ECONNREFUSED))
		})
		return
	}
	a := &socket{net: n, p: d.from, life: d.life}
	b := &socket{net: n, p: d.to, life: d.to.life, other: a}
	a.other, a.arrives, b.arrives = b, a.arrive, b.arrive
	n.sockets = append(n.sockets, a, b)
	d.to.post(func() { b.user = d.accept(b); b.news() })
	n.w.after(n.delay(d.to, d.from), func() { d.ended = false; d.finish(a, nil) })
}

func (d *dialing) finish(s *socket, err error) {
	if d.ended {
		return
	}
	d.ended = true
	n := d.from.w.net
	for i, o := range n.dials {
		if o == d {
			n.dials = append(n.dials[:i], n.dials[i+1:]...)
			break
		}
	}
	switch {
	case d.from.life != d.life:
		if s != nil {
			s.abort()
		}
	case err != nil:
		d.from.post(func() { d.done(nil, err) })
	default:
		d.from.post(func() { s.user = d.done(s, nil); s.news() })
	}
}

// gone ends the connections of a process. A kernel that is still there resets
// them; a machine without power says nothing until it is asked again.
func (n *network) gone(p *proc) {
	for _, s := range n.sockets {
		if s.p == p && !s.closed {
			s.abort()
		}
	}
	n.sweep()
}

func (n *network) sweep() {
	live := n.sockets[:0]
	for _, s := range n.sockets {
		if !s.closed || len(s.other.arriving) > 0 && !s.other.closed || s.ghost && !s.other.closed {
			live = append(live, s)
		}
	}
	clear(n.sockets[len(live):])
	n.sockets = live
}

// booted: a machine answers packets of connections it knows nothing about.
func (n *network) booted(p *proc) {
	for _, s := range n.sockets {
		if s.p == p && s.ghost {
			s.ghost = false
			s.send(packet{rst: true})
		}
	}
}

// snap breaks the connections between two machines, with a part of what is on
// the way still arriving.
func (n *network) snap(a, b *proc, r *rand.Rand) {
	for _, s := range n.sockets {
		if s.closed || !(s.p == a && s.other.p == b || s.p == b && s.other.p == a) {
			continue
		}
		if k := len(s.arriving); k > 0 {
			k = r.IntN(k)
			s.arriving = s.arriving[:k+1]
			if d := s.arriving[k].data; len(d) > 0 {
				s.arriving[k].data = d[:r.IntN(len(d))]
			}
		}
		s.other.send(packet{rst: true})
	}
}

// describe names the paths and connections on which something waits.
func (n *network) describe() string {
	var b strings.Builder
	for _, from := range n.w.procs {
		for _, to := range n.w.procs {
			if p := n.paths[[2]int{from.i, to.i}]; p != nil && (p.stalls > 0 || p.slow > 0 || p.bytesPerS > 0) {
				fmt.Fprintf(&b, "path %d to %d: %+v\n", from.i, to.i, *p)
			}
		}
	}
	for _, s := range n.sockets {
		if !s.closed && (len(s.arriving) > 0 || len(s.readable) > 0 || s.full) {
			fmt.Fprintf(&b, "connection from %d to %d: %d packets on the way, %d bytes not read", s.other.p.i, s.p.i, len(s.arriving), len(s.readable))
			if len(s.arriving) > 0 {
				fmt.Fprintf(&b, ", the first is due at %v", s.arriving[0].at)
			}
			fmt.Fprintf(&b, " eof %v reset %v other closed %v wants to write %v, room %d\n", s.eof, s.reset, s.other.closed, s.full, s.room())
		}
	}
	return b.String()
}

// socket is one end of a connection; it implements cluster.Socket.
type socket struct {
	net      *network
	p        *proc
	life     int // of the process it belongs to
	other    *socket
	user     user
	arrives  func()   // arrive
	arriving []packet // sent by the other end
	readable []byte
	lastAt   time.Duration // when what was last sent arrives
	eof      bool
	reset    bool
	closed   bool // by its process, or with it
	ghost    bool // its machine lost power: the other end does not know yet
	full     bool // WantWrite
	deaf     bool // WantRead(false)
	shut     bool // it sends no more
	queued   bool // in its process' list of sockets with news
}

type packet struct {
	at       time.Duration
	data     []byte
	fin, rst bool
}

func (s *socket) send(k packet) {
	n := s.net
	at := s.p.localNow() + n.delay(s.p, s.other.p)
	if bps := n.path(s.p, s.other.p).bytesPerS; bps > 0 {
		at = max(at, s.lastAt) + time.Duration(int64(len(k.data))*int64(time.Second)/bps)
	}
	s.lastAt = max(at, s.lastAt)
	k.at = s.lastAt
	s.other.arriving = append(s.other.arriving, k)
	n.w.at(k.at, s.other.arrives)
}

// arrive takes what is due off the path.
func (s *socket) arrive() {
	n := s.net
	if n.path(s.other.p, s.p).stalls > 0 || s.p.off {
		return
	}
	for len(s.arriving) > 0 && s.arriving[0].at <= n.w.now {
		k := s.arriving[0]
		s.arriving = slices.Delete(s.arriving, 0, 1)
		if s.closed {
			if len(k.data) > 0 && !s.other.closed && !s.other.reset {
				s.send(packet{rst: true})
			}
			continue
		}
		n.w.trace.mix(uint64(n.w.now) ^ uint64(s.p.i)<<56 ^ uint64(crc32.Checksum(k.data, castagnoli))<<8)
		if len(s.readable) == 0 {
			s.readable = k.data
		} else {
			s.readable = append(s.readable, k.data...)
		}
		s.eof = s.eof || k.fin
		if k.rst {
			s.reset, s.readable = true, nil
		}
		s.news()
	}
}

// news tells the process that there is something to read, or room to write.
func (s *socket) news() {
	if s.closed || s.user == nil || s.life != s.p.life {
		return
	}
	if s.p == s.net.w.outside {
		s.tell()
		return
	}
	if !s.queued {
		s.queued = true
		s.p.heard = append(s.p.heard, s)
	}
	s.p.kick(s.net.w.now)
}

// readyToRead: a read would return something. The selector is level-triggered.
func (s *socket) readyToRead() bool { return !s.deaf && (len(s.readable) > 0 || s.eof) }

// tell gives a socket's user its events.
func (s *socket) tell() {
	s.queued = false
	switch {
	case s.closed || s.user == nil:
		return
	case s.reset:
		s.user.Closed()
		return
	}
	if s.full && s.room() > 0 {
		s.user.Writable()
	}
	if !s.closed && s.readyToRead() {
		s.user.Readable()
	}
	if !s.closed && s.p != s.net.w.outside && s.readyToRead() {
		s.news()
	}
}

// abort is what the kernel does with the sockets of a dead process.
func (s *socket) abort() {
	s.closed, s.readable = true, nil
	if s.p.off {
		s.ghost = true
	} else {
		s.send(packet{rst: true})
	}
}

func (s *socket) room() int {
	n := s.net.w.cfg.sendBuffer - len(s.other.readable)
	for _, k := range s.other.arriving {
		n -= len(k.data)
	}
	return max(n, 0)
}

func (s *socket) Read(p []byte) (int, error) {
	switch {
	case s.closed:
		return 0, io.ErrClosedPipe
	case s.reset:
		return 0, syscall.ECONNRESET
	}
	k := copy(p, s.readable)
	s.readable = s.readable[k:]
	if k == 0 && s.eof {
		return 0, io.EOF
	}
	if k > 0 && s.other.full {
		s.net.w.after(s.net.delay(s.p, s.other.p), s.other.news)
	}
	return k, nil
}

func (s *socket) Write(p []byte) (int, error) {
	switch {
	case s.closed:
		return 0, io.ErrClosedPipe
	case s.reset:
		return 0, syscall.ECONNRESET
	}
	k := min(len(p), s.room())
	if k > 0 {
		s.send(packet{data: append([]byte(nil), p[:k]...)})
	}
	return k, nil
}

func (s *socket) Close() error {
	if !s.closed {
		s.closed = true
		s.send(packet{fin: true})
		s.net.sweep()
	}
	return nil
}

// shutdown tells the other end that nothing more will be sent.
func (s *socket) shutdown() {
	if !s.closed && !s.shut {
		s.shut = true
		s.send(packet{fin: true})
	}
}

func (s *socket) WantRead(v bool) {
	if s.deaf = !v; s.readyToRead() {
		s.news()
	}
}

// WantWrite is level-triggered, as epoll is: with room there is news at once.
func (s *socket) WantWrite(v bool) {
	if s.full = v; v && s.room() > 0 {
		s.news()
	}
}

func (s *socket) RemoteAddr() string     { return s.other.p.addr.Bus() }
func (s *socket) LocalAddr() string      { return s.p.addr.Bus() }
func (s *socket) SetKeepAlive(int) error { return nil }
