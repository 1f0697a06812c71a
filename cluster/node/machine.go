package node

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/cluster/plant"
	"github.com/laurocaetano/foxtail/engine"
)

// machine is the engine as the replicated state machine of group 1.
type machine struct {
	core    *Core
	engine  *engine.Engine
	opening bool // restored beside the loop: the sessions don't see the engine yet
}

// Apply implements cluster.StateMachine.
func (m *machine) Apply(run []cluster.Entry) error {
	for i := range run {
		e := &run[i]
		sink := m.core.foreign
		switch {
		case e.Own != nil:
			sink = e.Own.Owner.(*owner).batch
		case m.core.node != nil && e.Origin == m.core.node.Incarnation():
			sink = m.core.orphan
		}
		ticks := len(e.Data) == 0 && !m.opening // what is due, and nothing else
		var began time.Time
		if ticks {
			began = time.Now()
		}
		if err := m.engine.Apply(engine.Entry{
			Index: e.Index, Term: e.Term, UnixMs: e.UnixMs, Seed: e.Seed, Origin: e.Origin, Data: e.Data, Lasting: true,
		}, sink); err != nil {
			return err
		}
		if ticks {
			m.core.server.Took("expire-cycle", time.Since(began))
		}
	}
	return nil
}

// Snapshot implements cluster.StateMachine.
func (m *machine) Snapshot() (cluster.Snapshot, error) { return m.engine.Snapshot(), nil }

// Restore implements cluster.StateMachine.
func (m *machine) Restore(r io.Reader) (commit func(), err error) {
	e, err := engine.Restore(engine.DefaultOptions(), r)
	if err != nil {
		return nil, err
	}
	return func() {
		if plant.Is("restore-ignored") && !m.opening {
			return
		}
		if m.engine = e; !m.opening {
			m.core.server.Restored()
		}
	}, nil
}

// Deadline implements cluster.StateMachine.
func (m *machine) Deadline() (unixMs int64, ok bool) { return m.engine.Deadline() }

// reload goes on with the state as a snapshot of it gives it back.
func (m *machine) reload() error {
	written, err := m.bytes()
	if err != nil {
		return err
	}
	commit, err := m.Restore(bytes.NewReader(written))
	if err != nil {
		return err
	}
	before := m.engine
	commit()
	again, err := m.bytes()
	if err == nil && !bytes.Equal(written, again) {
		err = errors.New("the state loaded differs from the one saved; the node goes on with the latter")
	}
	if err != nil {
		m.engine = before
		m.core.server.Restored()
	}
	return err
}

// bytes is the snapshot of the state.
func (m *machine) bytes() ([]byte, error) {
	s := m.engine.Snapshot()
	defer s.Release()
	var b bytes.Buffer
	_, err := s.WriteTo(&b)
	return b.Bytes(), err
}
