package engine

import "github.com/laurocaetano/foxtail/engine/keyspace"

// list is a sequence of strings: a deque of blocks, each a run of elements in
// the encoding of listpack.go. Pushes and pops touch the first or last block
// only; an index is found by walking the block counts from the nearer end.
//
// A list that fits one small block is stored as a blob and lives in a list
// only while a command works on it.
type list struct {
	owner  *owner
	spine  []*listBlock // spine[first:] are the blocks in order, none empty but the only one
	first  int          // free places before the first block, for pushes at the head
	count  int
	bytes  int // of all elements as encoded
	limits listLimits

	// quick: the list outgrew one listpack, as OBJECT ENCODING tells. It is
	// state, not a function of the contents: the way back has a lower limit.
	quick bool
}

// listBlock holds n elements in buf[head:]. At least packHead bytes are free
// before head, so that a lone block becomes a blob without moving.
type listBlock struct {
	owner *owner
	buf   []byte
	head  int
	n     int
}

// listLimits are the bounds of one block, from list-max-listpack-size: a
// positive number of elements, or -1..-5 for 4 to 64 KiB.
type listLimits struct {
	bytes, count int
}

const listCountBytesMax = 8192 // a block limited by count obeys this one, too

func listLimitsOf(fill int) listLimits {
	if fill >= 0 {
		return listLimits{bytes: listCountBytesMax, count: max(fill, 1)}
	}
	return listLimits{bytes: 4096 << min(-fill-1, 4), count: 1 << 31}
}

// exceeds says whether a listpack of that size would be too big.
func (l listLimits) exceeds(bytes, count int) bool {
	return bytes > l.bytes || count > l.count
}

func newList(limits listLimits) *list {
	return &list{owner: new(owner), limits: limits}
}

// Clone is a copy that shares all blocks until either side changes them.
func (l *list) Clone() keyspace.Object {
	c := *l
	c.spine = append([]*listBlock(nil), l.spine[l.first:]...)
	c.first = 0
	c.owner, l.owner = new(owner), new(owner)
	return &c
}

// Bytes is the memory held, computed from lengths alone, so that it is the
// same on every node.
func (l *list) Bytes() int { return l.bytes + 64*len(l.blocks()) + 64 }

func (l *list) len() int             { return l.count }
func (l *list) blocks() []*listBlock { return l.spine[l.first:] }

func (b *listBlock) size() int { return len(b.buf) - b.head }

// mine makes block i changeable.
func (l *list) mine(i int) *listBlock {
	b := l.spine[l.first+i]
	if b.owner != l.owner {
		c := &listBlock{owner: l.owner, head: packHead, n: b.n}
		c.buf = make([]byte, packHead, packHead+b.size()+b.size()/4+64)
		c.buf = append(c.buf, b.buf[b.head:]...)
		l.spine[l.first+i] = c
		return c
	}
	return b
}

// fits says whether block i takes one more element of that size.
func (l *list) fits(i, size int) bool {
	b := l.spine[l.first+i]
	return b.n == 0 || !l.limits.exceeds(b.size()+packOverhead+size, b.n+1)
}

// addBlock puts a new block before block i.
func (l *list) addBlock(i int, b *listBlock) {
	switch {
	case i == 0 && l.first > 0:
		l.first--
	case i == 0:
		room := len(l.spine)/2 + 2
		spine := make([]*listBlock, room+len(l.spine), room+len(l.spine)+2)
		copy(spine[room:], l.spine)
		l.spine, l.first = spine, room-1
	default:
		l.spine = append(l.spine, nil)
		copy(l.spine[l.first+i+1:], l.spine[l.first+i:])
	}
	l.spine[l.first+i] = b
}

// newBlock makes an empty block for an element of that size. One at an end of a long list will fill up: it gets its room at
// once, as growing step by step copies each element several times.
func (l *list) newBlock(size int) *listBlock {
	return &listBlock{owner: l.owner, buf: make([]byte, packHead, packHead+l.blockRoom(size)), head: packHead}
}

// newFront is newBlock for pushes at the head.
func (l *list) newFront(size int) *listBlock {
	buf := make([]byte, packHead+l.blockRoom(size))
	return &listBlock{owner: l.owner, buf: buf, head: len(buf)}
}

