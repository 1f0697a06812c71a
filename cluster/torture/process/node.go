package process

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// WaitMax bounds every wait for a state.
const WaitMax = 30 * time.Second

// Node is one process of the program, with its directory and its ports, which
// stay its own when it stops and starts again.
type Node struct {
	Name      string
	Exe       string // the program
	Host      string // its address; "": 127.0.0.1
	Port, Bus int
	Announced int // peers dial this port, behind which a proxy dials Bus; 0: Bus itself
	Dir       string
	LogFile   string   // standard output and error of all starts
	Join      string   // address of a member, "" for the first node
	Args      []string // further arguments
	Verb      string   // subcommand; "": serve

	Starter func(*exec.Cmd) error // starts the process; nil: its own Start

	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
	err    error         // how it ended; valid once exited is closed
}

// Addr is where clients connect.
func (n *Node) Addr() string { return net.JoinHostPort(n.host(), strconv.Itoa(n.Port)) }

func (n *Node) host() string { return cmp.Or(n.Host, "127.0.0.1") }

// Command is the process that Start would start.
func (n *Node) Command() *exec.Cmd {
	args := []string{
		cmp.Or(n.Verb, "serve"), "--bind", n.host(), "--port", strconv.Itoa(n.Port), "--cluster-port", strconv.Itoa(n.Bus), "--dir", n.Dir,
	}
	if n.Announced != 0 {
		args = append(args, "--cluster-announce-bus-port", strconv.Itoa(n.Announced))
	}
	if n.Join != "" {
		args = append(args, "--join", n.Join)
	}
	return exec.Command(n.Exe, append(args, n.Args...)...)
}

// Start starts the process and waits until it answers PING.
func (n *Node) Start() error {
	if err := n.Launch(); err != nil {
		return err
	}
	return n.WaitFor("PONG", func() error {
		v, err := Ask(n.Addr(), "PING")
		if err == nil && v.Str != "PONG" {
			err = fmt.Errorf("PING answers %q", v.Str)
		}
		return err
	})
}

// Launch starts the process and waits for nothing.
func (n *Node) Launch() error {
	log, err := os.OpenFile(n.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own descriptor
	cmd, exited := n.Command(), make(chan struct{})
	cmd.Stdout, cmd.Stderr = log, log
	start := cmd.Start
	if n.Starter != nil {
		start = func() error { return n.Starter(cmd) }
	}
	if err := start(); err != nil {
		return err
	}
	n.cmd, n.exited = cmd, exited
	go func() {
		n.err = cmd.Wait()
		close(exited)
	}()
	return nil
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

// Ended is how the process ended, nil if it runs or ended well.
func (n *Node) Ended() error {
	if n.exited == nil || n.Running() {
		return nil
	}
	return n.err
}

// WaitFor asks until the answer is nil. It is an error if that takes longer
// than WaitMax, or if the process ends.
func (n *Node) WaitFor(what string, ask func() error) error {
	err := Until(what, func() error {
		err := ask()
		if err != nil && !n.Running() {
			return stop{fmt.Errorf("the process has ended: %v", n.err)}
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", n.Name, err)
	}
	return err
}

// stop ends a wait.
type stop struct{ error }

// Until asks until the answer is nil, for WaitMax at most.
func Until(what string, ask func() error) error {
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) { // between questions; the answer decides
		err := ask()
		if err == nil {
			return nil
		}
		if _, final := err.(stop); final {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if time.Since(begin) > WaitMax {
			return fmt.Errorf("waiting for %s: after %v: %w", what, WaitMax, err)
		}
	}
}

// WaitReady waits until a read is answered, which takes a leader that this
// node has heard of.
func (n *Node) WaitReady() error {
	return n.WaitFor("a linearizable read", func() error {
		_, err := Ask(n.Addr(), "EXISTS", "process:ready")
		return err
	})
}

// Kill ends the process with kill -9.
func (n *Node) Kill() error {
	if err := n.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-n.exited
	return nil
}

// Stop asks the process to end with SIGTERM, and returns how it ended.
func (n *Node) Stop() error {
	if err := n.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return n.WaitExit()
}

// ErrStays is returned if a process does not end in time.
var ErrStays = errors.New("it does not end")

// WaitExit waits for the end of the process and returns how it ended.
func (n *Node) WaitExit() error {
	select {
	case <-n.exited:
		return n.err
	case <-time.After(WaitMax):
		return fmt.Errorf("%s: %w", n.Name, ErrStays)
	}
}

// Signal sends a signal to the running process.
func (n *Node) Signal(s syscall.Signal) error {
	if n.cmd == nil {
		return fmt.Errorf("%s: signal %v: it was never started", n.Name, s)
	}
	if err := n.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("%s: signal %v: %w", n.Name, s, err)
	}
	return nil
}

// Cleanup ends the process, paused or not, if it is there.
func (n *Node) Cleanup() {
	if !n.Running() {
		return
	}
	// A paused process is killed as well. It may end by itself in between.
	_ = n.cmd.Process.Kill()
	<-n.exited
}

// Wipe removes the data of a stopped node.
func (n *Node) Wipe() error {
	if n.Running() {
		return fmt.Errorf("%s is running", n.Name)
	}
	return os.RemoveAll(n.Dir)
}

// Log is what the process wrote so far, over all its starts.
func (n *Node) Log() (string, error) {
	b, err := os.ReadFile(n.LogFile)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return string(b), err
}

// logShown bounds what is shown of a log.
const logShown = 4 << 10

// deathLine begins what the runtime prints when a process dies of itself.
var deathLine = regexp.MustCompile(`(?m)^(panic: |fatal error: |SIG[A-Z]+: |runtime: |WARNING: DATA RACE|unexpected fault)`)

// LogEnd is the end of a log; if the process died of itself, from what it died
// of, as the goroutines printed below that may be many.
func LogEnd(log string) string {
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
