package engine

import (
	"unsafe"

	"github.com/tidwall/btree"
)

// streamGroup is a consumer group: how far it has read, and what it has
// delivered that nobody has acknowledged yet.
type streamGroup struct {
	owner *owner
	name  string
	last  streamID // delivered last
	// read is how many entries of all ever added are not after last;
	// readUnknown if that can't be told.
	read      int64
	pending   *btree.BTreeG[pendingEntry]
	consumers *btree.BTreeG[streamConsumerItem]
}

const readUnknown = -1

// pendingEntry is an entry that was delivered to a consumer.
type pendingEntry struct {
	id          streamID
	consumer    string
	deliveredMs int64
	deliveries  int64
}

// streamConsumer is a member of a group.
type streamConsumer struct {
	owner    *owner
	name     string
	seenMs   int64 // of its last call
	activeMs int64 // of its last call that brought it an entry; -1: none did
	pending  *btree.BTreeG[streamID]
}

type streamGroupItem struct {
	name  string
	group *streamGroup
}

type streamConsumerItem struct {
	name     string
	consumer *streamConsumer
}

// What groups and their parts count as memory, beside their names.
const (
	groupBytesFixed    = 256
	consumerBytesFixed = 160
	pendingBytes       = 96
)

// viewString is b as a string, to look something up and no longer.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// group finds a group, to be read only; nil if there is none.
func (s *stream) group(name []byte) *streamGroup {
	x, _ := s.groups.Get(streamGroupItem{name: viewString(name)})
	return x.group
}

// mineGroup makes a group changeable.
func (s *stream) mineGroup(g *streamGroup) *streamGroup {
	if g.owner == s.owner {
		return g
	}
	c := *g
	c.owner = s.owner
	c.pending, c.consumers = g.pending.Copy(), g.consumers.Copy()
	s.groups.Set(streamGroupItem{c.name, &c})
	return &c
}

// addGroup makes a group; nil: there is one of that name.
func (s *stream) addGroup(name []byte, last streamID, read int64) *streamGroup {
	if s.group(name) != nil {
		return nil
	}
	g := &streamGroup{
		owner: s.owner, name: string(name), last: last, read: read,
		pending:   newTree(func(a, b pendingEntry) bool { return a.id.before(b.id) }),
		consumers: newTree(func(a, b streamConsumerItem) bool { return a.name < b.name }),
	}
	s.groups.Set(streamGroupItem{g.name, g})
	s.groupBytes += groupBytesFixed + len(g.name)
	return g
}

// dropGroup removes a group with all it has.
func (s *stream) dropGroup(g *streamGroup) {
	s.groups.Delete(streamGroupItem{name: g.name})
	s.groupBytes -= groupBytesFixed + len(g.name) + pendingBytes*g.pending.Len()
	g.consumers.Scan(func(x streamConsumerItem) bool {
		s.groupBytes -= consumerBytesFixed + len(x.name)
		return true
	})
}

// consumer finds a consumer, to be read only; nil if there is none.
func (g *streamGroup) consumer(name []byte) *streamConsumer {
	x, _ := g.consumers.Get(streamConsumerItem{name: viewString(name)})
	return x.consumer
}

// mineConsumer makes a consumer changeable. REQUIRES: the group is.
func (g *streamGroup) mineConsumer(u *streamConsumer) *streamConsumer {
	if u.owner == g.owner {
		return u
	}
	c := *u
	c.owner = g.owner
	c.pending = u.pending.Copy()
	g.consumers.Set(streamConsumerItem{c.name, &c})
	return &c
}

// addConsumer makes a consumer; nil: there is one of that name. REQUIRES: the
// group is changeable.
func (s *stream) addConsumer(g *streamGroup, name []byte, nowMs int64) *streamConsumer {
	if g.consumer(name) != nil {
		return nil
	}
	u := &streamConsumer{
		owner: g.owner, name: string(name), seenMs: nowMs, activeMs: -1,
		pending: newTree(streamID.before),
	}
	g.consumers.Set(streamConsumerItem{u.name, u})
	s.groupBytes += consumerBytesFixed + len(u.name)
	return u
}

// dropConsumer removes a consumer with its pending entries, and tells how many
// those were. REQUIRES: the group is changeable.
func (s *stream) dropConsumer(g *streamGroup, u *streamConsumer) int {
	u.pending.Scan(func(id streamID) bool {
		g.pending.Delete(pendingEntry{id: id})
		return true
	})
	g.consumers.Delete(streamConsumerItem{name: u.name})
	s.groupBytes -= consumerBytesFixed + len(u.name) + pendingBytes*u.pending.Len()
	return u.pending.Len()
}

// deliver notes that an entry is pending for a consumer, whoever had it. An ID
// that is pending takes over the rest of p. REQUIRES: group and consumer are
// changeable.
func (s *stream) deliver(g *streamGroup, u *streamConsumer, p pendingEntry) {
	p.consumer = u.name
	old, had := g.pending.Set(p)
	switch {
	case !had:
		s.groupBytes += pendingBytes
	case old.consumer != u.name:
		g.forget(old)
	default:
		return
	}
	u.pending.Set(p.id)
}

// forget takes a pending entry from its consumer alone.
func (g *streamGroup) forget(p pendingEntry) {
	x, _ := g.consumers.Get(streamConsumerItem{name: p.consumer})
	g.mineConsumer(x.consumer).pending.Delete(p.id)
}

// acknowledge ends that an entry is pending, and reports whether it was.
// REQUIRES: the group is changeable.
func (s *stream) acknowledge(g *streamGroup, id streamID) bool {
	p, had := g.pending.Delete(pendingEntry{id: id})
	if had {
		g.forget(p)
		s.groupBytes -= pendingBytes
	}
	return had
}

// hasNew reports whether there is an entry that the group has not delivered.
func (s *stream) hasNew(after streamID) bool { return s.length > 0 && after.before(s.lastAlive()) }

// advance moves the group on to an entry that it delivers. REQUIRES: the group
// is changeable.
func (s *stream) advance(g *streamGroup, id streamID) {
	if !g.last.before(id) {
		return
	}
	if g.read != readUnknown && !s.gapsFrom(id) {
		g.read++
	} else if s.added != 0 {
		g.read = s.readUpTo(id)
	}
	g.last = id
}

// gapsFrom reports whether XDEL has removed entries at or after an ID among
// those that are left, so that counting them tells nothing.
func (s *stream) gapsFrom(id streamID) bool {
	return s.length > 0 && !s.maxRemoved.isZero() && !s.maxRemoved.before(s.first) && !s.maxRemoved.before(id)
}

// readUpTo tells how many entries of all ever added are not after an ID;
// readUnknown if that can't be told.
func (s *stream) readUpTo(id streamID) int64 {
	switch {
	case s.added == 0:
		return 0
	case s.length == 0 && !s.last.before(id):
		return s.added
	case id == s.last:
		return s.added
	case s.last.before(id):
		return readUnknown
	case s.maxRemoved.isZero() || s.maxRemoved.before(s.first):
		if id.before(s.first) {
			return s.added - int64(s.length)
		} else if id == s.first {
			return s.added - int64(s.length) + 1
		}
	}
	return readUnknown
}

// lag tells how many entries the group has not delivered yet; false if that
// can't be told.
func (s *stream) lag(g *streamGroup) (int64, bool) {
	if s.added == 0 {
		return 0, true
	}
	if g.read != readUnknown && !s.gapsFrom(g.last) {
		return s.added - g.read, true
	}
	read := s.readUpTo(g.last)
	return s.added - read, read != readUnknown
}
