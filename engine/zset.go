package engine

import (
	"encoding/binary"
	"math"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// zset is the big form of a sorted set: members in score order, and an index
// from member to score.
type zset struct {
	index *fieldTable // the value of a member is its score, 8 bytes
	order *scoreTree
}

func newZset(seed *[4]uint64) *zset {
	return &zset{index: newFieldTable(seed), order: newScoreTree()}
}

// Clone is a copy that shares all nodes until either side changes them.
func (z *zset) Clone() keyspace.Object {
	return &zset{index: z.index.clone(), order: z.order.clone()}
}

// Bytes is the memory held, computed from lengths alone.
func (z *zset) Bytes() int { return 2*z.index.bytes + 56*z.index.count + 256 }

func (z *zset) len() int { return z.index.count }

// least appends the members of the least scores to dst, up to its capacity.
func (z *zset) least(dst []string) []string {
	z.order.ascend(0, func(x scored) bool {
		dst = append(dst, x.member)
		return len(dst) < cap(dst)
	})
	return dst
}

func (z *zset) score(member []byte) (float64, bool) {
	b, ok := z.index.get(member)
	if !ok {
		return 0, false
	}
	return scoreOf(b), true
}

func scoreOf(value []byte) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(value))
}

// set gives a member its score and says whether the member is new.
func (z *zset) set(member []byte, score float64) bool {
	old, found := z.score(member)
	name := ""
	if found {
		if old == score {
			return false
		}
		// Keep the string the tree holds: a member has one copy there for life.
		name = z.order.take(scored{old, string(member)})
	} else {
		name = string(member)
	}
	var value [8]byte
	binary.LittleEndian.PutUint64(value[:], math.Float64bits(score))
	z.index.set(member, value[:])
	z.order.insert(scored{score, name})
	return !found
}

// delete removes a member and says whether it was there.
func (z *zset) delete(member []byte) bool {
	score, found := z.score(member)
	if !found {
		return false
	}
	z.index.delete(member)
	z.order.delete(scored{score, string(member)})
	return true
}
