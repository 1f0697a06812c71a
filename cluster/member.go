package cluster

// transfer is a leadership on its way to another node.
type transfer struct{}

func (g *group) handOver() {}

// refuseAll fails own proposals that were not handed to any leader.
func (g *group) refuseAll() {
	if !g.isLeader() {
		return
	}
	kept := g.own[:0:0]
	for _, p := range g.own {
		if p.sentTerm == 0 {
			p.fail(ErrNoSpace)
		} else {
			kept = append(kept, p)
		}
	}
	g.own = kept
	for _, f := range g.forwarded {
		g.n.sendRefusal(g, f)
	}
	g.forwarded = nil
}

// housekeep is what need not be done in every turn, only in every tick.
func (n *Node) housekeep() {
	for _, g := range n.groups {
		if g.snapshotDue() {
			g.takeSnapshot()
		}
	}
}

// initMeta writes the first entry of a new cluster's metadata.
func (n *Node) initMeta() {
	if g := n.group(0); g == nil || n.meta.ClusterID != "" || !g.leaderReady() || len(g.own) > 0 || n.Number != 1 {
		return
	}
	n.proposeMeta(metaOp{Kind: "init", ClusterID: n.ClusterID, MaxVoters: n.cfg.MaxVoters, Groups: n.Groups, NodeID: n.NodeID, Addr: n.cfg.Announce},
		func(uint64, error) {})
}

func (n *Node) proposeMeta(op metaOp, done func(number uint64, err error)) {
	n.Propose(0, &Proposal{Data: encodeMetaOp(op), Owner: &metaCall{done}})
}
