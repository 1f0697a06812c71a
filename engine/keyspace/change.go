package keyspace

import "bytes"

// restate stores key's record again with the same value but another encoding, version and deadline.
func (s *Space) restate(hash uint32, h handle, r Record, key []byte, encoding uint8, version uint64, deadline int64) Record {
	if deadline == r.deadline() && !s.pinned(r) {
		version &= versionMax
		s.latest = max(s.latest, version)
		r.restamp(encoding, version)
		return r
	}
	l := layout{typ: r.Type(), enc: encoding, version: version & versionMax, deadline: deadline, key: key}
	l.keep(r)
	return s.store(hash, &l, h, r)
}

// Touch sets the version of key. It returns false if the key is absent.
func (s *Space) Touch(key []byte, version uint64) bool {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	if h == 0 {
		return false
	}
	s.restate(hash, h, r, key, r.Encoding(), version, r.deadline())
	return true
}

// SetDeadline sets the deadline of key, or removes it if ms is 0, and sets the version. It returns false if the key is absent.
func (s *Space) SetDeadline(key []byte, ms int64, version uint64) bool {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	if h == 0 {
		return false
	}
	s.restate(hash, h, r, key, r.Encoding(), version, clampDeadline(ms))
	return true
}

// Extend returns the value bytes of key for writing in place, grown with zeros to newLen if they are shorter, and sets encoding
// and version. Growth is amortized. It returns false if the key is absent or holds an object.
// The bytes may be written until the next call of any method of s.
func (s *Space) Extend(key []byte, newLen int, encoding uint8, version uint64) ([]byte, bool) {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	if h == 0 || r.word()&flagObject != 0 {
		return nil, false
	}
	value := r.Value()
	newLen = max(newLen, len(value))
	if newLen > valueInlineMax {
		return s.extendBig(hash, h, r, key, newLen, encoding, version), true
	}
	// The same length and no snapshot: nothing moves.
	if newLen == len(value) && !s.pinned(r) && (r.x == nil || !s.sidePinned(r.x)) {
		return s.restate(hash, h, r, key, encoding, version, r.deadline()).Value(), true
	}
	l := layout{typ: r.Type(), enc: encoding, version: version & versionMax, deadline: r.deadline(), key: key}
	l.value, l.valueLen = value, newLen
	s.putSide(&l, h, r)
	return s.store(hash, &l, h, r).Value(), true
}

// extendBig is Extend for a value that is, or becomes, a big one.
func (s *Space) extendBig(hash uint32, h handle, r Record, key []byte, n int, encoding uint8, version uint64) []byte {
	value := r.Value()
	if r.word()&flagValSide != 0 && !s.sidePinned(r.x) {
		s.growBig(r.x, n)
		return s.restate(hash, h, r, key, encoding, version, r.deadline()).x.data
	}
	data := make([]byte, n, bigCap(len(value), n))
	copy(data, value)
	l := layout{typ: r.Type(), enc: encoding, version: version & versionMax, deadline: r.deadline(), key: key, sideFlags: flagValSide}
	s.putSide(&l, h, r, data)
	return s.store(hash, &l, h, r).x.data
}

// bigCap returns the capacity for a big value that grows to n.
func bigCap(old, n int) int {
	if n == old {
		return n
	}
	return n + n/8
}

func (s *Space) growBig(x *side, n int) {
	old := len(x.data)
	if n > cap(x.data) {
		data := make([]byte, n, bigCap(old, n))
		copy(data, x.data)
		s.sides.bytes += cap(data) - cap(x.data)
		x.data = data
	} else {
		x.data = x.data[:n]
		clear(x.data[old:])
	}
	s.data += n - old
}

// Mutate returns the object of key for change in place, cloned first if a live snapshot may see it, and sets the version. It
// returns false if the key is absent or holds bytes. The object may be changed until the next call of any method of s.
func (s *Space) Mutate(key []byte, version uint64) (Object, bool) {
	hash := s.hashOf(key)
	h, r := s.lookup(hash, key)
	if h == 0 || r.word()&flagObject == 0 {
		return nil, false
	}
	if !s.sidePinned(r.x) {
		r = s.restate(hash, h, r, key, r.Encoding(), version, r.deadline())
	} else {
		l := layout{typ: r.Type(), enc: r.Encoding(), version: version & versionMax, deadline: r.deadline(), key: key, sideFlags: flagObject}
		clone := r.x.obj.Clone()
		s.putSide(&l, h, r)
		x := s.sides.entries[l.side]
		x.obj, x.bytes = clone, clone.Bytes()
		s.sides.objects += x.bytes
		r = s.store(hash, &l, h, r)
	}
	s.soil(r.x)
	return r.x.obj, true
}

// Rename moves the value, type, encoding and deadline of from to to, replacing what is there, and sets the version. An object
// is moved, not cloned. It returns false if from is absent.
func (s *Space) Rename(from, to []byte, version uint64) bool {
	hash := s.hashOf(from)
	h, r := s.lookup(hash, from)
	if h == 0 {
		return false
	}
	if bytes.Equal(from, to) {
		return s.Touch(from, version)
	}
	toHash := s.hashOf(to)
	th, tr := s.lookup(toHash, to)
	l := layout{typ: r.Type(), enc: r.Encoding(), version: version & versionMax, deadline: r.deadline(), key: to}
	_, v, end := offsets(r.b)
	l.value, l.valueLen = r.b[v:end], end-v
	l.sideFlags = r.word() & (flagValSide | flagObject)
	s.settle()
	s.putSide(&l, th, tr)
	if r.x != nil && l.sideFlags&(flagValSide|flagObject) != 0 {
		// The new entry has the key, if long, and shares what the old one has: as old as that one, so that a snapshot that
		// sees the one pins the other.
		x := s.sides.entries[l.side]
		x.epoch = r.x.epoch
		x.data, x.obj, x.bytes, x.shared = r.x.data, r.x.obj, r.x.bytes, r.x.shared
		s.sides.bytes += cap(x.data)
		s.sides.objects += x.bytes
	}
	s.store(toHash, &l, th, tr)
	// to may have moved what from's record was read from, but not from itself.
	s.remove(hash, h, s.record(h), version&versionMax)
	return true
}
