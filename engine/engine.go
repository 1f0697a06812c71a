package engine

import (
	"fmt"
	"math/rand/v2"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// Options are what all replicas of a state must agree on, as replies and
// state depend on them.
type Options struct {
	Databases      int   // 16 if 0
	StringBytesMax int64 // proto-max-bulk-len; 512 MiB if 0
	// HashSeed keys the hash of all keyspaces. All zero: it is drawn from the
	// seed of the first entry, so that replicas agree without being told.
	HashSeed [4]uint64
	Encoding EncodingLimits // Redis' defaults if all zero
}

// DefaultOptions are those of an unconfigured server.
func DefaultOptions() Options {
	return Options{Databases: 16, StringBytesMax: 512 << 20}
}

func (o Options) withDefaults() Options {
	d := DefaultOptions()
	if o.Databases == 0 {
		o.Databases = d.Databases
	}
	if o.StringBytesMax == 0 {
		o.StringBytesMax = d.StringBytesMax
	}
	if o.Encoding == (EncodingLimits{}) {
		o.Encoding = defaultEncodingLimits()
	}
	return o
}

// Engine is the state of one group. One goroutine calls all its methods; only
// a Snapshot is used by another one.
type Engine struct {
	opt Options

	// State: equal on all replicas after the same entry.
	dbs     []database
	applied uint64
	term    uint64
	clockMs int64
	seed    [4]uint64
	ages    ages
	waits   waits
	users   users

	scripts scriptStore

	// The entry being applied.
	index     uint64
	origin    uint64
	entrySeed uint64
	lasting   int        // least size of a value that stays in the entry's data; 0: none does
	rng       *rand.Rand // nil until a command asks

	// This process' own.
	listener Listener
	extra    NotifyClass // what it hears beyond the usual
	shown    EncodingLimits
	stats    counters
	reads    *rand.Rand
	write    Call // reused by every command of Apply
	read     Call // reused by every View, which may run inside Apply
	reader   batchReader
	args     [][]byte
	keys     []Watch
	queued   []Queued
	scratch  []byte
	works    [2]work // of writes, of reads
	ahead    ahead
	last     *Command // that was resolved

	scripting scripting

	full bool   // memory was above maxmemory when the operation under way was proposed
	user string // by whose rights scripts of the operation under way are judged; "": they may do everything

	publish func(Message) // where messages of scripts go; nil: nowhere
}

// New makes an empty engine.
func New(opt Options) *Engine {
	e := &Engine{opt: opt.withDefaults()}
	e.seed = e.opt.HashSeed
	e.dbs = make([]database, e.opt.Databases)
	e.scripts.init()
	e.scratch = make([]byte, 0, scratchBytesMin)
	e.ahead.init()
	return e
}

// Applied is the index of the last applied entry.
func (e *Engine) Applied() uint64 { return e.applied }

// ClockMs is the engine's time: the latest that any entry carried.
func (e *Engine) ClockMs() int64 { return e.clockMs }

// dueMax bounds the keys that one entry removes for being past their
// deadline. What is left over is absent to every command and is removed by
// the entries that Deadline asks for.
const dueMax = 20_000

// Apply executes the operations of an entry. An error means that the entry
// can't be understood by this version, and the node must stop; nothing a
// client can send makes one.
func (e *Engine) Apply(entry Entry, sink Sink) error {
	if entry.Index <= e.applied {
		return fmt.Errorf("entry %d: %d is applied already", entry.Index, e.applied)
	}
	e.begin(entry)
	e.expireDue(dueMax)
	e.endDue(sink)
	e.waits.returned(entry.Origin)
	e.serve(sink)
	r := &e.reader
	r.begin(entry.Data)
	for op := 0; e.ahead.waiting() || r.more(); op++ {
		e.applyOp(r, sink, op)
		if len(e.waits.ready) > 0 {
			e.serve(sink)
		}
	}
	r.data = nil
	if r.err != nil {
		return fmt.Errorf("entry %d: %w", entry.Index, r.err)
	}
	e.applied = entry.Index
	sink.Done()
	return nil
}

func (e *Engine) applyOp(r *batchReader, sink Sink, op int) {
	e.user, e.full = "", false
	if e.ahead.waiting() {
		e.applyCommand(sink, op)
		return
	}
	kind := r.kind()
	if kind >= opAs {
		kind = e.prepare(r, kind)
	}
	switch kind {
	case opCommand:
		e.lookAhead(r)
		if e.ahead.waiting() {
			e.applyCommand(sink, op)
		}
	case opExec:
		e.applyExec(r, sink, op)
	case opUnblock:
		e.applyUnblock(r, sink, op)
	case opAbsent:
		e.applyAbsent(r, sink, op)
	case opUsers:
		e.applyUsers(r, sink, op)
	default:
		r.fail(fmt.Sprintf("operation kind %d", kind))
	}
}

// begin takes over the entry's time and seed.
func (e *Engine) begin(entry Entry) {
	e.index, e.origin = entry.Index, entry.Origin
	e.entrySeed, e.rng = entry.Seed, nil
	e.lasting = 0
	if entry.Lasting { // a small value would keep all of the entry in memory
		e.lasting = max(len(entry.Data)/2, 1)
	}
	e.clockMs = max(e.clockMs, entry.UnixMs)
	if entry.Term != e.term {
		e.term = entry.Term
		if e.waits.allAbsent(e.clockMs); plant.Is("waits-dropped") {
			e.waits = waits{last: e.waits.last}
		}
	}
	e.ages.note(e.index, e.clockMs)
	if e.seed == ([4]uint64{}) {
		first := rand.NewPCG(entry.Seed, entry.Index)
		for i := range e.seed {
			e.seed[i] = first.Uint64()
		}
	}
}

// prepare notes what is said of the operation that comes next, and returns its
// kind.
func (e *Engine) prepare(r *batchReader, kind byte) byte {
	for kind == opAs || kind == opFull {
		if kind == opAs {
			e.user = string(r.bytes())
		} else {
			e.full = true
		}
		if !r.more() {
			r.fail("an attribute without an operation")
			return 0
		}
		kind = r.kind()
	}
	return kind
}

// applyCommand runs the first of the commands that lookAhead has decoded.
func (e *Engine) applyCommand(sink Sink, op int) {
	db, args := e.ahead.pop()
	e.execute(db, args, sink.Reply(op), false)
	if id := e.write.waitID; id != 0 {
		sink.Blocked(op, id)
	}
	e.ahead.popped()
}

// roomKept is for how many arguments the engine keeps room between commands.
const roomKept = 1024

// forget empties a list for the next command and lets go of the entry's bytes.
func forget[T any](list []T) []T {
	if cap(list) > roomKept {
		return nil
	}
	clear(list)
	return list[:0]
}

// execute runs one command of an entry. What is no command of this table is
// answered by an error and changes nothing.
func (e *Engine) execute(db int, args [][]byte, reply Reply, inExec bool) {
	e.write.waitID = 0
	cmd, fault := e.resolve(args)
	if fault == "" && db >= len(e.dbs) {
		fault = ErrDBRange
	}
	if fault != "" {
		reply.Err(fault)
		return
	}
	if cmd.Do == nil {
		reply.Err(errArity(cmd)) // a container command without its subcommand
		return
	}
	c := &e.write
	*c = Call{
		Reply: reply, Args: args, e: e, cmd: cmd, db: db,
		nowMs: e.clockMs, shownMs: e.clockMs, applying: true, inExec: inExec, mayBlock: !inExec, lasting: e.lasting,
	}
	cmd.Do(c)
	c.Reply, c.Args = nil, nil
}

// resolve is Resolve, quicker for the command that ran last.
func (e *Engine) resolve(args [][]byte) (*Command, Error) {
	if cmd := e.last; cmd != nil && len(args) > 0 && EqualFold(args[0], cmd.Name) && cmd.ArityOK(len(args)) {
		return cmd, ""
	}
	cmd, fault := Resolve(args)
	if fault == "" && cmd.Sub == nil && cmd.Parent == nil {
		e.last = cmd
	}
	return cmd, fault
}

// View runs a read-only command whose number of arguments fits. The state is
// that of the last applied entry, and so is the time that judges expiry;
// nowMs, this node's clock, only shows in remaining times.
func (e *Engine) View(db int, cmd *Command, args [][]byte, nowMs int64, r Reply) {
	e.view(db, cmd, args, nowMs, r, false)
}

// view is View. short: an answer that takes long is not given, and left false.
func (e *Engine) view(db int, cmd *Command, args [][]byte, nowMs int64, r Reply, short bool) (done bool) {
	if cmd.Do == nil || db < 0 || db >= len(e.dbs) {
		r.Err(ErrDBRange)
		return true
	}
	if cmd.Flags.Logged() {
		panic("engine: View of the write command " + cmd.FullName())
	}
	if short && len(args) > stepsMax {
		return false
	}
	c := &e.read
	*c = Call{
		Reply: r, Args: args, e: e, cmd: cmd, db: db,
		nowMs: e.clockMs, shownMs: max(nowMs, e.clockMs), short: short,
	}
	cmd.Do(c)
	c.Reply, c.Args = nil, nil
	return !c.long
}

// entryRand is the randomness of the entry being applied.
func (e *Engine) entryRand() *rand.Rand {
	if e.rng == nil {
		e.rng = rand.New(rand.NewPCG(e.entrySeed, e.index))
	}
	return e.rng
}

// readRand is for reads, whose choices need not agree between nodes.
func (e *Engine) readRand() *rand.Rand {
	if e.reads == nil {
		e.reads = rand.New(rand.NewPCG(e.seed[0], e.seed[1]))
	}
	return e.reads
}

// scratchBytesMax is how much memory the engine keeps between commands.
const (
	scratchBytesMin = 64
	scratchBytesMax = 64 << 10
)

func (e *Engine) trimScratch() {
	if cap(e.scratch) > scratchBytesMax {
		e.scratch = make([]byte, 0, scratchBytesMin)
	}
}
