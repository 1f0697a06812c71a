package resp

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/laurocaetano/foxtail/engine"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// A connection whose call waits in the engine is stalled (its pipeline waits
// behind the call) and listens only for its client going away. The engine
// knows the call by an id; blocked maps it to the connection. Whatever ends
// the wait of a client that is not there any more goes through the log, like
// everything: until that entry is applied, the call may still be served.
type waits struct {
	blocked map[uint64]*Conn // by the engine's id of the blocked call
	origin  uint64           // this process, as the entries it proposes name it

	retry     []uint64 // calls to be ended, whose first try failed
	doubting  []uint64 // origins with an Absent under way
	renewing  bool     // an entry that shows this process to be there is under way
	quietTill time.Duration
}

const errUnblocked engine.Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"

// upkeepPause is how long the upkeep of blocked calls rests after a failure.
const upkeepPause = time.Second

// upkeepCommand is in whose name the server proposes on its own.
var upkeepCommand = &command{name: "client|unblock", row: &engine.Command{Name: "unblock"}, cheap: true}

// SetOrigin tells how entries that this process proposes are marked.
func (s *Server) SetOrigin(origin uint64) { s.origin = origin }

// Blocked is the number of clients whose calls wait.
func (s *Server) Blocked() int { return len(s.blocked) + len(s.acks.waiting) }

// Blocked implements engine.Sink: the operation just run waits in the engine.
func (b *Batch) Blocked(i int, id uint64) {
	s, c := b.srv, b.ops[i].conn
	switch {
	case c.closed:
		s.endWait(id)
	case c.ended && !s.leaving: // nobody is left to wait
		s.endWait(id)
		c.closing = true
		s.markDirty(c)
	default:
		c.pend.unpop()
		c.waitID = id
		if b.timing { // its time counts, and is logged, when it has ended
			b.timing = false
			c.waitTook = int64(s.clock() - b.began)
			if o := &b.ops[i]; s.slowlog.everything && o.argsAt >= 0 {
				c.waitArgs = splitTrimmed(bytes.Clone(b.args[o.argsAt:]))
			}
		}
		s.blocked[id] = c
		c.wantRead(true)
		if s.leaving {
			s.interrupt(id)
		}
	}
}

// Unblock implements engine.Sink.
func (b *Batch) Unblock(id uint64) engine.Reply { return b.srv.unblock(id) }

// unblock returns where a call that waited in the engine is answered.
func (s *Server) unblock(id uint64) engine.Reply {
	c, ok := s.blocked[id]
	if !ok {
		return engine.Discard
	}
	delete(s.blocked, id)
	c.waitID = 0
	if c.waitTook > 0 {
		s.took(c.last, c.waitTook, c.waitArgs, c)
		c.waitTook, c.waitArgs = 0, nil
	}
	silent := c.pend.front().silent
	c.pend.pop()
	// Nothing is behind a blocked call: the connection was not parsed on.
	c.drained()
	if silent {
		return engine.Discard
	}
	return &c.out
}

// Foreign is the sink of entries that other nodes proposed: they may serve calls
// blocked here.
func (s *Server) Foreign() engine.Sink { return foreign{s} }

type foreign struct{ srv *Server }

func (f foreign) Reply(int) engine.Reply { return engine.Discard }
func (f foreign) Done()                  { f.srv.tell() }
func (f foreign) Blocked(int, uint64)    {}
func (f foreign) Unblock(id uint64) engine.Reply {
	if plant.Is("pop-answer-lost") {
		return engine.Discard
	}
	return f.srv.unblock(id)
}

// Orphan is the sink of entries that this process proposed and whose owners
// were told meanwhile that their fate is unknown: nobody waits for what they
// block on.
func (s *Server) Orphan() engine.Sink { return orphan{foreign{s}} }

type orphan struct{ foreign }

func (o orphan) Blocked(_ int, id uint64) { o.srv.endWait(id) }

// endWait proposes to end a call whose client is gone.
func (s *Server) endWait(id uint64) {
	s.batch.enc.Unblock(id, engine.UnblockTimeout)
	s.batch.ops = append(s.batch.ops, op{cmd: upkeepCommand, argsAt: -1, ends: id})
}

// Doubt is told, at the leader, of a process that is not heard of while calls
// of its clients are served: that is to stop until it shows itself.
func (s *Server) Doubt(origin uint64) {
	if s.now.Mono < s.quietTill || slices.Contains(s.doubting, origin) {
		return
	}
	s.doubting = append(s.doubting, origin)
	s.batch.enc.Absent(origin)
	s.batch.ops = append(s.batch.ops, op{cmd: upkeepCommand, argsAt: -1, doubts: origin})
}

