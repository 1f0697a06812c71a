package keyspace

import "math/bits"

// compaction empties pages that are less than three quarters full into others of their class, a few records at a time. It moves
// records, so it never runs beside a snapshot: K2 would copy and not free.
type compaction struct {
	running bool
	next    uint32 // page to look at
	end     uint32 // pages that existed when it began (K7)
	usedAt  int    // arena.used when the last pass ended: another one needs a change
}

// compactMin is the waste that is not worth a pass.
const compactMin = 1 << 20

// Maintain does a slice of upkeep, about budget records: it frees what released snapshots held, then compacts the arena. It
// changes no visible state, so each replica runs it alone. It reports whether work remains.
func (s *Space) Maintain(budget int) bool {
	for ; budget > 0; budget-- {
		h, ok := s.limbo.pop()
		if !ok {
			break
		}
		s.free(h)
	}
	if s.limbo.n > 0 {
		return true
	}
	if len(s.snapshots) > 0 {
		return false
	}
	if !s.compact.running && !s.beginCompaction() {
		return false
	}
	for budget > 0 {
		used, more := s.compactSlice(budget)
		if budget -= used; !more {
			return false
		}
	}
	return true
}

// beginCompaction starts a pass if more than a quarter of the arena is free slots and that changed much since the last pass.
func (s *Space) beginCompaction() bool {
	waste := s.arena.bytes - s.arena.used
	changed := max(s.arena.used, s.compact.usedAt) - min(s.arena.used, s.compact.usedAt)
	if waste < compactMin || waste < s.arena.bytes/4 || changed < s.arena.bytes/16 {
		return false
	}
	s.compact = compaction{running: true, next: 1, end: uint32(len(s.arena.pages))}
	return true
}

// stopCompaction ends a pass early.
func (s *Space) stopCompaction() {
	if s.arena.evacuating != 0 {
		s.arena.relist(s.arena.evacuating)
	}
	s.compact = compaction{usedAt: s.compact.usedAt}
}

// compactSlice moves at most budget records out of one page. It returns what it did of the budget and whether the pass goes on.
func (s *Space) compactSlice(budget int) (used int, more bool) {
	c, a := &s.compact, &s.arena
	for a.evacuating == 0 {
		if c.next == c.end {
			s.stopCompaction()
			c.usedAt = a.used
			return used, false
		}
		if used++; used > budget {
			return used, true
		}
		a.evacuate(c.next)
		c.next++
	}
	m := &a.meta[a.evacuating]
	for i := range m.used {
		limit := min(int(m.slots)-64*i, 64) // the bits beyond are slots that are not there
		if limit <= 0 {
			break
		}
		taken := m.used[i]
		if limit < 64 {
			taken &= 1<<limit - 1
		}
		for taken != 0 {
			if used >= budget {
				return used, true
			}
			bit := bits.TrailingZeros64(taken)
			taken &= taken - 1
			s.moveRecord(a.evacuating<<8 | uint32(64*i+bit))
			used++
			if a.evacuating == 0 { // the page is empty and gone
				return used, true
			}
			m = &a.meta[a.evacuating] // a new page may have moved the array
		}
	}
	panic("keyspace: a page that is being emptied has no records but is there")
}

func (s *Space) moveRecord(h handle) {
	r := s.record(h)
	key := r.Key()
	hash := s.hashOf(key)
	to := s.arena.alloc(len(r.b))
	copy(s.arena.at(to), r.b)
	s.index.move(hash, h, to)
	s.orderMove(key, h, to)
	ms := r.deadline()
	s.changeDeadline(hash, h, ms, to, ms)
	s.arena.free(h)
}

// evacuate takes a page out of use for new records if it is worth emptying: less than three quarters full, and the class's
// other pages or a single new one can take what it holds.
func (a *arena) evacuate(id uint32) {
	m := &a.meta[id]
	if a.pages[id].data == nil || m.at < 0 || m.live == 0 || int(m.live)*4 >= int(m.slots)*3 || len(a.classes[m.class].partial) < 2 {
		return
	}
	a.unlist(id)
	m.at = atEvacuating
	a.evacuating = id
}

// relist puts a page back that was taken out by evacuate.
func (a *arena) relist(id uint32) {
	m := &a.meta[id]
	c := &a.classes[m.class]
	m.at = int32(len(c.partial))
	c.partial = append(c.partial, id)
	a.evacuating = 0
}
