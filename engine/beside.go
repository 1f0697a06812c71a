package engine

import "github.com/laurocaetano/foxtail/engine/keyspace"

// A read whose answer takes long would make everybody wait who is served by the
// same goroutine. ViewShort leaves it, and Beside runs it on another goroutine,
// at the state of this moment: a copy-on-write view of its database, for which
// nothing is copied but what is changed meanwhile.
//
//	if !cmd.Besides() {
//		e.View(db, cmd, args, nowMs, reply)
//	} else if !e.ViewShort(db, cmd, args, nowMs, reply) {
//		b := e.Beside(db)
//		go func() { b.View(db, cmd, args, nowMs, reply); ... }() // and then, on the engine's goroutine: b.Release()
//	}
//
// A handler says what is long: before its answer it calls Call.beside. Many
// arguments are long for every command, and so may the receiver of the answer
// find it to be.

// stepsMax is the work of an answer, in elements, that is done at once: a
// millisecond, or less.
const stepsMax = 4096

// elementBytes is about what an element takes; bytesPerStep: bytes that a command looks through beside what an element costs.
const (
	elementBytes = 32
	bytesPerStep = 256
)

// beside reports that the answer takes so many steps that it must not be
// given now; the handler returns then.
func (c *Call) beside(steps int) bool {
	c.long = c.short && steps > stepsMax
	return c.long
}

// besideKey is beside for what walks all that a key holds.
func (c *Call) besideKey(key []byte) bool {
	if !c.short {
		return false
	}
	rec, found := c.findIn(c.db, key)
	return found && c.beside(rec.Size()/elementBytes)
}

// Besides reports that a read may run beside the loop: it needs nothing but the
// keys of its database.
func (cmd *Command) Besides() bool { return cmd.Cat&CatScripting == 0 }

// ViewShort is View of a command that Besides, but for answers that take long:
// nothing is answered then, and it returns false.
func (e *Engine) ViewShort(db int, cmd *Command, args [][]byte, nowMs int64, r Reply) (done bool) {
	return e.view(db, cmd, args, nowMs, r, true)
}

// Beside is a state of databases for reads on a goroutine of their own.
type Beside struct {
	e     Engine // no more of it than reads need
	views []*keyspace.Snapshot
}

// Beside takes the views for reads that ViewShort has left. Call it between
// Applies.
func (e *Engine) Beside(dbs ...int) *Beside {
	b := &Beside{e: Engine{opt: e.opt, dbs: make([]database, len(e.dbs)), applied: e.applied, clockMs: e.clockMs, seed: e.seed}}
	for _, db := range dbs {
		if space := e.dbs[db].space; space != nil && b.e.dbs[db].space == nil {
			view := space.Snapshot()
			b.views = append(b.views, view)
			b.e.dbs[db].space = view.View()
		}
	}
	return b
}

// View is View of the engine as it was, on any one goroutine.
func (b *Beside) View(db int, cmd *Command, args [][]byte, nowMs int64, r Reply) {
	b.e.View(db, cmd, args, nowMs, r)
}

// Release gives the views up, after the last View, on the engine's goroutine.
func (b *Beside) Release() {
	for _, v := range b.views {
		v.Release()
	}
}
