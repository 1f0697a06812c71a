package engine

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A HyperLogLog is a string in Redis' own layout: "HYLL", the encoding, three
// zero bytes, and eight bytes for a cached count, which is never valid here: a
// read does not change state. Dense: 16384 registers of 6 bits. Sparse: runs
// of registers,
//
//	00llllll            l+1 registers are 0
//	01llllll llllllll   l+1 registers are 0, up to 16384
//	1vvvvvll            l+1 registers are v+1
const (
	hllRegisters    = 1 << 14
	hllHead         = 16
	hllDenseBytes   = hllHead + hllRegisters*6/8
	hllDense        = 0
	hllSparse       = 1
	hllRank         = 50 // the greatest rank is one more
	hllSparseMax    = 32 // greatest value of a sparse register
	hllSparseRunMax = 4  // registers in one run of a value
)

// hllNew starts an empty sparse one in buf.
func hllNew(buf []byte) []byte {
	b := append(buf[:0], "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"...)
	return appendZeros(b, hllRegisters)
}

func appendZeros(b []byte, n int) []byte {
	if n > 64 {
		return append(b, 0x40|byte((n-1)>>8), byte(n-1))
	}
	return append(b, byte(n-1))
}

func hllRun(value, n int) byte { return 0x80 | byte(value-1)<<2 | byte(n-1) }

// hllCheck says whether b has the form of a HyperLogLog; the runs of a sparse
// one are checked as they are read.
func hllCheck(b []byte) bool {
	return len(b) >= hllHead && string(b[:4]) == "HYLL" && b[4] <= hllSparse && (b[4] == hllSparse || len(b) == hllDenseBytes)
}

// hllPlace hashes an element to its register and the rank it puts there.
func hllPlace(element []byte) (register, rank int) {
	hash := murmur64(element, 0xadc83b19)
	register = int(hash & (hllRegisters - 1))
	return register, bits.TrailingZeros64(hash>>14|1<<hllRank) + 1
}

// murmur64 is MurmurHash64A.
func murmur64(b []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k = (k ^ k>>r) * m
		h = (h ^ k) * m
	}
	if len(b) > 0 {
		for i := len(b) - 1; i >= 0; i-- {
			h ^= uint64(b[i]) << (8 * i)
		}
		h *= m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}

// hllGet and hllPut read and write a register of a dense one.

func hllGet(b []byte, i int) int {
	at, shift := hllHead+i*6/8, uint(i*6%8)
	v := uint(b[at]) >> shift
	if shift > 2 {
		v |= uint(b[at+1]) << (8 - shift)
	}
	return int(v & 63)
}

func hllPut(b []byte, i, value int) {
	at, shift := hllHead+i*6/8, uint(i*6%8)
	b[at] = b[at]&^byte(63<<shift) | byte(value<<shift)
	if shift > 2 {
		b[at+1] = b[at+1]&^byte(63>>(8-shift)) | byte(value>>(8-shift))
	}
}

// hllOpcode reads a run of a sparse one: how many registers have the value,
// and how many bytes it takes; 0 if it is cut off.
func hllOpcode(b []byte, pos int) (value, n, size int) {
	switch c := b[pos]; {
	case c&0x80 != 0:
		return int(c>>2&0x1f) + 1, int(c&3) + 1, 1
	case c&0x40 == 0:
		return 0, int(c&0x3f) + 1, 1
	case pos+1 < len(b):
		return 0, int(c&0x3f)<<8 + int(b[pos+1]) + 1, 2
	}
	return 0, 0, 0
}

// hllEach calls f for each register that is not 0; false: b is corrupt.
func hllEach(b []byte, f func(register, value int)) bool {
	if b[4] == hllDense {
		for i := range hllRegisters {
			if v := hllGet(b, i); v != 0 {
				f(i, v)
			}
		}
		return true
	}
	i := 0
	for pos := hllHead; pos < len(b); {
		value, n, size := hllOpcode(b, pos)
		if size == 0 || i+n > hllRegisters {
			return false
		}
		if value != 0 {
			for j := range n {
				f(i+j, value)
			}
		}
		i += n
		pos += size
	}
	return i == hllRegisters
}

