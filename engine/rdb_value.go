package engine

import (
	"encoding/binary"
	"math"
)

// rdbValue is a value read from a payload, not yet under a key.
type rdbValue struct {
	kind Type
	str  []byte
	list *list
	set  setValue
	hash hashValue
	zset zsetValue

	stream *stream
}

// readRDB builds a value as the commands would have built it, whatever form it
// has in the payload. What no command can have made is refused: a field, member
// or score twice, a score that is no number, a collection without elements.
func (c *Call) readRDB(p []byte) (v rdbValue, ok bool) {
	d := rdbReader{decoder: decoder{b: p}, room: c.e.opt.StringBytesMax}
	kind := d.byte()
	switch kind {
	case rdbString:
		v.kind, v.str = TypeString, d.string()
		ok = int64(len(v.str)) <= c.e.opt.StringBytesMax
	case rdbList, rdbListZiplist, rdbListQuick, rdbListQuick2:
		v.kind = TypeList
		v.list = c.work().list.over(packNew(c.work().list.buf), c.listLimits())
		ok = d.list(kind, v.list) && v.list.len() > 0
	case rdbSet, rdbSetIntset, rdbSetListpack:
		v.kind, v.set = TypeSet, c.newSet()
		ok = d.set(c, kind, &v.set) && v.set.len() > 0
	case rdbHash, rdbHashZipmap, rdbHashZiplist, rdbHashListpack:
		v.kind, v.hash = TypeHash, hashValue{pack: packNew(c.work().blob)}
		ok = d.hash(c, kind, &v.hash) && v.hash.len() > 0
	case rdbZset, rdbZset2, rdbZsetZiplist, rdbZsetListpack:
		v.kind, v.zset = TypeZset, zsetValue{pack: packNew(c.work().blob)}
		ok = d.zset(c, kind, &v.zset) && v.zset.len() > 0
	case rdbStream, rdbStream2, rdbStream3: // one without entries is a stream, too
		v.kind = TypeStream
		v.stream, ok = d.stream(kind)
	}
	ok = ok && d.done() == nil
	if !ok && v.list != nil {
		c.work().list = workList{} // let go of what was read so far
	}
	return v, ok
}

// saveRDB puts the value under a key that is not there.
func (c *Call) saveRDB(key []byte, v *rdbValue) {
	switch v.kind {
	case TypeString:
		c.SetString(key, v.str, noTTL)
	case TypeList:
		c.saveList(key, v.list)
	case TypeSet:
		c.saveSet(key, &v.set)
	case TypeHash:
		c.saveHash(key, &v.hash)
	case TypeZset:
		c.saveZset(key, &v.zset)
	case TypeStream:
		c.PutObject(key, TypeStream, 0, v.stream)
	}
}

// texts gives f the elements of a packed form as text, one buffer for all.
func texts(f func([]byte) bool) func(element) bool {
	var buf []byte
	return func(e element) bool {
		if !e.isInt {
			return f(e.str)
		}
		buf = e.append(buf[:0])
		return f(buf)
	}
}

// pairs gives f each two of them.
func pairs(f func(a, b []byte) bool) (each func(element) bool, complete func() bool) {
	var first []byte
	half := false
	each = texts(func(s []byte) bool {
		if half = !half; half {
			first = append(first[:0], s...)
			return true
		}
		return f(first, s)
	})
	return each, func() bool { return !half }
}

// times calls f as often as the next length says, while it holds and there is
// input: what the length claims is not believed.
func (d *rdbReader) times(f func() bool) bool {
	for n := d.number(); n > 0 && !d.failed; n-- {
		if !f() {
			return false
		}
	}
	return !d.failed
}

func (d *rdbReader) list(kind byte, l *list) bool {
	add := func(s []byte) bool {
		l.grow(elementSize(s), 1)
		l.pushBack(s)
		return true
	}
	nodes := 0
	each := texts(add)
	switch kind {
	case rdbList:
		return d.times(func() bool { s := d.string(); return !d.failed && add(s) })
	case rdbListZiplist:
		return eachZiplist(d.string(), each)
	case rdbListQuick:
		return d.times(func() bool {
			nodes++
			l.quick = l.quick || nodes > 1
			return eachZiplist(d.string(), each)
		})
	}
	return d.times(func() bool {
		const plain, packed = 1, 2
		nodes++
		l.quick = l.quick || nodes > 1
		switch container, s := d.number(), d.string(); container {
		case plain:
			return !d.failed && add(s)
		case packed:
			return eachListpack(s, each)
		}
		return false
	})
}

func (d *rdbReader) set(c *Call, kind byte, v *setValue) bool {
	switch kind {
	case rdbSetIntset:
		p := d.string()
		if !intsetCheck(p) {
			return false
		}
		for i := range intsetLen(p) {
			v.add(c, element{num: intsetAt(p, i), isInt: true}.append(nil))
		}
		return true
	case rdbSetListpack:
		return eachListpack(d.string(), texts(func(s []byte) bool { return v.add(c, s) }))
	}
	return d.times(func() bool { s := d.string(); return !d.failed && v.add(c, s) })
}

func (d *rdbReader) hash(c *Call, kind byte, v *hashValue) bool {
	add, complete := pairs(func(field, value []byte) bool { return v.set(c, field, value) })
	switch kind {
	case rdbHashZipmap:
		return eachZipmap(d.string(), add) && complete()
	case rdbHashZiplist:
		return eachZiplist(d.string(), add) && complete()
	case rdbHashListpack:
		return eachListpack(d.string(), add) && complete()
	}
	return d.times(func() bool {
		field, value := d.string(), d.string()
		return !d.failed && v.set(c, field, value)
	})
}

func (d *rdbReader) zset(c *Call, kind byte, v *zsetValue) bool {
	set := func(member []byte, score float64) bool {
		return !math.IsNaN(score) && v.set(c, member, score)
	}
	add, complete := pairs(func(member, text []byte) bool {
		score, ok := ParseFloat(text)
		return ok && set(member, score)
	})
	switch kind {
	case rdbZsetZiplist:
		return eachZiplist(d.string(), add) && complete()
	case rdbZsetListpack:
		return eachListpack(d.string(), add) && complete()
	}
	v.spread(c) // packed while it grew, a big one would have lost the sign of its zeros
	longest := 0
	ok := d.times(func() bool {
		member := d.string()
		longest = max(longest, len(member))
		score := 0.0
		if kind == rdbZset {
			score = d.scoreText()
		} else if b := d.take(8); b != nil {
			score = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
		return !d.failed && set(member, score)
	})
	if limits := &c.e.opt.Encoding; v.len() <= limits.ZsetMaxListpackEntries && longest <= limits.ZsetMaxListpackValue {
		v.fold(c)
	}
	return ok
}
