package engine

import (
	"math"
	"slices"
	"strconv"
)

// zsetValue is a sorted set while a command works on it: a blob of members and
// scores in turn, in order, or a zset.
type zsetValue struct {
	pack []byte
	z    *zset
	kept bool // z belongs to the key already
}

// ranked is a member with its score, as reads hand it out; the member lies in
// the sorted set.
type ranked struct {
	member element
	score  float64
}

func (s *zsetValue) len() int {
	if s.z != nil {
		return s.z.len()
	}
	return packLen(s.pack) / 2
}

// elementScore reads a score from a blob: a number, or its shortest text.
func elementScore(e element) float64 {
	if e.isInt {
		return float64(e.num)
	}
	f, err := strconv.ParseFloat(string(e.str), 64)
	if err != nil {
		panic("engine: a sorted set holds the score " + string(e.str))
	}
	return f
}

// appendScore is the text of a score: the shortest that reads back as it.
func appendScore(dst []byte, score float64) []byte {
	if score == math.Trunc(score) && math.Abs(score) < 1e17 {
		return strconv.AppendInt(dst, int64(score), 10)
	}
	switch {
	case math.IsInf(score, 1):
		return append(dst, "inf"...)
	case math.IsInf(score, -1):
		return append(dst, "-inf"...)
	}
	if abs := math.Abs(score); abs >= 1e-4 && abs < 1e17 {
		return strconv.AppendFloat(dst, score, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, score, 'e', -1, 64)
}

// score is a member's score.
func (s *zsetValue) score(member []byte) (float64, bool) {
	if s.z != nil {
		return s.z.score(member)
	}
	pos := packFind(s.pack, packHead, 2, want(member))
	if pos < 0 {
		return 0, false
	}
	e, _ := elementAt(s.pack, elementSkip(s.pack, pos))
	return elementScore(e), true
}

// set gives a member its score and says whether it is new. REQUIRES: s is
// from editZset or newZsetValue.
func (s *zsetValue) set(c *Call, member []byte, score float64) bool {
	limits := &c.e.opt.Encoding
	if s.z != nil {
		return s.z.set(member, score)
	}
	w := want(member)
	pos := packFind(s.pack, packHead, 2, w)
	if pos < 0 && (s.len() >= limits.ZsetMaxListpackEntries || len(member) > limits.ZsetMaxListpackValue) {
		s.spread(c)
		return s.z.set(member, score)
	}
	if pos >= 0 {
		s.pack = packDelete(s.pack, pos, 2)
	}
	at := s.place(member, score)
	var text [32]byte
	s.pack = packInsert(s.pack, at, member)
	s.pack = packInsert(s.pack, elementSkip(s.pack, at), appendScore(text[:0], score))
	return pos < 0
}

// place is where a member goes in the blob.
func (s *zsetValue) place(member []byte, score float64) int {
	var text [20]byte
	for pos := packHead; pos < len(s.pack); {
		m, next := elementAt(s.pack, pos)
		e, after := elementAt(s.pack, next)
		if there := elementScore(e); there > score {
			return pos
		} else if there == score {
			b := m.str
			if m.isInt {
				b = m.append(text[:0])
			}
			if string(b) > string(member) {
				return pos
			}
		}
		pos = after
	}
	return len(s.pack)
}

// spread turns the blob into a zset.
func (s *zsetValue) spread(c *Call) {
	z := newZset(c.tableSeed())
	var buf []byte
	s.ascend(0, func(m ranked) bool {
		buf = m.member.append(buf[:0])
		z.set(buf, m.score)
		return true
	})
	s.z, s.kept = z, false
}

// fold turns a zset that the limits allow it back into a blob.
func (s *zsetValue) fold(c *Call) {
	packed := zsetValue{pack: packNew(s.pack)}
	s.ascend(0, func(m ranked) bool {
		packed.set(c, m.member.append(nil), m.score)
		return true
	})
	*s = packed
}

// delete removes a member and says whether it was there. REQUIRES: s is from
// editZset.
func (s *zsetValue) delete(member []byte) bool {
	if s.z != nil {
		return s.z.delete(member)
	}
	pos := packFind(s.pack, packHead, 2, want(member))
	if pos < 0 {
		return false
	}
	s.pack = packDelete(s.pack, pos, 2)
	return true
}

// deleteRange removes n members from a rank on. REQUIRES: s is from editZset.
func (s *zsetValue) deleteRange(rank, n int) {
	if n <= 0 {
		return
	}
	if s.z == nil {
		s.pack = packDelete(s.pack, packSeek(s.pack, 2*rank), 2*n)
		return
	}
	for range n {
		s.z.delete([]byte(s.z.order.at(rank).member))
	}
}

// ascend and descend call f for the members from a rank on until it returns
// false.

func (s *zsetValue) ascend(rank int, f func(ranked) bool) {
	if s.z != nil {
		s.z.order.ascend(rank, func(x scored) bool { return f(x.ranked()) })
		return
	}
	if rank >= s.len() {
		return
	}
	for pos := packSeek(s.pack, 2*rank); pos < len(s.pack); {
		m, next := elementAt(s.pack, pos)
		e, after := elementAt(s.pack, next)
		if !f(ranked{m, elementScore(e)}) {
			return
		}
		pos = after
	}
}

func (s *zsetValue) descend(rank int, f func(ranked) bool) {
	if rank < 0 {
		return
	}
	if s.z != nil {
		s.z.order.descend(rank, func(x scored) bool { return f(x.ranked()) })
		return
	}
	for pos := packSeek(s.pack, 2*rank); ; {
		m, next := elementAt(s.pack, pos)
		e, _ := elementAt(s.pack, next)
		if !f(ranked{m, elementScore(e)}) || pos == packHead {
			return
		}
		pos = elementBefore(s.pack, elementBefore(s.pack, pos))
	}
}

func (x scored) ranked() ranked {
	return ranked{element{str: stringBytes(x.member)}, x.score}
}

// rank is the number of members before the one given.
func (s *zsetValue) rank(member []byte, score float64) int {
	if s.z != nil {
		return s.z.order.rank(scored{score, string(member)})
	}
	pos := packFind(s.pack, packHead, 2, want(member))
	n := 0
	for at := packHead; at < pos; n++ {
		at = elementSkip(s.pack, elementSkip(s.pack, at))
	}
	return n
}

// countWhile counts the members for which f holds: a prefix of the order.
func (s *zsetValue) countWhile(f func(ranked) bool) int {
	if s.z != nil {
		return s.z.order.countWhile(func(x scored) bool { return f(x.ranked()) })
	}
	n := 0
	s.ascend(0, func(m ranked) bool {
		if !f(m) {
			return false
		}
		n++
		return true
	})
	return n
}

// pick and pickSome choose members by chance.

func (s *zsetValue) pick(r uniform, f func(ranked)) {
	s.ascend(int(r.Uint64N(uint64(s.len()))), func(m ranked) bool {
		f(m)
		return false
	})
}

func (s *zsetValue) pickSome(r uniform, n int, f func(ranked)) {
	chosen := sample(r, n, s.len())
	if s.z != nil && n*8 < s.len() {
		for _, i := range chosen {
			f(s.z.order.at(i).ranked())
		}
		return
	}
	i := 0
	s.ascend(0, func(m ranked) bool {
		if len(chosen) > 0 && chosen[0] == i {
			chosen = chosen[1:]
			f(m)
		}
		i++
		return len(chosen) > 0
	})
}

func zsetOf(rec record, found bool) zsetValue {
	if !found {
		return zsetValue{pack: emptyPack}
	}
	if obj := rec.Object(); obj != nil {
		return zsetValue{z: obj.(*zset), kept: true}
	}
	return zsetValue{pack: rec.Value()}
}

// readZset finds a sorted set to be read only; empty if absent. ok false: the
// key holds another type, and that has been answered.
func (c *Call) readZset(key []byte) (s zsetValue, ok bool) {
	rec, found, ok := c.Find(key, TypeZset)
	if !ok {
		return s, false
	}
	return zsetOf(rec, found), true
}

// editZset makes the sorted set of a record changeable. saveZset must follow.
func (c *Call) editZset(key []byte, rec record, found bool) zsetValue {
	s := zsetOf(rec, found)
	if s.z != nil {
		s.z = c.Mutate(key).(*zset)
	} else {
		s.pack = c.blobCopy(s.pack)
	}
	return s
}

// saveZset stores what editZset gave, or deletes the key if it is empty.
func (c *Call) saveZset(key []byte, s *zsetValue) {
	switch {
	case s.len() == 0:
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
	case s.z == nil:
		c.putBlob(key, TypeZset, 0, s.pack)
	case !s.kept:
		c.PutObject(key, TypeZset, 0, s.z)
	}
}

// storeZset replaces what is at key by members, which need not be in order but
// are each there once, and tells their number. event is notified. As in Redis, a
// big set loses the sign of its zeros only if it grows one by one, packed at first.
func (c *Call) storeZset(key []byte, members []scored, event string, oneByOne bool) {
	existed := c.Delete(key)
	sortScored(members)
	s := zsetValue{pack: packNew(c.work().blob)}
	if limits := &c.e.opt.Encoding; !oneByOne && (len(members) > limits.ZsetMaxListpackEntries ||
		slices.ContainsFunc(members, func(m scored) bool { return len(m.member) > limits.ZsetMaxListpackValue })) {
		s.spread(c)
	}
	for _, m := range members {
		s.set(c, []byte(m.member), m.score)
	}
	if len(members) > 0 {
		c.saveZset(key, &s)
		c.Notify(NotifyZset, event, key)
	} else if existed {
		c.Notify(NotifyGeneric, "del", key)
	}
	c.Int(int64(len(members)))
}

func sortScored(members []scored) {
	slices.SortFunc(members, func(a, b scored) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
}

func zsetEncoding(rec record) string {
	if rec.Object() != nil {
		return "skiplist"
	}
	return "listpack"
}
