package cluster

import (
	"slices"
	"testing"
	"time"
)

// A node that came while an even number of votes would have been the result
// gets its vote when an operator's promotion makes it an odd one.
func TestPromotionLetsWaitingNodesVote(t *testing.T) {
	m := newMeta()
	do := func(op metaOp) {
		t.Helper()
		if _, err := m.apply(op); err != nil {
			t.Fatalf("%s: %v", op.Kind, err)
		}
	}
	admit := func(id string, port int) {
		do(metaOp{Kind: "admit", NodeID: id, Addr: Addr{Host: "h", Port: 1, BusPort: port}})
	}
	do(metaOp{Kind: "init", ClusterID: "c", MaxVoters: 5, Groups: 1, NodeID: "1", Addr: Addr{Host: "h", Port: 1, BusPort: 1}})
	for i, id := range []string{"2", "3", "4", "5"} {
		admit(id, i+2)
	}
	do(metaOp{Kind: "voter", NodeID: "5", NonVoter: true})
	do(metaOp{Kind: "remove", NodeID: "2"})
	admit("6", 7)
	if got, want := m.wanted(1), []uint64{1, 3, 4}; !slices.Equal(got, want) {
		t.Fatalf("before: voters %v, want %v", got, want)
	}
	do(metaOp{Kind: "voter", NodeID: "5"})
	if got, want := m.wanted(1), []uint64{1, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("after the promotion: voters %v, want %v", got, want)
	}
}

// A vote is not taken away when that leaves a majority to a node that has just
// died, though raft counts it among the living until the next election timeout.
func TestVoteIsNotTakenWhileAnotherNodeIsDead(t *testing.T) {
	c := newTestCluster(t, 144, 3, nil)
	lead := c.leader()
	dead, demoted := c.node(lead.i%3+1), c.node((lead.i+1)%3+1)
	c.kill(dead.i)
	done := false
	c.run(2 * time.Millisecond)
	lead.n.Demote(demoted.n.NodeID, func(err error) { done = err == nil })
	lead.kicked = true
	c.until("the wish is noted", time.Second, func() bool { return done })
	c.run(time.Second)
	if voters := lead.n.group(1).conf.GetVoters(); len(voters) != 3 {
		t.Fatalf("voters %v, of which one is dead\n%s", voters, c)
	}
	c.restart(dead.i)
	c.until("the vote is taken away", 5*time.Second, func() bool { return len(c.leader().n.group(1).conf.GetVoters()) == 2 })
}
