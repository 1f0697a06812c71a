package resp

import (
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// pause is CLIENT PAUSE: clients, or only their writes, wait until a time.
type pause struct {
	on    bool
	all   bool
	until time.Duration
	conns []*Conn // stalled by it
}

// stops reports that a command has to wait. CLIENT goes through, or nobody could
// end the pause.
func (p *pause) stops(c *Conn, cmd *command) bool {
	switch {
	case cmd.row.Parent != nil && cmd.row.Parent.Name == "client":
		return false
	case p.all:
		return true
	case cmd.kind == kindWrite:
		return c.multi == nil
	case cmd.name == "exec" && c.multi != nil:
		for i := range c.multi.steps {
			if c.multi.steps[i].cmd.kind == kindWrite {
				return true
			}
		}
	}
	return cmd.publishes || cmd.row.Flags&engine.MayReplicate != 0
}

// waiting counts the clients that it has stopped.
func (p *pause) waiting() (n int) {
	for _, c := range p.conns {
		if !c.closed {
			n++
		}
	}
	return n
}

// unpause lets everybody go on once the time is over.
func (s *Server) unpause() {
	if s.pause.on && s.now.Mono >= s.pause.until {
		s.endPause()
	}
}

func (s *Server) endPause() {
	conns := s.pause.conns
	s.pause = pause{}
	for _, c := range conns {
		c.unstall(stallPause)
	}
}

// startPause begins a pause or prolongs the one that is on; the stricter kind
// stays, as in Redis.
func (s *Server) startPause(d time.Duration, all bool) {
	p := &s.pause
	p.all = p.on && p.all || all
	p.until = max(p.until, s.now.Mono+d)
	p.on = true
}
