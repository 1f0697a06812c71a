package resp

import (
	"cmp"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/wire"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// replyWriter is wire.Writer that counts error replies.
type replyWriter struct {
	wire.Writer
	srv *Server
}

func (w *replyWriter) init(s *Server) {
	w.Writer = wire.NewWriter(s.scratch, 2)
	w.srv = s
}

// Err appends an error and counts it by its code.
func (w *replyWriter) Err(e engine.Error) {
	w.srv.countError(e)
	w.Writer.Err(e)
}

const errorCodesMax = 128 // errors of a client's choice (scripts) must not fill the memory

func (s *Server) countError(e engine.Error) {
	s.stats.errors++
	code := string(e)
	if i := strings.IndexByte(code, ' '); i >= 0 {
		code = code[:i]
	}
	if n, ok := s.stats.errorCodes[code]; ok {
		*n++
	} else if len(s.stats.errorCodes) < errorCodesMax {
		one := uint64(1)
		s.stats.errorCodes[code] = &one
	}
}

// setProto changes the protocol of the answers that follow. REQUIRES: c.pend is
// empty, as answers of earlier requests keep the old form.
func (c *Conn) setProto(proto int) {
	c.out.SetProto(proto)
	c.side.SetProto(proto)
}

// answer gives the reply of a request that needs no engine, in its turn (S1).
func (c *Conn) answer(f func(r engine.Reply)) {
	w, mark := c.replyTo()
	f(w)
	c.replied(w, mark)
}

// fail is answer with an error.
func (c *Conn) fail(e engine.Error) {
	w, mark := c.replyTo()
	w.Err(e)
	c.replied(w, mark)
}

// replyTo returns where the next request is answered: out, or side behind
// unanswered requests. replied must follow.
func (c *Conn) replyTo() (w *replyWriter, mark int) {
	if c.pend.empty() || plant.Is("reply-order") {
		return &c.out, c.out.Mark()
	}
	return &c.side, c.side.Mark()
}

func (c *Conn) replied(w *replyWriter, mark int) {
	if c.silent() {
		w.Rollback(mark)
		return
	}
	if w == &c.side {
		c.pend.push(slot{kind: slotBytes, size: w.Len() - mark})
	}
}

// silent: CLIENT REPLY OFF or SKIP.
func (c *Conn) silent() bool { return c.replyOff || c.skip == skipThis }

// drain answers from the front of the FIFO up to the first request that still
// waits.
func (c *Conn) drain() {
	for !c.pend.empty() {
		s := c.pend.front()
		switch s.kind {
		case slotWrite:
			return
		case slotBytes:
			n := s.size
			c.pend.pop()
			c.out.Raw(c.side.Pending()[:n])
			c.side.Sent(n)
		case slotFailed:
			e, silent := cmp.Or(s.err, errMasterDown), s.silent
			c.pend.pop()
			if !silent {
				c.out.Err(e)
			}
		case slotRead:
			if s.ticket > c.readyTicket {
				return
			}
			c.runPendingRead(s)
		case slotBeside:
			return
		}
	}
	c.drained()
}

// drained: everything is answered.
func (c *Conn) drained() {
	c.srv.markDirty(c)
	c.unstall(stallPending)
}

// runPendingRead runs the front R. Its arguments lie in the FIFO's own memory,
// which pop may give away: it is popped after the read.
func (c *Conn) runPendingRead(s *slot) {
	srv := c.srv
	if s.exec != nil {
		c.runPendingExec(s)
		return
	}
	args := c.pend.frontArgs(srv.argScratch[:0])
	cmd, db := s.cmd, int(s.db)
	mark := c.out.Mark()
	switch {
	case cmd.run != nil:
		cmd.run(c, args, &c.out)
	case !c.mayRunBeside():
		srv.view(c, cmd, db, args, &c.out)
	case !c.viewOrBeside(cmd, db, args):
		s.kind = slotBeside
		c.runBeside(cmd, []step{{cmd, copyArgs(args), db}})
		clear(args)
		srv.argScratch = args[:0]
		return
	}
	if s.silent {
		c.out.Rollback(mark)
	}
	if s.tracks {
		srv.note(c, cmd, args)
	}
	clear(args)
	srv.argScratch = args[:0]
	c.pend.pop()
	if len(srv.news.items) > 0 {
		srv.tell()
	}
}

// runPendingExec is runPendingRead for a transaction.
func (c *Conn) runPendingExec(s *slot) {
	ex, silent := s.exec, s.silent
	if ex.besides(c.srv) && c.mayRunBeside() {
		if !ex.runShort(c, silent) {
			s.kind = slotBeside
			c.runBeside(s.cmd, ex.steps)
			return
		}
		c.pend.pop()
	} else {
		c.pend.pop()
		ex.runReads(c, silent)
	}
	c.srv.tell()
}
