package keyspace

import "encoding/binary"

// A record in the arena is
//
//	type:4 flags:4 | encoding:4 flags:4 | version 6 bytes | lengths of key and value, 1+1 or 2+2 bytes | [deadline 8] | [side id 4] | key | value
//
// The first eight bytes are one little-endian word. A length is 0 for a part that is in the side table.
const (
	flagDeadline = 1 << 4  // a deadline follows the lengths
	flagSide     = 1 << 5  // a side id follows
	flagLong     = 1 << 6  // lengths take two bytes each
	flagKeySide  = 1 << 7  // the key is in the side table
	flagObject   = 1 << 12 // the value is an object in the side table
	flagValSide  = 1 << 13 // the value is in the side table

	maskType   = 15
	maskLayout = flagDeadline | flagSide | flagLong | flagKeySide

	keyInlineMax   = 4 << 10    // longer keys go to the side table
	valueInlineMax = 64<<10 - 1 // longer values go to the side table

	versionMax = 1<<48 - 1

	// recordOverhead is what Record.Size adds for a key's share of header, index and order.
	recordOverhead = 32
)

// Record is one key with its value, as found by Get or a walk. It is a small value; its bytes are borrowed.
type Record struct {
	b []byte // the slot in the arena
	x *side  // if flagSide
}

func (r Record) word() uint64 { return binary.LittleEndian.Uint64(r.b) }

// offsets returns where the inline key and value begin and where the value ends.
func offsets(b []byte) (k, v, end int) {
	f := b[0]
	if f&flagLong == 0 {
		k, v, end = 10, int(b[8]), int(b[9])
	} else {
		k, v, end = 12, int(binary.LittleEndian.Uint16(b[8:])), int(binary.LittleEndian.Uint16(b[10:]))
	}
	if f&flagDeadline != 0 {
		k += 8
	}
	if f&flagSide != 0 {
		k += 4
	}
	v += k
	return k, v, v + end
}

// Key returns the key.
func (r Record) Key() []byte {
	if r.b[0]&flagKeySide != 0 {
		return r.x.key
	}
	k, v, _ := offsets(r.b)
	return r.b[k:v:v]
}

// Value returns the bytes of a value set by Set, nil for an object.
func (r Record) Value() []byte {
	if w := r.word(); w&(flagValSide|flagObject) != 0 {
		if w&flagObject != 0 {
			return nil
		}
		return r.x.data
	}
	_, v, end := offsets(r.b)
	return r.b[v:end:end]
}

// Type returns the 4-bit type; 0 is the string.
func (r Record) Type() uint8 { return r.b[0] & maskType }

// Encoding returns the 4-bit encoding the value was set with.
func (r Record) Encoding() uint8 { return r.b[1] & maskType }

// Object returns the object set by SetObject, nil for bytes. It must not be changed: see Space.Mutate.
func (r Record) Object() Object {
	if r.word()&flagObject == 0 {
		return nil
	}
	return r.x.obj
}

// Version returns the log index of the key's last change.
func (r Record) Version() uint64 { return r.word() >> 16 }

// DeadlineMs returns the unix milliseconds at which the key expires, if it does.
func (r Record) DeadlineMs() (int64, bool) {
	ms := r.deadline()
	return ms, ms != 0
}

func (r Record) deadline() int64 {
	f := r.b[0]
	if f&flagDeadline == 0 {
		return 0
	}
	at := 10
	if f&flagLong != 0 {
		at = 12
	}
	return int64(binary.LittleEndian.Uint64(r.b[at:]))
}

// Size returns the memory the key stands for, computed from lengths alone, so equal on all replicas (K5).
func (r Record) Size() int {
	if r.b[0]&flagSide == 0 {
		k, _, end := offsets(r.b)
		return recordOverhead + end - k
	}
	n := recordOverhead + len(r.Key()) + len(r.Value())
	if r.x.obj != nil {
		n += r.x.obj.Bytes()
	}
	return n
}

// settledSize is Size by the object's bytes as they were last counted.
func (r Record) settledSize() int {
	if r.b[0]&flagSide == 0 {
		return r.Size()
	}
	return recordOverhead + len(r.Key()) + len(r.Value()) + r.x.bytes
}

func (r Record) sideID() uint32 {
	k, _, _ := offsets(r.b)
	return binary.LittleEndian.Uint32(r.b[k-4:])
}

// restamp sets encoding and version of a record that may be written.
func (r Record) restamp(encoding uint8, version uint64) {
	w := r.word()
	w = w&0xf0ff | uint64(encoding&15)<<8 | version<<16
	binary.LittleEndian.PutUint64(r.b, w)
}

// layout is what a record is to be, before a slot is found for it.
type layout struct {
	typ, enc  uint8
	version   uint64
	deadline  int64
	key       []byte // the whole key
	value     []byte // the inline value, or its beginning: the rest up to valueLen is zeros
	valueLen  int
	side      uint32 // 0: none
	sideFlags uint64 // flagKeySide, flagValSide, flagObject
}

func (l *layout) word() uint64 {
	w := uint64(l.typ&15) | uint64(l.enc&15)<<8 | l.version<<16 | l.sideFlags
	if l.deadline != 0 {
		w |= flagDeadline
	}
	if l.side != 0 {
		w |= flagSide
	}
	if l.keyLen() > 255 || l.valueLen > 255 {
		w |= flagLong
	}
	return w
}

func (l *layout) keyLen() int {
	if l.sideFlags&flagKeySide != 0 {
		return 0
	}
	return len(l.key)
}

// size returns the bytes the record needs.
func (l *layout) size() int {
	n := 10 + l.keyLen() + l.valueLen
	if l.keyLen() > 255 || l.valueLen > 255 {
		n += 2
	}
	if l.deadline != 0 {
		n += 8
	}
	if l.side != 0 {
		n += 4
	}
	return n
}

// write fills b, a slot of at least size bytes. If inPlace, b already holds this key in the same layout, and value may be its
// own bytes.
func (l *layout) write(b []byte, inPlace bool) {
	w := l.word()
	binary.LittleEndian.PutUint64(b, w)
	klen, p := l.keyLen(), 10
	if w&flagLong == 0 {
		b[8], b[9] = byte(klen), byte(l.valueLen)
	} else {
		binary.LittleEndian.PutUint16(b[8:], uint16(klen))
		binary.LittleEndian.PutUint16(b[10:], uint16(l.valueLen))
		p = 12
	}
	if w&flagDeadline != 0 {
		binary.LittleEndian.PutUint64(b[p:], uint64(l.deadline))
		p += 8
	}
	if w&flagSide != 0 {
		binary.LittleEndian.PutUint32(b[p:], l.side)
		p += 4
	}
	if !inPlace && klen > 0 {
		copy(b[p:], l.key)
	}
	p += klen
	n := copy(b[p:p+l.valueLen], l.value)
	clear(b[p+n : p+l.valueLen])
}
