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
//   - ahead.go reads ahead for the commands to come, so that their cache misses
//     overlap.
//   - table.go finds commands; row_*.go are their rows, the only truth about a
//     command; cmd_*.go are the handlers; command_reply.go answers COMMAND.
//   - call.go is what a handler works with; value.go joins types and keys.
//   - event.go tells a listener what changed; snapshot.go writes and reads the
//     whole state.
//
// A new command is a row, a handler named in it, and a session in testdata.
// A new type is a line in kindOf.
//
// # Calls that wait
//
// A blocking command that finds nothing joins the queues of its keys (wait.go),
// which are state like any other: they are in the snapshot, and every replica
// agrees on them. What puts a value under a key signals it (Call.signal); when
// the command or transaction is over, the calls that wait for signalled keys
// run again, one after the other (wait_serve.go), and Sink.Unblock takes their
// answers to the client, on the one node that has it. Timeouts end by an entry
// that Deadline asks for.
//
// A new blocking command: flags Blocking; it looks at waitKeys of its keys,
// answers from the first that has something, and else calls Block. If a key of
// the right type may still have nothing for it (XREAD), its row has Ready.
//
// An element popped for a client that is not there any more is lost, so nobody
// waits longer than his client lives: a session that loses its client, or whose
// node stops, ends the call by an Unblock operation; a process that dies is made
// absent, and so is everyone by a new term, until they show themselves
// (wait_origin.go).
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
//   - E5 An element goes to the call that has waited longest, and to none whose
//     process is in doubt (wait_origin.go).
package engine
