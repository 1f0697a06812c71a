package engine

import (
	"runtime"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// AheadMax is how many keys LookAhead takes.
const AheadMax = keyspace.AheadMax

// ahead has the commands of an entry that are decoded and not run yet, and of each the arguments that are likely to be a key, and
// a field or member of what it holds.
type ahead struct {
	commands []aheadCommand
	next     int      // commands[next:] have not run
	args     [][]byte // of all of them

	keys, args2, args3 [][]byte

	least  [AheadMax]string // the members that pops will take
	member []byte

	hashes   [AheadMax]uint32
	segments [AheadMax]*segment
}

type aheadCommand struct{ db, from, to int }

func (a *ahead) waiting() bool { return a.next < len(a.commands) }

// pop returns the next command; popped must follow when it has run.
func (a *ahead) pop() (db int, args [][]byte) {
	x := a.commands[a.next]
	a.next++
	return x.db, a.args[x.from:x.to:x.to]
}

func (a *ahead) popped() {
	if !a.waiting() {
		a.commands, a.next, a.args = a.commands[:0], 0, forget(a.args)
	}
}

func (a *ahead) init() {
	a.commands = make([]aheadCommand, 0, AheadMax)
	a.keys, a.args2, a.args3 = make([][]byte, 0, AheadMax), make([][]byte, 0, AheadMax), make([][]byte, 0, AheadMax)
}

// LookAhead prepares for reads of these keys by reading what they will read first, all at once; at most AheadMax of them
// count. It is a matter of speed only.
func (e *Engine) LookAhead(db int, keys [][]byte) {
	if len(keys) > 1 && db >= 0 && db < len(e.dbs) && e.dbs[db].space != nil {
		e.dbs[db].space.LookAhead(keys, false)
	}
}

// lookAhead decodes the commands of an entry from here on, the first of which stands behind its kind, up to the next operation
// of another kind and at most AheadMax, and does for them what LookAhead does. Nearly every command has its key, or the first
// of its keys, as first argument. What can't be decoded is an error of r that lets the commands before it run.
func (e *Engine) lookAhead(r *batchReader) {
	a := &e.ahead
	a.keys, a.args2, a.args3 = a.keys[:0], a.args2[:0], a.args3[:0]
	for {
		from := len(a.args)
		db, args := r.command(a.args)
		if r.err != nil {
			break
		}
		a.args = args
		a.commands = append(a.commands, aheadCommand{db, from, len(args)})
		if args = args[from:]; len(args) > 1 && db == a.commands[0].db {
			a.keys = append(a.keys, args[1])
			a.args2, a.args3 = append(a.args2, nthOf(args, 2)), append(a.args3, nthOf(args, 3))
		}
		if len(a.commands) == AheadMax || len(a.args) >= roomKept || !r.more() || r.data[r.pos] != opCommand {
			break
		}
		r.pos++
	}
	if len(a.keys) < 2 || a.commands[0].db >= len(e.dbs) {
		return
	}
	if space := e.dbs[a.commands[0].db].space; space != nil {
		space.LookAhead(a.keys, true)
		e.lookAheadFields(space)
	}
}

func nthOf(args [][]byte, i int) []byte {
	if i < len(args) {
		return args[i]
	}
	return nil
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
	var popsOf *zset
	var pops []string
	for i := range a.keys {
		a.segments[i] = nil
		var t *fieldTable
		field := a.args2[i]
		switch obj := space.Ahead(i).(type) {
		case *fieldTable:
			t = obj
		case *zset:
			t = obj.index
			switch {
			case len(a.args3[i]) > 0:
				field = a.args3[i] // behind the score
			case len(field) == 0: // a pop, as it seems, of the least
				if popsOf == nil {
					popsOf, pops = obj, obj.least(a.least[:0])
				}
				if popsOf == obj && len(pops) > 0 {
					a.member = append(a.member[:0], pops[0]...)
					field, pops = a.member, pops[1:]
				}
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
	clear(a.least[:])
}
