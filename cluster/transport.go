package cluster

import pb "go.etcd.io/raft/v3/raftpb"

type peer struct{}

func (p *peer) close()   {}
func (p *peer) up() bool { return false }

// Link is one connection between two nodes.
type Link struct{}

func (n *Node) sendRaft(g *group, m *pb.Message)       {}
func (n *Node) sendForward(g *group, p *Proposal) bool { return false }
func (n *Node) sendRefusal(g *group, f forwarded)      {}
func (n *Node) flushLinks()                            {}
