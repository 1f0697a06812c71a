package resp

import (
	"errors"
	"slices"
	"time"

	"github.com/laurocaetano/foxtail/engine"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// Batch is one turn's writes, or those of the turns that passed while others
// were in flight: one entry of the log. It is the engine's batch and the owners
// of its operations. The Replica has it from Propose until Done or Failed.
type Batch struct {
	srv *Server
	enc engine.Batch
	ops []op

	execs []ownedExec // the transactions with session commands

	args []byte // what the slow log would show of the operations that may be slow

	began   time.Duration // when the operation under way began
	errors  uint64        // Server.stats.errors then
	current int           // its number, plus 1; 0: none
	timing  bool
	renews  bool // it shows that this process is there, even if it is empty
}

// op is the owner of one operation.
type op struct {
	conn   *Conn // nil: the server itself
	cmd    *command
	argsAt int32 // in Batch.args; -1: not kept

	ends, doubts uint64 // of the server's own: the call it ends, the origin it makes absent
	imports      bool   // aclfile
}

// ownedExec is a transaction of the batch.
type ownedExec struct {
	op   int
	exec *exec
}

var _ engine.Sink = (*Batch)(nil)

func (s *Server) newBatch() *Batch {
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free[n-1] = nil
		s.free = s.free[:n-1]
		return b
	}
	return &Batch{srv: s}
}

func (b *Batch) reset() {
	b.enc.Reset()
	clear(b.ops)
	b.ops = b.ops[:0]
	b.args = b.args[:0]
	clear(b.execs)
	b.execs = b.execs[:0]
}

// own notes the owner of the operation just encoded.
func (b *Batch) own(c *Conn, cmd *command, args [][]byte) {
	o := op{conn: c, cmd: cmd, argsAt: -1}
	if args != nil && !cmd.cheap && b.srv.slowlog.on() {
		o.argsAt = int32(len(b.args))
		b.args = appendTrimmed(b.args, args)
	}
	b.ops = append(b.ops, o)
}

// measure ends the operation under way and begins the next one; -1: none.
func (b *Batch) measure(next int) {
	s := b.srv
	if b.current > 0 {
		o := &b.ops[b.current-1]
		if s.stats.errors != b.errors {
			o.cmd.failed++
		}
		if b.timing {
			var args [][]byte
			if o.argsAt >= 0 {
				args = splitTrimmed(b.args[o.argsAt:])
			}
			s.took(o.cmd, int64(s.clock()-b.began), args, o.conn)
		}
	}
	b.current = next + 1
	b.timing = false
	b.errors = s.stats.errors
	if next >= 0 && s.clock != nil && timesThis(b.ops[next].cmd) {
		b.timing = true
		b.began = s.clock()
	}
}

// Len is the number of operations.
func (b *Batch) Len() int { return b.enc.Len() }

// Size is the length of Bytes.
func (b *Batch) Size() int { return b.enc.Size() }

// Whole is Bytes with free bytes in front of it, if the batch was made around a
// big argument; it belongs to the entry. Else it is nil.
func (b *Batch) Whole() []byte { return b.enc.Whole() }

// Bytes is the entry's data. It stays as it is until Done or Failed.
func (b *Batch) Bytes() []byte { return b.enc.Bytes() }

// Reply implements engine.Sink. Reads that ride behind the owner's earlier
// operations run now, before this operation does.
func (b *Batch) Reply(i int) engine.Reply {
	if i >= len(b.ops) {
		panic("resp: the entry has more operations than its batch")
	}
	if len(b.srv.news.items) > 0 {
		b.srv.tell()
	}
	c := b.ops[i].conn
	b.srv.writer, b.srv.reader = c, nil
	if c == nil || c.closed {
		b.measure(i)
		return b.orphan(i)
	}
	b.measure(-1)
	c.drain()
	s := c.popWrite(b)
	b.measure(i)
	switch {
	case s.exec != nil:
		if s.exec.tracks {
			b.srv.reader = c
			s.exec.note(c)
		}
		return s.exec.reply(c, s.silent)
	case s.tracks:
		b.srv.reader = c
	}
	if s.silent {
		return engine.Discard
	}
	return &c.out
}

// orphan is where an operation of a client that has gone is answered. What its
// transaction publishes is published all the same.
func (b *Batch) orphan(i int) engine.Reply {
	for _, o := range b.execs {
		if o.op == i {
			return o.exec.reply(b.ops[i].conn, true)
		}
	}
	return engine.Discard
}

