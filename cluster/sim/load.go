package sim

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// load is the clients: those of the cluster layer, each of which has one request
// at a time under way at one node, and sessions.
type load struct {
	w        *world
	rand     *rand.Rand
	clients  []*client
	sessions []*session
	keys     map[string]*history
	order    []*history
	stopped  bool
	open     int
	asked    int            // requests so far, begun at
	began    time.Duration  // this time
	named    []*op          // by their number, which their arguments hold
	progress map[*proc]bool // nodes that took a write begun after it was made; nil: of no interest
	since    time.Duration
	looking  *session // does the last look

	crowded *proc         // where half of the clients go
	crowd   time.Duration // until when
	hush    time.Duration // until when nobody asks for anything
	wrote   *history      // of the last write that a session was told of
}

type client struct {
	id    int
	rand  *rand.Rand
	p     *proc
	cur   *op
	seen  *op // a register just read: the next request may be a CAS
	turns int
}

// history is all requests for one key.
type history struct {
	kind byte
	book *book
	key  string
	ops  []*op
	last string // value of a register that was read last

	missing map[string]bool // elements of a queue that no answer has shown
	longest string          // value that was read
}

const (
	timeoutMax   = 3 * time.Second // of keys and calls
	clientsCount = 10
	opsPerKey    = 60 // then another key takes its place: checking a long history is slow
	giveUpAfter  = 4 * time.Second
	askedPerS    = 300 // requests a second, of all clients; where they would ask for more, they think longer
)

func newLoad(w *world) *load {
	l := &load{w: w, rand: w.rng("load", 0), keys: map[string]*history{}}
	for i := range clientsCount {
		l.clients = append(l.clients, &client{id: i, rand: w.rng("client", i)})
	}
	return l
}

func (l *load) start() {
	l.began = l.w.now
	if l.w.sessions {
		l.startSessions()
	}
	if len(l.direct()) == 0 {
		return
	}
	for _, c := range l.clients {
		l.w.after(time.Duration(c.rand.Int64N(int64(50*time.Millisecond))), func() { l.next(c) })
	}
}

func (l *load) stop() { l.stopped = true }

func (l *load) idle() bool { return l.open == 0 && (l.looking == nil || len(l.looking.fixed) == 0) }

// again lets a client think and go on.
func (l *load) again(c *client, at time.Duration) {
	l.w.at(at+l.think(c.rand), func() { l.next(c) })
}

// think is how long a client waits. It takes its time while all is well: most
// requests are made when and where they may find a mistake.
func (l *load) think(r *rand.Rand) time.Duration {
	d := min(time.Duration(r.ExpFloat64()*float64(l.w.cfg.think)), time.Second)
	factor, atMost := l.w.faults.rest()
	ahead := time.Duration(l.asked)*time.Second/askedPerS - (l.w.now - l.began)
	return max(d, min(d*factor, atMost), min(ahead, 200*time.Millisecond), l.hush-l.w.now)
}

// rush lets about half of the clients go to a process, as soon as they have
// nothing under way elsewhere.
func (l *load) rush(p *proc, r *rand.Rand, d time.Duration) {
	l.crowded, l.crowd = p, l.w.now+d
	for _, c := range l.clients {
		if r.IntN(2) == 0 {
			c.turns = 0
		}
	}
	for _, s := range l.sessions {
		if r.IntN(2) == 0 {
			s.turns = 0
		}
	}
}

// somewhere is a process for a client: one of the members from which an
// acknowledged write is still wanted, if there are any.
func (l *load) somewhere(r *rand.Rand) *proc {
	if wanted := l.wanted(); len(wanted) > 0 {
		return pick(r, wanted...)
	}
	if l.w.now < l.crowd && r.IntN(2) == 0 {
		return l.crowded
	}
	return pick(r, l.w.procs...)
}

// wanted are the members that have taken no write since all faults have ended.
func (l *load) wanted() (procs []*proc) {
	if l.progress == nil {
		return nil
	}
	for _, p := range l.w.procs {
		if p.used && p.member() && !l.progress[p] {
			procs = append(procs, p)
		}
	}
	return procs
}

func (l *load) next(c *client) {
	if l.stopped {
		return
	}
	if c.turns--; c.turns <= 0 || c.p == nil || c.p.node == nil || l.progress[c.p] {
		c.turns = 1 + c.rand.IntN(40)
		c.p = l.somewhere(c.rand)
	}
	if c.p.node == nil || !c.p.member() && c.rand.IntN(20) != 0 {
		c.p = nil
		l.again(c, l.w.now+time.Millisecond)
		return
	}
	o := l.compose(c)
	o.p = c.p
	c.cur = o
	l.send(o)
	l.w.after(giveUpAfter, func() {
		if c.cur == o {
			c.cur, c.p = nil, nil
			l.again(c, l.w.now)
		}
	})
}