// hllToDense turns a sparse one into a dense one; false: b is corrupt.
func hllToDense(b []byte) ([]byte, bool) {
	if b[4] == hllDense {
		return b, true
	}
	dense := make([]byte, hllDenseBytes)
	copy(dense, b[:hllHead])
	dense[4] = hllDense
	ok := hllEach(b, func(i, v int) { hllPut(dense, i, v) })
	return dense, ok
}

// hllRaise puts a rank into its register if that holds less. It changes b,
// and gives it back as it may have moved; ok false: b is corrupt.
func hllRaise(b []byte, register, rank, sparseBytesMax int) (result []byte, raised, ok bool) {
	if b[4] == hllSparse {
		return hllRaiseSparse(b, register, rank, sparseBytesMax)
	}
	if hllGet(b, register) >= rank {
		return b, false, true
	}
	hllPut(b, register, rank)
	return b, true, true
}

func hllRaiseSparse(b []byte, register, rank, bytesMax int) (result []byte, raised, ok bool) {
	if rank > hllSparseMax {
		return hllRaiseDense(b, register, rank)
	}
	first, pos, before := 0, hllHead, hllHead
	value, n, size := 0, 0, 0
	for pos < len(b) {
		if value, n, size = hllOpcode(b, pos); size == 0 {
			return b, false, false
		}
		if register < first+n {
			break
		}
		before = pos
		first += n
		pos += size
	}
	if pos >= len(b) {
		return b, false, false
	}
	if value >= rank {
		return b, false, true
	}
	var store [5]byte
	ops := store[:0]
	if register > first {
		ops = hllAppendRun(ops, value, register-first)
	}
	ops = append(ops, hllRun(rank, 1))
	if left := first + n - 1 - register; left > 0 {
		ops = hllAppendRun(ops, value, left)
	}
	if len(ops) > size && len(b)+len(ops)-size > bytesMax {
		return hllRaiseDense(b, register, rank)
	}
	b = openGap(b, pos, size, len(ops))
	copy(b[pos:], ops)
	return hllMerge(b, before), true, true
}

func hllAppendRun(ops []byte, value, n int) []byte {
	if value == 0 {
		return appendZeros(ops, n)
	}
	return append(ops, hllRun(value, n))
}

func hllRaiseDense(b []byte, register, rank int) (result []byte, raised, ok bool) {
	dense, ok := hllToDense(b)
	if !ok {
		return b, false, false
	}
	return hllRaise(dense, register, rank, 0)
}

// hllMerge joins neighbouring runs of one value, near pos.
func hllMerge(b []byte, pos int) []byte {
	for looked := 0; pos < len(b) && looked < 5; looked++ {
		value, n, size := hllOpcode(b, pos)
		if size == 0 {
			return b
		}
		if value != 0 && pos+1 < len(b) {
			if next, more, _ := hllOpcode(b, pos+1); next == value && n+more <= hllSparseRunMax {
				b[pos+1] = hllRun(value, n+more)
				b = openGap(b, pos, 1, 0)
				continue
			}
		}
		pos += size
	}
	return b
}

// hllCount estimates how many elements there were, from how many registers
// have each value (Ertl's estimator). Conversions keep products and sums
// apart, so that every processor rounds alike.
func hllCount(histogram *[64]int) int64 {
	const m = float64(hllRegisters)
	const alpha = 0.721347520444481703680 // 1 / (2 ln 2)
	z := float64(m * hllTau(float64(m-float64(histogram[hllRank+1]))/m))
	for j := hllRank; j >= 1; j-- {
		z += float64(histogram[j])
		z *= 0.5
	}
	z += float64(m * hllSigma(float64(histogram[0])/m))
	return int64(math.Round(float64(alpha*m*m) / z))
}

func hllTau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		last := z
		y *= 0.5
		d := 1 - x
		z -= float64(float64(d*d) * y)
		if z == last {
			return z / 3
		}
	}
}

func hllSigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		last := z
		z += float64(x * y)
		y += y
		if z == last {
			return z
		}
	}
}
