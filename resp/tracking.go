package resp

import (
	"slices"

	"github.com/laurocaetano/foxtail/engine"
)

// tracking is what clients with CLIENT TRACKING hold in their own memory, as far
// as this node knows. A client reads here, so it is told here, by the entry that
// changes the key, whichever node proposed it.
//
//	T1 A key is noted at the state that the read saw, on the loop that applies
//	   entries: no change falls between the read and the note.
//	T2 A client is told of a change behind every answer that does not show it,
//	   and may be told of one too many.
//	T3 The table is bounded. A key that has to leave it counts as changed.
type tracking struct {
	clients int // with tracking on
	keys    map[string]*trackedKey
	oldest  trackedKey // head of a ring, in the order in which keys were first noted
	linked  int        // keys in the ring
	bytes   int        // of the keys in the ring
	items   int        // clients of all keys

	bcast   bcast
	scratch []byte
	keyArgs [][]byte
}

// trackedKey is a key that clients have read. Clients are known by their ids,
// which are never given twice: those that went are found out when it matters.
type trackedKey struct {
	name       string
	ids        []uint64 // ascending
	prev, next *trackedKey
}

// trackedBytesPerKey bounds the table in memory, for keys that are very long:
// tracking-table-max-keys times this.
const trackedBytesPerKey = 1 << 10

func newTracking() tracking { return tracking{keys: map[string]*trackedKey{}, bcast: newBcast()} }

// trackingMode is a client's CLIENT TRACKING; nil while it is off.
type trackingMode struct {
	bcast, optin, optout, noloop bool

	caching  bool // CLIENT CACHING was given for the next command
	broken   bool // the connection redirected to has gone
	redirect uint64
	prefixes []string // BCAST; sorted
}

// tracks reports that the keys of the command being dispatched are to be noted.
func (c *Conn) tracks() bool {
	m := c.track
	return m != nil && !m.bcast && (!m.optin || m.caching) && (!m.optout || !m.caching)
}

// note remembers that a client has the keys of a read it is answered.
func (s *Server) note(c *Conn, cmd *command, args [][]byte) {
	t := &s.tracking
	if c.track == nil || c.closed || cmd.row == nil || cmd.row.Flags&engine.ReadOnly == 0 {
		return
	}
	keys, ok := cmd.row.KeysOf(args, t.keyArgs[:0])
	if ok {
		for _, key := range keys {
			t.add(key, c)
		}
		s.boundTracking()
	}
	clear(keys)
	t.keyArgs = keys[:0]
}

// boundTracking lets the keys go that were noted first (T3).
func (s *Server) boundTracking() {
	t, limit := &s.tracking, s.lim.trackedKeys
	for limit > 0 && t.linked > 0 && (t.linked > limit || t.bytes > limit*trackedBytesPerKey) {
		k := t.oldest.next
		t.unlink(k)
		s.news.add(newsItem{kind: newsEvicted}, []byte(k.name), nil)
	}
}

func (t *tracking) add(key []byte, c *Conn) {
	k := t.keys[string(key)]
	if k == nil {
		k = &trackedKey{name: string(key)}
		t.keys[k.name] = k
		t.link(k)
	}
	i, found := slices.BinarySearch(k.ids, c.id)
	if found {
		return
	}
	if len(k.ids) == cap(k.ids) && len(k.ids) >= 8 {
		before := len(k.ids)
		k.ids = slices.DeleteFunc(k.ids, func(id uint64) bool { return c.srv.conns[id] == nil })
		t.items -= before - len(k.ids)
		i, _ = slices.BinarySearch(k.ids, c.id)
	}
	k.ids = slices.Insert(k.ids, i, c.id)
	t.items++
}

func (t *tracking) link(k *trackedKey) {
	if t.oldest.next == nil {
		t.oldest.next, t.oldest.prev = &t.oldest, &t.oldest
	}
	k.prev, k.next = t.oldest.prev, &t.oldest
	k.prev.next, k.next.prev = k, k
	t.linked++
	t.bytes += len(k.name)
}

func (t *tracking) unlink(k *trackedKey) {
	if k.next == nil {
		return
	}
	k.prev.next, k.next.prev = k.next, k.prev
	k.prev, k.next = nil, nil
	t.linked--
	t.bytes -= len(k.name)
}

// forget empties the table.
func (t *tracking) forget() {
	clear(t.keys)
	t.oldest, t.linked, t.bytes, t.items = trackedKey{}, 0, 0, 0
}

// take removes a key from the table and returns who has it.
func (t *tracking) take(key []byte) []uint64 {
	k := t.keys[string(key)]
	if k == nil {
		return nil
	}
	t.unlink(k)
	delete(t.keys, k.name)
	t.items -= len(k.ids)
	return k.ids
}

