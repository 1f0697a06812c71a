package keyspace

import (
	"encoding/binary"
	"math/bits"
)

// mix multiplies to 128 bits and folds: the core of the wyhash construction.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashOf returns the upper 32 bits of a keyed hash of key in the wyhash construction. All four words of the seed are secret:
// with public constants colliding keys can be built without knowing the seed (K6).
func (s *Space) hashOf(key []byte) uint32 {
	k0, k1, k2, k3 := s.seed[0], s.seed[1], s.seed[2], s.seed[3]
	n := len(key)
	h := k0
	var a, b uint64
	switch {
	case n > 16:
		p := key
		if n > 48 {
			h1, h2 := h, h
			for len(p) > 48 {
				h = mix(binary.LittleEndian.Uint64(p)^k1, binary.LittleEndian.Uint64(p[8:])^h)
				h1 = mix(binary.LittleEndian.Uint64(p[16:])^k2, binary.LittleEndian.Uint64(p[24:])^h1)
				h2 = mix(binary.LittleEndian.Uint64(p[32:])^k3, binary.LittleEndian.Uint64(p[40:])^h2)
				p = p[48:]
			}
			h ^= h1 ^ h2
		}
		for len(p) > 16 {
			h = mix(binary.LittleEndian.Uint64(p)^k1, binary.LittleEndian.Uint64(p[8:])^h)
			p = p[16:]
		}
		a, b = binary.LittleEndian.Uint64(key[n-16:]), binary.LittleEndian.Uint64(key[n-8:])
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(key)), uint64(binary.LittleEndian.Uint32(key[n-4:]))
	case n > 0:
		a = uint64(key[0])<<16 | uint64(key[n>>1])<<8 | uint64(key[n-1])
	}
	hi, lo := bits.Mul64(a^k1, b^h)
	return uint32(mix(lo^k2^uint64(n), hi^k3) >> 32)
}
