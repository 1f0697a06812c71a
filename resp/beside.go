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

// runBeside runs the read at the front of the FIFO, a slotBeside, beside the loop:
// one command, or a transaction. Its connection stalls until it is answered.
func (c *Conn) runBeside(cmd *command, steps []step) {
	c.stall(stallPending)
	s := c.srv
	start := func() { s.startBeside(c, cmd, steps) }
	if s.besides.running < besidesMax() {
		start()
	} else {
		s.besides.queue = append(s.besides.queue, start)
	}
}

func (s *Server) startBeside(c *Conn, cmd *command, steps []step) {
	if c.closed {
		s.nextBeside()
		return
	}
	s.besides.running++
	slot := c.pend.front()
	silent, inExec := slot.silent, slot.exec != nil
	dbs := make([]int, len(steps))
	for i, st := range steps {
		dbs[i] = st.db
		if slot.tracks || inExec && slot.exec.tracks {
			s.note(c, st.cmd, st.args)
		}
	}
	state, nowMs := s.engine().Beside(dbs...), s.now.UnixMs
	out := wire.NewWriter(s.scratch.Apart(), c.out.Proto())
	began := time.Duration(0)
	if s.clock != nil {
		began = s.clock()
	}
	s.background(func() {
		if inExec {
			out.Array(len(steps))
		}
		for _, st := range steps {
			state.View(st.db, st.cmd.row, st.args, nowMs, &out)
		}
	}, func() {
		state.Release()
		s.besides.running--
		if s.clock != nil {
			args := steps[0].args
			if inExec {
				args = [][]byte{[]byte(cmd.name)}
			}
			s.took(cmd, int64(s.clock()-began), args, c)
		}
		c.besideOver(&out, silent)
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
func (c *Conn) besideOver(out *wire.Writer, silent bool) {
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
