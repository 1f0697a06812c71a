package cluster

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

// register is a state machine for tests: it remembers every entry's data.
type register struct {
	entries  []string
	own      int
	lastMs   int64
	deadline int64
}

func (r *register) Apply(run []Entry) error {
	for _, e := range run {
		if e.UnixMs < r.lastMs {
			return fmt.Errorf("time went back: %d after %d", e.UnixMs, r.lastMs)
		}
		r.lastMs = e.UnixMs
		if len(e.Data) == 0 {
			r.deadline = 0
			continue
		}
		r.entries = append(r.entries, string(e.Data))
		if e.Own != nil {
			r.own++
			if o, ok := e.Own.Owner.(*call); ok {
				o.applied++
				o.pos = len(r.entries)
			}
		}
	}
	return nil
}

func (r *register) Deadline() (int64, bool) { return r.deadline, r.deadline != 0 }

type registerSnapshot []string

func (s registerSnapshot) Release() {}
func (s registerSnapshot) WriteTo(w io.Writer) (int64, error) {
	var b []byte
	for _, e := range s {
		b = binary.AppendUvarint(b, uint64(len(e)))
		b = append(b, e...)
	}
	n, err := w.Write(b)
	return int64(n), err
}

func (r *register) Snapshot() (Snapshot, error) {
	return registerSnapshot(r.entries[:len(r.entries):len(r.entries)]), nil
}

func (r *register) Restore(rd io.Reader) (func(), error) {
	b, err := io.ReadAll(rd)
	if err != nil {
		return nil, err
	}
	var entries []string
	for br := bytes.NewReader(b); br.Len() > 0; {
		n, err := binary.ReadUvarint(br)
		if err != nil {
			return nil, err
		}
		e := make([]byte, n)
		if _, err := io.ReadFull(br, e); err != nil {
			return nil, err
		}
		entries = append(entries, string(e))
	}
	return func() { r.entries = entries }, nil
}

// call is a proposal's owner in tests.
type call struct {
	applied int
	pos     int // length of the state with it
	err     error
}

func (c *call) Failed(err error) { c.err = err }

func TestSingleNodeAppliesInTheTurnOfTheProposal(t *testing.T) {
	sm := &register{}
	ready := uint64(0)
	n, err := Open(Config{
		InMemory: true, Rand: rand.New(rand.NewPCG(1, 2)),
		NewStateMachine: func(uint32) StateMachine { return sm },
		Background:      func(work, done func()) { work(); done() },
		ReadsReady:      func(g uint32, ticket uint64) { ready = ticket },
	})
	if err != nil {
		t.Fatal(err)
	}
	now := Instant{Mono: time.Second, UnixMs: 1000}
	if _, err := n.Turn(now); err != nil {
		t.Fatal(err)
	}
	c := &call{}
	n.Propose(1, &Proposal{Data: []byte("a"), Owner: c})
	if got := n.InFlight(1); got != 1 {
		t.Fatalf("in flight: got %d, want 1", got)
	}
	if _, err := n.Turn(now); err != nil {
		t.Fatal(err)
	}
	if c.applied != 1 || c.err != nil || n.InFlight(1) != 0 {
		t.Fatalf("after one turn: applied %d, err %v, in flight %d", c.applied, c.err, n.InFlight(1))
	}
	if _, now := n.Read(1); !now {
		t.Fatal("a single voter with everything applied must read at once")
	}
	sm.deadline = 1500
	wake, err := n.Turn(now)
	if err != nil || wake != now.Mono+500*time.Millisecond {
		t.Fatalf("wake %v, err %v, want the deadline", wake, err)
	}
	if _, err := n.Turn(Instant{Mono: wake, UnixMs: 1500}); err != nil || sm.deadline != 0 {
		t.Fatalf("deadline entry not applied: %v", err)
	}
	s := n.Status()
	if !s.Ready || s.Groups[1].Role != "leader" || len(s.Members) != 1 {
		t.Fatalf("status %+v", s)
	}
	if ready != 0 {
		t.Fatal("no round was needed")
	}
}
