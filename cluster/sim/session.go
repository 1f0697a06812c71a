package sim

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/node"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// newCore joins sessions and node as a server's process does.
func newCore(p *proc) *node.Core {
	cfg := config.New()
	err := cfg.Set([]config.Pair{{Name: "protected-mode", Value: "no"}})
	if err == nil {
		var c *node.Core
		c, err = node.NewCore(node.CoreOptions{
			Config: cfg, Log: p.w.trace.logger(p.i), Rand: p.w.rng("sessions", p.i<<20+p.life), Now: p.instant(), Propose: p.relay,
		})
		if err == nil {
			return c
		}
	}
	p.w.failf("node %d: %v", p.i, err)
	return nil
}

// session is a client that speaks RESP: it sends a pipeline of requests over
// one connection, and the next one when all are answered.
type session struct {
	l     *load
	id    int
	rand  *rand.Rand
	p     *proc
	sock  *socket
	out   []byte   // not sent yet
	in    []byte   // not understood yet
	queue []*op    // not answered yet, in order
	made  int      // connections, and pipelines on them
	turns int      // pipelines until it goes elsewhere
	seq   int      // of its requests
	watch *history // WATCH was answered, and EXEC comes next
	fixed []*op    // it sends these and no others

	watching bool // the pipeline being made has a WATCH
}

func (l *load) startSessions() {
	for i := range clientsCount {
		s := &session{l: l, id: i, rand: l.w.rng("session", i)}
		l.sessions = append(l.sessions, s)
		l.w.after(time.Duration(s.rand.Int64N(int64(50*time.Millisecond))), s.next)
	}
}

// again lets the client think and go on.
func (s *session) again(least time.Duration) {
	s.made++
	made := s.made
	s.l.w.after(max(least, s.l.think(s.rand)), func() {
		if s.made == made {
			s.next()
		}
	})
}

func (s *session) next() {
	over := s.l.stopped && s.fixed == nil || s.fixed != nil && len(s.fixed) == 0
	if s.sock != nil && (over || s.turns <= 0 || s.l.progress[s.p]) {
		s.drop()
	}
	switch {
	case over:
	case s.sock != nil:
		s.talk()
	default:
		s.connect()
	}
}

func (s *session) connect() {
	p := s.l.somewhere(s.rand)
	if !p.used || p.node == nil {
		s.again(time.Millisecond)
		return
	}
	s.made++
	made := s.made
	s.l.w.net.connect(s.l.w.outside, p, p.acceptClient, func(sock *socket, err error) user {
		switch {
		case s.made != made:
			if sock != nil {
				sock.abort()
			}
			return nil
		case err != nil:
			s.again(time.Millisecond)
			return nil
		}
		s.p, s.sock, s.turns = p, sock, 1+s.rand.IntN(40)
		s.l.w.after(0, s.talk)
		return s
	})
}

// talk sends the next pipeline.
func (s *session) talk() {
	if s.sock == nil || len(s.queue) > 0 {
		return
	}
	s.turns--
	s.made++
	made := s.made
	s.ask(0, pick(s.rand, 1, 1, 1, 2, 3, 5, 9))
	more, within := 4, 400*time.Millisecond
	if s.l.w.now < s.l.crowd {
		more, within = 1, 150*time.Millisecond
	}
	switch {
	case s.sock == nil:
	case s.rand.IntN(40) == 0: // it asks for nothing more, but listens
		s.turns = 0
		if len(s.out) == 0 {
			s.sock.shutdown()
		}
	case s.rand.IntN(more) == 0 && s.fixed == nil:
		s.l.w.after(between(s.rand, 0, within), func() {
			if s.made == made && s.sock != nil && s.l.w.now >= s.l.hush {
				s.ask(1, 1+s.rand.IntN(3))
			}
		})
	}
	since := s.l.w.now
	s.l.w.after(giveUpAfter, func() {
		if s.made != made || s.sock == nil {
			return
		}
		if calm := s.l.w.calm; calm > 0 && since >= calm && !s.l.w.callsWait(-time.Second) {
			s.l.w.failf("node %d is well, and does not answer client %d: %s was sent %v ago\n%s", s.p.i, s.id, opNames[s.queue[0].kind], giveUpAfter, s.l.w.describe())
		}
		s.drop()
		s.again(0)
	})
}

