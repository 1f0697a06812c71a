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
//		b := e.Beside(db, cmd, args, nowMs)
//		go func() { b.Run(reply); ... }() // and then, on the engine's goroutine: b.Release()
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

// Beside is a read that runs on a goroutine of its own.
type Beside struct {
	e     Engine // no more of it than reads need
	space *keyspace.Snapshot
	db    int
	cmd   *Command
	args  [][]byte
	nowMs int64
}

// Beside takes the view for a read that ViewShort has left. args stay as they are
// until Run has ended. Call it between Applies.
func (e *Engine) Beside(db int, cmd *Command, args [][]byte, nowMs int64) *Beside {
	b := &Beside{db: db, cmd: cmd, args: args, nowMs: nowMs}
	b.e = Engine{opt: e.opt, dbs: make([]database, len(e.dbs)), applied: e.applied, clockMs: e.clockMs, seed: e.seed}
	if space := e.dbs[db].space; space != nil {
		b.space = space.Snapshot()
		b.e.dbs[db].space = b.space.View()
	}
	return b
}

// Run answers, on any goroutine.
func (b *Beside) Run(r Reply) { b.e.View(b.db, b.cmd, b.args, b.nowMs, r) }

// Release gives the view up, after Run, on the engine's goroutine.
func (b *Beside) Release() {
	if b.space != nil {
		b.space.Release()
	}
}
