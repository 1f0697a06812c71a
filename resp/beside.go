package resp

import (
	"runtime"
	"time"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// besides are the reads that take long: each runs on a goroutine of its own, on
// a view of the state at the moment it would have run here, and only its
// connection waits for it. There are never more at a time than leave the loop a
// processor; the others wait for their turn with the view they need not yet
// have taken: they read what is true when they begin (S2 asks for no more).
type besides struct {
	running int
	queue   []func()
}

// besidesMax is how many reads run beside the loop at a time.
func besidesMax() int { return max(1, runtime.NumCPU()/2) }

// mayRunBeside: the read at the front of the FIFO may be put off. One that rides
// on a batch in front of an own write may not: that write is about to be applied.
func (c *Conn) mayRunBeside() bool {
	for _, s := range c.pend.slots[c.pend.head:] {
		if s.kind == slotWrite {
			return false
		}
	}
	return true
}

// runBeside runs the read at the front of the FIFO, a slotBeside, beside the loop.
// Its connection stalls until it is answered.
func (c *Conn) runBeside(cmd *command, db int, args [][]byte) {
	c.stall(stallPending)
	args = copyArgs(args)
	s := c.srv
	start := func() { s.startBeside(c, cmd, db, args) }
	if s.besides.running < besidesMax() {
		start()
	} else {
		s.besides.queue = append(s.besides.queue, start)
	}
}

func (s *Server) startBeside(c *Conn, cmd *command, db int, args [][]byte) {
	if c.closed {
		s.nextBeside()
		return
	}
	s.besides.running++
	read := s.engine().Beside(db, cmd.row, args, s.now.UnixMs)
	silent := c.pend.front().silent
	if c.pend.front().tracks {
		s.note(c, cmd, args)
	}
	out := wire.NewWriter(s.scratch.Apart(), c.out.Proto())
	began := time.Duration(0)
	if s.clock != nil {
		began = s.clock()
	}
	s.background(func() { read.Run(&out) }, func() {
		read.Release()
		s.besides.running--
		if s.clock != nil {
			s.took(cmd, int64(s.clock()-began), args, c)
		}
		c.besideOver(cmd, &out, silent)
		s.nextBeside()
	})
}

// nextBeside starts one that waits.
func (s *Server) nextBeside() {
	b := &s.besides
	if len(b.queue) == 0 || b.running >= besidesMax() {
		return
	}
	start := b.queue[0]
	b.queue[0] = nil
	b.queue = b.queue[1:]
	start()
}

// besideOver answers the read at the front of the FIFO.
func (c *Conn) besideOver(cmd *command, out *wire.Writer, silent bool) {
	if c.closed {
		return
	}
	c.pend.pop()
	if out.Overflowed() {
		c.cutOff = true
	}
	if !silent {
		c.out.Take(out)
	}
	c.drain()
	c.srv.markDirty(c)
}