func (l *list) blockRoom(size int) int { return max(size, 120, min(l.limits.bytes, l.bytes/8)) }

func (l *list) dropBlock(i int) {
	if i == 0 {
		l.spine[l.first] = nil
		l.first++
		if l.first == len(l.spine) {
			l.spine, l.first = l.spine[:0], 0
		} else if l.first > 32 && l.first > 3*(len(l.spine)-l.first) {
			n := copy(l.spine, l.spine[l.first:])
			clear(l.spine[n:])
			l.spine, l.first = l.spine[:n], 0
		}
		return
	}
	at := l.first + i
	copy(l.spine[at:], l.spine[at+1:])
	l.spine[len(l.spine)-1] = nil
	l.spine = l.spine[:len(l.spine)-1]
}

func (l *list) pushBack(s []byte) {
	size, last := elementSize(s), len(l.blocks())-1
	if last < 0 || !l.fits(last, size) {
		last++
		l.addBlock(last, l.newBlock(size))
	}
	b := l.mine(last)
	b.openTail(size)
	b.buf = appendElement(b.buf, s)
	b.n++
	l.count++
	l.bytes += size
}

func (l *list) pushFront(s []byte) {
	size := elementSize(s)
	if len(l.blocks()) == 0 || !l.fits(0, size) {
		l.addBlock(0, l.newFront(size))
	}
	b := l.mine(0)
	b.insert(b.head, s, size)
	l.count++
	l.bytes += size
}

// insert puts s at pos: by moving what is before it if there is room there
// and it is the shorter way (always, at the head).
func (b *listBlock) insert(pos int, s []byte, size int) {
	before := pos - b.head
	if b.head-packHead < size && before < len(b.buf)-pos {
		b.openHead(size)
		pos = b.head + before
	}
	if b.head-packHead >= size {
		copy(b.buf[b.head-size:], b.buf[b.head:pos])
		b.head -= size
		pos -= size
	} else {
		b.buf = openGap(b.buf, pos, 0, size)
	}
	putElement(b.buf[pos:pos+size], s)
	b.n++
}

// openHead makes room for size bytes before the first element, openTail after
// the last: by sliding the elements if the other side has much free, so that
// a queue runs in one buffer, else in a bigger buffer.

func (b *listBlock) openHead(size int) {
	used := b.size()
	free := cap(b.buf) - packHead - used
	if free < 2*size+used/2 {
		free = 2*size + used/2 + 60
		buf := make([]byte, packHead+free+used)
		head := packHead + free - free/8
		copy(buf[head:], b.buf[b.head:])
		b.buf, b.head = buf[:head+used], head
		return
	}
	buf := b.buf[:cap(b.buf)]
	head := packHead + free - free/4
	copy(buf[head:], b.buf[b.head:])
	b.buf, b.head = buf[:head+used], head
}

func (b *listBlock) openTail(size int) {
	used := b.size()
	free := cap(b.buf) - packHead - used
	if len(b.buf)+size <= cap(b.buf) || free < 2*size+used/2 {
		return // append does what is needed
	}
	head := packHead + free/4
	copy(b.buf[head:], b.buf[b.head:])
	b.buf, b.head = b.buf[:head+used], head
}

// popBack and popFront remove an element; it stays readable until the list
// changes again. REQUIRES: the list is not empty.

func (l *list) popBack() element {
	i := len(l.blocks()) - 1
	b := l.mine(i)
	pos := elementBefore(b.buf, len(b.buf))
	e, _ := elementAt(b.buf, pos)
	l.removed(len(b.buf)-pos, 1)
	b.buf = b.buf[:pos]
	if b.n--; b.n == 0 {
		l.dropBlock(i)
	}
	return e
}

func (l *list) popFront() element {
	b := l.mine(0)
	e, next := elementAt(b.buf, b.head)
	l.removed(next-b.head, 1)
	b.head = next
	if b.n--; b.n == 0 {
		l.dropBlock(0)
	}
	return e
}

func (l *list) removed(bytes, n int) {
	l.bytes -= bytes
	l.count -= n
}

