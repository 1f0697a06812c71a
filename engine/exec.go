package engine

import "github.com/laurocaetano/foxtail/cluster/plant"

// applyExec runs a MULTI block: all of it, or nothing if a watched key has
// changed. The block is decoded whole before any of it runs.
func (e *Engine) applyExec(r *batchReader, sink Sink, op int) {
	r.db()
	watches := e.keys[:0]
	for n := r.count(); n > 0 && r.err == nil; n-- {
		watches = append(watches, Watch{DB: r.db(), Key: r.bytes(), Index: r.uint()})
	}
	queued, args := e.queued[:0], e.args[:0]
	for n := r.count(); n > 0 && r.err == nil; n-- {
		from := len(args)
		var db int
		db, args = r.command(args)
		queued = append(queued, Queued{DB: db, Args: args[from:]})
	}
	if r.err == nil {
		e.exec(watches, queued, sink.Reply(op))
	}
	e.keys, e.queued, e.args = forget(watches), forget(queued), forget(args)
}

func (e *Engine) exec(watches []Watch, queued []Queued, reply Reply) {
	if !e.Unchanged(watches) {
		reply.NullArray()
		return
	}
	reply.Array(len(queued))
	for i, q := range queued {
		if plant.Is("multi-torn") && i > 0 && e.index%4 == 0 {
			reply.OK()
			continue
		}
		e.execute(q.DB, q.Args, reply, true)
	}
}

// Unchanged reports whether no watched key has changed since its WATCH. A key
// that has passed its deadline has changed, even if it is not removed yet.
func (e *Engine) Unchanged(watches []Watch) bool {
	for _, w := range watches {
		if w.DB >= len(e.dbs) {
			return false
		}
		d := &e.dbs[w.DB]
		if d.swappedAt > w.Index {
			return false
		}
		if d.space == nil {
			continue
		}
		if d.space.Version(w.Key) > w.Index {
			return false
		}
		if rec, found := d.space.Get(w.Key); found && e.due(rec, e.clockMs) {
			return false
		}
	}
	return true
}
