package cluster

import (
	"slices"
	"testing"
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
