package engine

import "bytes"

// signal notes that a key may serve who waits for it. All that puts a value
// under a key calls it, and all that takes one away, as a group of a stream
// waits for that, too. What becomes of it is decided after the command, or
// after the transaction. A call that is being served from a key does not make
// that key ready again, or it would come before those made ready meanwhile.
func (c *Call) signal(db int, key []byte) {
	s := &c.e.waits
	if s.len() == 0 || len(c.serving) > 0 && s.picky == 0 && db == c.db && bytes.Equal(key, c.serving[0]) {
		return
	}
	s.signal(db, key)
}

func (s *waits) signal(db int, key []byte) {
	if s.onKey(db, key, 0) == nil {
		return
	}
	k := readyKey{db, string(key)}
	if _, already := s.readySet[k]; already {
		return
	}
	if s.readySet == nil {
		s.readySet = map[readyKey]struct{}{}
	}
	s.readySet[k] = struct{}{}
	s.ready = append(s.ready, k)
}

// signalDB signals every key waited for in a database, whose keys have all
// changed.
func (c *Call) signalDB(db int) {
	s := &c.e.waits
	if s.len() == 0 {
		return
	}
	s.byKey.Ascend(keyWaiter{db: db}, func(k keyWaiter) bool {
		if k.db == db {
			s.signal(db, k.key)
		}
		return k.db == db
	})
}

// serve hands what the ready keys hold to who waits for it: the keys in the
// order in which they were signalled, for each key the longest waiting first.
// To serve one may make other keys ready (BLMOVE); they come after. It ends,
// as every call served is one less that waits.
func (e *Engine) serve(sink Sink) {
	s := &e.waits
	for i := 0; i < len(s.ready); i++ {
		k := s.ready[i]
		delete(s.readySet, k)
		e.serveKey(sink, k.db, []byte(k.key))
	}
	clear(s.ready)
	s.ready = s.ready[:0]
}

func (e *Engine) serveKey(sink Sink, db int, key []byte) {
	s := &e.waits
	e.write = Call{e: e, db: db, nowMs: e.clockMs, applying: true}
	for from := uint64(0); s.len() > 0; {
		w := s.onKey(db, key, from)
		if w == nil {
			return
		}
		from = w.id + 1
		rec, found := e.write.findIn(db, key)
		if !e.canServe(w, key, rec, found) {
			if !found && s.picky == 0 {
				return // the key is used up
			}
			continue
		}
		s.remove(w)
		e.serveWaiter(sink, w, key)
	}
}

// canServe reports whether the call would answer now. A command that needs
// more than a key of its type says so itself.
func (e *Engine) canServe(w *waiter, key []byte, rec record, found bool) bool {
	if !e.waits.present(w.origin) {
		return false
	}
	if w.cmd.Ready != nil {
		c := &e.write
		c.cmd, c.Args = w.cmd, w.args
		return w.cmd.Ready(c, key, rec, found)
	}
	return found && typeOf(rec) == w.kind
}

func (e *Engine) serveWaiter(sink Sink, w *waiter, key []byte) {
	one := [1][]byte{bytes.Clone(key)}
	c := &e.write
	*c = Call{
		Reply: sink.Unblock(w.id), Args: w.args, e: e, cmd: w.cmd, db: w.db,
		nowMs: e.clockMs, shownMs: e.clockMs, applying: true, serving: one[:],
	}
	w.cmd.Do(c)
	c.Reply, c.Args = nil, nil
}
