package resp

import (
	"strings"
	"time"
)

// Status is what the replica says of itself, for INFO, ROLE, RAFT and CLUSTER.
type Status struct {
	NodeID string // 40 hex digits
	Number uint64 // the node's number in the cluster, 0 if it has none yet
	Ready  bool   // a leader is known and this node is caught up with it

	Groups []GroupStatus // ascending; group 1 holds the data

	Fsyncs, FsyncUsec  uint64        // since the start
	DiskSlow           bool          // syncs take so long that leadership goes elsewhere
	SyncMean           time.Duration // lately
	SyncWorst          time.Duration // of the last minute
	LogBytes           int64
	SnapshotInProgress bool
	SnapshotLastUnixMs int64 // 0: none
	SnapshotLastError  string
	AppendOnly         bool   // the log is on disk
	SyncsAlways        bool   // and synced before anything in it is acknowledged
	DiskError          string // why writes are refused, if they are
}

// GroupStatus is one Raft group as this node sees it.
type GroupStatus struct {
	Group           uint32
	Role            string // leader follower candidate learner
	Term            uint64
	Leader          uint64 // number of the leading node, 0 if unknown
	Commit, Applied uint64
	FirstIndex      uint64
	LastIndex       uint64
	LastTerm        uint64 // of the entry LastIndex
	Durable         uint64 // entries up to here are synced on this node's disk; 0 in memory
	Members         []MemberStatus

	StateChecks     uint64   // comparisons with the other nodes in which this one was with the majority
	StateCheckIndex uint64   // the entry after which the last one was made
	StateDiffers    []uint64 // members whose state was found to differ from the majority's
}

// MemberStatus is one replica of a group.
type MemberStatus struct {
	ID      string
	Number  uint64
	Host    string
	Port    int // clients
	BusPort int // peers
	Voter   bool
	Match   uint64 // known at the leader only
	Lag     uint64 // entries behind the leader; known at the leader only
	Active  bool

	SyncMean time.Duration // of its disk, as it says
}

// group finds the status of one group.
func (s *Status) group(id uint32) *GroupStatus {
	for i := range s.Groups {
		if s.Groups[i].Group == id {
			return &s.Groups[i]
		}
	}
	return &GroupStatus{Group: id, Role: "follower"}
}

// memberIDs lists members by their ids.
func (g *GroupStatus) memberIDs(numbers []uint64) string {
	var ids []string
	for _, n := range numbers {
		if m := g.member(n); m != nil {
			ids = append(ids, m.ID)
		}
	}
	return strings.Join(ids, ",")
}

// member finds a member by its number; nil if there is none.
func (g *GroupStatus) member(number uint64) *MemberStatus {
	for i := range g.Members {
		if g.Members[i].Number == number {
			return &g.Members[i]
		}
	}
	return nil
}
