package keyspace

import "math/bits"

// A handle is page<<8 | slot. Handle 0 is none: page 0 is never used.
type handle = uint32

const (
	pagesMax = 1 << 24

	atFull       = -1 // the page has no free slot
	atEvacuating = -2 // compaction is emptying it (K7)
)

// page is what a reader needs to find a record.
type page struct {
	data []byte
	size uint32 // of a slot
}

// pageMeta is what the allocator knows of a page.
type pageMeta struct {
	used  [4]uint64
	live  uint16
	slots uint16
	class uint16
	at    int32 // index in its class's partial, or atFull, atEvacuating
}

type class struct {
	partial []uint32 // pages with a free slot
	live    int      // slots in use
}

// arena keeps records in pages of equal slots. Pages hold no pointers, so the collector never looks inside.
type arena struct {
	pages   []page
	meta    []pageMeta
	ids     []uint32 // unused page numbers
	classes [classCount]class
	bytes   int // of all pages
	used    int // of the slots in use

	evacuating uint32 // the page that compaction is emptying, 0: none
}

func (a *arena) init() {
	a.pages = make([]page, 1, 4)
	a.meta = make([]pageMeta, 1, 4)
}

// at returns the slot of h.
func (a *arena) at(h handle) []byte { return slotOf(a.pages, h) }

func slotOf(pages []page, h handle) []byte {
	p := &pages[h>>8]
	off := int(h&255) * int(p.size)
	end := off + int(p.size)
	return p.data[off:end:end]
}

// alloc returns a free slot of at least n bytes. Its content is undefined.
func (a *arena) alloc(n int) handle {
	ci := classOf(n)
	c := &a.classes[ci]
	if len(c.partial) == 0 {
		a.newPage(ci)
	}
	id := c.partial[len(c.partial)-1]
	m := &a.meta[id]
	for i := range m.used {
		if free := ^m.used[i]; free != 0 {
			bit := bits.TrailingZeros64(free)
			m.used[i] |= 1 << bit
			m.live++
			if m.live == m.slots {
				c.partial = c.partial[:len(c.partial)-1]
				m.at = atFull
			}
			c.live++
			a.used += int(a.pages[id].size)
			return id<<8 | uint32(i*64+bit)
		}
	}
	panic("keyspace: a partial page has no free slot")
}

// newPage adds an empty page to class ci. Pages grow with what the class holds, so that a small database stays small.
func (a *arena) newPage(ci int) {
	c, size := &a.classes[ci], classSize(ci)
	n := pageBytes(size, max(c.live/4, 8))
	var id uint32
	if k := len(a.ids); k > 0 {
		id = a.ids[k-1]
		a.ids = a.ids[:k-1]
	} else {
		if len(a.pages) == pagesMax {
			panic("keyspace: all page numbers are in use")
		}
		id = uint32(len(a.pages))
		a.pages = append(a.pages, page{})
		a.meta = append(a.meta, pageMeta{})
	}
	a.pages[id] = page{data: make([]byte, n), size: uint32(size)}
	slots := min(n/size, 256)
	m := pageMeta{slots: uint16(slots), class: uint16(ci), at: int32(len(c.partial))}
	for i := slots; i < 256; i++ { // slots that are not there are in use for ever
		m.used[i>>6] |= 1 << (i & 63)
	}
	a.meta[id] = m
	a.bytes += n
	c.partial = append(c.partial, id)
}

// free gives a slot back, and its page if it is empty and not the class's last one with room: so a class whose pages are full
// does not make and drop a page at each change.
func (a *arena) free(h handle) {
	id := h >> 8
	m := &a.meta[id]
	bit := uint64(1) << (h & 63)
	if m.used[h&255>>6]&bit == 0 || h&255 >= uint32(m.slots) {
		panic("keyspace: a free slot is freed")
	}
	m.used[h&255>>6] &^= bit
	m.live--
	c := &a.classes[m.class]
	c.live--
	a.used -= int(a.pages[id].size)
	if m.at == atFull {
		m.at = int32(len(c.partial))
		c.partial = append(c.partial, id)
	}
	if m.live == 0 && (m.at == atEvacuating || len(c.partial) > 1 || c.live == 0) {
		a.dropPage(id)
	}
}

func (a *arena) dropPage(id uint32) {
	if id == a.evacuating {
		a.evacuating = 0
	}
	a.unlist(id)
	a.bytes -= len(a.pages[id].data)
	a.pages[id] = page{}
	a.meta[id] = pageMeta{at: atFull}
	a.ids = append(a.ids, id)
}

// unlist takes a page out of its class's partial pages.
func (a *arena) unlist(id uint32) {
	m := &a.meta[id]
	if m.at < 0 {
		return
	}
	c := &a.classes[m.class]
	last := c.partial[len(c.partial)-1]
	c.partial[m.at] = last
	a.meta[last].at = m.at
	c.partial = c.partial[:len(c.partial)-1]
	m.at = atFull
}
