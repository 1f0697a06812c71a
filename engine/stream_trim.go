package engine

// streamTrim says how much XTRIM or XADD removes from the old end.
type streamTrim struct {
	byLength bool // keep maxLen entries
	byID     bool // keep what is not before minID
	maxLen   int64
	minID    streamID
	approx   bool  // remove whole nodes only
	limit    int64 // of entries to remove; 0: none
}

// applies reports whether there is anything to remove.
func (t *streamTrim) applies(s *stream) bool {
	return t.byLength && int64(s.length) > t.maxLen || t.byID && s.length > 0 && s.first.before(t.minID)
}

// trim removes old entries and tells how many.
func (s *stream) trim(t *streamTrim) (removed int64) {
	for t.applies(s) {
		head, _ := s.nodes.Min()
		n := head.node
		if t.limit != 0 && removed+int64(n.live) > t.limit {
			break
		}
		whole := t.byLength && int64(s.length-n.live) >= t.maxLen || t.byID && n.last.before(t.minID)
		if !whole {
			if !t.approx {
				removed += s.trimNode(n, t)
			}
			break
		}
		removed += int64(n.live)
		s.drop(n)
		s.findFirst()
	}
	return removed
}

// trimNode removes entries of the first node, not all of them by number.
func (s *stream) trimNode(n *streamNode, t *streamTrim) (removed int64) {
	for pos := n.head; pos < len(n.buf); {
		e := n.entry(pos)
		if t.byLength && int64(s.length) <= t.maxLen || t.byID && !e.id.before(t.minID) {
			break
		}
		if !e.removed {
			n = s.mine(n)
			n.remove(pos)
			s.length--
			removed++
		}
		pos = e.next
	}
	if n.live == 0 { // only removed entries are not before minID
		s.drop(n)
	}
	if removed > 0 {
		s.findFirst()
	}
	return removed
}
