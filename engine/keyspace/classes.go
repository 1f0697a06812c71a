package keyspace

import "math/bits"

// Slots come in classes: every 2 bytes up to 128, every 4 to 256, every 8 to 512, then sixteen to a power of two.
const classCount = 257

func classOf(n int) int {
	switch {
	case n <= 128:
		return (n + 1) >> 1
	case n <= 256:
		return 64 + (n-128+3)>>2
	case n <= 512:
		return 96 + (n-256+7)>>3
	}
	o := bits.Len(uint(n-1)) - 1
	step := o - 4
	return 128 + (o-9)*16 + (n-1<<o+1<<step-1)>>step
}

func classSize(c int) int {
	switch {
	case c <= 64:
		return c * 2
	case c <= 96:
		return 128 + (c-64)*4
	case c <= 128:
		return 256 + (c-96)*8
	}
	c -= 129
	o := 9 + c>>4
	return 1<<o + (c&15+1)<<(o-4)
}

// allocSizes are sizes that Go's allocator gives without rounding up.
var allocSizes = [...]int{64, 128, 256, 384, 512, 768, 1024, 1280, 1536, 1792, 2048, 2688, 3072, 4096, 5376, 6144, 8192, 9472,
	10240, 10880, 12288, 13568, 14336, 16384, 18432, 20480, 21760, 24576, 27264, 28672, 32768}

// pageBytes chooses the bytes of a page for about want slots of size bytes: the largest of nearly the least waste.
func pageBytes(size, want int) int {
	target := max(min(want, 256)*size, size)
	if limit := max(32<<10, 4*size); target > limit {
		target = limit
	}
	best, bestWaste := 0, 1.0
	try := func(n int) {
		if waste := float64(n-min(n/size, 256)*size) / float64(n); waste <= bestWaste+0.003 {
			best, bestWaste = n, min(waste, bestWaste)
		}
	}
	for _, n := range allocSizes {
		if n >= size && n >= target/2 && n <= max(target, 64) {
			try(n)
		}
	}
	for n := 40 << 10; n <= target+8<<10-1; n += 8 << 10 {
		if n >= size && n >= target/2 {
			try(n)
		}
	}
	if best == 0 { // between two sizes of the allocator
		best = size
	}
	return best
}
