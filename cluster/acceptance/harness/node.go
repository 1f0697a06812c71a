package harness

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// Node is a process whose failures fail the test.
type Node struct {
	*process.Node
	t testing.TB
}

// NewNode prepares a node. It is not started. The process is killed, and its
// log shown if the test has failed, when the test ends.
func NewNode(t testing.TB, name string, args ...string) *Node {
	t.Helper()
	dir := t.TempDir()
	n := &Node{t: t, Node: &process.Node{
		Name: name, Exe: Binary(t), Port: FreePort(t), Bus: FreePort(t), Dir: filepath.Join(dir, "data"), LogFile: filepath.Join(dir, "log"), Args: args,
	}}
	t.Cleanup(n.cleanup)
	return n
}

func (n *Node) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// Start starts the process and waits until it answers PING.
func (n *Node) Start() { n.t.Helper(); n.must(n.Node.Start()) }

// Launch starts the process and waits for nothing.
func (n *Node) Launch() { n.t.Helper(); n.must(n.Node.Launch()) }

// WaitReady waits until a read is answered.
func (n *Node) WaitReady() { n.t.Helper(); n.must(n.Node.WaitReady()) }

// WaitFor asks until the answer is nil.
func (n *Node) WaitFor(what string, ask func() error) {
	n.t.Helper()
	n.must(n.Node.WaitFor(what, ask))
}

// Kill ends the process with kill -9.
func (n *Node) Kill() { n.t.Helper(); n.must(n.Node.Kill()) }

// Signal sends a signal to the running process.
func (n *Node) Signal(s syscall.Signal) { n.t.Helper(); n.must(n.Node.Signal(s)) }

// Wipe removes the data of a stopped node.
func (n *Node) Wipe() { n.t.Helper(); n.must(n.Node.Wipe()) }

// WaitExit waits for the end of the process and returns how it ended.
func (n *Node) WaitExit() error {
	n.t.Helper()
	err := n.Node.WaitExit()
	if errors.Is(err, process.ErrStays) {
		n.t.Fatal(err)
	}
	return err
}

// Stop asks the process to end with SIGTERM and returns how it ended.
func (n *Node) Stop() error {
	n.t.Helper()
	n.Signal(syscall.SIGTERM)
	return n.WaitExit()
}

// Log is what the process wrote so far, over all its starts.
func (n *Node) Log() string {
	log, err := n.Node.Log()
	if err != nil {
		n.t.Error(err)
	}
	return log
}

func (n *Node) cleanup() {
	n.Cleanup()
	if !n.t.Failed() {
		return
	}
	n.t.Logf("end of the log of %s (port %d):\n%s", n.Name, n.Port, process.LogEnd(n.Log()))
	if err := n.Ended(); err != nil {
		n.t.Logf("%s ended: %v", n.Name, err)
	}
}
