package keyspace

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math/rand"
	"testing"
	"time"
)

// checksum reads everything of a snapshot.
func checksum(sn *Snapshot) (sum uint32, n int) {
	table := crc32.MakeTable(crc32.Castagnoli)
	var last []byte
	sn.Each(func(r Record) bool {
		if n > 0 && bytes.Compare(last, r.Key()) >= 0 {
			return false
		}
		last = append(last[:0], r.Key()...)
		ms, _ := r.DeadlineMs()
		sum = crc32.Update(sum, table, r.Key())
		sum = crc32.Update(sum, table, r.Value())
		sum = crc32.Update(sum, table, fmt.Appendf(nil, "%d %d %d %d", r.Type(), r.Encoding(), r.Version(), ms))
		if l, ok := r.Object().(*list); ok {
			sum = crc32.Update(sum, table, fmt.Appendf(nil, "%d", l.items))
		}
		n++
		return true
	})
	sum = crc32.Update(sum, table, sn.AppendDeletions(nil))
	return sum, n
}

// A walker on another goroutine reads the same while the owner changes everything. Run with -race.
func TestSnapshotBesideWriter(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	m := newModel(t, seed, keyShapes["decimal"])
	m.snaps = nil
	for range 20000 {
		m.mutate()
	}
	rounds := 4
	if *long {
		rounds = 40
	}
	for round := range rounds {
		sn := m.s.Snapshot()
		want, wantN := checksum(sn)
		if wantN != m.s.Len() {
			t.Fatalf("round %d: %d keys, want %d", round, wantN, m.s.Len())
		}
		done := make(chan string)
		go func() {
			for range 3 {
				if got, n := checksum(sn); got != want || n != wantN {
					done <- fmt.Sprintf("%d keys sum %x, want %d sum %x", n, got, wantN, want)
					return
				}
			}
			done <- ""
		}()
		for walking := true; walking; {
			for range 50 {
				m.mutate()
			}
			select {
			case msg := <-done:
				if msg != "" {
					t.Fatalf("round %d: %s", round, msg)
				}
				walking = false
			default:
			}
		}
		sn.Release()
		sn.Release()
		for m.s.Maintain(64) {
			m.mutate()
		}
		check(t, m.s)
	}
}

// mutate changes the space without the model.
func (m *model) mutate() {
	m.v++
	k := m.keys()
	switch op := m.rnd.Intn(12); op {
	case 0, 1, 2, 3:
		m.s.Set(k, m.value(), m.options())
	case 4:
		m.s.SetObject(k, &list{[]int{1}}, m.options())
	case 5, 6:
		m.s.Delete(k, m.v)
	case 7:
		if b, ok := m.s.Extend(k, m.rnd.Intn(300), 1, m.v); ok && len(b) > 0 {
			b[len(b)-1]++
		}
	case 8:
		if o, ok := m.s.Mutate(k, m.v); ok {
			l := o.(*list)
			l.items = append(l.items[:len(l.items)-1], m.rnd.Int(), m.rnd.Int())
		}
	case 9:
		m.s.SetDeadline(k, int64(m.rnd.Intn(1000)), m.v)
	case 10:
		m.s.Rename(k, m.keys(), m.v)
	case 11:
		m.s.Touch(k, m.v)
	}
}

// A released snapshot gives back what only it held, whatever the order of release.
func TestReleaseFreesAll(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}} {
		s := New(testSeed)
		keys := fill(s, 3000)
		before := s.Memory().Arena
		var sns []*Snapshot
		for v := range 3 {
			sns = append(sns, s.Snapshot())
			for _, k := range keys {
				s.Set(k, make([]byte, 64), SetOptions{Version: uint64(v + 2)})
			}
		}
		if got, want := s.Memory().Limbo, 9000; got != want {
			t.Fatalf("limbo %d, want %d", got, want)
		}
		for _, i := range order {
			sns[i].Release()
		}
		slices := 0
		for s.Maintain(100) {
			slices++
		}
		check(t, s)
		if m := s.Memory(); m.Limbo != 0 || m.Arena > before*3/2 || slices < 80 {
			t.Fatalf("order %v: limbo %d, arena %d, before %d, %d slices", order, m.Limbo, m.Arena, before, slices)
		}
	}
}

// Compaction gives pages back and moves no more records in a slice than asked.
func TestCompaction(t *testing.T) {
	s := New(testSeed)
	keys := fill(s, 100000)
	rnd := rand.New(rand.NewSource(1))
	kept := map[string]bool{}
	for _, k := range keys {
		if rnd.Intn(10) < 7 {
			s.Delete(k, 2)
		} else {
			kept[string(k)] = true
		}
	}
	before := s.Memory()
	slices := 0
	for s.Maintain(16) {
		if slices++; slices > 100000 {
			t.Fatal("compaction does not end")
		}
	}
	check(t, s)
	after := s.Memory()
	if after.Arena > before.Arena/2 || s.Len() != len(kept) {
		t.Fatalf("arena %d before, %d after; %d keys, want %d", before.Arena, after.Arena, s.Len(), len(kept))
	}
	for k := range kept {
		if _, ok := s.Get([]byte(k)); !ok {
			t.Fatalf("%q is gone", k)
		}
	}
	t.Logf("arena %d -> %d in %d slices", before.Arena, after.Arena, slices)
}
