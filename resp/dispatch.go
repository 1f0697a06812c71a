package resp

import (
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

const (
	errNoMulti   engine.Error = "ERR Command not allowed inside a transaction"
	errCrossSlot engine.Error = "CROSSSLOT Keys in request don't hash to the same slot"
)

// dispatch runs one command: at once, into the batch, into the FIFO; or holds it
// and stalls the connection.
func (c *Conn) dispatch(args [][]byte) {
	if !c.again {
		c.advanceSkip()
	}
	s := c.srv
	cmd, problem := s.table.resolve(args, c.last)
	if problem != "" {
		if cmd == nil && s.looksLikeHTTP(c, args[0]) {
			return
		}
		if engine.EqualFold(args[0], "exec") {
			c.abortExec(engine.Error(strings.TrimPrefix(string(problem), "ERR ")))
			return
		}
		c.reject(nil, problem)
		return
	}
	c.last = cmd
	if problem = c.refuses(cmd); problem != "" {
		c.reject(cmd, problem)
		return
	}
	if c.user != nil {
		context := "toplevel"
		if c.multi != nil {
			context = "multi"
		}
		if problem = c.denied(cmd, args, context); problem != "" {
			c.reject(cmd, problem)
			return
		}
	}
	if _, ok := s.router.group(cmd, args); !ok {
		c.reject(cmd, errCrossSlot)
		return
	}
	if s.pause.on && s.pause.stops(c, cmd) {
		c.hold(args, stallPause)
		s.pause.conns = append(s.pause.conns, c)
		return
	}
	if c.multi != nil && !endsMulti[cmd.name] {
		c.queue(cmd, args)
		return
	}
	switch cmd.kind {
	case kindRead:
		switch {
		case cmd.row.Blocks(args):
			c.runWrite(cmd, args)
		case cmd.row.Cat&engine.CatScripting != 0 && c.srv.engine().Teaches(cmd.row, args):
			c.runWrite(cmd, args)
		case c.judgedInside(cmd): // the engine judges what is in the log
			c.runWrite(cmd, args)
		case cmd.row.Flags&engine.Slow != 0 && !c.pend.empty():
			c.hold(args, stallPending) // so that it can run beside
		default:
			c.read(cmd, args)
		}
	case kindWrite:
		if fault := c.srv.engine().CheckScript(cmd.row, args); fault != "" {
			c.reject(cmd, fault)
			return
		}
		c.runWrite(cmd, args)
	default:
		if !cmd.light && !c.pend.empty() {
			c.hold(args, stallPending)
			return
		}
		c.runSession(cmd, args)
	}
}

// runWrite adds a write to the batch, as soon as it may be there.
func (c *Conn) runWrite(cmd *command, args [][]byte) {
	if c.pend.reads > 0 && !plant.Is("write-overtakes-read") { // S3
		c.hold(args, stallPending)
		return
	}
	cmd.calls++
	c.srv.stats.commands++
	c.write(cmd, args)
}

// endsMulti names the commands that are not queued.
var endsMulti = map[string]bool{"exec": true, "discard": true, "multi": true, "watch": true, "quit": true, "reset": true}

// abortExec answers an EXEC that will not run: the transaction is over, and so
// is what it watched.
func (c *Conn) abortExec(e engine.Error) {
	c.multi, c.watches = nil, watchList{}
	c.fail(errDiscarded + e)
}

// reject answers a command that will not run. A transaction remembers it.
func (c *Conn) reject(cmd *command, e engine.Error) {
	if cmd != nil {
		cmd.rejected++
	}
	if c.multi != nil {
		c.multi.dirty = true
	}
	c.fail(e)
}

// refuses tells why a well-formed command may not run on this connection now.
func (c *Conn) refuses(cmd *command) engine.Error {
	s, flags := c.srv, cmd.row.Flags
	switch {
	case !c.authed && flags&engine.NoAuth == 0:
		return errNoAuth
	case c.subs != nil && !cmd.listens && c.out.Proto() == 2:
		return errSubscribed(cmd)
	case s.loading && (flags&engine.Loading == 0 || flags&engine.Admin != 0 && !c.loggedIn):
		// Who may administer is not known before the users are.
		return errLoading
	case s.refusal != "" && cmd.kind == kindWrite:
		return s.refusal
	case c.multi != nil && flags&engine.NoMulti != 0:
		return errNoMulti
	case flags&engine.DenyOOM != 0 && s.full():
		// Judged before the log: what is in it is applied by every node.
		return errOOM
	}
	return ""
}

// full reports whether memory is above maxmemory.
func (s *Server) full() bool {
	return s.lim.maxMemory > 0 && s.engine().MemoryUsed() > s.lim.maxMemory
}

// looksLikeHTTP cuts off a browser that was tricked into talking to us.
func (s *Server) looksLikeHTTP(c *Conn, name []byte) bool {
	if !engine.EqualFold(name, "post") && !engine.EqualFold(name, "host:") {
		return false
	}
	s.log.Warn("Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. "+
		"This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. Connection aborted.",
		"client", c.sock.RemoteAddr())
	c.closing = true
	c.ended = true
	return true
}

func (c *Conn) advanceSkip() {
	switch c.skip {
	case skipNext:
		c.skip = skipThis
	case skipThis:
		c.skip = skipNone
	}
}

// read answers a read at once if the state allows it, else puts it into the
// FIFO (S2).
func (c *Conn) read(cmd *command, args [][]byte) {
	s := c.srv
	if len(s.monitoring) > 0 {
		s.feed(c, cmd, c.db, args)
	}
	s.stats.commands++
	cmd.calls++
	if c.rides() {
		c.pushRead(slot{cmd: cmd, batch: s.batch}, args)
		return
	}
	ticket, now := s.replica.Read()
	switch {
	case now && c.pend.empty():
		if c.ahead--; c.ahead < 0 {
			c.lookAhead(args)
		}
		mark := c.out.Mark()
		if !c.viewOrBeside(cmd, c.db, args) {
			c.pend.push(slot{kind: slotBeside, cmd: cmd, silent: c.silent(), tracks: c.tracks(), held: argsMemory(args)})
			c.runBeside(cmd, []step{{cmd, copyArgs(args), c.db}})
			return
		}
		if c.silent() {
			c.out.Rollback(mark)
		}
		if c.track != nil && c.tracks() {
			s.note(c, cmd, args)
		}
		if len(s.news.items) > 0 {
			s.tell()
		}
	case now:
		c.pushRead(slot{cmd: cmd}, args)
	default:
		c.pushRead(slot{cmd: cmd, ticket: ticket}, args)
		s.wait(ticket, c)
	}
}

// lookAhead has the engine read ahead for this read and what comes behind it in the pipeline.
func (c *Conn) lookAhead(args [][]byte) {
	if c.in.Buffered() == 0 || len(args) < 2 {
		c.ahead = 0
		return
	}
	keys := c.in.PeekKeys(append(c.srv.keysAhead[:0], args[1]))
	c.srv.engine().LookAhead(c.db, keys)
	c.ahead = len(keys) - 1
	clear(keys)
}

func (c *Conn) pushRead(sl slot, args [][]byte) {
	sl.kind = slotRead
	sl.silent, sl.tracks = c.silent(), c.tracks()
	sl.db = int32(c.db)
	if sl.exec == nil {
		sl.size = c.pend.pushArgs(args)
	}
	c.pend.push(sl)
}

// view runs a read on the engine. c, if not nil, is whose it is.
func (s *Server) view(c *Conn, cmd *command, db int, args [][]byte, r engine.Reply) {
	errors := s.stats.errors
	if s.clock != nil && timesThis(cmd) {
		began := s.clock()
		s.engine().View(db, cmd.row, args, s.now.UnixMs, r)
		s.took(cmd, int64(s.clock()-began), args, c)
	} else {
		s.engine().View(db, cmd.row, args, s.now.UnixMs, r)
	}
	if s.stats.errors != errors {
		cmd.failed++
	}
}

// shortAnswer is how many bytes of an answer are copied in the loop: half a
// millisecond.
const shortAnswer = 1 << 20

// viewOrBeside is view for a connection's answer, but returns false, without
// any, if the read takes long and can run beside: runBeside is to be called.
func (c *Conn) viewOrBeside(cmd *command, db int, args [][]byte) (done bool) {
	if c.srv.background == nil || !cmd.row.Besides() {
		c.srv.view(c, cmd, db, args, &c.out)
		return true
	}
	c.out.Short(shortAnswer)
	done = c.viewShort(cmd, db, args)
	return !c.out.EndShort() && done
}

// viewShort is view between Short and EndShort of the answer.
func (c *Conn) viewShort(cmd *command, db int, args [][]byte) (done bool) {
	s := c.srv
	errors, began := s.stats.errors, time.Duration(0)
	timed := s.clock != nil && timesThis(cmd)
	if timed {
		began = s.clock()
	}
	done = s.engine().ViewShort(db, cmd.row, args, s.now.UnixMs, &c.out) && !c.out.Long()
	if done && timed {
		s.took(cmd, int64(s.clock()-began), args, c)
	}
	if s.stats.errors != errors {
		cmd.failed++
	}
	return done
}

// runSession runs a session command and answers it in its turn.
func (c *Conn) runSession(cmd *command, args [][]byte) {
	s := c.srv
	s.stats.commands++
	cmd.calls++
	w, mark := c.replyTo()
	c.callSession(cmd, args, w)
	if !cmd.pushes {
		c.replied(w, mark)
	}
	if len(s.monitoring) > 0 {
		s.feed(c, cmd, c.db, args)
	}
	if len(s.news.items) > 0 {
		s.tell()
	}
}

// callSession runs the handler of a session command.
func (c *Conn) callSession(cmd *command, args [][]byte, r engine.Reply) {
	s := c.srv
	errors := s.stats.errors
	if s.clock != nil && timesThis(cmd) {
		began := s.clock()
		cmd.run(c, args, r)
		if c.acks == nil || c.acks.sleep == nil {
			s.took(cmd, int64(s.clock()-began), args, c)
		}
	} else {
		cmd.run(c, args, r)
	}
	if s.stats.errors != errors {
		cmd.failed++
	}
}
