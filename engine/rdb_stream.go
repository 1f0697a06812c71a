package engine

import (
	"encoding/binary"
	"math"
)

// A stream in a payload: its nodes, each a key of 16 bytes and a listpack; how
// many entries, and the IDs that it remembers; its groups. A node here is
// Redis' listpack but for its head and the two counts it begins with.

func appendRDBUint(dst []byte, n uint64) []byte {
	if n > math.MaxInt64 {
		return binary.BigEndian.AppendUint64(append(dst, rdbLen64), n)
	}
	return appendRDBLen(dst, int(n))
}

func appendRDBStreamID(dst []byte, id streamID) []byte {
	return appendRDBUint(appendRDBUint(dst, id.ms), id.seq)
}

func appendRawStreamID(dst []byte, id streamID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, id.ms), id.seq)
}

func appendRDBStream(dst []byte, s *stream) []byte {
	dst = appendRDBLen(append(dst, rdbStream2), s.nodes.Len())
	var pack []byte
	s.nodes.Scan(func(x streamNodeItem) bool {
		dst = appendRDBString(dst, appendRawStreamID(nil, x.id))
		pack = appendIntElement(appendIntElement(pack[:0], int64(x.node.live)), int64(x.node.dead))
		pack = append(pack, x.node.buf...)
		n, _ := elementsCheck(pack)
		dst = appendRDBPack(dst, pack, n)
		return true
	})
	dst = appendRDBLen(dst, s.length)
	for _, id := range []streamID{s.last, s.first, s.maxRemoved} {
		dst = appendRDBStreamID(dst, id)
	}
	dst = appendRDBUint(dst, uint64(s.added))
	dst = appendRDBLen(dst, s.groups.Len())
	s.groups.Scan(func(x streamGroupItem) bool {
		dst = appendRDBGroup(dst, x.group)
		return true
	})
	return dst
}

func appendRDBGroup(dst []byte, g *streamGroup) []byte {
	dst = appendRDBStreamID(appendRDBString(dst, stringBytes(g.name)), g.last)
	dst = appendRDBUint(dst, uint64(g.read))
	dst = appendRDBLen(dst, g.pending.Len())
	g.pending.Scan(func(p pendingEntry) bool {
		dst = appendRawStreamID(dst, p.id)
		dst = binary.LittleEndian.AppendUint64(dst, uint64(p.deliveredMs))
		dst = appendRDBUint(dst, uint64(p.deliveries))
		return true
	})
	dst = appendRDBLen(dst, g.consumers.Len())
	g.consumers.Scan(func(x streamConsumerItem) bool {
		u := x.consumer
		dst = appendRDBString(dst, stringBytes(u.name))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(u.seenMs))
		dst = appendRDBLen(dst, u.pending.Len())
		u.pending.Scan(func(id streamID) bool {
			dst = appendRawStreamID(dst, id)
			return true
		})
		return true
	})
	return dst
}

// streamID reads an ID of two lengths.
func (d *rdbReader) streamID() streamID {
	ms := d.number()
	return streamID{ms, d.number()}
}

// rawStreamID reads an ID of 16 bytes.
func (d *rdbReader) rawStreamID() streamID { return rawStreamID(d.take(16)) }

func rawStreamID(b []byte) (id streamID) {
	if len(b) == 16 {
		id = streamID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
	}
	return id
}

// timeMs reads a time, which is not negative.
func (d *rdbReader) timeMs() (ms int64) {
	if b := d.take(8); b != nil {
		if ms = int64(binary.LittleEndian.Uint64(b)); ms < 0 {
			d.fail()
		}
	}
	return ms
}

// stream reads a stream of any of the three kinds, and believes nothing that
// the commands rely on.
func (d *rdbReader) stream(kind byte) (s *stream, ok bool) {
	s = newStream()
	var top streamID // of all entries so far
	ok = d.times(func() bool {
		n := d.streamNode(s.owner)
		if n == nil || s.length > 0 && !top.before(n.id) {
			return false
		}
		if top = n.top(top, s.length == 0); top == (streamID{}) {
			return false
		}
		s.nodes.Set(streamNodeItem{n.id, n})
		s.nodeBytes += len(n.buf)
		s.length += n.live
		return true
	})
	length := d.number()
	s.last = d.streamID()
	s.added = int64(s.length)
	s.findFirst()
	if kind != rdbStream {
		first := d.streamID()
		s.maxRemoved = d.streamID()
		s.added = int64(d.number())
		ok = ok && first == s.first
	}
	if !ok || d.failed || length != uint64(s.length) || s.last.before(top) {
		return nil, false
	}
	ok = d.times(func() bool { return d.group(s, kind) })
	return s, ok
}

// streamNode reads a node; nil if it is none.
func (d *rdbReader) streamNode(o *owner) *streamNode {
	key, pack := d.string(), d.string()
	const fixed = rdbPackOverhead
	if len(key) != 16 || len(pack) < fixed || uint64(len(pack)) != uint64(binary.LittleEndian.Uint32(pack)) || pack[len(pack)-1] != rdbPackEnd {
		return nil
	}
	buf := pack[fixed-1 : len(pack)-1]
	total := int(binary.LittleEndian.Uint16(pack[4:]))
	if n, ok := elementsCheck(buf); !ok || total != math.MaxUint16 && n != total {
		return nil
	}
	counts := nodeReader{buf: buf}
	live, dead := counts.int(), counts.int()
	if counts.failed {
		return nil
	}
	n, ok := readStreamNode(o, rawStreamID(key), buf[counts.pos:])
	if !ok || int64(n.live) != live || int64(n.dead) != dead {
		return nil
	}
	return n
}

// group reads a consumer group into s. Every pending entry is one consumer's.
func (d *rdbReader) group(s *stream, kind byte) bool {
	name, last := d.string(), d.streamID()
	read := int64(0)
	if kind == rdbStream {
		read = s.readUpTo(last)
	} else {
		read = int64(d.number())
	}
	if d.failed || read < readUnknown {
		return false
	}
	g := s.addGroup(name, last, read)
	if g == nil {
		return false
	}
	pending := map[streamID]pendingEntry{}
	if !d.times(func() bool {
		p := pendingEntry{id: d.rawStreamID(), deliveredMs: d.timeMs(), deliveries: int64(d.number())}
		_, twice := pending[p.id]
		pending[p.id] = p
		return !twice && !d.failed && p.deliveries >= 0
	}) {
		return false
	}
	return d.times(func() bool { return d.consumer(s, g, kind, pending) }) && len(pending) == 0
}

func (d *rdbReader) consumer(s *stream, g *streamGroup, kind byte, pending map[streamID]pendingEntry) bool {
	name, seenMs := d.string(), d.timeMs()
	activeMs := seenMs // the best guess, as in Redis
	if kind == rdbStream3 {
		b := d.take(8)
		if b == nil {
			return false
		}
		activeMs = int64(binary.LittleEndian.Uint64(b))
	}
	if d.failed || activeMs < -1 {
		return false
	}
	u := s.addConsumer(g, name, seenMs)
	if u == nil {
		return false
	}
	u.activeMs = activeMs
	return d.times(func() bool {
		id := d.rawStreamID()
		p, there := pending[id]
		if d.failed || !there {
			return false
		}
		delete(pending, id)
		s.deliver(g, u, p)
		return true
	})
}