// listPos is a place in a list: an element, or the end of a block.
type listPos struct {
	block, pos int
}

// seek finds the element number i. REQUIRES: 0 <= i < len.
func (l *list) seek(i int) listPos {
	blocks := l.blocks()
	at := 0
	if i <= l.count/2 {
		for i >= blocks[at].n {
			i -= blocks[at].n
			at++
		}
	} else {
		at = len(blocks) - 1
		for i = l.count - i; i > blocks[at].n; at-- {
			i -= blocks[at].n
		}
		i = blocks[at].n - i
	}
	b := blocks[at]
	if i <= b.n/2 {
		pos := b.head
		for ; i > 0; i-- {
			pos = elementSkip(b.buf, pos)
		}
		return listPos{at, pos}
	}
	pos := len(b.buf)
	for ; i < b.n; i++ {
		pos = elementBefore(b.buf, pos)
	}
	return listPos{at, pos}
}

// get reads the element at p.
func (l *list) get(p listPos) element {
	e, _ := elementAt(l.blocks()[p.block].buf, p.pos)
	return e
}

// next and prev step to the neighbour; false at the end. p must be an element.

func (l *list) next(p listPos) (listPos, bool) {
	blocks := l.blocks()
	p.pos = elementSkip(blocks[p.block].buf, p.pos)
	if p.pos < len(blocks[p.block].buf) {
		return p, true
	}
	if p.block++; p.block == len(blocks) {
		return p, false
	}
	p.pos = blocks[p.block].head
	return p, true
}

func (l *list) prev(p listPos) (listPos, bool) {
	blocks := l.blocks()
	if p.pos == blocks[p.block].head {
		if p.block == 0 {
			return p, false
		}
		p.block--
		p.pos = len(blocks[p.block].buf)
	}
	p.pos = elementBefore(blocks[p.block].buf, p.pos)
	return p, true
}

// set overwrites the element at p.
func (l *list) set(p listPos, s []byte) {
	b := l.blocks()[p.block]
	old, size := elementSkip(b.buf, p.pos)-p.pos, elementSize(s)
	if size > old && b.n > 1 && l.limits.exceeds(b.size()+packOverhead+size-old, b.n) {
		l.insertAt(l.remove(p), s)
		return
	}
	offset := p.pos - b.head
	b = l.mine(p.block)
	pos := b.head + offset
	b.buf = openGap(b.buf, pos, old, size)
	putElement(b.buf[pos:pos+size], s)
	l.bytes += size - old
}

// insertBefore and insertAfter put s beside the element at p.

func (l *list) insertBefore(p listPos, s []byte) { l.insertAt(p, s) }

func (l *list) insertAfter(p listPos, s []byte) {
	p.pos = elementSkip(l.blocks()[p.block].buf, p.pos)
	l.insertAt(p, s)
}

// insertAt puts s at p, an element or the end of a block, or a block number
// one past the last. A full block is left alone if its neighbour has room,
// else cut in two at p.
func (l *list) insertAt(p listPos, s []byte) {
	size := elementSize(s)
	l.count++
	l.bytes += size
	blocks := l.blocks()
	if p.block == len(blocks) && p.block > 0 && l.fits(p.block-1, size) {
		p = listPos{p.block - 1, len(blocks[p.block-1].buf)}
	} else if p.block == len(blocks) {
		l.addBlock(p.block, l.newBlock(size))
		p.pos = packHead
	} else if !l.fits(p.block, size) {
		p = l.openAt(p, size)
	}
	offset := p.pos - l.blocks()[p.block].head
	b := l.mine(p.block)
	b.insert(b.head+offset, s, size)
}

