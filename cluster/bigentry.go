package cluster

import (
	"bytes"

	pb "go.etcd.io/raft/v3/raftpb"
)

// bigEntryMin is the size from which an entry goes into raft by its header alone.
//
// Raft copies what is proposed, which takes 50 ms and more for 100 MB, in the
// loop. It is done with the copy, and the entry it hands out is the very one that
// its messages and its unstable log refer to. So the data is put into it there,
// before anybody sees it; only the limit of uncommitted bytes, which raft
// counts by what was proposed, is kept here.
const bigEntryMin = 1 << 20

// bigEntries are those of a leader.
type bigEntries struct {
	big            []byte // proposed and not yet handed out; nil: none is
	bigUncommitted uint64 // bytes of those proposed in this term and not yet applied
}

// bigWaits reports that an entry with so much data cannot be proposed now.
func (g *group) bigWaits(size int) bool {
	return g.big != nil || // one at a time
		size >= bigEntryMin && g.bigUncommitted > 0 && g.bigUncommitted+uint64(size) > g.n.cfg.UncommittedBytes
}

// proposeBig proposes an entry by its header, which is like no other's.
func (g *group) proposeBig(entry []byte) bool {
	if g.rn.Propose(entry[:entryHeaderSize]) != nil {
		return false
	}
	g.big = entry
	g.bigUncommitted += uint64(len(entry))
	return true
}

// fillBig puts the data into the entry that was proposed by its header. REQUIRES:
// the next thing done with raft after the proposal is the Ready that ents are of.
func (g *group) fillBig(ents []*pb.Entry) {
	for _, e := range ents {
		if g.big != nil && bytes.Equal(e.GetData(), g.big[:entryHeaderSize]) {
			e.Data, g.big = g.big, nil
		}
	}
	if g.big != nil {
		panic("cluster: raft did not hand out the big entry that it took")
	}
}

// bigApplied: these entries are no longer uncommitted.
func (g *group) bigApplied(ents []*pb.Entry) {
	for _, e := range ents {
		if n := uint64(len(e.GetData())); n >= bigEntryMin {
			g.bigUncommitted -= min(n, g.bigUncommitted)
		}
	}
}