// mustRenew: clients wait here, and the cluster does not know whether this
// process still lives. Any entry of ours says so.
func (s *Server) mustRenew() bool {
	return len(s.blocked) > 0 && !s.renewing && s.now.Mono >= s.quietTill && !s.engine().Present(s.origin)
}

// renew makes the batch one that is proposed even if it is empty.
func (s *Server) renew() {
	if s.mustRenew() {
		s.renewing = true
		s.batch.renews = true
	}
}

// upkeepOver notes that the server's own operations of a batch are settled.
func (b *Batch) upkeepOver(failed bool) {
	s := b.srv
	if b.renews {
		s.renewing, b.renews = false, false
		if failed {
			s.quietTill = s.now.Mono + upkeepPause
		}
	}
	for i := range b.ops {
		o := &b.ops[i]
		if o.conn != nil {
			continue
		}
		if o.doubts != 0 {
			s.doubting = slices.DeleteFunc(s.doubting, func(id uint64) bool { return id == o.doubts })
		}
		if o.imports {
			s.imports.proposed = !failed
		}
		if failed {
			s.quietTill = s.now.Mono + upkeepPause
			if o.ends != 0 {
				s.retry = append(s.retry, o.ends)
			}
		}
	}
}

// retryEnds proposes again what has failed.
func (s *Server) retryEnds() {
	if len(s.retry) == 0 || s.now.Mono < s.quietTill {
		return
	}
	for _, id := range s.retry {
		s.endWait(id)
	}
	s.retry = s.retry[:0]
}

// Restored tells that the engine was replaced by one from a snapshot. Calls
// that do not wait in it any more have ended in entries that this node never
// saw; how, nobody here can know.
func (s *Server) Restored() {
	// Nobody saw what has changed.
	s.listen()
	s.tracking.flush(s)
	for _, id := range slices.Sorted(maps.Keys(s.blocked)) {
		if !s.engine().Waits(id) {
			s.unblock(id).Err(errUncertain)
		}
	}
}

// waitingInputMax is how much a client may send behind its blocked call before
// it is not read any more.
const waitingInputMax = 16 << 10

// listen reads on while the client's call waits, to notice when it goes away.
// What it sends is kept for when the call has ended.
func (c *Conn) listen() {
	if c.in.Buffered() >= waitingInputMax {
		c.wantRead(false)
		return
	}
	n, err := c.sock.Read(c.in.Space())
	if n > 0 {
		c.in.Filled(n)
		c.srv.stats.netIn += uint64(n)
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			c.srv.log.Debug("blocked client lost", "client", c.describe(), "error", err)
		}
		c.kill()
	}
}

// left: the connection is closed while its call waits.
func (c *Conn) left() {
	if c.waitID != 0 {
		delete(c.srv.blocked, c.waitID)
		c.srv.endWait(c.waitID)
		c.waitID = 0
	}
}

// cmdClientUnblock ends the call of a client of this node. It is a write, and
// only the log knows whether it came before the element.
func cmdClientUnblock(c *Conn, args [][]byte, r engine.Reply) {
	mode := engine.UnblockTimeout
	if len(args) == 4 {
		switch {
		case engine.EqualFold(args[3], "error"):
			mode = engine.UnblockError
		case !engine.EqualFold(args[3], "timeout"):
			r.Err("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
			return
		}
	}
	id, ok := engine.ParseInt(args[2])
	if !ok {
		r.Err(engine.ErrNotInt)
		return
	}
	s := c.srv
	x := s.conns[uint64(id)]
	if x != nil && x.acks != nil {
		st, e := s.replica.Status(), engine.Error("")
		if mode == engine.UnblockError {
			e = errUnblocked
		}
		x.endAcks(&st, e)
		r.Int(1)
		return
	}
	if x == nil || x.waitID == 0 {
		r.Int(0)
		return
	}
	b := s.batch
	b.enc.Unblock(x.waitID, mode)
	if c.inExec {
		// Its place in the reply is now.
		b.ops = append(b.ops, op{cmd: upkeepCommand, argsAt: -1})
		r.Int(1)
		return
	}
	b.own(c, c.last, nil)
	c.pend.push(slot{kind: slotWrite, silent: c.silent(), db: int32(c.db), cmd: c.last, batch: b})
	c.stall(stallPending)
}
