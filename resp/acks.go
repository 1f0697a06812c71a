package resp

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/laurocaetano/foxtail/engine"
)

// acks is what WAIT and WAITAOF wait for: that more nodes hold a client's writes
// than the majority that each acknowledged write has anyway. How far its log
// reaches is known to each node alone; the others are asked, and asked again,
// while somebody waits.
//
// A node whose log ends with an entry of term t at index i holds every
// committed entry up to i that was written in term t or before (Raft's log
// matching and leader completeness). Nothing a node has told becomes untrue, so
// answers may come late, twice or not at all.
type acks struct {
	waiting []*ackWait
	held    map[uint64]holding // by node number
	ask     time.Duration      // when to ask again
	pause   time.Duration      // until then; it grows
}

// holding is how far a node's log reached.
type holding struct{ index, term, durable uint64 }

// ackWait is one WAIT or WAITAOF, or a mere sleep.
type ackWait struct {
	conn            *Conn
	aof             bool
	local, replicas int64 // how many are wanted
	index, term     uint64
	until           time.Duration // 0: for ever
	sleep           [][]byte      // the arguments of DEBUG SLEEP: only the time is waited for
	since           time.Duration // it
}

const (
	askPauseFirst = time.Millisecond
	askPauseMax   = 100 * time.Millisecond
)

const (
	errTimeoutNotInt   engine.Error = "ERR timeout is not an integer or out of range"
	errTimeoutNegative engine.Error = "ERR timeout is negative"
)

// cmdWait answers how many other nodes hold the client's writes.
func cmdWait(c *Conn, args [][]byte, r engine.Reply) {
	replicas, ok := engine.ParseInt(args[1])
	if !ok {
		r.Err(engine.ErrNotInt)
		return
	}
	c.waitAcks(&ackWait{replicas: replicas}, args[2], r)
}

// cmdWaitaof answers how many disks hold the client's writes: this node's, and
// those of others.
func cmdWaitaof(c *Conn, args [][]byte, r engine.Reply) {
	local, ok := engine.ParseInt(args[1])
	if !ok || local < 0 || local > 1 {
		r.Err("ERR value is out of range, value must between 0 and 1")
		return
	}
	replicas, ok := engine.ParseInt(args[2])
	if !ok || replicas < 0 {
		r.Err("ERR value is out of range, must be positive")
		return
	}
	c.waitAcks(&ackWait{aof: true, local: local, replicas: replicas}, args[3], r)
}

