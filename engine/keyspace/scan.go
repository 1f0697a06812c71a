package keyspace

// Scan calls f for about count keys from cursor on and returns the next cursor, 0 at the end. Start with 0. The cursor is a
// position in hash order below 2^33: a key that is there during the whole scan is seen exactly once, whatever else changes
// between the calls (K4). f must not change s.
func (s *Space) Scan(cursor uint64, count int, f func(Record)) uint64 {
	if cursor >= 1<<32 {
		return 0
	}
	x := &s.index
	hash, seen, visited := uint32(cursor), 0, 0
	count = max(count, 1)
	last := uint64(1) << 32 // hash of the last key seen
	for {
		g := x.segment(hash)
		for i := g.lower(hash); i < len(g.slots); i++ {
			e := g.slots[i]
			if e == 0 {
				continue
			}
			if seen >= count && e>>32 != last {
				return e >> 32
			}
			f(s.record(handle(e)))
			seen++
			last = e >> 32
		}
		first, span := x.reach(hash, g)
		if first+span == len(x.dir) {
			return 0
		}
		hash = uint32(first+span) << (32 - x.bits)
		// A table that was bigger once may be nearly empty: a call looks at a limited part of it.
		if visited += len(g.slots); seen >= count || visited > 16*count+1<<14 {
			return uint64(hash)
		}
	}
}

// RandomKey returns a key chosen by the random number r, each with the same chance unless the table is nearly empty; false only
// if there is none. The choice depends on this process' layout (K5): it is for reads, never for a replicated decision.
func (s *Space) RandomKey(r uint64) (Record, bool) {
	x := &s.index
	if x.n == 0 {
		return Record{}, false
	}
	for range 128 {
		r = mix(r^0x9e3779b97f4a7c15, 0xd1b54a32d192ed03) + 0x2545f4914f6cdd1d
		d := int(r >> 32 & uint64(len(x.dir)-1))
		g := x.dir[d]
		if d&(1<<(x.bits-g.depth)-1) != 0 {
			continue // a segment counts once, not once for each entry that leads to it
		}
		if at := int(uint64(uint32(r)) * uint64(x.biggest) >> 32); at < len(g.slots) && g.slots[at] != 0 {
			return s.record(handle(g.slots[at])), true
		}
	}
	// A nearly empty table: the first key at or after a random position, around the end.
	rec, found := Record{}, false
	s.Scan(r>>32, 1, func(at Record) { rec, found = at, true })
	for cursor := uint64(0); !found; {
		cursor = s.Scan(cursor, 1, func(at Record) { rec, found = at, true })
	}
	return rec, true
}
