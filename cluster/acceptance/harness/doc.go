// Package harness is package process for tests: it builds the binary, what
// fails fails the test, and what runs ends with it. Only tests import it.
//
//	func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
//
//	c := harness.Start(t, 3)           // three nodes, joined, all answering
//	c.Leader().Kill()                  // kill -9
//	c.Leader()                         // waits for the next one
//
// If a test fails, the end of each node's log is shown.
package harness
