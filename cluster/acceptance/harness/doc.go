// Package harness runs the built binary as real processes for tests: one
// node or a cluster on 127.0.0.1, with faults (kill -9, SIGSTOP, a wiped
// directory) and small RESP clients. Only tests import it.
//
//	func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
//
//	c := harness.Start(t, 3)           // three nodes, joined, all answering
//	c.Leader().Kill()                  // kill -9
//	c.Leader()                         // waits for the next one
//
// States are waited for by asking the nodes, never by sleeping for a time that
// should be enough. If a test fails, the end of each node's log is shown.
//
// One goroutine per process waits for its end.
package harness
