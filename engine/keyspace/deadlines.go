package keyspace

import (
	"bytes"
	"math/bits"

	"github.com/tidwall/btree"
)

// deadlineItem is a key with a deadline. The order is (ms, hash, key) (K8); the key is read only if the rest is equal.
type deadlineItem struct {
	ms   int64
	hash uint32
	h    handle
}

// deadlines keeps exactly the records with a deadline (K1). No snapshot copies its tree, so the comparison may read the arena.
type deadlines struct {
	tree         *btree.BTreeG[deadlineItem]
	sumHi, sumLo uint64
}

func (s *Space) initDeadlines() {
	s.deadlines.tree = btree.NewBTreeGOptions(func(a, b deadlineItem) bool {
		if a.ms != b.ms {
			return a.ms < b.ms
		}
		if a.hash != b.hash {
			return a.hash < b.hash
		}
		return a.h != b.h && bytes.Compare(s.record(a.h).Key(), s.record(b.h).Key()) < 0
	}, btree.Options{NoLocks: true})
}

// changeDeadline keeps deadlines right when a record changes: from handle and deadline (0: none) to those it has now. Both
// handles must still hold the record.
func (s *Space) changeDeadline(hash uint32, from handle, fromMs int64, to handle, toMs int64) {
	if from == to && fromMs == toMs {
		return
	}
	d := &s.deadlines
	if fromMs != 0 {
		if _, ok := d.tree.Delete(deadlineItem{fromMs, hash, from}); !ok {
			panic("keyspace: a record is not in the deadlines")
		}
		var borrow uint64
		d.sumLo, borrow = bits.Sub64(d.sumLo, uint64(fromMs), 0)
		d.sumHi -= borrow
	}
	if toMs != 0 {
		d.tree.Set(deadlineItem{toMs, hash, to})
		var carry uint64
		d.sumLo, carry = bits.Add64(d.sumLo, uint64(toMs), 0)
		d.sumHi += carry
	}
}

// Expires returns the number of keys with a deadline.
func (s *Space) Expires() int { return s.deadlines.tree.Len() }

// DeadlineSumMs returns the sum of all deadlines in milliseconds as the high and low word of 128 bits, for the average time to
// live.
func (s *Space) DeadlineSumMs() (hi, lo uint64) { return s.deadlines.sumHi, s.deadlines.sumLo }

// NextDeadline returns the earliest deadline.
func (s *Space) NextDeadline() (int64, bool) {
	d, ok := s.deadlines.tree.Min()
	return d.ms, ok
}

// Due calls f for at most max keys whose deadline is not after nowMs, in the order (ms, hash, key) (K8), until f returns false.
// f must not change s.
func (s *Space) Due(nowMs int64, max int, f func(Record) bool) {
	n := 0
	s.deadlines.tree.Scan(func(d deadlineItem) bool {
		n++
		return n <= max && d.ms <= nowMs && f(s.record(d.h))
	})
}

// PopDue removes at most max keys whose deadline is not after nowMs, in the order (ms, hash, key) (K8), and returns how many.
// f, if not nil, sees each record before it is removed and must not change s.
func (s *Space) PopDue(nowMs int64, max int, version uint64, f func(Record)) int {
	n := 0
	for ; n < max; n++ {
		d, ok := s.deadlines.tree.Min()
		if !ok || d.ms > nowMs {
			break
		}
		r := s.record(d.h)
		if f != nil {
			f(r)
		}
		s.remove(d.hash, d.h, r, version&versionMax)
	}
	return n
}
