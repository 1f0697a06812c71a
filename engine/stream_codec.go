package engine

import (
	"encoding/binary"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// The snapshot form of a stream; numbers are varints, an ID is two of them:
//
//	stream   = version last maxRemoved added nnodes node{nnodes} ngroups group{ngroups}
//	node     = id length bytes
//	group    = name last read nconsumers consumer{nconsumers} npending pending{npending}
//	consumer = name seenMs activeMs+1
//	pending  = id number-of-the-consumer deliveredMs deliveries

func appendStreamID(dst []byte, id streamID) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, id.ms), id.seq)
}

func (d *decoder) streamID() streamID {
	ms := d.uvarint()
	return streamID{ms, d.uvarint()}
}

// timeMs reads a time, which is not negative.
func (d *decoder) timeMs() int64 {
	n := int64(d.uvarint())
	if n < 0 {
		d.fail()
	}
	return n
}

func encodeStream(dst []byte, obj keyspace.Object) []byte {
	s := obj.(*stream)
	dst = append(dst, codecVersion)
	dst = appendStreamID(dst, s.last)
	dst = appendStreamID(dst, s.maxRemoved)
	dst = binary.AppendUvarint(dst, uint64(s.added))
	dst = binary.AppendUvarint(dst, uint64(s.nodes.Len()))
	s.nodes.Scan(func(x streamNodeItem) bool {
		dst = appendStreamID(dst, x.id)
		dst = appendBytes(dst, x.node.buf)
		return true
	})
	dst = binary.AppendUvarint(dst, uint64(s.groups.Len()))
	s.groups.Scan(func(x streamGroupItem) bool {
		dst = x.group.encode(dst)
		return true
	})
	return dst
}

func (g *streamGroup) encode(dst []byte) []byte {
	dst = appendBytes(dst, stringBytes(g.name))
	dst = appendStreamID(dst, g.last)
	dst = binary.AppendUvarint(dst, uint64(g.read))
	dst = binary.AppendUvarint(dst, uint64(g.consumers.Len()))
	number := make(map[string]uint64, g.consumers.Len())
	g.consumers.Scan(func(x streamConsumerItem) bool {
		number[x.name] = uint64(len(number))
		dst = appendBytes(dst, stringBytes(x.name))
		dst = binary.AppendUvarint(dst, uint64(x.consumer.seenMs))
		dst = binary.AppendUvarint(dst, uint64(x.consumer.activeMs+1))
		return true
	})
	dst = binary.AppendUvarint(dst, uint64(g.pending.Len()))
	g.pending.Scan(func(p pendingEntry) bool {
		dst = appendStreamID(dst, p.id)
		dst = binary.AppendUvarint(dst, number[p.consumer])
		dst = binary.AppendUvarint(dst, uint64(p.deliveredMs))
		dst = binary.AppendUvarint(dst, uint64(p.deliveries))
		return true
	})
	return dst
}

func decodeStream(b []byte) (keyspace.Object, error) {
	d := decoder{b: b}
	d.version()
	s := newStream()
	s.last, s.maxRemoved = d.streamID(), d.streamID()
	s.added = int64(d.uvarint())
	var top streamID // of all entries alive so far
	for i := range d.count(4) {
		n := d.streamNode(s.owner)
		if d.failed || i > 0 && !top.before(n.id) {
			return nil, errMalformed
		}
		if top = n.top(top, i == 0); top == (streamID{}) || s.last.before(top) {
			return nil, errMalformed
		}
		s.nodes.Set(streamNodeItem{n.id, n})
		s.nodeBytes += len(n.buf)
		s.length += n.live
	}
	for range d.count(5) {
		d.group(s)
	}
	if d.failed {
		return nil, errMalformed
	}
	s.findFirst()
	return s, d.done()
}

// top checks that the entries alive ascend from above an ID, and gives the
// last of them; zero if they do not.
func (n *streamNode) top(above streamID, none bool) streamID {
	for pos := n.head; pos < len(n.buf); {
		e := n.entry(pos)
		pos = e.next
		if e.removed {
			continue
		}
		if !none && !above.before(e.id) {
			return streamID{}
		}
		above, none = e.id, false
	}
	return above
}

