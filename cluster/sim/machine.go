package sim

import (
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/engine"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// machine is the real engine as a group's replicated state, with its books
// kept. The data of an entry begins with the number of its proposal, which
// tells whose it is whoever applies it.
type machine struct {
	p      *proc
	group  uint32
	book   *book
	engine *engine.Engine       // nil: behind sessions
	behind cluster.StateMachine // the node's own, which has the engine then
}

// state is the engine as it is now.
func (m *machine) state() *engine.Engine {
	if m.behind != nil {
		return m.p.core.State()
	}
	return m.engine
}

const proposalIDBytes = 8

// connect gives the node its state machines, and its readers their tickets:
// group 1 is the sessions', if there are any.
func (p *proc) connect(cfg *cluster.Config) {
	core, behind, ready, failed := p.core, cfg.NewStateMachine, cfg.ReadsReady, cfg.ReadsFailed
	cfg.NewStateMachine = func(group uint32) cluster.StateMachine {
		m := &machine{p: p, group: group, book: p.w.books[group-1]}
		if core != nil && group == sessionsGroup {
			m.behind = behind(group)
		} else {
			m.engine = engine.New(engine.DefaultOptions())
		}
		p.machines[group] = m
		return m
	}
	cfg.ReadsReady = func(group uint32, ticket uint64) {
		if core != nil && group == sessionsGroup {
			ready(group, ticket)
			return
		}
		p.settleReads(group, ticket, func(o *op) { p.view(o) })
	}
	cfg.ReadsFailed = func(group uint32, ticket uint64, err error) {
		if core != nil && group == sessionsGroup {
			failed(group, ticket, err)
			return
		}
		p.settleReads(group, ticket, func(o *op) { o.failed(true, p.localNow()) })
	}
}

// sessionsGroup is the group that sessions serve.
const sessionsGroup = 1

// hashEvery is how often the whole state is compared between the nodes.
const hashEvery = 200

// Apply implements cluster.StateMachine.
func (m *machine) Apply(run []cluster.Entry) error {
	for i := range run {
		e := &run[i]
		data := e.Data
		m.book.applied(m.p, e)
		if len(data) > 0 {
			data = data[proposalIDBytes:]
		}
		if err := m.apply(*e, data); err != nil {
			return err
		}
		if e.Index%hashEvery == 0 {
			m.book.state(m.p, e.Index, m.hash(), "applied")
		}
	}
	return nil
}

func (m *machine) apply(e cluster.Entry, data []byte) error {
	var own *batch
	if e.Own != nil {
		own = e.Own.Owner.(*batch)
	}
	if m.behind != nil {
		e.Data = data
		if own != nil {
			own.Done()
			e.Own.Owner = own.behind
		}
		return m.behind.Apply([]cluster.Entry{e})
	}
	var sink engine.Sink = foreign{}
	if own != nil {
		sink = own
	}
	return m.engine.Apply(engine.Entry{Index: e.Index, Term: e.Term, UnixMs: e.UnixMs, Seed: e.Seed, Origin: e.Origin, Data: data}, sink)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (m *machine) hash() uint64 {
	s := m.state().Snapshot()
	defer s.Release()
	h := crc32.New(castagnoli)
	if _, err := s.WriteTo(h); err != nil {
		m.p.w.failf("node %d: snapshot: %v", m.p.i, err)
	}
	return uint64(h.Sum32())
}

// Snapshot implements cluster.StateMachine.
func (m *machine) Snapshot() (cluster.Snapshot, error) {
	m.book.state(m.p, m.state().Applied(), m.hash(), "snapshot")
	m.p.w.stats.Snapshots++
	return m.state().Snapshot(), nil
}

// Restore implements cluster.StateMachine.
func (m *machine) Restore(r io.Reader) (commit func(), err error) {
	var take func()
	if m.behind != nil {
		take, err = m.behind.Restore(r)
	} else {
		var next *engine.Engine
		next, err = engine.Restore(engine.DefaultOptions(), r)
		take = func() { m.engine = next }
	}
	if err != nil {
		return nil, err
	}
	return func() {
		was := m.state().Applied()
		if !plant.Is("restore-ignored") {
			take()
		}
		now := m.state().Applied()
		m.p.w.stats.Restores++
		m.p.w.trace.add(m.p.i, "restore", "group %d: %d -> %d", m.group, was, now)
		if now < was {
			m.p.w.failf("node %d group %d: a snapshot takes the state back from %d to %d", m.p.i, m.group, was, now)
		}
		m.book.state(m.p, now, m.hash(), "restored")
	}, nil
}

// Deadline implements cluster.StateMachine.
func (m *machine) Deadline() (unixMs int64, ok bool) { return m.state().Deadline() }

// foreign takes the answers that nobody here waits for.
type foreign struct{}

func (foreign) Reply(int) engine.Reply      { return engine.Discard }
func (foreign) Done()                       {}
func (foreign) Blocked(int, uint64)         {}
func (foreign) Unblock(uint64) engine.Reply { return engine.Discard }

// batch is one proposal: the writes of the clients that wait at one node.
type batch struct {
	cluster.Proposal
	p    *proc
	life int
	book *book
	id   uint64
	ops  []*op
	out  answer
	next int // op that is being answered
	done bool

	behind cluster.Owner // the sessions' own
}

func newBatch(p *proc, b *book, ops []*op) *batch {
	b.proposals = append(b.proposals, proposal{})
	t := &batch{p: p, life: p.life, book: b, id: uint64(len(b.proposals)), ops: ops}
	var enc engine.Batch
	for _, o := range ops {
		o.state = proposed
		o.proposals = append(o.proposals, t.id)
		o.encode(&enc)
	}
	t.Data = append(binary.LittleEndian.AppendUint64(nil, t.id), enc.Bytes()...)
	t.Owner = t
	return t
}

// relay takes a batch of the sessions on its way to the node, and numbers it.
func (p *proc) relay(q *cluster.Proposal) {
	b := p.w.books[sessionsGroup-1]
	b.proposals = append(b.proposals, proposal{})
	t := &batch{p: p, life: p.life, book: b, id: uint64(len(b.proposals)), behind: q.Owner}
	p.w.load.proposedIn(q.Data, t.id)
	q.Data = append(binary.LittleEndian.AppendUint64(nil, t.id), q.Data...)
	q.Owner = t
	p.batches = append(p.batches, t)
	p.node.Propose(sessionsGroup, q)
}

// Reply implements engine.Sink.
func (t *batch) Reply(op int) engine.Reply {
	t.flush()
	t.next = op
	return &t.out
}

func (t *batch) flush() {
	if t.next < len(t.ops) && len(t.out.parts) > 0 {
		t.ops[t.next].answered(t.out.take(), t.p.localNow())
	}
}

// Done implements engine.Sink.
func (t *batch) Done() {
	t.flush()
	if t.done {
		t.p.w.failf("proposal %d of group %d was answered twice", t.id, t.book.group)
	}
	if t.life != t.p.life {
		t.p.w.failf("proposal %d of group %d was answered to another process than asked", t.id, t.book.group)
	}
	t.done = true
}

// Blocked implements engine.Sink.
func (t *batch) Blocked(int, uint64) {}

// Unblock implements engine.Sink.
func (t *batch) Unblock(uint64) engine.Reply { return engine.Discard }

// Failed implements cluster.Owner.
func (t *batch) Failed(err error) {
	if t.done {
		t.p.w.failf("proposal %d of group %d was settled and then failed: %v", t.id, t.book.group, err)
	}
	t.done = true
	sure := t.book.failed(t, err)
	for _, o := range t.ops {
		o.failed(sure, t.p.localNow())
	}
	if t.behind != nil {
		t.behind.Failed(err)
	}
}
