package cluster

// Incarnation names this process in the entries it proposes (Entry.Origin).
func (n *Node) Incarnation() uint64 { return n.incarnation }

// Alive reports whether a process is this one, or that of a peer with an open
// link to this node that was heard of within an election timeout. At a leader,
// to which all others answer, false means dead or cut off, or just about to be
// heard of.
func (n *Node) Alive(incarnation uint64) bool {
	if incarnation == n.incarnation {
		return true
	}
	for l := range n.inbound {
		p := l.peer
		if p.incarnation == incarnation && l.state == linkUp {
			return n.ticks-p.heardTick <= uint64(n.cfg.ElectionTicks)
		}
	}
	return false
}
