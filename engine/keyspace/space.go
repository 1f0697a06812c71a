package keyspace

import "bytes"

// Space is one logical database. Its owner, one goroutine, calls all its methods.
type Space struct {
	seed      [4]uint64
	arena     arena
	index     index
	order     order
	deadlines deadlines
	sides     sideTable
	deleted   deletions

	data  int     // sum of settled sizes
	dirty []*side // whose objects may have changed since they were counted

	latest    uint64      // greatest version ever stored
	epoch     uint32      // counts snapshots: what is made now is newer than all snapshots of a lower epoch
	snapshots []*Snapshot // live ones, oldest first
	limbo     limbo       // of released snapshots, to be freed by Maintain
	compact   compaction
	ahead     ahead

	frozen bool // a snapshot's View
}

// New returns an empty space whose hash is keyed by seed: four random words, the same on all replicas (K6).
func New(seed [4]uint64) *Space {
	s := &Space{seed: seed, epoch: 1}
	s.arena.init()
	s.index.init()
	s.order.init()
	s.initDeadlines()
	return s
}

// Seed returns the words given to New.
func (s *Space) Seed() [4]uint64 { return s.seed }

// Len returns the number of keys.
func (s *Space) Len() int { return s.index.n }

// record returns the record of a live handle.
func (s *Space) record(h handle) Record {
	r := Record{b: s.arena.at(h)}
	if r.b[0]&flagSide != 0 {
		r.x = s.sides.entries[r.sideID()]
	}
	return r
}

// lookup returns the handle and record of key, 0 if it is absent.
func (s *Space) lookup(hash uint32, key []byte) (handle, Record) {
	g := s.index.segment(hash)
	for i := g.lower(hash); g.slots[i]>>32 == uint64(hash) && g.slots[i] != 0; i++ {
		h := handle(g.slots[i])
		if r := s.record(h); bytes.Equal(r.Key(), key) {
			return h, r
		}
	}
	return 0, Record{}
}

// Get finds a key.
func (s *Space) Get(key []byte) (Record, bool) {
	h, r := s.lookup(s.hashOf(key), key)
	if h == 0 && s.frozen {
		return s.search(key)
	}
	return r, h != 0
}

// Version returns the log index of the last change of key. For an absent key it is the index of the last deletion of any key
// in the same one of 64 Ki parts by hash, or of DeleteAll: never less than the key's own deletion.
func (s *Space) Version(key []byte) uint64 {
	hash := s.hashOf(key)
	if h, r := s.lookup(hash, key); h != 0 {
		return r.Version()
	}
	return s.deleted.last(hash)
}

// lastingMin is the size from which a lasting value is kept as it is.
const lastingMin = 1 << 20

// Share makes sure that the value of a record of s, if it is a big one, is not written in place any more, so that it can be
// kept. It returns false if that is not so: then the value is valid until the next change.
func (s *Space) Share(r Record) bool {
	if s.frozen || r.word()&flagValSide == 0 {
		return false
	}
	r.x.shared = true
	return true
}

// Set stores a copy of value under key. It allocates nothing if the new value fits the old one's slot.
func (s *Space) Set(key, value []byte, o SetOptions) {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	l := s.layoutOf(key, h, r, o)
	if len(value) <= valueInlineMax {
		l.value, l.valueLen = value, len(value)
		s.putSide(&l, h, r)
		s.store(hash, &l, h, r)
		return
	}
	if h != 0 && r.word()&flagValSide != 0 && !s.sidePinned(r.x) && cap(r.x.data) >= len(value) && cap(r.x.data)/2 <= len(value) {
		s.data += len(value) - len(r.x.data)
		r.x.data = r.x.data[:len(value)]
		copy(r.x.data, value)
		l.keep(r)
	} else {
		l.sideFlags = flagValSide
		if lasting := o.Lasting && len(value) >= lastingMin; lasting {
			s.putSide(&l, h, r, value[:len(value):len(value)])
			s.sides.entries[l.side].shared = true
		} else {
			s.putSide(&l, h, r, bytes.Clone(value))
		}
	}
	s.store(hash, &l, h, r)
}

// SetObject stores obj under key; the Space owns it from now on. One object never has two keys: an object of another record
// must be cloned first, or moved by Rename.
func (s *Space) SetObject(key []byte, obj Object, o SetOptions) {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	l := s.layoutOf(key, h, r, o)
	l.sideFlags = flagObject
	s.putSide(&l, h, r)
	x := s.sides.entries[l.side]
	x.obj, x.bytes = obj, obj.Bytes()
	s.sides.objects += x.bytes
	s.store(hash, &l, h, r)
}

