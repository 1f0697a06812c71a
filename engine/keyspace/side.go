package keyspace

// side is an entry of the side table: the parts of a record that are not in the arena. Only a Space's owner touches refs,
// bytes and dirty; a snapshot's walker reads the others, which don't change while a snapshot may see them (K2).
type side struct {
	key   []byte // a long key, never changed
	data  []byte // a big value
	obj   Object
	epoch uint32 // when it was made: a live snapshot as old or newer may see it
	refs  int32  // records that hold its id; more than one only while a snapshot keeps an older record
	bytes int    // of obj, as last counted
	dirty bool   // in Space.dirty: obj may have changed since

	shared bool // others hold data, for as long as they like: it is not written any more
}

// sideOverhead is what an entry costs beside its parts.
const sideOverhead = 128

type sideTable struct {
	entries []*side // entry 0 is never used
	ids     []uint32
	bytes   int // of keys, data and entries
	objects int // sum of side.bytes
}

func (t *sideTable) add(x *side) uint32 {
	x.refs = 1
	t.bytes += sideOverhead + cap(x.key) + cap(x.data)
	t.objects += x.bytes
	if n := len(t.ids); n > 0 {
		id := t.ids[n-1]
		t.ids = t.ids[:n-1]
		t.entries[id] = x
		return id
	}
	if t.entries == nil {
		t.entries = make([]*side, 1, 8)
	}
	t.entries = append(t.entries, x)
	return uint32(len(t.entries) - 1)
}

func (t *sideTable) release(id uint32) {
	x := t.entries[id]
	if x.refs--; x.refs > 0 {
		return
	}
	t.bytes -= sideOverhead + cap(x.key) + cap(x.data)
	t.objects -= x.bytes
	x.dirty = false
	t.entries[id] = nil
	t.ids = append(t.ids, id)
}

// sidePinned reports whether a live snapshot or another record may see x.
func (s *Space) sidePinned(x *side) bool {
	sn := s.newest()
	return x.shared || x.refs > 1 || sn != nil && x.epoch <= sn.epoch
}

// soil notes that the caller may change x.obj from now until the next call.
func (s *Space) soil(x *side) {
	if x.dirty {
		return
	}
	if len(s.dirty) >= 64 {
		s.settle()
	}
	x.dirty = true
	s.dirty = append(s.dirty, x)
}

// settle counts the bytes of changed objects anew.
func (s *Space) settle() {
	for i, x := range s.dirty {
		if x.dirty {
			x.dirty = false
			n := x.obj.Bytes()
			s.data += n - x.bytes
			s.sides.objects += n - x.bytes
			x.bytes = n
		}
		s.dirty[i] = nil
	}
	s.dirty = s.dirty[:0]
}
