// Package engine is the database: a deterministic state machine over ordered
// keyspaces. The same entries give the same state and the same replies on
// every node; it knows no network, no disk, no clock and no Raft.
package engine
