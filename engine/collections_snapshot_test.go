package engine

import (
	"bytes"
	"fmt"
	"testing"
)

// A snapshot of big collections, written by another goroutine while commands
// change them, is the state of its moment.
func TestSnapshotOfCollectionsBesideWrites(t *testing.T) {
	n := newNode(t)
	change := func(round int) {
		for i := range 400 {
			x := (i*31 + round*17) % 3000
			for _, f := range []string{"RPUSH l %d-%d", "HSET h f%d %d", "SADD s m%d-%d", "ZADD z %[2]d m%[1]d", "HSET small f%[1]d %[2]d", "SREM s m%d-%d"} {
				n.batch.Command(0, args(fmt.Sprintf(f, x%(1500), round)))
			}
			for _, line := range []string{"LPOP l", "LSET l 3 changed", "HDEL h f7", "ZPOPMIN z", "SPOP s", "LREM l 1 changed"} {
				n.batch.Command(0, args(line))
			}
			n.batch.Command(0, args(fmt.Sprintf("RPUSH l again%d", x)))
		}
		n.apply()
	}
	for round := range 4 {
		change(round)
	}
	bytesOf := func(s *Snapshot) []byte {
		var b bytes.Buffer
		if _, err := s.WriteTo(&b); err != nil {
			t.Error(err)
		}
		return b.Bytes()
	}
	for round := 4; round < 8; round++ {
		still := n.e.Snapshot()
		want := bytesOf(still)
		still.Release()
		snap := n.e.Snapshot()
		got := make(chan []byte)
		go func() { got <- bytesOf(snap) }()
		change(round)
		if b := <-got; !bytes.Equal(b, want) {
			t.Fatalf("round %d: the snapshot has %d other bytes, want %d", round, len(b), len(want))
		}
		snap.Release()
	}
}
