package engine

// Entry is one committed log entry, as the engine sees it.
type Entry struct {
	Index, Term uint64
	UnixMs      int64  // the engine's only clock, chosen by the leader, never goes back
	Seed        uint64 // the engine's only randomness
	Origin      uint64 // the process that proposed it; 0: none waits for it
	Data        []byte // a batch (Batch.Bytes); empty: only the clock moves

	// Lasting: nobody will ever change Data's bytes, so a big value in it is kept
	// as it is, without a copy.
	Lasting bool
}

// Sink is where an entry's effects on this node's own clients go. It never
// influences state.
type Sink interface {
	// Reply is called once per operation of the entry's batch, in order,
	// before the operation runs; the operation answers into what it returns.
	// A session may read the state as of all operations before op in it.
	Reply(op int) Reply
	// Done is called after the last operation of the entry.
	Done()
	// Blocked: operation op waits under id; its reply comes with a later entry.
	Blocked(op int, id uint64)
	Unblock(id uint64) Reply
}
