package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
)

type quietSink struct{}

func (quietSink) Reply(int) engine.Reply      { return engine.Discard }
func (quietSink) Done()                       {}
func (quietSink) Blocked(int, uint64)         {}
func (quietSink) Unblock(uint64) engine.Reply { return engine.Discard }

// What clients do in the acceptance tests, with maintenance between entries as
// the loop does it: keys that are written once beside some that are written
// again and again.
func TestMaintenanceBesideWrites(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		e := engine.New(engine.DefaultOptions())
		var b engine.Batch
		for n := range 4000 {
			b.Reset()
			value := fmt.Sprintf("%d.%d", rng.IntN(6), n)
			for range 1 + rng.IntN(2) {
				switch p := rng.IntN(100); {
				case p < 40:
					b.Command(0, [][]byte{[]byte("SET"), []byte("probe"), fmt.Append(nil, n)})
				case p < 70:
					b.Command(0, [][]byte{[]byte("SET"), fmt.Appendf(nil, "register:%d:%d", rng.IntN(4), n/300), []byte(value)})
				case p < 85:
					b.Command(0, [][]byte{[]byte("INCR"), fmt.Appendf(nil, "counter:%d:%d", rng.IntN(4), n/300)})
				case p < 90:
					b.Command(0, [][]byte{[]byte("INCR"), []byte("total")})
				default:
					b.Command(0, [][]byte{[]byte("SET"), []byte("ledger:" + value), []byte(value)})
				}
			}
			if err := e.Apply(engine.Entry{Index: uint64(n + 1), Term: 1, UnixMs: int64(n), Seed: uint64(n), Data: b.Bytes()}, quietSink{}); err != nil {
				t.Fatal(err)
			}
			for range rng.IntN(4) {
				e.Maintain(16)
			}
		}
	}
}