// event makes news of a change that somebody may have to know.
func (t *tracking) event(s *Server, ev engine.Event) {
	switch {
	case ev.Class == engine.NotifyRead:
		if c := s.reader; c != nil && c.track != nil && !c.closed {
			t.add(ev.Key, c)
			s.boundTracking()
		}
	case ev.Class == engine.NotifyFlush:
		s.news.addFlushed()
	case ev.Class&(engine.NotifyKeyMiss|engine.NotifyNew) != 0: // nothing changed, or more follows
	case len(t.bcast.prefixes) > 0 || t.keys[string(ev.Key)] != nil:
		s.news.add(newsItem{kind: newsInvalid, writer: s.writer}, ev.Key, nil)
	}
}

// invalidate tells the clients that have a key that it has changed.
func (t *tracking) invalidate(s *Server, key []byte, writer *Conn) {
	t.bcast.change(key, writer)
	for _, id := range t.take(key) {
		c := s.conns[id]
		if c != nil && c.track != nil && !c.track.bcast && !(c.track.noloop && c == writer) {
			c.invalid(t.oneKey(key))
		}
	}
}

// evict lets go of a key that was unlinked. It may have been noted again since:
// then that client is told once too often (T2).
func (t *tracking) evict(s *Server, key []byte) {
	for _, id := range t.take(key) {
		if c := s.conns[id]; c != nil && c.track != nil && !c.track.bcast {
			c.invalid(t.oneKey(key))
		}
	}
}

// oneKey is an array of one key, valid until the next call.
func (t *tracking) oneKey(key []byte) []byte {
	if cap(t.scratch) > scratchSizeKept {
		t.scratch = nil
	}
	t.scratch = appendBulk(append(t.scratch[:0], "*1\r\n"...), key)
	return t.scratch
}

// flush tells every client that nothing it has is good any more.
func (t *tracking) flush(s *Server) {
	t.forget()
	if t.clients == 0 {
		return
	}
	s.eachConn(func(c *Conn) {
		if c.track != nil {
			c.invalid(nil)
		}
	})
}

// trackingChannel is where RESP2 connections are told.
const trackingChannel = "__redis__:invalidate"

// invalid tells a client, or the connection it redirects to, that keys have
// changed; nil: all of them.
func (c *Conn) invalid(keys []byte) {
	to, m := c, c.track
	if m.redirect != 0 {
		if to = c.srv.conns[m.redirect]; to == nil {
			m.broken = true
			if c.out.Proto() == 3 {
				c.out.Push(2)
				c.out.BulkString("tracking-redir-broken")
				c.out.Int(int64(m.redirect))
				c.srv.markDirty(c)
			}
			return
		}
	}
	to.pushInvalid(keys, to != c)
}

// staleMax is how much may be unsent before a connection is no longer told of
// single keys: once it has caught up it is told that all have changed. So
// invalidations take no memory, and nobody is cut off for them.
const staleMax = 1 << 20

func (c *Conn) pushInvalid(keys []byte, redirected bool) {
	if c.closed || c.closing || c.out.Proto() == 2 && !(redirected && c.subs != nil) {
		return
	}
	if c.stale || c.out.Len()+len(keys) > staleMax {
		c.stale = true
		c.srv.markDirty(c)
		return
	}
	if c.out.Proto() == 2 {
		c.out.Push(3)
		c.out.BulkString("message")
		c.out.BulkString(trackingChannel)
	} else {
		c.out.Push(2)
		c.out.BulkString("invalidate")
	}
	if keys == nil {
		c.out.Null()
	} else {
		c.out.Raw(keys)
	}
	c.srv.markDirty(c)
}

// refresh tells a connection that has caught up what it was not told.
func (c *Conn) refresh() {
	c.stale = false
	c.pushInvalid(nil, true)
}

// setTracking is CLIENT TRACKING ON. Prefixes are added to those there are.
func (c *Conn) setTracking(m trackingMode) {
	t := &c.srv.tracking
	prefixes := m.prefixes
	m.prefixes = nil
	if c.track == nil {
		c.track = &trackingMode{}
		if t.clients++; t.clients == 1 {
			c.srv.listen()
		}
	}
	m.prefixes, m.caching = c.track.prefixes, c.track.caching
	*c.track = m
	for _, name := range prefixes {
		if i, found := slices.BinarySearch(c.track.prefixes, name); !found {
			c.track.prefixes = slices.Insert(c.track.prefixes, i, name)
			t.bcast.join(c, name)
		}
	}
}

// endTracking is CLIENT TRACKING OFF. The keys that were noted stay until they
// change.
func (c *Conn) endTracking() {
	if c.track == nil {
		return
	}
	t := &c.srv.tracking
	for _, name := range c.track.prefixes {
		t.bcast.leave(c, name)
	}
	c.track = nil
	if t.clients--; t.clients == 0 {
		t.forget()
		c.srv.listen()
	}
}
