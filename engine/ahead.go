package engine

import (
	"runtime"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// AheadMax is how many keys LookAhead takes.
const AheadMax = keyspace.AheadMax

// ahead is what lookAhead works with: of each of the next commands the arguments that are likely to be a key, and a field or
// member of what it holds.
type ahead struct {
	keys, args2, args3 [][]byte

	hashes   [AheadMax]uint32
	segments [AheadMax]*segment
}

func (a *ahead) init() {
	a.keys, a.args2, a.args3 = make([][]byte, 0, AheadMax), make([][]byte, 0, AheadMax), make([][]byte, 0, AheadMax)
}

// LookAhead prepares for reads of these keys by reading what they will read first, all at once; at most AheadMax of them
// count. It is a matter of speed only.
func (e *Engine) LookAhead(db int, keys [][]byte) {
	if len(keys) > 1 && db >= 0 && db < len(e.dbs) && e.dbs[db].space != nil {
		e.dbs[db].space.LookAhead(keys, false)
	}
}

// lookAhead is LookAhead for the commands of an entry from here on, the first of which stands behind its kind. Nearly every
// command has its key, or the first of its keys, as first argument.
func (e *Engine) lookAhead(r *batchReader) {
	a, q, first := &e.ahead, batchReader{data: r.data, pos: r.pos}, -1
	a.keys, a.args2, a.args3 = a.keys[:0], a.args2[:0], a.args3[:0]
	for len(a.keys) < AheadMax {
		db := a.take(&q)
		if q.err != nil {
			r.ahead = len(r.data) // whoever decodes it in earnest will say so
			return
		}
		if first < 0 {
			first = db
		}
		if r.ahead = q.pos; !q.more() || db != first || q.kind() != opCommand {
			break
		}
	}
	if len(a.keys) < 2 || first >= len(e.dbs) || e.dbs[first].space == nil {
		return
	}
	space := e.dbs[first].space
	space.LookAhead(a.keys, true)
	e.lookAheadFields(space)
}

// take notes the arguments of the command that q stands at, and moves q behind it.
func (a *ahead) take(q *batchReader) (db int) {
	db = q.db()
	var args [4][]byte
	n := q.count()
	for i := 0; i < n && q.err == nil; i++ {
		if p := q.bytes(); i < len(args) {
			args[i] = p
		}
	}
	if n > 1 {
		a.keys, a.args2, a.args3 = append(a.keys, args[1]), append(a.args2, args[2]), append(a.args3, args[3])
	}
	return db
}

// lookAhead is LookAhead for a command of many keys, every step-th argument from the first on, called for each of them.
func (c *Call) lookAhead(arg, step int, adding bool) {
	space := c.e.dbs[c.db].space
	if (arg-1)%(step*AheadMax) != 0 || len(c.Args) <= arg+step || space == nil {
		return
	}
	keys := c.e.ahead.keys[:0]
	for ; arg < len(c.Args) && len(keys) < AheadMax; arg += step {
		keys = append(keys, c.Args[arg])
	}
	space.LookAhead(keys, adding)
}

// lookAheadFields reads what commands on fields of big hashes and members of big sets and sorted sets will read first, in the
// order in which one leads to the other: segments, their indexes, their entries.
func (e *Engine) lookAheadFields(space *keyspace.Space) {
	a, found := &e.ahead, false
	for i := range a.keys {
		a.segments[i] = nil
		var t *fieldTable
		field := a.args2[i]
		switch obj := space.Ahead(i).(type) {
		case *fieldTable:
			t = obj
		case *zset:
			t = obj.index
			if len(a.args3[i]) > 0 {
				field = a.args3[i] // behind the score
			}
		}
		if t != nil && len(field) > 0 {
			a.hashes[i] = hashField(t.seed, field)
			a.segments[i], found = t.dir[t.place(a.hashes[i])], true
		}
	}
	if !found {
		return
	}
	n, sum := len(a.keys), uint64(0)
	for _, s := range a.segments[:n] {
		if s != nil {
			sum += uint64(len(s.index))
		}
	}
	for i, s := range a.segments[:n] {
		if s != nil && len(s.index) > 0 { // near where the hash should be, and where a new entry is written
			at := uint64(a.hashes[i]<<s.depth) * uint64(len(s.index)) >> 32
			sum += s.index[at] + uint64(s.data[len(s.data)-1])
		}
	}
	for i, s := range a.segments[:n] {
		if s == nil {
			continue
		}
		if at := s.lower(a.hashes[i]); at < len(s.index) {
			sum += uint64(s.data[uint32(s.index[at])])
		}
		a.segments[i] = nil
	}
	runtime.KeepAlive(sum)
}
