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

// Many answers at once to heartbeats each ask for the same entries.
func TestAppendsThatWaitAreNotRepeated(t *testing.T) {
	c := newTestCluster(t, 47, 3, nil)
	l := c.leader()
	g := l.n.groups[1]
	to := uint64(l.i%3 + 1)
	link := l.n.peers[to].link
	link.blocked = true
	app := func(index uint64) *pb.Message {
		term := g.term
		return &pb.Message{
			Type: pb.MsgApp.Enum(), To: &to, From: &l.n.Number, Term: &term, LogTerm: &term, Index: &index,
			Entries: []*pb.Entry{{Term: &term, Index: &[]uint64{index + 1}[0], Data: make([]byte, 100<<10)}},
		}
	}
	at := g.commit
	l.n.sendRaft(g, app(at))
	once := link.unsent
	for range 10 {
		l.n.sendRaft(g, app(at))
	}
	if link.unsent != once || once < 100<<10 {
		t.Errorf("%d bytes wait after one append, %d after eleven", once, link.unsent)
	}
	if l.n.sendRaft(g, app(at+1)); link.unsent < 2*once {
		t.Errorf("%d bytes wait: the next entry was left out", link.unsent)
	}
}
