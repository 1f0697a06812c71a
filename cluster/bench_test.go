package cluster

import (
	"math/rand/v2"
	"testing"
	"time"
)

// nothing is a state machine that does nothing.
type nothing struct{ register }

func (*nothing) Apply([]Entry) error { return nil }

// BenchmarkTurnOfOneWrite is a whole turn of a single voter with its log in
// memory: what cluster itself costs a batch.
func BenchmarkTurnOfOneWrite(b *testing.B) {
	n, err := Open(Config{
		InMemory: true, Rand: rand.New(rand.NewPCG(1, 2)), NewStateMachine: func(uint32) StateMachine { return &nothing{} },
		Background: func(work, done func()) { work(); done() }, SnapshotBytes: 1 << 20,
	})
	if err != nil {
		b.Fatal(err)
	}
	now := Instant{Mono: time.Second, UnixMs: 1}
	data := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		n.Propose(1, &Proposal{Data: data})
		now.Mono += 100 * time.Microsecond
		if _, err := n.Turn(now); err != nil {
			b.Fatal(err)
		}
		if n.InFlight(1) != 0 {
			b.Fatal("not applied in its turn")
		}
	}
}
