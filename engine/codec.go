package engine

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// The snapshot form of values that are objects. Each begins with the version
// of its form. Blocks of a list and segments of a table are written as they
// are: what depends on them must not change by a restore. Counts and sizes are
// varints, fixed numbers little endian. Bytes that can't have been written
// here are refused, and never indexed into.

const codecVersion = 1

var errMalformed = errors.New("malformed value")

// decoder reads what the encoders wrote; the first error sticks.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) fail() { d.b, d.failed = nil, true }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) uint64() uint64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

// bytes reads a length and as many bytes; they lie in the input.
func (d *decoder) bytes() []byte { return d.take(d.uvarint()) }

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	p := d.b[:n:n]
	d.b = d.b[n:]
	return p
}

// count reads a number of things of at least size bytes each, so that it
// can't make the caller reserve more than the input could fill.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) version() {
	if d.byte() != codecVersion {
		d.fail()
	}
}

// done gives the error of a finished decoding.
func (d *decoder) done() error {
	if d.failed || len(d.b) != 0 {
		return errMalformed
	}
	return nil
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func encodeList(dst []byte, obj keyspace.Object) []byte {
	l := obj.(*list)
	dst = append(dst, codecVersion, 0)
	if l.quick {
		dst[len(dst)-1] = 1
	}
	dst = binary.AppendUvarint(dst, uint64(len(l.blocks())))
	for _, b := range l.blocks() {
		dst = appendBytes(dst, b.buf[b.head:])
	}
	return dst
}

func decodeList(b []byte) (keyspace.Object, error) {
	d := decoder{b: b}
	d.version()
	l := newList(listLimitsOf(-2))
	l.quick = d.byte() != 0
	for range d.count(2) {
		p := d.bytes()
		n, ok := elementsCheck(p)
		if !ok || n == 0 {
			return nil, errMalformed
		}
		block := l.newBlock(len(p))
		block.buf = append(block.buf, p...)
		block.n = n
		l.spine = append(l.spine, block)
		l.count += n
		l.bytes += len(p)
	}
	return l, d.done()
}

func encodeTable(dst []byte, obj keyspace.Object) []byte {
	t := obj.(*fieldTable)
	dst = append(dst, codecVersion)
	for _, word := range t.seed {
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	t.segments(func(s *segment) bool {
		dst = append(dst, s.depth)
		dst = binary.AppendUvarint(dst, uint64(len(s.index)))
		for _, x := range s.index {
			field, value := s.entry(uint32(x))
			dst = appendBytes(appendBytes(dst, field), value)
		}
		return true
	})
	return dst
}

func decodeTable(b []byte) (keyspace.Object, error) {
	d := decoder{b: b}
	d.version()
	t := newFieldTable(new([4]uint64))
	for i := range t.seed {
		t.seed[i] = d.uint64()
	}
	var segments []*segment
	end := uint64(1) << 32
	for from := uint64(0); from < end; {
		s := &segment{owner: t.owner, depth: d.byte()}
		if s.depth > depthMax {
			d.fail()
		}
		width := end >> s.depth
		if n := d.count(2); !d.failed && from%width == 0 && d.entries(t, s, n, from, from+width-1) {
			segments = append(segments, s)
			from += width
			continue
		}
		return nil, errMalformed
	}
	t.fillFrom(segments)
	return t, d.done()
}

// entries reads n entries of a segment, whose hashes must be in a range and in
// order.
func (d *decoder) entries(t *fieldTable, s *segment, n int, from, to uint64) bool {
	var last []byte
	lastHash := uint32(0)
	s.index = make([]uint64, 0, n)
	for i := range n {
		field, value := d.bytes(), d.bytes()
		hash := hashField(t.seed, field)
		inOrder := i == 0 || hash > lastHash || hash == lastHash && string(field) > string(last)
		if d.failed || !inOrder || uint64(hash) < from || uint64(hash) > to {
			return false
		}
		s.index = append(s.index, uint64(hash)<<32|uint64(s.put(field, value)))
		last, lastHash = field, hash
		t.count++
		t.bytes += len(field) + len(value)
	}
	return true
}

// fillFrom builds dir from segments that cover all hashes in order.
func (t *fieldTable) fillFrom(segments []*segment) {
	t.depth, t.deepest = 0, 0
	for _, s := range segments {
		if s.depth > t.depth {
			t.depth, t.deepest = s.depth, 0
		}
		if s.depth == t.depth {
			t.deepest++
		}
	}
	t.dir = make([]*segment, 0, 1<<t.depth)
	for _, s := range segments {
		for range 1 << (t.depth - s.depth) {
			t.dir = append(t.dir, s)
		}
	}
}

func encodeZset(dst []byte, obj keyspace.Object) []byte {
	z := obj.(*zset)
	dst = append(dst, codecVersion)
	for _, word := range z.index.seed {
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	dst = binary.AppendUvarint(dst, uint64(z.len()))
	z.order.ascend(0, func(x scored) bool {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x.score))
		dst = binary.AppendUvarint(dst, uint64(len(x.member)))
		dst = append(dst, x.member...)
		return true
	})
	return dst
}

func decodeZset(b []byte) (keyspace.Object, error) {
	d := decoder{b: b}
	d.version()
	z := newZset(new([4]uint64))
	for i := range z.index.seed {
		z.index.seed[i] = d.uint64()
	}
	var last scored
	for i := range d.count(9) {
		score := math.Float64frombits(d.uint64())
		x := scored{score, string(d.bytes())}
		if d.failed || math.IsNaN(score) || i > 0 && !last.before(x) || !z.set([]byte(x.member), score) {
			return nil, errMalformed
		}
		last = x
	}
	return z, d.done()
}
