package engine

// streamNode is a run of entries, packed as Redis packs them into a listpack,
// as what approximate trimming removes depends on where nodes end. buf holds
// the elements after Redis' counters:
//
//	node   = nfields field{nfields} 0 entry*
//	entry  = flags ms seq value{nfields} n              (flagSameFields)
//	       | flags ms seq k (field value){k} n
//
// ms and seq are differences to the ID of the node, which is that of its first
// entry. n is the number of elements before it, to step backwards. A removed
// entry stays, marked, until no entry of its node is alive.
type streamNode struct {
	owner   *owner
	id      streamID
	last    streamID // of its last entry, be it removed
	live    int
	dead    int // entries that are marked as removed
	nfields int
	head    int // where the first entry begins
	buf     []byte
}

const (
	flagRemoved    = 1
	flagSameFields = 2
)

// streamEntry is an entry as it lies in its node.
type streamEntry struct {
	node    *streamNode
	id      streamID
	pos     int // of the flags
	body    int // of the values, or of k
	next    int // of the entry after it
	removed bool
	same    bool
}

// newStreamNode begins a node for an entry with these fields.
func newStreamNode(o *owner, id streamID, pairs [][]byte) *streamNode {
	n := &streamNode{owner: o, id: id, last: id, nfields: len(pairs) / 2}
	size := 64
	for _, p := range pairs {
		size += len(p) + 4
	}
	n.buf = appendIntElement(make([]byte, 0, size), int64(n.nfields))
	for i := 0; i < len(pairs); i += 2 {
		n.buf = appendElement(n.buf, pairs[i])
	}
	n.buf = appendIntElement(n.buf, 0)
	n.head = len(n.buf)
	return n
}

func (n *streamNode) clone(o *owner) *streamNode {
	c := *n
	c.owner = o
	c.buf = append(make([]byte, 0, len(n.buf)+len(n.buf)/8+64), n.buf...)
	return &c
}

// listpackBytes is the size of the node as a listpack of Redis.
func (n *streamNode) listpackBytes() int {
	return packOverhead + intElementSize(int64(n.live)) + intElementSize(int64(n.dead)) + len(n.buf)
}

func intElementSize(v int64) int {
	var head [elementHeadMax]byte
	return intHead(&head, v) + 1
}

// takes reports whether the node has room for one more entry of that many
// bytes of fields and values.
func (n *streamNode) takes(bytes int, limits *EncodingLimits) bool {
	bytesMax := limits.StreamNodeMaxBytes
	if bytesMax <= 0 || bytesMax > streamEntryBytesMax {
		bytesMax = streamEntryBytesMax
	}
	if n.listpackBytes()+bytes >= bytesMax {
		return false
	}
	return limits.StreamNodeMaxEntries <= 0 || n.live+n.dead < limits.StreamNodeMaxEntries
}

// append adds an entry. REQUIRES: the node is the caller's own.
func (n *streamNode) append(id streamID, pairs [][]byte) {
	flags, elements := int64(0), int64(len(pairs)+4)
	if n.sameFields(pairs) {
		flags, elements = flagSameFields, int64(len(pairs)/2+3)
	}
	b := appendIntElement(n.buf, flags)
	b = appendIntElement(b, int64(id.ms-n.id.ms))
	b = appendIntElement(b, int64(id.seq-n.id.seq))
	if flags&flagSameFields == 0 {
		b = appendIntElement(b, int64(len(pairs)/2))
	}
	for i := 0; i < len(pairs); i += 2 {
		if flags&flagSameFields == 0 {
			b = appendElement(b, pairs[i])
		}
		b = appendElement(b, pairs[i+1])
	}
	n.buf = appendIntElement(b, elements)
	n.live++
	n.last = id
}

func (n *streamNode) sameFields(pairs [][]byte) bool {
	if len(pairs) != 2*n.nfields {
		return false
	}
	pos := elementSkip(n.buf, 0)
	for i := 0; i < len(pairs); i += 2 {
		var e element
		e, pos = elementAt(n.buf, pos)
		if !want(pairs[i]).is(e) {
			return false
		}
	}
	return true
}

// entry reads the one at pos. REQUIRES: pos < len(buf).
func (n *streamNode) entry(pos int) streamEntry {
	flags, at := elementAt(n.buf, pos)
	ms, at := elementAt(n.buf, at)
	seq, at := elementAt(n.buf, at)
	e := streamEntry{
		node: n, pos: pos, body: at,
		id:      streamID{n.id.ms + uint64(ms.num), n.id.seq + uint64(seq.num)},
		removed: flags.num&flagRemoved != 0, same: flags.num&flagSameFields != 0,
	}
	left := n.nfields
	if !e.same {
		var k element
		k, at = elementAt(n.buf, at)
		left = 2 * int(k.num)
	}
	for ; left > 0; left-- {
		at = elementSkip(n.buf, at)
	}
	e.next = elementSkip(n.buf, at)
	return e
}

// before is the position of the entry that ends at pos. REQUIRES: pos > head.
func (n *streamNode) before(pos int) int {
	pos = elementBefore(n.buf, pos)
	count, _ := elementAt(n.buf, pos)
	for left := count.num; left > 0; left-- {
		pos = elementBefore(n.buf, pos)
	}
	return pos
}

// find looks up an entry that is alive.
func (n *streamNode) find(id streamID) (streamEntry, bool) {
	for pos := n.head; pos < len(n.buf); {
		e := n.entry(pos)
		if e.id == id && !e.removed {
			return e, true
		}
		pos = e.next
	}
	return streamEntry{}, false
}

// remove marks the entry at pos. REQUIRES: it is alive, and the node is the
// caller's own.
func (n *streamNode) remove(pos int) {
	n.buf[pos] |= flagRemoved // a small number is its own encoding
	n.live--
	n.dead++
}

// fields is the number of fields.
func (e streamEntry) fields() int {
	if e.same {
		return e.node.nfields
	}
	k, _ := elementAt(e.node.buf, e.body)
	return int(k.num)
}

// each calls f for the fields with their values, in order.
func (e streamEntry) each(f func(field, value element)) {
	buf := e.node.buf
	fieldAt, at := elementSkip(buf, 0), e.body
	count := e.fields()
	if !e.same {
		at = elementSkip(buf, at)
	}
	for range count {
		var field, value element
		if e.same {
			field, fieldAt = elementAt(buf, fieldAt)
		} else {
			field, at = elementAt(buf, at)
		}
		value, at = elementAt(buf, at)
		f(field, value)
	}
}
