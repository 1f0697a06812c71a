package engine

import "slices"

// The owner of a blocked call is a client of one process, the call's origin.
// When that process is gone, whatever is popped for the call is lost. So an
// origin whose life is in doubt is absent: its calls keep their places, but
// nothing is handed to them.
//
//   - The first entry of a new term makes every origin absent: that a leader
//     was elected often means that the old one has died.
//   - An Absent operation makes one absent. The leader proposes it when the
//     link to that process is lost or silent.
//   - Any entry that the origin proposes makes it present again, and serves its
//     calls from what came meanwhile. A process that sees itself absent while
//     its clients wait proposes an entry for this alone. Its clients notice
//     nothing of the election.
//   - Who is absent for absentMaxMs is given up: its calls end with an error,
//     which a client hears only if it is still there.
//
// What is popped between the death of a process and the entry that makes it
// absent is lost, as Redis loses what it has written to a client that died.

// origin is a process with calls that wait.
type origin struct {
	id       uint64
	waiting  int
	absentMs int64 // since when it is absent; 0: present
}

const absentMaxMs = 10_000

// Replies to calls that end without an element, in Redis' words.
const (
	errUnblocked     Error = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
	errInstanceMoved Error = "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
)

func (s *waits) origin(id uint64) *origin {
	for i := range s.origins {
		if s.origins[i].id == id {
			return &s.origins[i]
		}
	}
	return nil
}

// enter counts a waiter of an origin; the entry that brought it was the
// origin's own.
func (s *waits) enter(id uint64) {
	if o := s.origin(id); o != nil {
		o.waiting++
		return
	}
	s.origins = append(s.origins, origin{id: id, waiting: 1})
	slices.SortFunc(s.origins, func(a, b origin) int {
		if a.id < b.id {
			return -1
		}
		return 1
	})
}

func (s *waits) leave(id uint64) {
	o := s.origin(id)
	if o.waiting--; o.waiting == 0 {
		s.origins = slices.DeleteFunc(s.origins, func(o origin) bool { return o.id == id })
	}
}

func (s *waits) present(id uint64) bool {
	o := s.origin(id)
	return o == nil || o.absentMs == 0
}

// absent notes that nothing may be handed to an origin.
func (s *waits) absent(id uint64, nowMs int64) {
	if o := s.origin(id); o != nil && o.absentMs == 0 {
		o.absentMs = max(nowMs, 1)
	}
}

func (s *waits) allAbsent(nowMs int64) {
	for i := range s.origins {
		s.absent(s.origins[i].id, nowMs)
	}
}

// returned makes an origin present, and signals what its calls wait for.
func (s *waits) returned(id uint64) {
	o := s.origin(id)
	if o == nil || o.absentMs == 0 {
		return
	}
	o.absentMs = 0
	s.byID.Scan(func(w *waiter) bool {
		if w.origin == id {
			for _, key := range w.keys {
				s.signal(w.db, key)
			}
		}
		return true
	})
}

// endDue ends the calls whose time is over: their own, or their origin's.
func (e *Engine) endDue(sink Sink) {
	s := &e.waits
	for s.len() > 0 {
		w, ok := s.byDeadline.Min()
		if !ok || w.deadlineMs > e.clockMs {
			break
		}
		s.remove(w)
		sink.Unblock(w.id).NullArray()
	}
	for i := 0; i < len(s.origins); {
		if o := s.origins[i]; o.absentMs == 0 || o.absentMs+absentMaxMs > e.clockMs {
			i++
		} else {
			e.giveUp(o.id, sink)
		}
	}
}

// giveUp ends all calls of an origin, and so forgets it.
func (e *Engine) giveUp(id uint64, sink Sink) {
	var all []*waiter
	e.waits.byID.Scan(func(w *waiter) bool {
		if w.origin == id {
			all = append(all, w)
		}
		return true
	})
	for _, w := range all {
		e.waits.remove(w)
		sink.Unblock(w.id).Err(errInstanceMoved)
	}
}

// deadline is the earliest time at which a call ends by itself.
func (s *waits) deadline() (unixMs int64, ok bool) {
	if s.len() == 0 {
		return 0, false
	}
	if w, has := s.byDeadline.Min(); has {
		unixMs, ok = w.deadlineMs, true
	}
	for _, o := range s.origins {
		if at := o.absentMs + absentMaxMs; o.absentMs != 0 && (!ok || at < unixMs) {
			unixMs, ok = at, true
		}
	}
	return unixMs, ok
}

// UnblockMode is how CLIENT UNBLOCK ends a call.
type UnblockMode uint8

// The modes. A client that has gone is unblocked like by a timeout; the last two
// are for one whose user may not do any more what it waits for.
const (
	UnblockTimeout   UnblockMode = 0
	UnblockError     UnblockMode = 1
	UnblockNoKey     UnblockMode = 2
	UnblockNoCommand UnblockMode = 3
)

// applyUnblock ends one call, unless it has ended by itself, and answers 1 if
// it did so.
func (e *Engine) applyUnblock(r *batchReader, sink Sink, op int) {
	id, mode := r.uint(), UnblockMode(r.uint())
	if r.err == nil && mode > UnblockNoCommand {
		r.fail("unblock mode")
	}
	if r.err != nil {
		return
	}
	reply := sink.Reply(op)
	w, found := e.waits.find(id)
	if !found {
		reply.Int(0)
		return
	}
	e.waits.remove(w)
	switch waiting := sink.Unblock(id); mode {
	case UnblockError:
		waiting.Err(errUnblocked)
	case UnblockNoKey:
		waiting.Err(NoPermKey)
	case UnblockNoCommand:
		waiting.Err(NoPermCommand("", w.cmd.FullName()))
	default:
		waiting.NullArray()
	}
	reply.Int(1)
}

func (e *Engine) applyAbsent(r *batchReader, sink Sink, op int) {
	id := r.uint()
	if r.err != nil {
		return
	}
	reply := sink.Reply(op)
	if id != e.origin { // who proposes is there
		e.waits.absent(id, e.clockMs)
	}
	reply.OK()
}

// Present reports whether calls of that process are served. One without
// calls is never absent.
func (e *Engine) Present(origin uint64) bool { return e.waits.present(origin) }

// EachPresent calls f for the processes whose calls are served.
func (e *Engine) EachPresent(f func(origin uint64)) {
	for _, o := range e.waits.origins {
		if o.absentMs == 0 {
			f(o.id)
		}
	}
}