// layoutOf begins the layout of key, whose present record is r if h is not 0.
func (s *Space) layoutOf(key []byte, h handle, r Record, o SetOptions) layout {
	l := layout{typ: o.Type, enc: o.Encoding, version: o.Version & versionMax, deadline: clampDeadline(o.DeadlineMs), key: key}
	if o.KeepDeadline && h != 0 {
		l.deadline = r.deadline()
	}
	return l
}

// clampDeadline makes a deadline before 1970 one of 1970: due at once, and not the 0 that means none.
func clampDeadline(ms int64) int64 {
	if ms < 0 {
		return 1
	}
	return ms
}

// keep makes l hold the same inline value and side entry as r.
func (l *layout) keep(r Record) {
	if r.b[0]&flagSide != 0 {
		l.side, l.sideFlags = r.sideID(), r.word()&(flagKeySide|flagValSide|flagObject)
	}
	_, v, end := offsets(r.b)
	l.value, l.valueLen = r.b[v:end], end-v
}

// putSide gives l a side entry of its own if its key or value needs one. data is the big value, if any.
func (s *Space) putSide(l *layout, h handle, r Record, data ...[]byte) {
	if len(l.key) > keyInlineMax {
		l.sideFlags |= flagKeySide
	}
	if l.sideFlags == 0 {
		return
	}
	x := &side{epoch: s.epoch}
	if len(data) > 0 {
		x.data = data[0]
	}
	if l.sideFlags&flagKeySide != 0 {
		if h != 0 {
			x.key = r.x.key
		} else {
			x.key = bytes.Clone(l.key)
		}
	}
	l.side = s.sides.add(x)
}

// pinned reports whether a live snapshot may see r (K2). It may only err on the safe side: records that were there when the
// snapshot was taken have versions up to its latest.
func (s *Space) pinned(r Record) bool {
	sn := s.newest()
	return sn != nil && r.Version() <= sn.latest
}

// store makes the record of l.key what l says: in place if the old record h (0: none) has the same layout and room and no
// snapshot may see it, else in a new slot. It returns the record.
func (s *Space) store(hash uint32, l *layout, h handle, r Record) Record {
	s.latest = max(s.latest, l.version)
	if h == 0 {
		return s.storeNew(hash, l)
	}
	need, oldMs := l.size(), r.deadline()
	s.data -= r.settledSize()
	if r.x != nil && r.sideID() != l.side {
		r.x.dirty = false // its object is counted no more
	}
	slack := len(r.b) - need
	if slack >= 0 && slack <= max(16, len(r.b)/4) && (l.word()^r.word())&maskLayout == 0 && !s.pinned(r) {
		if r.x != nil {
			if old := r.sideID(); old != l.side {
				s.sides.release(old)
			}
		}
		l.write(r.b, true)
		r = s.record(h)
		s.changeDeadline(hash, h, oldMs, h, l.deadline)
		s.data += r.settledSize()
		return r
	}
	if l.side != 0 && r.x != nil && r.sideID() == l.side {
		r.x.refs++ // retiring the old record drops one
	}
	to := s.arena.alloc(need)
	l.write(s.arena.at(to), false)
	s.index.move(hash, h, to)
	s.orderMove(l.key, h, to)
	s.changeDeadline(hash, h, oldMs, to, l.deadline)
	s.retire(h, r)
	r = s.record(to)
	s.data += r.settledSize()
	return r
}

func (s *Space) storeNew(hash uint32, l *layout) Record {
	h := s.arena.alloc(l.size())
	l.write(s.arena.at(h), false)
	s.index.insert(hash, h)
	s.orderInsert(hash, l.key, h)
	s.changeDeadline(hash, 0, 0, h, l.deadline)
	r := s.record(h)
	s.data += r.settledSize()
	return r
}

// retire gives up a record that nothing live refers to any more: to the newest snapshot's limbo if a snapshot may see it (K2).
func (s *Space) retire(h handle, r Record) {
	if s.pinned(r) {
		s.newest().limbo.add(h)
		return
	}
	s.free(h)
}

func (s *Space) free(h handle) {
	if r := s.record(h); r.x != nil {
		s.sides.release(r.sideID())
	}
	s.arena.free(h)
}

// Delete removes key and notes version as the index of its deletion. It returns false if the key is absent.
func (s *Space) Delete(key []byte, version uint64) bool {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	if h == 0 {
		return false
	}
	s.remove(hash, h, r, version&versionMax)
	return true
}

func (s *Space) remove(hash uint32, h handle, r Record, version uint64) {
	s.latest = max(s.latest, version)
	s.data -= r.settledSize()
	if r.x != nil {
		r.x.dirty = false
	}
	s.changeDeadline(hash, h, r.deadline(), 0, 0)
	s.index.remove(hash, h)
	s.orderRemove(r.Key(), h)
	s.deleted.note(hash, version)
	s.retire(h, r)
}
