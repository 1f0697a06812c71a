package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// load is the clients: each has one request at a time under way at one node.
type load struct {
	w        *world
	rand     *rand.Rand
	clients  []*client
	keys     map[string]*history
	order    []*history
	stopped  bool
	open     int
	values   int
	progress map[*proc]bool // nodes that took a write begun after it was made
	since    time.Duration
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
}

const (
	clientsCount = 10
	opsPerKey    = 60 // then another key takes its place: checking a long history is slow
	giveUpAfter  = 4 * time.Second
)

func newLoad(w *world) *load {
	l := &load{w: w, rand: w.rng("load", 0), keys: map[string]*history{}}
	for i := range clientsCount {
		l.clients = append(l.clients, &client{id: i, rand: w.rng("client", i)})
	}
	return l
}

func (l *load) start() {
	for _, c := range l.clients {
		l.w.after(time.Duration(c.rand.Int64N(int64(50*time.Millisecond))), func() { l.next(c) })
	}
}

func (l *load) stop() { l.stopped = true }

func (l *load) idle() bool { return l.open == 0 }

// again lets a client think and go on.
func (l *load) again(c *client, at time.Duration) {
	think := time.Duration(c.rand.ExpFloat64() * float64(l.w.cfg.think))
	l.w.at(at+min(think, time.Second), func() { l.next(c) })
}

func (l *load) next(c *client) {
	if l.stopped {
		return
	}
	if c.turns--; c.turns <= 0 || c.p == nil || c.p.node == nil {
		c.turns = 1 + c.rand.IntN(40)
		c.p = l.w.procs[c.rand.IntN(len(l.w.procs))]
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

// compose makes a client's next request.
func (l *load) compose(c *client) *op {
	o := &op{load: l, client: c}
	if s := c.seen; s != nil && c.rand.IntN(2) == 0 {
		c.seen = nil
		o.kind, o.history, o.old, o.watch, o.arg = opCAS, s.history, s.out, s.watch, l.value()
		return o
	}
	c.seen = nil
	b := l.w.books[c.rand.IntN(len(l.w.books))]
	kind := "rrrrrrcccaaappe"[c.rand.IntN(15)]
	o.history = l.history(b, kind, c.rand.IntN(3))
	switch read := c.rand.IntN(5) < 2; {
	case kind == 'e':
		o.kind, o.arg, o.ms = opExpiring, strings.Repeat("x", l.size(c)), 20+c.rand.IntN(3000)
		o.history = l.history(b, kind, l.values)
	case read && kind == 'p':
		o.kind = opGetPair
	case read:
		o.kind = opGet
	case kind == 'r':
		o.kind = opSet
	case kind == 'c':
		o.kind = opIncr
	case kind == 'a':
		o.kind = opAppend
	default:
		o.kind = opSetPair
	}
	o.arg += l.value()
	return o
}

func (l *load) value() string {
	l.values++
	return fmt.Sprintf("%d;", l.values)
}

// size is mostly small; at times a value needs several frames.
func (l *load) size(c *client) int {
	switch k := c.rand.IntN(300); {
	case k == 0:
		return 300 << 10
	case k < 30:
		return c.rand.IntN(20 << 10)
	}
	return c.rand.IntN(500)
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
	for _, h := range l.order {
		o := &op{load: l, history: h, kind: opGet, p: l.procs()[l.rand.IntN(len(l.procs()))]}
		if h.kind == 'p' {
			o.kind = opGetPair
		}
		if h.kind != 'e' {
			l.send(o)
		}
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
		if len(p.batches) > 64 {
			kept := p.batches[:0]
			for _, t := range p.batches {
				if !t.done {
					kept = append(kept, t)
				}
			}
			clear(p.batches[len(kept):])
			p.batches = kept
		}
	}
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

func (p *proc) readsReady(g uint32, ticket uint64) {
	p.settleReads(g, ticket, func(o *op) { p.view(o) })
}

func (p *proc) readsFailed(g uint32, ticket uint64, err error) {
	p.settleReads(g, ticket, func(o *op) { o.failed(true, p.localNow()) })
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