func (l *list) openAt(p listPos, size int) listPos {
	blocks := l.blocks()
	b := blocks[p.block]
	switch {
	case p.pos == b.head && p.block > 0 && l.fits(p.block-1, size):
		return listPos{p.block - 1, len(blocks[p.block-1].buf)}
	case p.pos == len(b.buf) && p.block+1 < len(blocks) && l.fits(p.block+1, size):
		return listPos{p.block + 1, blocks[p.block+1].head}
	case p.pos == b.head:
		l.addBlock(p.block, l.newBlock(size))
		return listPos{p.block, packHead}
	case p.pos == len(b.buf):
		l.addBlock(p.block+1, l.newBlock(size))
		return listPos{p.block + 1, packHead}
	}
	offset := p.pos - b.head
	b = l.mine(p.block)
	pos := b.head + offset
	tail := l.newBlock(len(b.buf) - pos)
	tail.buf = append(tail.buf, b.buf[pos:]...)
	tail.n, _ = elementsCheck(tail.buf[packHead:])
	b.buf = b.buf[:pos]
	b.n -= tail.n
	l.addBlock(p.block+1, tail)
	if !l.fits(p.block, size) {
		l.addBlock(p.block+1, l.newBlock(size))
		return listPos{p.block + 1, packHead}
	}
	return listPos{p.block, pos}
}

// remove deletes the element at p and gives the place of the one after it
// (block == number of blocks at the end of the list).
func (l *list) remove(p listPos) listPos {
	offset := p.pos - l.blocks()[p.block].head
	b := l.mine(p.block)
	pos := b.head + offset
	next := elementSkip(b.buf, pos)
	l.removed(next-pos, 1)
	if b.n--; b.n == 0 {
		l.dropBlock(p.block)
		if p.block < len(l.blocks()) {
			return listPos{p.block, l.blocks()[p.block].head}
		}
		return listPos{p.block, 0}
	}
	if pos == b.head {
		b.head = next
		return listPos{p.block, next}
	}
	b.buf = openGap(b.buf, pos, next-pos, 0)
	if pos < len(b.buf) {
		return listPos{p.block, pos}
	}
	if p.block+1 < len(l.blocks()) {
		return listPos{p.block + 1, l.blocks()[p.block+1].head}
	}
	return listPos{p.block + 1, 0}
}

// removeRange deletes n elements from number i on, whole blocks at once.
func (l *list) removeRange(i, n int) {
	if n <= 0 {
		return
	}
	p := l.seek(i)
	for n > 0 {
		b := l.blocks()[p.block]
		if p.pos == b.head && b.n <= n {
			n -= b.n
			l.removed(b.size(), b.n)
			l.dropBlock(p.block)
		} else {
			offset, take := p.pos-b.head, 0
			b = l.mine(p.block)
			pos := b.head + offset
			end := pos
			for take < n && end < len(b.buf) {
				end = elementSkip(b.buf, end)
				take++
			}
			n -= take
			l.removed(end-pos, take)
			b.n -= take
			if pos == b.head {
				b.head = end
			} else {
				b.buf = openGap(b.buf, pos, end-pos, 0)
			}
			p.block++
		}
		if p.block < len(l.blocks()) {
			p.pos = l.blocks()[p.block].head
		}
	}
}

// merge joins small neighbours after removals in the middle, so that a list
// emptied here and there does not keep a block per element.
func (l *list) merge() {
	for i := len(l.blocks()) - 1; i > 0; i-- {
		a, b := l.blocks()[i-1], l.blocks()[i]
		if l.limits.exceeds(2*(a.size()+b.size()), 2*(a.n+b.n)) {
			continue
		}
		into := l.mine(i - 1)
		into.buf = append(into.buf, b.buf[b.head:]...)
		into.n += b.n
		l.dropBlock(i)
	}
}

// grow and shrink keep OBJECT ENCODING's answer: grow is called before
// elements of that many bytes are added, shrink after a removal.

func (l *list) grow(bytes, n int) {
	if !l.quick && l.limits.exceeds(l.bytes+packOverhead+bytes, l.count+n) {
		l.quick = true
	}
}

func (l *list) shrink() {
	if l.quick && len(l.blocks()) == 1 && 2*(l.bytes+packOverhead) <= l.limits.bytes && 2*l.count <= l.limits.count {
		l.quick = false
	}
}

// each calls f for all elements in order; REQUIRES: f does not change l.
func (l *list) each(f func(element) bool) {
	for _, b := range l.blocks() {
		for pos := b.head; pos < len(b.buf); {
			var e element
			e, pos = elementAt(b.buf, pos)
			if !f(e) {
				return
			}
		}
	}
}
