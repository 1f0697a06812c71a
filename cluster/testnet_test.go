package cluster

import (
	"fmt"
	"io"
	"math/rand/v2"
	"syscall"
	"time"
)

// testNet is a network in memory with virtual time. Each direction of a
// connection is an ordered stream; cutting two hosts apart holds the bytes
// back, as TCP does, until the cut heals or the connection is reset.
type testNet struct {
	now   time.Duration
	rand  *rand.Rand
	delay time.Duration
	hosts map[string]*testHost // by bus address
	cuts  map[[2]string]bool
	dials []*testDial
	socks []*testSocket
}

type testHost struct {
	name   string
	accept func(s *testSocket)
}

type testDial struct {
	from, to string
	at       time.Duration
	done     func(s *testSocket, err error)
}

type testSocket struct {
	net        *testNet
	host, peer string
	other      *testSocket
	arriving   []testBytes
	readable   []byte
	eof, reset bool
	closed     bool
	wantWrite  bool
	link       *Link
}

type testBytes struct {
	at time.Duration
	b  []byte
}

const testSocketBuffer = 1 << 20

func newTestNet(seed uint64) *testNet {
	return &testNet{rand: rand.New(rand.NewPCG(seed, 77)), delay: time.Millisecond, hosts: map[string]*testHost{}, cuts: map[[2]string]bool{}}
}

func pair(a, b string) [2]string {
	if a > b {
		a, b = b, a
	}
	return [2]string{a, b}
}

func (t *testNet) cut(a, b string)  { t.cuts[pair(a, b)] = true }
func (t *testNet) heal(a, b string) { delete(t.cuts, pair(a, b)) }

// die resets all connections of a host, as the kernel does when a process ends.
func (t *testNet) die(host string) {
	delete(t.hosts, host)
	for _, s := range t.socks {
		if s.host == host && !s.closed {
			s.closed = true
			s.other.reset = true
		}
	}
	for _, d := range t.dials {
		if d.from == host {
			d.done = nil
		}
	}
}

func (t *testNet) dial(from, to string, done func(*testSocket, error)) {
	t.dials = append(t.dials, &testDial{from, to, t.now + t.delay, done})
}

// deliver brings what is due, and returns the sockets with news, in order.
func (t *testNet) deliver() (news []*testSocket) {
	var later []*testDial
	due := t.dials
	t.dials = nil
	for _, d := range due {
		h := t.hosts[d.to]
		switch {
		case d.done == nil:
		case d.at > t.now || t.cuts[pair(d.from, d.to)]:
			later = append(later, d)
		case h == nil:
			d.done(nil, fmt.Errorf("dial %s: %w", d.to, syscall.ECONNREFUSED))
		default:
			a := &testSocket{net: t, host: d.from, peer: d.to}
			b := &testSocket{net: t, host: d.to, peer: d.from, other: a}
			a.other = b
			t.socks = append(t.socks, a, b)
			h.accept(b)
			d.done(a, nil)
		}
	}
	t.dials = append(t.dials, later...)
	live := t.socks[:0]
	for _, s := range t.socks {
		if s.closed {
			continue
		}
		live = append(live, s)
		if t.cuts[pair(s.host, s.peer)] && !s.reset {
			continue
		}
		for len(s.arriving) > 0 && s.arriving[0].at <= t.now {
			s.readable = append(s.readable, s.arriving[0].b...)
			s.arriving = s.arriving[1:]
		}
		if len(s.readable) > 0 || s.reset || s.eof && len(s.arriving) == 0 || s.wantWrite && s.other.room() > 0 {
			news = append(news, s)
		}
	}
	t.socks = live
	return news
}

func (s *testSocket) room() int {
	n := testSocketBuffer - len(s.readable)
	for _, a := range s.arriving {
		n -= len(a.b)
	}
	return max(n, 0)
}

func (s *testSocket) Read(p []byte) (int, error) {
	switch {
	case s.closed:
		return 0, io.ErrClosedPipe
	case s.reset:
		return 0, syscall.ECONNRESET
	}
	n := copy(p, s.readable)
	s.readable = s.readable[n:]
	if n == 0 && s.eof && len(s.arriving) == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (s *testSocket) Write(p []byte) (int, error) {
	switch {
	case s.closed:
		return 0, io.ErrClosedPipe
	case s.reset:
		return 0, syscall.ECONNRESET
	}
	n := min(len(p), s.other.room())
	if n > 0 {
		at := s.net.now + s.net.delay
		s.other.arriving = append(s.other.arriving, testBytes{at, append([]byte(nil), p[:n]...)})
	}
	return n, nil
}

func (s *testSocket) Close() error {
	if !s.closed {
		s.closed = true
		s.other.eof = true
	}
	return nil
}

func (s *testSocket) WantRead(bool)          {}
func (s *testSocket) WantWrite(v bool)       { s.wantWrite = v }
func (s *testSocket) RemoteAddr() string     { return s.peer }
func (s *testSocket) LocalAddr() string      { return s.host }
func (s *testSocket) SetKeepAlive(int) error { return nil }
