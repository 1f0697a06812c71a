// Package engine is the database: a deterministic state machine over ordered
// keyspaces. The same entries give the same state and the same replies on
// every node; it knows no network, no disk, no clock and no Raft.
//
//	e := engine.New(engine.DefaultOptions())
//	var b engine.Batch
//	b.Command(0, [][]byte{[]byte("SET"), []byte("a"), []byte("1")})
//	err := e.Apply(engine.Entry{Index: 1, UnixMs: now, Seed: seed, Data: b.Bytes()}, sink)
//	e.View(0, engine.Lookup([]byte("get")), args, now, reply)
//
// # Where things are
//
//   - engine.go applies entries and runs reads; batch.go is the form of an
//     entry's data; exec.go is MULTI/EXEC with WATCH; expire.go is expiry.
//   - table.go finds commands; row_*.go are their rows, the only truth about a
//     command; cmd_*.go are the handlers; command_reply.go answers COMMAND.
//   - call.go is what a handler works with; value.go joins types and keys.
//   - event.go tells a listener what changed; snapshot.go writes and reads the
//     whole state.
//
// A new command is a row, a handler named in it, and a session in testdata.
// A new type is a line in kindOf.
//
// # Threads
//
// One goroutine calls everything. Only a Snapshot is written by another one
// beside later entries. The package starts none.
//
// # Invariants
//
//   - E1 The state after an entry depends on nothing but the entries up to it:
//     no clock, no global randomness, no order of a Go map, no address.
//   - E2 Reads change no state: a key past its deadline is absent to them and
//     is removed by an entry.
//   - E3 Nothing a client sends makes Apply fail or panic; a command that can't
//     run is answered with an error and changes nothing. Apply fails only for
//     data that this version can't decode.
//   - E4 A change of a key moves its version to the entry's index, a deletion
//     and the loss of a whole database included: WATCH misses none.
package engine