func (l *load) send(o *op) {
	l.open++
	l.asked++
	o.call = l.w.now
	o.history.ops = append(o.history.ops, o)
	g := o.history.book.group
	if o.reads() {
		o.p.asking[g] = append(o.p.asking[g], o)
	} else {
		o.p.waiting[g] = append(o.p.waiting[g], o)
	}
	o.p.kick(l.w.now)
}

// direct are the groups that are not behind sessions.
func (l *load) direct() []*book {
	if l.w.sessions {
		return l.w.books[sessionsGroup:]
	}
	return l.w.books
}

// compose makes a client's next request.
func (l *load) compose(c *client) *op {
	if s := c.seen; s != nil && c.rand.IntN(2) == 0 {
		c.seen = nil
		o := &op{load: l, client: c, kind: opCAS, history: s.history, watch: s.watch}
		l.name(o)
		return o
	}
	c.seen = nil
	o := l.some(c.rand, pick(c.rand, l.direct()...), "rrrrrrcccaaappeq")
	o.client = c
	return o
}

// composeFor makes the i-th request of a session's pipeline. Between WATCH and
// the EXEC that it is for, which begins the next pipeline, is no other EXEC.
func (l *load) composeFor(s *session, i int) *op {
	b := l.w.books[sessionsGroup-1]
	if i == 0 {
		s.watching = false
		if h := s.watch; h != nil {
			s.watch = nil
			o := &op{load: l, kind: opCAS, history: h}
			l.name(o)
			return o
		}
	}
	switch k := s.rand.IntN(20); {
	case k == 0:
		o := &op{load: l, kind: opEcho}
		l.name(o)
		return o
	case k < 3 && !s.watching:
		s.watching = true
		return &op{load: l, kind: opWatch, history: l.history(b, 'r', s.rand.IntN(3))}
	case s.watching:
		return l.some(s.rand, b, "ca")
	case i > 0 && l.w.now < l.crowd && l.wrote != nil && len(l.wrote.ops) < opsPerKey && s.rand.IntN(2) == 0:
		return l.readOf(l.wrote)
	}
	return l.some(s.rand, b, "rrrrrrcccaaappeqqqq")
}

// readOf makes a request for all there is in a key.
func (l *load) readOf(h *history) *op {
	o := &op{load: l, history: h, kind: opGet}
	switch h.kind {
	case 'p':
		o.kind = opGetPair
	case 'q':
		o.kind = opRange
	}
	return o
}

// some makes a request for a key of one of the kinds.
func (l *load) some(r *rand.Rand, b *book, kinds string) *op {
	kind := kinds[r.IntN(len(kinds))]
	o := &op{load: l, history: l.history(b, kind, r.IntN(3)), other: r.IntN(4) == 0}
	switch read := r.IntN(5) < 2; {
	case read && kind == 'p':
		o.kind = opGetPair
	case read && kind != 'q':
		o.kind = opGet
	case kind == 'r' && r.IntN(5) == 0 && o.history.last != "" && o.history.last != wordNull:
		o.kind, o.arg = opRecreate, o.history.last
		return o
	case kind == 'r':
		o.kind = opSet
	case kind == 'c':
		o.kind = opIncr
	case kind == 'a':
		o.kind = opAppend
	case kind == 'p':
		o.kind = opSetPair
	case kind == 'e':
		o.kind, o.ms, o.arg = opExpiring, 20+r.IntN(3000), strings.Repeat("x", l.size(r))
	case r.IntN(2) == 0:
		o.kind = opPush
	case r.IntN(3) == 0 || !l.w.sessions || b.group != sessionsGroup || l.w.callsWait(timeoutMax):
		o.kind = opPop
	default:
		o.kind = opWaitPop
	}
	if !o.reads() {
		l.name(o)
	}
	return o
}

// name gives a write its number: nine digits at the end of its argument, or in
// it, by which it is known in a proposal (see proposedIn).
func (l *load) name(o *op) {
	o.named = true
	l.named = append(l.named, o)
	o.arg += strconv.Itoa(100_000_000 + len(l.named) - 1)
	if o.kind != opIncr && o.kind != opWaitPop {
		o.arg += ";"
	}
	if o.kind == opWaitPop { // seconds
		o.arg = strconv.Itoa(len(l.named)&1) + "." + o.arg
	}
}

