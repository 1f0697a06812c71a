package keyspace

// View returns what the snapshot shows as a Space for Get, Len, Range and Prefix, and for nothing else. Any one goroutine may
// call them, beside changes of the space, until Release.
func (sn *Snapshot) View() *Space {
	v := &Space{seed: sn.seed, epoch: sn.epoch, frozen: true}
	v.arena.pages, v.sides.entries = sn.pages, sn.sides
	v.index.init()
	v.order.init()
	v.order.tree = sn.tree
	v.index.n = sn.n
	return v
}

// search finds a key without the index, which no snapshot has.
func (s *Space) search(key []byte) (rec Record, found bool) {
	s.Range(key, nil, false, func(r Record) bool {
		rec, found = r, string(r.Key()) == string(key)
		return false
	})
	return rec, found
}