// streamNode reads a node, whose elements must have the form of entries.
func (d *decoder) streamNode(o *owner) *streamNode {
	id := d.streamID()
	buf := d.bytes()
	if _, ok := elementsCheck(buf); !ok || d.failed {
		d.fail()
		return nil
	}
	n, ok := readStreamNode(o, id, buf)
	if !ok {
		d.fail()
	}
	return n
}

// readStreamNode makes a node of a copy of buf, which must be well-formed
// elements.
func readStreamNode(o *owner, id streamID, buf []byte) (_ *streamNode, ok bool) {
	n := &streamNode{owner: o, id: id, buf: append([]byte(nil), buf...)}
	e := nodeReader{buf: n.buf}
	n.nfields = e.count()
	e.skip(n.nfields)
	if e.int() != 0 {
		e.failed = true
	}
	n.head = e.pos
	for !e.failed && e.pos < len(n.buf) {
		first := e.pos == n.head
		flags, ms, seq, elements := e.int(), e.int(), e.int(), int64(n.nfields+3)
		n.last = streamID{n.id.ms + uint64(ms), n.id.seq + uint64(seq)}
		if flags&flagSameFields != 0 {
			e.skip(n.nfields)
		} else {
			k := e.count()
			e.skip(2 * k)
			elements = int64(2*k + 4)
		}
		if flags&^(flagRemoved|flagSameFields) != 0 || e.int() != elements || first && n.last != n.id {
			e.failed = true
		}
		if flags&flagRemoved != 0 {
			n.dead++
		} else {
			n.live++
		}
	}
	return n, !e.failed && n.live > 0
}

// nodeReader reads the elements of a node, each of which is well-formed, but
// of which there may be too few.
type nodeReader struct {
	buf    []byte
	pos    int
	failed bool
}

// int reads a number in the form that it is written in.
func (r *nodeReader) int() int64 {
	if r.failed || r.pos >= len(r.buf) {
		r.failed = true
		return 0
	}
	e, next := elementAt(r.buf, r.pos)
	if !e.isInt || next-r.pos != intElementSize(e.num) {
		r.failed = true
	}
	r.pos = next
	return e.num
}

// count reads a number of elements or pairs that follow.
func (r *nodeReader) count() int {
	n := r.int()
	if n <= 0 || n > int64(len(r.buf)) {
		r.failed = true
		return 0
	}
	return int(n)
}

func (r *nodeReader) skip(n int) {
	for ; n > 0 && !r.failed; n-- {
		if r.pos >= len(r.buf) {
			r.failed = true
			return
		}
		r.pos = elementSkip(r.buf, r.pos)
	}
}

// group reads a group into s. Names and pending entries must ascend.
func (d *decoder) group(s *stream) {
	name := d.bytes()
	last, _ := s.groups.Max()
	if d.failed || s.groups.Len() > 0 && string(name) <= last.name {
		d.fail()
		return
	}
	g := s.addGroup(name, d.streamID(), int64(d.uvarint()))
	var consumers []*streamConsumer
	for i := range d.count(3) {
		name, seenMs, activeMs := d.bytes(), d.timeMs(), d.timeMs()-1
		if d.failed || i > 0 && string(name) <= consumers[i-1].name {
			d.fail()
			return
		}
		u := s.addConsumer(g, name, seenMs)
		u.activeMs = activeMs
		consumers = append(consumers, u)
	}
	var before streamID
	for i := range d.count(5) {
		p := pendingEntry{id: d.streamID()}
		number := d.uvarint()
		p.deliveredMs, p.deliveries = d.timeMs(), int64(d.uvarint())
		if d.failed || number >= uint64(len(consumers)) || i > 0 && !before.before(p.id) {
			d.fail()
			return
		}
		s.deliver(g, consumers[number], p)
		before = p.id
	}
}