// proposedIn notes whose writes are in a proposal's data.
func (l *load) proposedIn(data []byte, proposal uint64) {
	number, digits := 0, 0
	for _, c := range data {
		if c < '0' || c > '9' {
			number, digits = 0, 0
			continue
		}
		if number, digits = number*10+int(c-'0'), digits+1; digits != 9 {
			continue
		}
		if i := number - 100_000_000; i >= 0 && i < len(l.named) {
			l.named[i].proposals = append(l.named[i].proposals, proposal)
		}
	}
}

// size is mostly small; at times a value needs several frames.
func (l *load) size(r *rand.Rand) int {
	switch k := r.IntN(300); {
	case k == 0:
		return 300 << 10
	case k < 30:
		return r.IntN(20 << 10)
	}
	return r.IntN(500)
}

func (l *load) history(b *book, kind byte, i int) *history {
	name := fmt.Sprintf("%d%c%d", b.group, kind, i)
	h := l.keys[name]
	if h == nil || len(h.ops) >= opsPerKey {
		h = &history{kind: kind, book: b, key: fmt.Sprintf("%c%d.%d", kind, i, len(l.order))}
		l.keys[name] = h
		l.order = append(l.order, h)
	}
	return h
}

// lastLook reads every key once more, each at some node.
func (l *load) lastLook() {
	var fixed []*op
	for _, h := range l.order {
		o := l.readOf(h)
		o.p = l.procs()[l.rand.IntN(len(l.procs()))]
		if l.w.sessions && h.book.group == sessionsGroup {
			fixed = append(fixed, o)
		} else {
			l.send(o)
		}
	}
	if s := (&session{l: l, id: clientsCount, rand: l.w.rng("session", clientsCount), fixed: fixed}); len(fixed) > 0 {
		l.looking = s
		s.next()
	}
}

func (l *load) procs() (ps []*proc) {
	for _, p := range l.w.procs {
		if p.member() {
			ps = append(ps, p)
		}
	}
	return ps
}

// died: whatever a process had proposed has an unknown fate.
func (l *load) died(p *proc) {
	for _, t := range p.batches {
		if t.done {
			continue
		}
		t.done = true
		if r := &t.book.proposals[t.id-1]; r.fate == open {
			r.fate = uncertain
		}
		for _, o := range t.ops {
			o.failed(false, l.w.now)
		}
	}
	p.batches = nil
}

// gather hands what has come in to the node: writes as one batch a group while
// few are in flight, reads as one round.
func (p *proc) gather() {
	for g := uint32(1); g <= p.w.groups; g++ {
		if ops := p.asking[g]; len(ops) > 0 {
			p.asking[g] = nil
			p.ask(g, ops)
		}
		for len(p.waiting[g]) > 0 && p.node.InFlight(g) < inFlightMax {
			k := min(len(p.waiting[g]), 1+p.rand.IntN(8))
			ops := p.waiting[g][:k:k]
			p.waiting[g] = p.waiting[g][k:]
			t := newBatch(p, p.w.books[g-1], ops)
			p.batches = append(p.batches, t)
			p.node.Propose(g, &t.Proposal)
		}
	}
}

// forget drops the batches that are settled, at times.
func (p *proc) forget() {
	if len(p.batches) < 64 {
		return
	}
	kept := p.batches[:0]
	for _, t := range p.batches {
		if !t.done {
			kept = append(kept, t)
		}
	}
	clear(p.batches[len(kept):])
	p.batches = kept
}

// inFlightMax is how many proposals a node has under way before it gathers.
const inFlightMax = 2

// reading is the reads that wait for one ticket.
type reading struct {
	group  uint32
	ticket uint64
	ops    []*op
}

func (p *proc) ask(g uint32, ops []*op) {
	ticket, now := p.node.Read(g)
	if now {
		for _, o := range ops {
			p.view(o)
		}
		return
	}
	p.reads = append(p.reads, &reading{g, ticket, ops})
}

func (p *proc) settleReads(g uint32, ticket uint64, f func(*op)) {
	rest := p.reads[:0:0]
	for _, r := range p.reads {
		if r.group != g || r.ticket > ticket {
			rest = append(rest, r)
			continue
		}
		for _, o := range r.ops {
			f(o)
		}
	}
	p.reads = rest
}

// view runs a read on the state as it is.
func (p *proc) view(o *op) {
	m := p.machines[o.history.book.group]
	var out answer
	args := o.readArgs()
	m.engine.View(0, engine.Lookup(args[0]), args, 0, &out)
	o.watch = m.engine.Applied()
	o.answered(out.take(), p.localNow())
}
