package cluster

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net"
)

// JoinRequest is what a new node says of itself to any member.
type JoinRequest struct {
	NodeID   string `json:"node_id"`
	Addr     Addr   `json:"addr"`
	NonVoter bool   `json:"non_voter"`
}

// JoinTicket makes a node a member. It carries the cluster's secret: who has
// it can speak to the members as one of them.
type JoinTicket struct {
	ClusterID string          `json:"cluster_id"`
	Secret    string          `json:"secret"`
	Number    uint64          `json:"number"`
	Groups    uint32          `json:"groups"`
	Peers     map[uint64]Addr `json:"peers"`
}

// JoinRequest is what this node has to ask a member with.
func (n *Node) JoinRequest(nonVoter bool) JoinRequest {
	return JoinRequest{NodeID: n.NodeID, Addr: n.cfg.Announce, NonVoter: nonVoter}
}

// Joining: the node waits for Adopt.
func (n *Node) Joining() bool { return n.Number == 0 }

// Admit makes a node a member and gives it its number; asked again with the
// same node id, it gives the same number again.
//
// A request with the peers' address of another member replaces that member: a
// node that lost its directory (or never had one: appendonly no) comes back
// under a new id and a new number, since under the old number it would have
// forgotten its votes and its log (I9). This is safe at any time, because the
// groups change by an ordinary joint step; but it would throw out a live node
// whose address was mistyped elsewhere, so it is refused while the old member
// answers here.
func (n *Node) Admit(req JoinRequest, done func(JoinTicket, error)) {
	if err := n.checkJoin(req); err != nil {
		n.later(func() { done(JoinTicket{}, err) })
		return
	}
	op := metaOp{Kind: "admit", NodeID: req.NodeID, Addr: req.Addr, NonVoter: req.NonVoter}
	n.proposeMeta(op, func(number uint64, err error) {
		if err != nil {
			done(JoinTicket{}, err)
			return
		}
		t := JoinTicket{ClusterID: n.ClusterID, Secret: n.Secret, Number: number, Groups: n.Groups, Peers: map[uint64]Addr{}}
		for _, r := range n.meta.Nodes {
			t.Peers[r.Number] = r.Addr
		}
		done(t, nil)
	})
}

func (n *Node) checkJoin(req JoinRequest) error {
	id, err := hex.DecodeString(req.NodeID)
	switch {
	case err != nil || len(id) != 20:
		return fmt.Errorf("%w: a node id has 40 hex digits", ErrRefused)
	case req.Addr.Host == "" || req.Addr.BusPort <= 0 || req.Addr.BusPort > 65535 || req.Addr.Port < 0 || req.Addr.Port > 65535:
		return fmt.Errorf("%w: the announced address %+v is not one", ErrRefused, req.Addr)
	case n.Number == 0 || n.removedAnywhere():
		return ErrNotMember
	case n.meta.ClusterID == "":
		return ErrNoLeader
	}
	if ip := net.ParseIP(req.Addr.Host); ip != nil && ip.IsUnspecified() {
		return fmt.Errorf("%w: peers cannot dial %s: announce another address", ErrRefused, req.Addr.Host)
	}
	for _, r := range n.meta.Nodes {
		if r.ID == req.NodeID || r.Addr.Bus() != req.Addr.Bus() {
			continue
		}
		if p := n.peers[r.Number]; r.Number == n.Number || p != nil && p.up() {
			return fmt.Errorf("%w: node %s at %s", ErrAddressInUse, r.ID, req.Addr.Bus())
		}
	}
	return nil
}

// Adopt makes this node the member that the ticket says. Its groups begin
// empty and are filled by their leaders.
func (n *Node) Adopt(t JoinTicket) error {
	switch {
	case n.Number != 0:
		return fmt.Errorf("%w: this node is a member already", ErrRefused)
	case t.Number == 0 || t.ClusterID == "" || t.Secret == "" || t.Groups == 0 || len(t.Peers) == 0:
		return fmt.Errorf("%w: the ticket is incomplete", ErrRefused)
	}
	n.Number, n.ClusterID, n.Secret, n.Groups, n.Peers = t.Number, t.ClusterID, t.Secret, t.Groups, maps.Clone(t.Peers)
	if err := n.saveIdentity(); err != nil {
		n.Number = 0
		return err
	}
	return n.start(false)
}

func (n *Node) removedAnywhere() bool {
	for _, g := range n.groups {
		if g.removed {
			return true
		}
	}
	return false
}

// RemoveMember takes a node out of the cluster for good.
func (n *Node) RemoveMember(nodeID string, done func(error)) {
	n.changeMember(metaOp{Kind: "remove", NodeID: nodeID}, done)
}

// Promote gives a node a vote, however many there are.
func (n *Node) Promote(nodeID string, done func(error)) {
	n.changeMember(metaOp{Kind: "voter", NodeID: nodeID}, done)
}

// Demote takes a node's vote away until Promote gives it back.
func (n *Node) Demote(nodeID string, done func(error)) {
	n.changeMember(metaOp{Kind: "voter", NodeID: nodeID, NonVoter: true}, done)
}

func (n *Node) changeMember(op metaOp, done func(error)) {
	if n.Number == 0 || n.meta.ClusterID == "" {
		n.later(func() { done(ErrNotMember) })
		return
	}
	n.proposeMeta(op, func(_ uint64, err error) { done(err) })
}

func (n *Node) proposeMeta(op metaOp, done func(number uint64, err error)) {
	n.Propose(0, &Proposal{Data: encodeMetaOp(op), Owner: &metaCall{done}})
}

// initMeta writes the first entry of a new cluster's metadata.
func (n *Node) initMeta() {
	if g := n.group(0); g == nil || n.Number != 1 || !g.leaderReady() || len(g.own) > 0 {
		return
	}
	n.proposeMeta(metaOp{
		Kind: "init", ClusterID: n.ClusterID, MaxVoters: n.cfg.MaxVoters, Groups: n.Groups, NodeID: n.NodeID, Addr: n.cfg.Announce,
	}, func(uint64, error) {})
}

// announce tells group 0 where this node is now.
func (n *Node) announce() {
	r := n.meta.byNumber(n.Number)
	if r == nil || r.Addr == n.cfg.Announce || n.announcing || n.groups[0].lead == 0 || n.cfg.Announce == (Addr{}) {
		return
	}
	n.announcing = true
	n.proposeMeta(metaOp{Kind: "addr", NodeID: n.NodeID, Addr: n.cfg.Announce}, func(uint64, error) { n.announcing = false })
}
