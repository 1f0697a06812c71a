package engine

// due reports whether a key is past its deadline.
func (e *Engine) due(rec record, nowMs int64) bool {
	ms, has := rec.DeadlineMs()
	return has && ms <= nowMs
}

// expireDue removes at most budget keys that are past their deadline.
func (e *Engine) expireDue(budget int) {
	for db := range e.dbs {
		space := e.dbs[db].space
		if space == nil || budget == 0 {
			continue
		}
		if ms, ok := space.NextDeadline(); !ok || ms > e.clockMs {
			continue
		}
		budget -= space.PopDue(e.clockMs, budget, e.index, func(rec record) { e.expired(db, rec.Key()) })
	}
}

// expired counts and tells that a key has gone because of its deadline.
func (e *Engine) expired(db int, key []byte) {
	e.stats.expired++
	if e.listener != nil {
		e.listener.Event(Event{Class: NotifyExpired, Name: "expired", DB: db, Key: key})
	}
}

// Deadline is the earliest time at which the state changes by itself. When it
// has passed, an entry (without data, if there is nothing else) makes it so.
func (e *Engine) Deadline() (unixMs int64, ok bool) {
	for i := range e.dbs {
		if e.dbs[i].space == nil {
			continue
		}
		if ms, has := e.dbs[i].space.NextDeadline(); has && (!ok || ms < unixMs) {
			unixMs, ok = ms, true
		}
	}
	if ms, has := e.waits.deadline(); has && (!ok || ms < unixMs) {
		unixMs, ok = ms, true
	}
	return unixMs, ok
}
