package keyspace

import "slices"

// index is an extendible hash table by the top bits of the hash. A slot is hash<<32 | handle, 0 if empty. A segment is a
// linear-probing table kept in hash order: its home is proportional to the hash, so growing, splitting and scanning read no
// record and nothing but one segment is ever rehashed.
type index struct {
	dir     []*segment
	bits    uint8 // len(dir) == 1<<bits
	n       int
	slots   int // of all segments
	biggest int // the most slots of a segment so far
}

type segment struct {
	slots []uint64 // size homes, then room for what the last homes displace
	size  int
	n     int
	depth uint8 // the hash bits that all its keys share
}

const segmentMax = 2048

// segmentSteps are lengths of a segment's slots that Go's allocator gives without rounding up.
var segmentSteps = [...]int{64, 80, 96, 128, 160, 192, 256, 336, 432, 512, 640, 768, 1024, 1280, 1536, 1792, 2048}

// segmentLen returns the least step that holds n keys at 7/8 of its homes.
func segmentLen(n int) int {
	for _, l := range segmentSteps {
		if n <= segmentHomes(l)*7/8 {
			return l
		}
	}
	l := segmentMax
	for n > segmentHomes(l)*7/8 { // only for a pile of equal hashes, which can't be split
		l += l / 4
	}
	return l
}

func segmentHomes(l int) int { return l - l/64 - 8 }

func (x *index) init() {
	g := buildSegment(nil, 0, 0)
	x.dir, x.bits, x.slots, x.biggest = []*segment{g}, 0, len(g.slots), len(g.slots)
}

func (x *index) segment(hash uint32) *segment { return x.dir[hash>>(32-x.bits)] }

func (g *segment) home(hash uint32) int { return int(uint64(hash<<g.depth) * uint64(g.size) >> 32) }

// lower returns the first position that holds a slot >= hash<<32, or the end of the run where it would be.
func (g *segment) lower(hash uint32) int {
	i := g.home(hash)
	for want := uint64(hash) << 32; g.slots[i] != 0 && g.slots[i] < want; {
		i++
	}
	return i
}

// buildSegment makes a segment with room for room keys from slots in hash order, empty ones skipped.
func buildSegment(from []uint64, room int, depth uint8) *segment {
	l := segmentLen(room)
	g := &segment{size: segmentHomes(l), depth: depth}
	end := 0 // first, how far the displaced ones reach
	for _, e := range from {
		if e != 0 {
			end = max(end, g.home(uint32(e>>32))) + 1
			g.n++
		}
	}
	g.slots = make([]uint64, max(l, end+1)) // the last slot stays empty: it ends every run
	end = 0
	for _, e := range from {
		if e != 0 {
			end = max(end, g.home(uint32(e>>32)))
			g.slots[end] = e
			end++
		}
	}
	return g
}

// insert adds h under hash, after those of the same hash.
func (x *index) insert(hash uint32, h handle) {
	for {
		g := x.segment(hash)
		if g.n < g.size*7/8 && g.insert(uint64(hash)<<32|uint64(h)) {
			x.n++
			return
		}
		x.grow(hash, g)
	}
}

func (g *segment) insert(e uint64) bool {
	i := g.home(uint32(e >> 32))
	for i < len(g.slots) && g.slots[i] != 0 && g.slots[i]>>32 <= e>>32 {
		i++
	}
	j := i
	for j < len(g.slots) && g.slots[j] != 0 {
		j++
	}
	if j >= len(g.slots)-1 {
		return false
	}
	copy(g.slots[i+1:j+1], g.slots[i:j])
	g.slots[i] = e
	g.n++
	return true
}

// grow makes room in g: a longer segment, or two if it has the greatest length and its hashes can be told apart.
func (x *index) grow(hash uint32, g *segment) {
	if len(g.slots) >= segmentMax && x.split(hash, g) {
		return
	}
	x.replace(hash, g, buildSegment(g.slots, max(g.n+1, g.size*7/8+1), g.depth))
}

