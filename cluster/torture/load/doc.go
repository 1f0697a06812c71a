// Package load is clients at work on a cluster that keep books which no node
// may contradict. They know the nodes' addresses and nothing else.
//
//	l := load.Start(load.Options{Addrs: addrs, Seed: 7})
//	...                          // break things
//	l.Stop()
//	err := l.Verify(addr)        // after whatever restarts: reads everything again
//	r := l.Report()              // r.Problems is what is wrong
//
// # What is checked
//
//	L1  The history of every key is linearizable (package history): registers
//	    with SET, CAS by WATCH and by EVAL, counters with INCR and EVAL, lists
//	    with RPUSH and EVAL, strings with APPEND, pairs written by MULTI, keys that
//	    expire. A key is left for a fresh one after some calls, read a last time,
//	    and checked while the load goes on.
//	L2  No write that was acknowledged is ever missing: a ledger of keys written
//	    once is read all the time, and everything is read again by Verify.
//	L3  A counter that all use counts each acknowledged INCR once, and no other
//	    that was not of unknown fate.
//	L4  What was pushed on a queue is popped once, or still there, or accounted
//	    for by a BLPOP of unknown fate; with BLMOVE it is always there. One client
//	    pops what another one pushed in the order in which it did.
//	L5  A subscriber hears the messages of a publishing connection at most once
//	    and in their order.
//	L6  A key does not expire before its time, unless clocks were moved (Moved).
//	L7  Error replies are those that the README names.
//
// A call without an answer, or answered with -UNCERTAIN, counts as one that may
// have happened, at any later time. Every other error reply says that it did
// not, and is held to that.
//
// Some clients stay at one node and only read: while it is paused or cut off,
// reads wait in its sockets that were sent after others had taken over.
//
// One goroutine per client, one that checks keys which were left. Memory is
// bounded: what was checked is forgotten but for a fingerprint of the last
// value, and of these the oldest are read again, deleted and forgotten.
package load
