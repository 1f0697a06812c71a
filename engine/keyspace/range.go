package keyspace

import "bytes"

// Range calls f for the keys k with from <= k < to in ascending order, or descending if reverse, until f returns false. A nil
// bound is open. f must not change s.
func (s *Space) Range(from, to []byte, reverse bool, f func(Record) bool) {
	if reverse {
		s.descend(from, to, f)
		return
	}
	first := s.order.leafFor(from)
	if first == nil {
		return
	}
	i := s.seek(first, from)
	s.order.tree.Ascend(itemOf(first), func(it leafItem) bool {
		handles := it.l.handles()
		for n := it.l.n(); i < n; i++ {
			r := s.record(handles.at(i))
			if to != nil && bytes.Compare(r.Key(), to) >= 0 || !f(r) {
				return false
			}
		}
		i = 0
		return true
	})
}

func (s *Space) descend(from, to []byte, f func(Record) bool) {
	var last leaf
	if to != nil {
		last = s.order.leafFor(to)
	} else if it, ok := s.order.tree.Max(); ok {
		last = it.l
	}
	if last == nil {
		return
	}
	end := last.n()
	if to != nil {
		end = s.seek(last, to)
	}
	s.order.tree.Descend(itemOf(last), func(it leafItem) bool {
		handles := it.l.handles()
		if end < 0 {
			end = it.l.n()
		}
		for i := end - 1; i >= 0; i-- {
			r := s.record(handles.at(i))
			if bytes.Compare(r.Key(), from) < 0 || !f(r) {
				return false
			}
		}
		end = -1
		return true
	})
}

// Prefix calls f for the keys that begin with p in ascending order until f returns false. f must not change s.
func (s *Space) Prefix(p []byte, f func(Record) bool) { s.Range(p, prefixEnd(p), false, f) }

// prefixEnd returns the least key above all keys that begin with p, nil if there is none.
func prefixEnd(p []byte) []byte {
	for n := len(p); n > 0; n-- {
		if p[n-1] != 0xff {
			end := bytes.Clone(p[:n])
			end[n-1]++
			return end
		}
	}
	return nil
}
