// Package resp is the front end: connections, sessions and the Redis protocol.
// It does not know Raft, nor how data is stored: commands come from engine's
// table (and from the rows of its own session commands), writes leave through a
// Batch to a Replica, reads run on the engine when the Replica says so.
//
// The package is passive. It has no goroutine, reads no clock and draws no
// randomness of its own: one goroutine (the loop) calls it in turns,
//
//	s.Begin(now)
//	conn.Readable(), conn.Writable(), conn.Closed()  // sockets that are ready
//	s.Gather()                                       // proposes the batch
//	...                                              // the replica applies: Batch.Reply, Batch.Done; s.ReadsReady
//	wake := s.Flush(now)                             // one write per connection with answers
//
// and nothing here is safe for concurrent use.
//
// Order and linearizability, cited in the code by number:
//
//	S1 The replies of a connection leave in the order of its requests. While
//	   something is unanswered, all that follows goes through its FIFO (pending.go).
//	S2 A read runs at a state that holds every write acknowledged before the
//	   read arrived: at once if the replica says "now"; behind an own write of
//	   the batch still being gathered right after that write was applied (its
//	   entry is later than anything acknowledged so far); else when its ticket
//	   is ready. It never rides on a batch that was proposed before it came.
//	S3 A write never overtakes an own read: behind a read that waits for a
//	   ticket the connection stalls, that is, it stops being parsed.
//	S4 An operation in flight keeps the *Conn, never its socket: when the
//	   client is gone its answer goes nowhere, and nobody else gets it.
//	S5 A write is answered once its entry is applied, or when its fate is
//	   known to be "never applied" (-MASTERDOWN) or unknown (-UNCERTAIN).
//	S6 A call that waits in the engine ends, at the latest, soon after its
//	   client is gone: by an operation that is proposed until it is in the log
//	   (blocked.go).
package resp
