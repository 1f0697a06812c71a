package resp

import (
	"slices"

	"github.com/laurocaetano/foxtail/engine"
)

// Leave begins the end of all connections: what has arrived from a client is
// still run and answered, then its connection is closed. Calls that wait in the
// engine end through the log, so that an element that came first is not lost.
func (s *Server) Leave() {
	if s.leaving {
		return
	}
	s.leaving = true
	s.endPause()
	for _, c := range slices.Clone(s.order) { // closing takes some out
		c.leave()
	}
}

func (c *Conn) leave() {
	if !c.closed && c.waitID == 0 && c.acks == nil {
		c.Readable() // once more, for what came in meanwhile
	}
	if c.closed {
		return
	}
	c.end()
	if c.acks != nil {
		st := c.srv.replica.Status()
		c.endAcks(&st, "")
	}
	if c.waitID != 0 {
		c.srv.interrupt(c.waitID)
	}
}

// interrupt proposes to end the call of a client that is told so.
func (s *Server) interrupt(id uint64) {
	s.batch.enc.Unblock(id, engine.UnblockError)
	s.batch.ops = append(s.batch.ops, op{cmd: upkeepCommand, argsAt: -1, ends: id})
}