func (x *index) split(hash uint32, g *segment) bool {
	if g.depth == x.bits {
		// The directory stays in proportion to the keys, whatever the hashes.
		if 1<<x.bits > max(16, x.n/64) || x.bits == 30 {
			return false
		}
		dir := make([]*segment, 2*len(x.dir))
		for i, s := range x.dir {
			dir[2*i], dir[2*i+1] = s, s
		}
		x.dir, x.bits = dir, x.bits+1
	}
	bit := uint64(1) << (63 - g.depth)
	cut, left := len(g.slots), 0
	for i, e := range g.slots {
		if e == 0 {
			continue
		}
		if e&bit != 0 {
			cut = i
			break
		}
		left++
	}
	a := buildSegment(g.slots[:cut], left, g.depth+1)
	b := buildSegment(g.slots[cut:], g.n-left, g.depth+1)
	first, span := x.reach(hash, g)
	for i := range span {
		if i < span/2 {
			x.dir[first+i] = a
		} else {
			x.dir[first+i] = b
		}
	}
	x.slots += len(a.slots) + len(b.slots) - len(g.slots)
	x.biggest = max(x.biggest, len(a.slots), len(b.slots))
	return true
}

// reach returns the directory entries that lead to g, a segment of hash.
func (x *index) reach(hash uint32, g *segment) (first, span int) {
	span = 1 << (x.bits - g.depth)
	return int(hash>>(32-x.bits)) &^ (span - 1), span
}

func (x *index) replace(hash uint32, g, by *segment) {
	first, span := x.reach(hash, g)
	for i := range span {
		x.dir[first+i] = by
	}
	x.slots += len(by.slots) - len(g.slots)
	x.biggest = max(x.biggest, len(by.slots))
}

// position returns where h is. It must be there (K1).
func (g *segment) position(hash uint32, h handle) int {
	for i, e := g.lower(hash), uint64(hash)<<32|uint64(h); g.slots[i]>>32 == uint64(hash); i++ {
		if g.slots[i] == e {
			return i
		}
	}
	panic("keyspace: a record is not in the index")
}

// move changes the handle of a record.
func (x *index) move(hash uint32, from, to handle) {
	g := x.segment(hash)
	g.slots[g.position(hash, from)] = uint64(hash)<<32 | uint64(to)
}

// remove takes h out and closes the gap.
func (x *index) remove(hash uint32, h handle) {
	g := x.segment(hash)
	i := g.position(hash, h)
	for ; g.slots[i+1] != 0 && g.home(uint32(g.slots[i+1]>>32)) <= i; i++ {
		g.slots[i] = g.slots[i+1]
	}
	g.slots[i] = 0
	g.n--
	x.n--
	if len(g.slots) > segmentSteps[0] && g.n < len(g.slots)/4 {
		x.replace(hash, g, buildSegment(g.slots, 2*g.n, g.depth))
	}
}

// load builds the index from all n slots at once, given in chunks: by counting into the directory's entries, then sorting each.
func (x *index) load(chunks [][]uint64, n int) {
	x.n = n
	x.bits = 0
	for x.n>>x.bits > segmentMax*3/4 {
		x.bits++
	}
	ends := make([]int, 1<<x.bits+1)
	for _, c := range chunks {
		for _, e := range c {
			ends[int(e>>(64-x.bits))+1]++
		}
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	sorted := make([]uint64, n)
	next := append([]int{}, ends[:len(ends)-1]...)
	for i, c := range chunks {
		for _, e := range c {
			b := e >> (64 - x.bits)
			sorted[next[b]] = e
			next[b]++
		}
		chunks[i] = nil
	}
	x.dir, x.slots = make([]*segment, 1<<x.bits), 0
	for i := range x.dir {
		part := sorted[ends[i]:ends[i+1]]
		slices.Sort(part)
		x.dir[i] = buildSegment(part, len(part), x.bits)
		x.slots += len(x.dir[i].slots)
		x.biggest = max(x.biggest, len(x.dir[i].slots))
	}
}

func (x *index) bytes() int { return 8*(x.slots+len(x.dir)) + 48*x.n/1024 }
