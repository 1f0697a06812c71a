package engine

import (
	"encoding/binary"
	"math"
)

// rdbReader reads a value that anyone may have made: the checksum only tells
// of accidents. The first fault sticks. room is what may still be expanded, so
// that a payload can't take more memory than a string may.
type rdbReader struct {
	decoder
	room int64
}

// length reads a length; special is the form of a string that has none.
func (d *rdbReader) length() (n uint64, special bool) {
	head := d.byte()
	switch head >> 6 {
	case rdbLen6 >> 6:
		return uint64(head & 63), false
	case rdbLen14 >> 6:
		return uint64(head&63)<<8 | uint64(d.byte()), false
	case rdbSpecial >> 6:
		return uint64(head & 63), true
	}
	switch head {
	case rdbLen32:
		if b := d.take(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case rdbLen64:
		if b := d.take(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	default:
		d.fail()
	}
	return 0, false
}

// number reads a length that must be one.
func (d *rdbReader) number() uint64 {
	n, special := d.length()
	if special {
		d.fail()
		return 0
	}
	return n
}

// string reads a string in any of its forms; it may lie in the input.
func (d *rdbReader) string() []byte {
	n, special := d.length()
	if !special {
		return d.take(n)
	}
	switch n {
	case rdbInt8:
		return element{num: int64(int8(d.byte())), isInt: true}.append(nil)
	case rdbInt16:
		if b := d.take(2); b != nil {
			return element{num: int64(int16(binary.LittleEndian.Uint16(b))), isInt: true}.append(nil)
		}
	case rdbInt32:
		if b := d.take(4); b != nil {
			return element{num: int64(int32(binary.LittleEndian.Uint32(b))), isInt: true}.append(nil)
		}
	case rdbLZF:
		return d.compressed()
	default:
		d.fail()
	}
	return nil
}

// lzfGain is beyond what LZF can make of a byte: three stand for up to 264.
const lzfGain = 88

func (d *rdbReader) compressed() []byte {
	packed, size := d.number(), d.number()
	in := d.take(packed)
	if d.failed || size > packed*lzfGain || size > uint64(max(d.room, 0)) {
		d.fail()
		return nil
	}
	d.room -= int64(size)
	out, ok := lzfExpand(make([]byte, 0, size), in)
	if !ok || uint64(len(out)) != size {
		d.fail()
		return nil
	}
	return out
}

// lzfExpand appends what in stands for to out, within its capacity.
func lzfExpand(out, in []byte) (_ []byte, ok bool) {
	for len(in) > 0 {
		ctrl := int(in[0])
		in = in[1:]
		if ctrl < 32 { // so many plain bytes and one
			n := ctrl + 1
			if n > len(in) || len(out)+n > cap(out) {
				return nil, false
			}
			out = append(out, in[:n]...)
			in = in[n:]
			continue
		}
		n := ctrl>>5 + 2
		if n == 7+2 {
			if len(in) == 0 {
				return nil, false
			}
			n += int(in[0])
			in = in[1:]
		}
		if len(in) == 0 {
			return nil, false
		}
		from := len(out) - (ctrl&31)<<8 - int(in[0]) - 1
		in = in[1:]
		if from < 0 || len(out)+n > cap(out) {
			return nil, false
		}
		for i := range n { // it may read what it has just written
			out = append(out, out[from+i])
		}
	}
	return out, true
}

// scoreText reads a score in the old form: a length byte and its text.
func (d *rdbReader) scoreText() float64 {
	switch n := d.byte(); n {
	case 255:
		return math.Inf(-1)
	case 254:
		return math.Inf(1)
	case 253:
		d.fail()
		return 0
	default:
		f, ok := ParseFloat(d.take(uint64(n)))
		if !ok {
			d.fail()
		}
		return f
	}
}
