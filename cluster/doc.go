// Package cluster replicates opaque entries with Raft. It knows logs, terms,
// members and links between nodes; it does not know commands, clients or what
// an entry means.
//
//	n, err := cluster.Open(cfg)
//	n.Propose(1, &cluster.Proposal{Data: batch, Owner: owner})
//	ticket, now := n.Read(1)
//	wake, err := n.Turn(instant)     // call again at wake, or when something arrived
//
// A Node is a passive state machine of turns. It starts no goroutine, reads no
// clock and draws no randomness of its own: sockets, dialling, background
// work, disk, randomness and time are in Config. One goroutine, the loop,
// calls all methods; a simulator can drive a whole cluster with it.
//
// Group 0 holds the metadata (meta.go), groups 1 to G hold data. All groups
// share one log on disk, one clock and one link per pair of nodes.
//
// # Members
//
// A new node asks any member (Admit), gets a number that was never used and
// the cluster's secret (Adopt), is filled as a learner and gets a vote if that
// keeps the number of voters odd: with two nodes the second is a learner, since
// two voters of two would survive no loss. Group 0 holds the wish, the leader of
// each group takes the steps (member.go). A node that lost its directory, or
// keeps its log in memory and was restarted, comes back as a new member in the
// place of the one that had its address. Copying a live node's directory to a
// second machine is the one way to break I9, and nothing here can see it.
//
// # Two times not to wait
//
// A follower whose leader's process died (connection reset, and nobody listens
// there) campaigns at once instead of waiting for the election timeout; PreVote
// keeps a wrong guess harmless. This takes back the promise that leases would
// rest on, so whoever adds leases must give one of the two up. A leader that
// shuts down hands over first.
//
// Where a leader does wait on purpose, with what followers need that nobody waits
// for: spare.go and holdCommit.
//
// # Invariants
//
//	I1  An owner is told that its write is applied only after the entry was
//	    committed and applied here.
//	I2  A vote, a term, or the acknowledgement of entries leaves a node only
//	    after it is durable. A leader's appends may leave before its own copy
//	    is; its own copy counts only when it is.
//	I3  "Surely not applied" (ErrDropped, ErrNoSpace) is only said of a proposal
//	    that was never handed to a leader, was refused by it, or is proven dead
//	    by I5. Everything else is ErrUncertain.
//	I4  A restarted voter takes part in no election for one election timeout,
//	    but for one that the leader hands to it.
//	I5  A proposal is taken by a leader only in the term it was sent for. Hence
//	    one that has not been applied when an entry of a higher term is, never
//	    will be, and may be sent again without being applied twice.
//	I6  A leader takes each proposal at most once in its term, and those of one
//	    process in their order.
//	I7  A read runs after the index that a leader confirmed by a round of
//	    heartbeats begun after the read arrived; no clock is in the argument.
//	    A sole voter needs no round once it has applied an entry of its term.
//	I8  A node applies what is committed before it lets out a message that
//	    says so.
//	I9  A raft id (node number) is never given to two nodes, nor to a node that
//	    lost its log.
//	I10 A change of a group's members takes effect on a node only after the node's
//	    disk knows that it is committed; else a restart could fall back to the old
//	    members after the new ones have decided something.
package cluster
