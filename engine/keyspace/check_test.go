package keyspace

import (
	"bytes"
	"flag"
	"math/bits"
	"testing"
)

var long = flag.Bool("long", false, "run the long tests")

var testSeed = [4]uint64{0x9f86d081884c7d65, 0x9a2feaa0c55ad015, 0xa3bf4f1b2b0b822c, 0xd15d6c15b0f00a08}

// check verifies the invariants that tie the parts of s together (K1) and the counters.
func check(t *testing.T, s *Space) {
	t.Helper()
	seen := map[handle]bool{}
	var last []byte
	leaves, order := 0, 0
	var lastLeaf leaf
	s.order.tree.Scan(func(it leafItem) bool {
		l := it.l
		leaves++
		order += len(l)
		if l.n() == 0 || l.n() > l.cap() || l.cap() > leafKeys || l.prefix() > l.sepLen() {
			t.Fatalf("leaf: n %d cap %d prefix %d sep %d", l.n(), l.cap(), l.prefix(), l.sepLen())
		}
		for i := range l.n() {
			h := l.handles().at(i)
			k := s.record(h).Key()
			if seen[h] {
				t.Fatalf("handle %x twice in the order", h)
			}
			seen[h] = true
			if len(seen) > 1 && bytes.Compare(last, k) >= 0 {
				t.Fatalf("order: %.40q then %.40q", last, k)
			}
			if lastLeaf != nil && bytes.Compare(k, l.sep()) < 0 {
				t.Fatalf("key %.40q below sep %.40q", k, l.sep())
			}
			if !bytes.HasPrefix(k, l.sep()[:l.prefix()]) || l.heads().at(i) != headOf(k, l.prefix()) {
				t.Fatalf("key %.40q: prefix %d of sep %.40q, head %x", k, l.prefix(), l.sep(), l.heads().at(i))
			}
			last = k
		}
		if lastLeaf != nil && bytes.Compare(s.keyAt(lastLeaf, lastLeaf.n()-1), l.sep()) >= 0 {
			t.Fatalf("sep %.40q not above the leaf before", l.sep())
		}
		lastLeaf = l
		return true
	})
	if order != s.order.bytes || leaves != s.order.leaves || len(seen) != s.index.n {
		t.Fatalf("order: bytes %d counted %d, leaves %d counted %d, keys %d in index %d", order, s.order.bytes, leaves, s.order.leaves, len(seen), s.index.n)
	}
	n, slots, data, expires := 0, 0, 0, 0
	s.settle()
	for d := 0; d < len(s.index.dir); {
		g := s.index.dir[d]
		var before uint64
		count := 0
		for i, e := range g.slots {
			if e == 0 {
				continue
			}
			count++
			h, hash := handle(e), uint32(e>>32)
			r := s.record(h)
			if !seen[h] || s.hashOf(r.Key()) != hash || e>>32 < before || g.home(hash) > i || int(hash>>(32-s.index.bits))>>(s.index.bits-g.depth) != d>>(s.index.bits-g.depth) {
				t.Fatalf("index: slot %x at %d of directory entry %d", e, i, d)
			}
			before = e >> 32
			data += r.Size()
			if ms, ok := r.DeadlineMs(); ok {
				expires++
				if it, ok := s.deadlines.tree.Get(deadlineItem{ms, hash, h}); !ok || it.h != h {
					t.Fatalf("key %.40q is not in the deadlines", r.Key())
				}
			}
		}
		if count != g.n || g.slots[len(g.slots)-1] != 0 {
			t.Fatalf("segment: n %d counted %d, last %x", g.n, count, g.slots[len(g.slots)-1])
		}
		n += count
		slots += len(g.slots)
		d += 1 << (s.index.bits - g.depth)
	}
	if n != s.index.n || slots != s.index.slots || data != s.data || expires != s.Expires() {
		t.Fatalf("keys %d counted %d, slots %d counted %d, data %d counted %d, expires %d counted %d",
			s.index.n, n, s.index.slots, slots, s.data, data, s.Expires(), expires)
	}
	checkArena(t, s)
}

// checkArena verifies that the slots in use are the live records and those in limbo.
func checkArena(t *testing.T, s *Space) {
	t.Helper()
	live, used, total := 0, 0, 0
	for id, p := range s.arena.pages {
		if p.data == nil {
			continue
		}
		m := s.arena.meta[id]
		n := int(m.slots) - 256
		for _, w := range m.used {
			n += bits.OnesCount64(w)
		}
		if n != int(m.live) || m.at == atFull != (m.live == m.slots) && m.at != atEvacuating {
			t.Fatalf("page %d: live %d counted %d of %d, at %d", id, m.live, n, m.slots, m.at)
		}
		live += n
		used += n * int(p.size)
		total += len(p.data)
	}
	limbo := s.limbo.n
	for _, sn := range s.snapshots {
		limbo += sn.limbo.n
	}
	if live != s.index.n+limbo || used != s.arena.used || total != s.arena.bytes {
		t.Fatalf("arena: %d slots in use for %d keys and %d in limbo; used %d counted %d; bytes %d counted %d",
			live, s.index.n, limbo, s.arena.used, used, s.arena.bytes, total)
	}
	refs := map[uint32]int32{}
	for id, p := range s.arena.pages {
		for slot := range int(s.arena.meta[id].slots) {
			if s.arena.meta[id].used[slot>>6]>>(slot&63)&1 == 1 && p.data != nil {
				if r := s.record(handle(id<<8 | slot)); r.x != nil {
					refs[r.sideID()]++
				}
			}
		}
	}
	sideBytes, objects := 0, 0
	for id, x := range s.sides.entries {
		if x == nil {
			continue
		}
		sideBytes += sideOverhead + cap(x.key) + cap(x.data)
		objects += x.bytes
		if x.refs != refs[uint32(id)] {
			t.Fatalf("side entry %d: refs %d counted %d", id, x.refs, refs[uint32(id)])
		}
		delete(refs, uint32(id))
	}
	if len(refs) != 0 || sideBytes != s.sides.bytes || objects != s.sides.objects {
		t.Fatalf("side table: %d dangling; bytes %d counted %d; objects %d counted %d", len(refs), s.sides.bytes, sideBytes, s.sides.objects, objects)
	}
}
