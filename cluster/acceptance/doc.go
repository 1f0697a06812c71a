// Package acceptance tests the built binary from outside: real processes, real
// files, real faults. It has no code of its own. Histories of what clients saw
// are proven linearizable, and a ledger of what was acknowledged is read back.
//
//	go test ./cluster/acceptance           a few rounds of each fault
//	go test ./cluster/acceptance -long     as many as a release takes
package acceptance
