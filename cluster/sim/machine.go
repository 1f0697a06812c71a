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
	engine *engine.Engine
}

const proposalIDBytes = 8

func newMachine(p *proc, group uint32) *machine {
	return &machine{p: p, group: group, book: p.w.books[group-1], engine: engine.New(engine.DefaultOptions())}
}

// hashEvery is how often the whole state is compared between the nodes.
const hashEvery = 50

// Apply implements cluster.StateMachine.
func (m *machine) Apply(run []cluster.Entry) error {
	for i := range run {
		e := &run[i]
		data := e.Data
		m.book.applied(m.p, e)
		var sink engine.Sink = foreign{}
		if e.Own != nil {
			sink = e.Own.Owner.(*batch)
		}
		if len(data) > 0 {
			data = data[proposalIDBytes:]
		}
		if err := m.engine.Apply(engine.Entry{Index: e.Index, Term: e.Term, UnixMs: e.UnixMs, Seed: e.Seed, Data: data}, sink); err != nil {
			return err
		}
		if e.Index%hashEvery == 0 {
			m.book.state(m.p, e.Index, m.hash(), "applied")
		}
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (m *machine) hash() uint64 {
	s := m.engine.Snapshot()
	defer s.Release()
	h := crc32.New(castagnoli)
	if _, err := s.WriteTo(h); err != nil {
		m.p.w.failf("node %d: snapshot: %v", m.p.i, err)
	}
	return uint64(h.Sum32())
}

// Snapshot implements cluster.StateMachine.
func (m *machine) Snapshot() (cluster.Snapshot, error) {
	m.book.state(m.p, m.engine.Applied(), m.hash(), "snapshot")
	m.p.w.stats.Snapshots++
	return m.engine.Snapshot(), nil
}

// Restore implements cluster.StateMachine.
func (m *machine) Restore(r io.Reader) (commit func(), err error) {
	e, err := engine.Restore(engine.DefaultOptions(), r)
	if err != nil {
		return nil, err
	}
	return func() {
		was := m.engine.Applied()
		if !plant.Is("restore-ignored") {
			m.engine = e
		}
		m.p.w.stats.Restores++
		m.p.w.trace.add(m.p.i, "restore", "group %d: %d -> %d", m.group, was, e.Applied())
		if e.Applied() < was {
			m.p.w.failf("node %d group %d: a snapshot takes the state back from %d to %d", m.p.i, m.group, was, e.Applied())
		}
		m.book.state(m.p, e.Applied(), m.hash(), "restored")
	}, nil
}

// Deadline implements cluster.StateMachine.
func (m *machine) Deadline() (unixMs int64, ok bool) { return m.engine.Deadline() }

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
}

func newBatch(p *proc, b *book, ops []*op) *batch {
	b.proposals = append(b.proposals, proposal{})
	t := &batch{p: p, life: p.life, book: b, id: uint64(len(b.proposals)), ops: ops}
	var enc engine.Batch
	for _, o := range ops {
		o.state = proposed
		o.batch = t
		o.encode(&enc)
	}
	t.Data = append(binary.LittleEndian.AppendUint64(nil, t.id), enc.Bytes()...)
	t.Owner = t
	return t
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
}
