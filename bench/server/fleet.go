// Package server starts what is measured, Foxtail, redis-server and etcd, and
// reads from the system what it costs: CPU, memory, and whether the machine was
// quiet. It knows nothing of load or results. Linux only.
//
//	fleet.go    processes, ports, the end of all of them
//	kinds.go    how each database is started, and when it is ready
//	clock.go    CPU and memory of a process
//	machine.go  who else used the machine
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Fleet is all processes of a run. Its methods may be called by many goroutines.
type Fleet struct {
	Foxtail string // the binary
	dir     string

	mu       sync.Mutex
	port     int // the next to try
	number   int
	children map[*Process]bool
}

// NewFleet keeps data in a new directory below dir (empty: the system's for
// temporary files), and takes ports from port upwards.
func NewFleet(dir string, port int) (*Fleet, error) {
	tmp, err := os.MkdirTemp(dir, "foxtail-bench-")
	if err != nil {
		return nil, err
	}
	return &Fleet{Foxtail: filepath.Join(tmp, "foxtail"), dir: tmp, port: port, children: map[*Process]bool{}}, nil
}

// Build compiles Foxtail from the module that the working directory is in.
func (f *Fleet) Build(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "build", "-o", f.Foxtail, "github.com/laurocaetano/foxtail").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building Foxtail: %w\n%s", err, out)
	}
	return nil
}

// Stop kills what still runs and removes its data.
func (f *Fleet) Stop() error {
	f.mu.Lock()
	var running []*Process
	for p := range f.children {
		running = append(running, p)
	}
	f.mu.Unlock()
	var errs []error
	for _, p := range running {
		errs = append(errs, p.Kill(), os.RemoveAll(filepath.Dir(p.log)))
	}
	return errors.Join(errs...)
}

// Close is Stop for good.
func (f *Fleet) Close() error { return errors.Join(f.Stop(), os.RemoveAll(f.dir)) }

// Ports returns n ports that are free now.
func (f *Fleet) Ports(n int) ([]int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ports []int
	for ; len(ports) < n; f.port++ {
		if f.port > 32767 {
			return nil, errors.New("no free port below 32768")
		}
		l, err := net.Listen("tcp", Local(f.port))
		if err != nil {
			continue
		}
		l.Close()
		ports = append(ports, f.port)
	}
	return ports, nil
}

// Local is the address of a port on this machine.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Dir makes a directory for data.
func (f *Fleet) Dir(name string) (string, error) {
	f.mu.Lock()
	f.number++
	dir := filepath.Join(f.dir, fmt.Sprintf("%s-%d", name, f.number))
	f.mu.Unlock()
	return dir, os.MkdirAll(dir, 0o750)
}

// Process is one child.
type Process struct {
	Began time.Time // when it was started last
	fleet *Fleet
	path  string
	args  []string
	log   string // file of its output
	cmd   *exec.Cmd
	done  chan struct{} // closed when it has ended
}

// Start runs a program; what it prints goes to a file in dir.
func (f *Fleet) Start(dir, path string, args ...string) (*Process, error) {
	p := &Process{fleet: f, path: path, args: args, log: filepath.Join(dir, "output")}
	return p, p.Start()
}

// Start runs the program again, after Kill.
func (p *Process) Start() error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	defer out.Close()
	p.cmd, p.done = exec.Command(p.path, p.args...), make(chan struct{})
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = out, out, filepath.Dir(p.log)
	// A process group of its own: Ctrl-C is for the program that measures, which ends its children.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.Began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.fleet.mu.Lock()
	p.fleet.children[p] = true
	p.fleet.mu.Unlock()
	go func() {
		p.cmd.Wait() // how it ended shows in its output, and to whoever talks to it
		close(p.done)
	}()
	return nil
}

// PID is the process' number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill ends the process by SIGKILL and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.done
	p.fleet.mu.Lock()
	delete(p.fleet.children, p)
	p.fleet.mu.Unlock()
	return nil
}

// waitFor polls ready until it says yes. The error of a process that ended, or
// of a time that is over, has the end of its output.
func (p *Process) waitFor(ctx context.Context, limit time.Duration, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	poll := time.NewTicker(500 * time.Microsecond)
	defer poll.Stop()
	for !ready(ctx) {
		why := ""
		select {
		case <-poll.C:
			continue
		case <-p.done:
			why = "ended"
		case <-ctx.Done():
			why = "isn't ready"
		}
		text, err := os.ReadFile(p.log)
		if err != nil {
			return err
		}
		return fmt.Errorf("%s %s: %s", filepath.Base(p.path), why, text[max(0, len(text)-2000):])
	}
	return nil
}
