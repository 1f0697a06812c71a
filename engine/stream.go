package engine

import (
	"github.com/laurocaetano/foxtail/engine/keyspace"
	"github.com/tidwall/btree"
)

// stream is an append-only log of entries with the consumer groups that read
// it. Nodes and groups are shared by clones until either side changes them.
type stream struct {
	owner  *owner
	nodes  *btree.BTreeG[streamNodeItem] // each with an entry that is alive
	groups *btree.BTreeG[streamGroupItem]

	length     int
	first      streamID // of the first entry alive; zero if there is none
	last       streamID // the greatest ID ever given
	maxRemoved streamID // the greatest ID that XDEL removed
	added      int64    // entries ever added; XSETID may make it wrap

	nodeBytes  int // of all nodes' buf
	groupBytes int // what groups, consumers and pending entries count
}

type streamNodeItem struct {
	id   streamID
	node *streamNode
}

// streamEntryBytesMax is the greatest sum of an entry's fields and values.
const streamEntryBytesMax = 1 << 30

func newStream() *stream {
	return &stream{
		owner:  new(owner),
		nodes:  newTree(func(a, b streamNodeItem) bool { return a.id.before(b.id) }),
		groups: newTree(func(a, b streamGroupItem) bool { return a.name < b.name }),
	}
}

// Clone is a copy that shares all nodes and groups until either side changes
// them.
func (s *stream) Clone() keyspace.Object {
	c := *s
	c.nodes, c.groups = s.nodes.Copy(), s.groups.Copy()
	c.owner, s.owner = new(owner), new(owner)
	return &c
}

// Bytes is the memory held, computed from lengths alone.
func (s *stream) Bytes() int { return 256 + s.nodeBytes + 128*s.nodes.Len() + s.groupBytes }

// mine makes a node changeable.
func (s *stream) mine(n *streamNode) *streamNode {
	if n.owner != s.owner {
		n = n.clone(s.owner)
		s.nodes.Set(streamNodeItem{n.id, n})
	}
	return n
}

// append adds an entry. REQUIRES: the ID is above last.
func (s *stream) append(id streamID, pairs [][]byte, limits *EncodingLimits) {
	bytes := 0
	for _, p := range pairs {
		bytes += len(p)
	}
	var n *streamNode
	if tail, ok := s.nodes.Max(); ok && tail.node.takes(bytes, limits) {
		n = s.mine(tail.node)
		s.nodeBytes -= len(n.buf)
	} else {
		n = newStreamNode(s.owner, id, pairs)
		s.nodes.Set(streamNodeItem{id, n})
	}
	n.append(id, pairs)
	s.nodeBytes += len(n.buf)
	if s.length == 0 {
		s.first = id
	}
	s.length++
	s.added++
	s.last = id
}

// nodeOf is the node that would hold the ID.
func (s *stream) nodeOf(id streamID) (n *streamNode) {
	s.nodes.Descend(streamNodeItem{id: id}, func(x streamNodeItem) bool {
		n = x.node
		return false
	})
	return n
}

// find looks up an entry.
func (s *stream) find(id streamID) (streamEntry, bool) {
	if n := s.nodeOf(id); n != nil {
		return n.find(id)
	}
	return streamEntry{}, false
}

// remove deletes an entry as XDEL does, and reports whether it was there.
func (s *stream) remove(id streamID) bool {
	e, found := s.find(id)
	if !found {
		return false
	}
	if e.node.live == 1 {
		s.drop(e.node)
	} else {
		s.mine(e.node).remove(e.pos)
		s.length--
	}
	if s.maxRemoved.before(id) {
		s.maxRemoved = id
	}
	if id == s.first {
		s.findFirst()
	}
	return true
}

// drop removes a whole node.
func (s *stream) drop(n *streamNode) {
	s.nodes.Delete(streamNodeItem{id: n.id})
	s.nodeBytes -= len(n.buf)
	s.length -= n.live
}

// findFirst brings first up to date.
func (s *stream) findFirst() {
	s.first = streamID{}
	s.ascend(streamID{}, streamIDMax, func(e streamEntry) bool {
		s.first = e.id
		return false
	})
}

// lastAlive is the ID of the last entry; zero if there is none.
func (s *stream) lastAlive() (id streamID) {
	s.descend(streamID{}, streamIDMax, func(e streamEntry) bool {
		id = e.id
		return false
	})
	return id
}

// ascend and descend call f for the entries alive between two IDs, both
// included, until it returns false.

func (s *stream) ascend(from, to streamID, f func(e streamEntry) bool) {
	if to.before(from) {
		return
	}
	pivot := streamNodeItem{id: from}
	if n := s.nodeOf(from); n != nil {
		pivot.id = n.id
	}
	s.nodes.Ascend(pivot, func(x streamNodeItem) bool {
		n := x.node
		for pos := n.head; pos < len(n.buf); {
			e := n.entry(pos)
			pos = e.next
			if e.removed || e.id.before(from) {
				continue
			}
			if to.before(e.id) || !f(e) {
				return false
			}
		}
		return true
	})
}

func (s *stream) descend(from, to streamID, f func(e streamEntry) bool) {
	s.nodes.Descend(streamNodeItem{id: to}, func(x streamNodeItem) bool {
		n := x.node
		for pos := len(n.buf); pos > n.head; {
			pos = n.before(pos)
			e := n.entry(pos)
			if e.removed || to.before(e.id) {
				continue
			}
			if e.id.before(from) || !f(e) {
				return false
			}
		}
		return true
	})
}

// count is the number of entries between two IDs, but at most limit; whole
// nodes are not looked into.
func (s *stream) count(from, to streamID, limit int) int {
	if from.isZero() && !to.before(s.last) {
		return min(s.length, limit)
	}
	if to.before(from) {
		return 0
	}
	total := 0
	pivot := streamNodeItem{id: from}
	if n := s.nodeOf(from); n != nil {
		pivot.id = n.id
	}
	s.nodes.Ascend(pivot, func(x streamNodeItem) bool {
		n := x.node
		if !n.id.before(from) && !to.before(n.last) {
			total += n.live
			return total < limit
		}
		for pos := n.head; pos < len(n.buf) && total < limit; {
			e := n.entry(pos)
			pos = e.next
			if e.removed || e.id.before(from) {
				continue
			}
			if to.before(e.id) {
				return false
			}
			total++
		}
		return total < limit
	})
	return min(total, limit)
}
