package harness

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// WaitMax bounds every wait for a state.
const WaitMax = 20 * time.Second

// Node is one process of the binary, with its directory and its ports, which
// stay its own when it stops and starts again.
type Node struct {
	Name      string
	Port, Bus int
	Dir       string
	Join      string   // address of a member, "" for the first node
	Args      []string // further arguments

	t      testing.TB
	logs   string
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
	err    error         // how it ended; valid once exited is closed
}

// NewNode prepares a node. It is not started. The process is killed, and its
// log shown if the test has failed, when the test ends.
func NewNode(t testing.TB, name string, args ...string) *Node {
	t.Helper()
	dir := t.TempDir()
	n := &Node{
		Name: name, Port: FreePort(t), Bus: FreePort(t), Dir: filepath.Join(dir, "data"), Args: args,
		t: t, logs: filepath.Join(dir, "log"),
	}
	t.Cleanup(n.cleanup)
	return n
}

// Addr is where clients connect.
func (n *Node) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.Port)) }

// Command is the process that Start would start.
func (n *Node) Command() *exec.Cmd {
	n.t.Helper()
	args := []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(n.Port), "--cluster-port", strconv.Itoa(n.Bus), "--dir", n.Dir,
	}
	if n.Join != "" {
		args = append(args, "--join", n.Join)
	}
	return exec.Command(Binary(n.t), append(args, n.Args...)...)
}

// Start starts the process and waits until it answers PING.
func (n *Node) Start() {
	n.t.Helper()
	n.Launch()
	n.WaitFor("PONG", func() error {
		v, err := Ask(n.Addr(), "PING")
		if err == nil && v.Str != "PONG" {
			err = fmt.Errorf("PING answers %q", v.Str)
		}
		return err
	})
}

// Launch starts the process and waits for nothing.
func (n *Node) Launch() {
	n.t.Helper()
	log, err := os.OpenFile(n.logs, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		n.t.Fatal(err)
	}
	defer log.Close() // the process has its own descriptor
	n.cmd = n.Command()
	n.cmd.Stdout, n.cmd.Stderr = log, log
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		n.err = cmd.Wait()
		close(exited)
	}(n.cmd, n.exited)
}

// Running tells whether the process is there.
func (n *Node) Running() bool {
	if n.exited == nil {
		return false
	}
	select {
	case <-n.exited:
		return false
	default:
		return true
	}
}

// WaitFor asks until the answer is nil, and fails the test if that takes
// longer than WaitMax or the process ends.
func (n *Node) WaitFor(what string, ask func() error) {
	n.t.Helper()
	for begin := time.Now(); ; {
		err := ask()
		if err == nil {
			return
		}
		if !n.Running() {
			n.t.Fatalf("%s: waiting for %s: the process has ended: %v", n.Name, what, n.err)
		}
		if time.Since(begin) > WaitMax {
			n.t.Fatalf("%s: waiting for %s: after %v: %v", n.Name, what, WaitMax, err)
		}
		time.Sleep(5 * time.Millisecond) // between questions; the answer decides
	}
}

// Kill ends the process with kill -9.
func (n *Node) Kill() {
	n.t.Helper()
	n.Signal(syscall.SIGKILL)
	<-n.exited
}

// Stop asks the process to end with SIGTERM and returns how it ended.
func (n *Node) Stop() error {
	n.t.Helper()
	n.Signal(syscall.SIGTERM)
	return n.WaitExit()
}

// WaitExit waits for the end of the process.
func (n *Node) WaitExit() error {
	n.t.Helper()
	select {
	case <-n.exited:
		return n.err
	case <-time.After(WaitMax):
		n.t.Fatalf("%s does not end", n.Name)
		return nil
	}
}

// Signal sends a signal to the running process.
func (n *Node) Signal(s syscall.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil {
		n.t.Fatalf("%s: signal %v: %v", n.Name, s, err)
	}
}

// Wipe removes the data of a stopped node.
func (n *Node) Wipe() {
	n.t.Helper()
	if n.Running() {
		n.t.Fatalf("%s is running", n.Name)
	}
	if err := os.RemoveAll(n.Dir); err != nil {
		n.t.Fatal(err)
	}
}

// Log is what the process wrote so far, over all its starts.
func (n *Node) Log() string {
	b, err := os.ReadFile(n.logs)
	if err != nil && !os.IsNotExist(err) {
		n.t.Error(err)
	}
	return string(b)
}

// logShown bounds what a failed test prints per node.
const logShown = 4 << 10

func (n *Node) cleanup() {
	if n.Running() {
		// It may end by itself between the two.
		_ = n.cmd.Process.Signal(syscall.SIGCONT)
		_ = n.cmd.Process.Kill()
		<-n.exited
	}
	if !n.t.Failed() {
		return
	}
	n.t.Logf("end of the log of %s (port %d):\n%s", n.Name, n.Port, logEnd(n.Log()))
	if n.err != nil && n.exited != nil {
		n.t.Logf("%s ended: %v", n.Name, n.err)
	}
}

// deathLine begins what the runtime prints when a process dies of itself.
var deathLine = regexp.MustCompile(`(?m)^(panic: |fatal error: |SIG[A-Z]+: |runtime: |WARNING: DATA RACE|unexpected fault)`)

// logEnd is the end of a log; if the process died of itself, from what it died
// of, as the goroutines printed below that may be many.
func logEnd(log string) string {
	end := log
	if len(log) > logShown {
		end = log[len(log)-logShown:]
		end = end[strings.IndexByte(end, '\n')+1:]
	}
	at := deathLine.FindStringIndex(log)
	if at == nil || at[0] >= len(log)-len(end) {
		return end
	}
	death := log[at[0]:]
	if len(death) > 2*logShown {
		death = death[:2*logShown] + "\n..."
	}
	return death
}
