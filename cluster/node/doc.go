// Package node is one Foxtail node: it joins the sessions of package resp, the
// replicated groups of package cluster and the state of package engine, which
// don't know each other.
//
// Everything happens on one goroutine, the loop, in turns: Core.Turn says their
// order and is the place to begin reading. What needs a goroutine of its own
// (opening the log, writing a snapshot, dialling, joining, signals) posts its
// outcome to the loop.
//
//	core.go       the three parts, joined, and the order of a turn
//	turn.go       the loop: what is ready, then the turn
//	serve.go      the process: ports, opening, shutting down
//	machine.go    the engine as the replicated state machine
//	replica.go    the replica as the sessions see it
//	admin.go      the operators' commands
//	directory.go  what a stopped node's directory is checked and mended by
//	join.go       how a new node asks for its place
//	pprof.go      profiles for operators
package node
