package engine

import (
	"encoding/binary"
	"math/bits"
)

// Odd words with as many ones as zeros, from wyhash: they keep the hash good
// under a seed of small numbers.
const (
	hashWord0 = 0xa0761d6478bd642f
	hashWord1 = 0xe7037ed1a0b428db
	hashWord2 = 0x8ebc6af09c88c6e3
	hashWord3 = 0x589965cc75374cc3
)

// hashField is a keyed hash of a field (the wyhash construction): without the
// four secret words nobody can choose fields that collide.
func hashField(secret *[4]uint64, b []byte) uint32 {
	seed := [4]uint64{secret[0] ^ hashWord0, secret[1] ^ hashWord1, secret[2] ^ hashWord2, secret[3] ^ hashWord3}
	n := uint64(len(b))
	state := seed[2] ^ mulFold(seed[2]^seed[0], seed[1])
	var x, y uint64
	switch {
	case n > 16:
		for ; len(b) > 16; b = b[16:] {
			state = mulFold(binary.LittleEndian.Uint64(b)^seed[1], binary.LittleEndian.Uint64(b[8:])^state)
		}
		var tail [16]byte
		copy(tail[:], b)
		x, y = binary.LittleEndian.Uint64(tail[:]), binary.LittleEndian.Uint64(tail[8:])
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		x = uint64(b[0])<<16 | uint64(b[n>>1])<<8 | uint64(b[n-1])
	}
	high, low := bits.Mul64(x^seed[1], y^state)
	return uint32(mulFold(high^seed[0]^n, low^seed[3]) >> 32)
}

func mulFold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
