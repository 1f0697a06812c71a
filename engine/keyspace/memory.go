package keyspace

// Memory is what a Space occupies in this process, by part, in bytes.
type Memory struct {
	Arena     int // pages, free slots included
	Free      int // share of Arena that is free slots
	Index     int
	Order     int
	Deadlines int
	Side      int // big keys, big values
	Objects   int // by Object.Bytes, what snapshots hold included
	Deletions int
	Limbo     int // number of records, inside Arena and Side, that only snapshots hold or that wait to be freed
}

// Total returns the sum of the parts. Free and Limbo are shares of others and not added again.
func (m Memory) Total() int {
	return m.Arena + m.Index + m.Order + m.Deadlines + m.Side + m.Objects + m.Deletions
}

// Memory returns what the space occupies in this process. Nothing replicated may depend on it (K5): see DataBytes.
func (s *Space) Memory() Memory {
	s.settle()
	const treeItem, pageCost, pageMetaCost = 40, 32, 48
	m := Memory{
		Arena:     s.arena.bytes + len(s.arena.pages)*(pageCost+pageMetaCost),
		Free:      s.arena.bytes - s.arena.used,
		Index:     s.index.bytes(),
		Order:     s.order.bytes + s.order.spareBytes + s.order.leaves*treeItem*3/2,
		Deadlines: s.deadlines.tree.Len() * 16 * 3 / 2,
		Side:      s.sides.bytes + 8*len(s.sides.entries),
		Objects:   s.sides.objects,
		Deletions: s.deleted.bytes(),
		Limbo:     s.limbo.n,
	}
	for _, sn := range s.snapshots {
		m.Limbo += sn.limbo.n
	}
	return m
}

// MemoryUsage returns Memory().Total().
func (s *Space) MemoryUsage() int { return s.Memory().Total() }

// DataBytes returns the sum of Record.Size over all keys: computed from lengths alone, so equal on all replicas (K5).
func (s *Space) DataBytes() int {
	s.settle()
	return s.data
}