// ask sends requests; first is the place of the first one among those of its turn.
func (s *session) ask(first, n int) {
	if s.fixed != nil {
		n = min(len(s.fixed), 10)
	}
	for i := range n {
		o := s.compose(first + i)
		o.p, o.session, o.call = s.p, s, s.l.w.now
		s.seq++
		o.seq = s.seq
		s.l.open++
		s.l.asked++
		if o.history != nil {
			o.history.ops = append(o.history.ops, o)
		}
		s.queue = append(s.queue, o)
		s.out = o.request(s.out)
	}
	s.send()
}

func (s *session) compose(i int) *op {
	if s.fixed != nil {
		o := s.fixed[0]
		s.fixed = s.fixed[1:]
		return o
	}
	return s.l.composeFor(s, i)
}

// send writes what there is to send, in pieces that mean nothing.
func (s *session) send() {
	for len(s.out) > 0 && s.sock != nil {
		piece := len(s.out)
		if s.rand.IntN(3) == 0 {
			piece = 1 + s.rand.IntN(piece)
		}
		k, err := s.sock.Write(s.out[:piece])
		if err != nil {
			s.drop()
			s.again(0)
			return
		}
		s.out = s.out[k:]
		if k < piece {
			break
		}
	}
	s.sock.WantWrite(len(s.out) > 0)
}

// Writable implements user.
func (s *session) Writable() { s.send() }

// Closed implements user: the connection was reset.
func (s *session) Closed() {
	s.drop()
	s.again(0)
}

// Readable implements user.
func (s *session) Readable() {
	var buf [16 << 10]byte
	for {
		k, err := s.sock.Read(buf[:])
		s.in = append(s.in, buf[:k]...)
		if k == 0 || err != nil {
			s.understand()
			if err != nil && s.sock != nil {
				s.drop()
				s.again(0)
			}
			return
		}
	}
}

// understand takes whole replies off the input.
func (s *session) understand() {
	was := len(s.queue)
	for len(s.in) > 0 {
		b := bytes.NewReader(s.in)
		r := bufio.NewReaderSize(b, 64)
		v, err := wire.ReadReply(r, 0)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			s.l.w.failf("node %d sends client %d what is no reply: %v: %q", s.p.i, s.id, err, short(string(s.in)))
		}
		s.in = s.in[len(s.in)-b.Len()-r.Buffered():]
		if len(s.queue) == 0 {
			s.l.w.failf("node %d sends client %d an answer to nothing: %s", s.p.i, s.id, words(v))
		}
		if o := s.queue[0]; o.reply(v, s.l.w.now) {
			s.queue = s.queue[1:]
		}
	}
	if was > 0 && len(s.queue) == 0 {
		s.again(0)
	}
}

// drop closes the connection. Writes that were not answered have an unknown
// fate; so has what waited for an element.
func (s *session) drop() {
	if s.sock != nil {
		s.sock.Close()
	}
	s.sock, s.out, s.in, s.watch = nil, nil, nil, nil
	queue := s.queue
	s.queue = nil
	for _, o := range queue {
		o.failed(o.kind == opEcho, s.l.w.now)
	}
}

// words is a reply in the form that the models compare.
func words(v wire.Value) string {
	switch {
	case v.Null && v.Kind == wire.Array:
		return wordFail
	case v.Null:
		return wordNull
	}
	switch v.Kind {
	case wire.Status, wire.ErrorKind:
		return string(v.Kind) + v.Str
	case wire.Integer:
		return strconv.FormatInt(v.Int, 10)
	case wire.Array:
		parts := []string{"*" + strconv.Itoa(len(v.Elems))}
		for _, e := range v.Elems {
			parts = append(parts, words(e))
		}
		return strings.Join(parts, " ")
	}
	return v.Str
}