// waitAcks begins to wait, if there is anything to wait for. All writes of the
// connection are applied by now.
func (c *Conn) waitAcks(w *ackWait, timeout []byte, r engine.Reply) {
	s := c.srv
	ms, ok := engine.ParseInt(timeout)
	switch {
	case !ok || ms > int64(maxTimeout/time.Millisecond):
		r.Err(errTimeoutNotInt)
		return
	case ms < 0:
		r.Err(errTimeoutNegative)
		return
	}
	st := s.replica.Status()
	if w.local > 0 && !st.AppendOnly {
		r.Err("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
		return
	}
	w.conn, w.index, w.term = c, s.engine().Applied(), st.group(dataGroup).LastTerm
	if c.inExec || w.enough(&st) {
		w.answer(&st, r)
		return
	}
	if ms > 0 {
		w.until = s.now.Mono + time.Duration(ms)*time.Millisecond
	}
	c.park(w)
	s.acks.ask, s.acks.pause = s.now.Mono, askPauseFirst
}

// park makes the connection wait: what it sends is not parsed, but heard.
func (c *Conn) park(w *ackWait) {
	c.acks = w
	c.pend.push(slot{kind: slotWrite, silent: c.silent(), cmd: c.last})
	c.stall(stallPending)
	c.wantRead(true) // to see it go away
	c.srv.acks.waiting = append(c.srv.acks.waiting, w)
}

// maxTimeout is the longest that can be added to any moment.
const maxTimeout = time.Duration(1) << 61

// counts are the disks of this node, and the other nodes, that surely hold what
// w waits for.
func (w *ackWait) counts(st *Status) (local, others int64) {
	g, acks := st.group(dataGroup), &w.conn.srv.acks
	if g.Durable >= w.index {
		local = 1
	}
	voters, self := 0, 0
	for i := range g.Members {
		m := &g.Members[i]
		if m.Voter {
			voters++
		}
		if m.Number == st.Number {
			if m.Voter {
				self = 1
			}
			continue
		}
		h := acks.held[m.Number]
		if h.term >= w.term && h.index >= w.index && (!w.aof || h.durable >= w.index) {
			others++
		}
	}
	// What is applied here is held by a majority of the voters; where every node
	// syncs before it says so, on their disks.
	if voters > 0 && (!w.aof || st.SyncsAlways) {
		others = max(others, int64(voters/2+1-self))
	}
	return local, others
}

func (w *ackWait) enough(st *Status) bool {
	if w.sleep != nil {
		return false
	}
	local, others := w.counts(st)
	return local >= w.local && others >= w.replicas
}

func (w *ackWait) answer(st *Status, r engine.Reply) {
	if w.sleep != nil {
		r.OK()
		return
	}
	local, others := w.counts(st)
	if !w.aof {
		r.Int(others)
		return
	}
	r.Array(2)
	r.Int(local)
	r.Int(others)
}

// endAcks answers a connection that waits; with e, if there is one.
func (c *Conn) endAcks(st *Status, e engine.Error) {
	w := c.acks
	c.forgetAcks()
	silent := c.pend.front().silent
	c.pend.pop()
	if w.sleep != nil {
		c.srv.took(c.last, int64(c.srv.now.Mono-w.since), w.sleep, c)
	}
	switch {
	case silent:
	case e != "":
		c.out.Err(e)
	default:
		w.answer(st, &c.out)
	}
	c.drained()
	c.srv.markDirty(c)
}

// forgetAcks: nobody waits any more.
func (c *Conn) forgetAcks() {
	if c.acks == nil {
		return
	}
	a := &c.srv.acks
	a.waiting = slices.DeleteFunc(a.waiting, func(w *ackWait) bool { return w == c.acks })
	c.acks = nil
}

// serveAcks answers whose time or number has come, and asks for the others. It
// returns when it wants to be called again.
func (s *Server) serveAcks() (wake time.Duration) {
	a := &s.acks
	if len(a.waiting) == 0 {
		return maxTimeout
	}
	st := s.replica.Status()
	wake = maxTimeout
	for _, w := range slices.Clone(a.waiting) {
		if w.enough(&st) || w.until != 0 && s.now.Mono >= w.until {
			w.conn.endAcks(&st, "")
		} else if w.until != 0 {
			wake = min(wake, w.until)
		}
	}
	if len(a.waiting) == 0 {
		return maxTimeout
	}
	if s.now.Mono >= a.ask {
		if s.cast != nil {
			s.cast(binary.LittleEndian.AppendUint64([]byte{castVersion, castAsk}, st.Number))
		}
		a.ask = s.now.Mono + a.pause
		a.pause = min(2*a.pause, askPauseMax)
	}
	return min(wake, a.ask)
}

// Kinds of broadcasts beside messages: how far does your log reach (number of
// the asking node); as far as this (asking node, answering node, index, term,
// durable).
const (
	castAsk  = 16
	castHeld = 17
)

// deliverAcks takes a broadcast of those kinds. It reports whether it was one.
func (s *Server) deliverAcks(data []byte) bool {
	var n [5]uint64
	count := len(data[2:]) / 8
	if count*8 != len(data[2:]) || count > len(n) {
		return false
	}
	for i := range count {
		n[i] = binary.LittleEndian.Uint64(data[2+8*i:])
	}
	switch kind := data[1]; {
	case kind == castAsk && count == 1:
		st := s.replica.Status()
		g := st.group(dataGroup)
		b := []byte{castVersion, castHeld}
		for _, x := range []uint64{n[0], st.Number, g.LastIndex, g.LastTerm, g.Durable} {
			b = binary.LittleEndian.AppendUint64(b, x)
		}
		if s.cast != nil && st.Number != 0 {
			s.cast(b)
		}
	case kind == castHeld && count == 5:
		if n[0] == s.replica.Status().Number {
			s.acks.held[n[1]] = holding{index: n[2], term: n[3], durable: n[4]}
		}
	default:
		return false
	}
	return true
}