// popWrite takes the front W, which must be of this batch (S1).
func (c *Conn) popWrite(b *Batch) *slot {
	if c.pend.empty() || c.pend.front().kind != slotWrite || c.pend.front().batch != b {
		panic("resp: an operation is answered that is not the connection's next")
	}
	s := c.pend.front()
	c.pend.pop()
	return s
}

// Done implements engine.Sink.
func (b *Batch) Done() {
	b.measure(-1)
	b.srv.writer, b.srv.reader = nil, nil
	b.srv.tell()
	for i := range b.ops {
		if c := b.ops[i].conn; c != nil && !c.closed {
			c.drain()
			c.srv.markDirty(c)
		}
	}
	b.upkeepOver(false)
	b.srv.retired = append(b.srv.retired, b)
}

// Failed answers the owners of a batch that will not be applied (ErrDropped,
// a Refusal), or whose fate is unknown (any other error). Reads that ride on it did not
// happen.
func (b *Batch) Failed(err error) {
	answer := errUncertain
	var refused Refusal
	if errors.As(err, &refused) {
		answer = engine.Error(refused)
	} else if errors.Is(err, ErrDropped) {
		answer = errMasterDown
	}
	for i := range b.ops {
		c := b.ops[i].conn
		if c == nil || c.closed {
			continue
		}
		b.ops[i].cmd.failed++
		c.pend.failWrites(b, answer)
		c.pend.failRides(b)
		c.drain()
		c.srv.markDirty(c)
	}
	b.upkeepOver(true)
	b.srv.retired = append(b.srv.retired, b)
}

// write adds a write of a connection to the batch being gathered.
func (c *Conn) write(cmd *command, args [][]byte) {
	if len(c.srv.monitoring) > 0 {
		c.srv.feed(c, cmd, c.db, args)
	}
	if c.in.BufferSize() >= adoptSizeMin && c.adopt(cmd, args) {
		return
	}
	b := c.srv.batch
	if c.judgedInside(cmd) {
		b.enc.As(c.userName)
	}
	if cmd.row.Cat&engine.CatScripting != 0 && c.srv.full() {
		b.enc.Full()
	}
	b.enc.Command(c.db, args)
	c.wrote(cmd, args)
}

// wrote notes the owner of the operation just added to the batch.
func (c *Conn) wrote(cmd *command, args [][]byte) {
	b := c.srv.batch
	b.own(c, cmd, args)
	silent := c.silent()
	if plant.Is("ack-before-commit") && cmd.name == "set" && c.pend.empty() {
		silent = true
		c.out.OK()
		c.srv.markDirty(c)
	}
	c.pend.push(slot{kind: slotWrite, silent: silent, tracks: c.track != nil && c.tracks(), db: int32(c.db), cmd: cmd, batch: b})
	if cmd.row.Flags&engine.Blocking != 0 {
		c.stall(stallPending)
	}
}

// adoptSizeMin is the size from which an argument becomes an entry where it lies.
const adoptSizeMin = 1 << 20

// adopt is write for a command nearly all of which is one big argument: the
// buffer it was read into becomes a batch of its own. It returns false if it is
// no such command.
func (c *Conn) adopt(cmd *command, args [][]byte) bool {
	big, size := 0, 0
	for i, a := range args {
		if size += len(a); len(a) > len(args[big]) {
			big = i
		}
	}
	if n := len(args[big]); n < adoptSizeMin || size-n > n/8 || c.judgedInside(cmd) {
		return false
	}
	s := c.srv
	s.closeBatch()
	buf, at, ok := c.in.Claim(big)
	shown := make([][]byte, len(args)) // the others are overwritten
	for i, a := range args {
		if shown[i] = a; i != big {
			shown[i] = slices.Clone(a)
		}
	}
	if !ok || !s.batch.enc.Adopt(c.db, args, big, buf, at) {
		return false
	}
	c.wrote(cmd, shown)
	s.closeBatch()
	return true
}

// rides reports that a read arriving now may ride on the connection's last
// write (S2).
func (c *Conn) rides() bool {
	return !c.pend.empty() && c.pend.reads == 0 && (c.pend.last == c.srv.batch || c.pend.last != nil && plant.Is("rides-in-flight"))
}
