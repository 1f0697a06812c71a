package cluster

import (
	"testing"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
)

// A new leader guesses where a follower's log is, and guesses again at every
// answer to a heartbeat. When many of those come at once, after a stall, the
// same megabyte must not be queued for each.
func TestGuessesDoNotPileUpOnALink(t *testing.T) {
	c := newTestCluster(t, 63, 3, nil)
	l := c.leader()
	f, next := c.node(1+l.i%3), c.node(1+(l.i+1)%3)
	c.net.cut(f.addr.Bus(), next.addr.Bus())
	l.n.Transfer(1, next.n.NodeID, func(error) {})
	c.until("the other leads", 5*time.Second, func() bool { return c.leader() == next })
	g, link := next.n.groups[1], next.n.peers[f.n.Number].link
	if !g.probing(f.n.Number) {
		t.Fatal("a new leader knows already where a silent follower is")
	}
	guess := func() int {
		before := link.unsent
		index := g.commit
		next.n.sendRaft(g, &pb.Message{
			Type: pb.MsgApp.Enum(), From: &next.n.Number, To: &f.n.Number, Term: &g.term, Index: &index, LogTerm: &g.term, Commit: &index,
			Entries: []*pb.Entry{{Data: make([]byte, 100<<10)}},
		})
		return link.unsent - before
	}
	if sent := guess(); sent < 100<<10 {
		t.Fatalf("the first guess queued %d bytes", sent)
	}
	if sent := guess(); sent != 0 {
		t.Errorf("the second guess queued %d bytes behind the first", sent)
	}
}
