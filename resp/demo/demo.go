// Package demo runs a cluster of child processes on this machine, to try it out.
package demo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// Command runs `foxtail demo` until it is interrupted and returns the exit code.
func Command(args []string) int {
	flags := flag.NewFlagSet("foxtail demo", flag.ContinueOnError)
	nodes := flags.Int("nodes", 3, "number of nodes")
	port := flags.Int("port", 7001, "the first node's port; the others follow")
	dir := flags.String("dir", "", "where the nodes keep their data (default: a temporary directory, removed at the end)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *nodes < 1 || *nodes > 9 || *port < 1 || *port+*nodes > 55535 || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "foxtail demo: 1 to 9 nodes, and ports with room for port + 10000")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exe, err := os.Executable()
	if err == nil {
		err = Run(ctx, os.Stdout, exe, *nodes, *port, *dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "foxtail demo:", err)
		return 1
	}
	return 0
}

// Run starts nodes on consecutive ports from port, all run by the program exe,
// says on out how to talk to them, and stops them when ctx ends. dir is where
// they keep their data; empty: in a temporary directory that is removed at the
// end.
func Run(ctx context.Context, out io.Writer, exe string, nodes, port int, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "foxtail-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	began := time.Now()
	c := &cluster{exe: exe, dir: dir, ended: make(chan *child)}
	defer func() { err = errors.Join(err, c.stop()) }()
	for i := range nodes {
		if err := c.start(port + i); err != nil {
			return err
		}
	}
	if err := c.waitForMembers(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d nodes in %s, data in %s\n\n", nodes, time.Since(began).Round(10*time.Millisecond), dir)
	for i, n := range c.nodes {
		fmt.Fprintf(out, "  node %d  redis-cli -p %d   (pid %d)\n", i+1, n.port, n.cmd.Process.Pid)
	}
	fmt.Fprintf(out, "\nAny node takes any command. Try:\n  redis-cli -p %d SET greeting hello\n  redis-cli -p %d GET greeting\n  redis-cli -p %d RAFT SERVER LIST\n", port, port+nodes-1, port)
	if nodes > 2 {
		fmt.Fprintf(out, "  kill -9 %d    (any one may die; nothing acknowledged is lost)\n", c.nodes[0].cmd.Process.Pid)
	}
	fmt.Fprintln(out, "\nCtrl-C stops them all.")
	for {
		select {
		case <-ctx.Done():
			fmt.Fprintln(out)
			return nil
		case n := <-c.ended:
			fmt.Fprintf(out, "\nThe node at port %d has ended: %v. To start it again:\n  %s\n", n.port, n.cmd.ProcessState, strings.Join(n.cmd.Args, " "))
		}
	}
}

// cluster is the demo's processes.
type cluster struct {
	exe, dir string
	nodes    []*child
	ended    chan *child
	stopping sync.WaitGroup // until every process has ended
}

type child struct {
	cmd  *exec.Cmd
	port int
}

func (n *child) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port)) }

// start starts the next node. What is at its port already would be taken for it.
func (c *cluster) start(port int) error {
	n := &child{port: port}
	l, err := net.Listen("tcp", n.addr())
	if err != nil {
		return fmt.Errorf("%w (another demo? --port N takes other ports)", err)
	}
	l.Close()
	args := []string{"--port", strconv.Itoa(port), "--dir", filepath.Join(c.dir, strconv.Itoa(len(c.nodes)+1)), "--loglevel", "warning"}
	if len(c.nodes) > 0 {
		args = append(args, "--join", c.nodes[0].addr())
	}
	n.cmd = exec.Command(c.exe, args...)
	n.cmd.Stderr = os.Stderr
	if err := n.cmd.Start(); err != nil {
		return err
	}
	c.nodes = append(c.nodes, n)
	c.stopping.Go(func() {
		_ = n.cmd.Wait() // its ProcessState says how it ended
		c.ended <- n
	})
	return nil
}

// waitForMembers returns when every node is a voter and knows a leader.
func (c *cluster) waitForMembers(ctx context.Context) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for _, n := range c.nodes {
		for !isMember(n.addr(), len(c.nodes)) {
			select {
			case <-ctx.Done():
				return errors.New("interrupted while starting")
			case dead := <-c.ended:
				return fmt.Errorf("the node at port %d has ended: %v", dead.port, dead.cmd.ProcessState)
			case <-poll.C:
			}
		}
	}
	return nil
}

func isMember(addr string, nodes int) bool {
	v, err := wire.Ask(addr, []string{"INFO", "raft"})
	return err == nil && strings.Contains(v.Str, fmt.Sprintf("raft_voters:%d\r\n", nodes)) && !strings.Contains(v.Str, "raft_leader:\r\n")
}

// stop asks the processes to stop, and insists if they don't.
func (c *cluster) stop() error {
	var errs []error
	for _, n := range c.nodes {
		if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			errs = append(errs, err)
		}
	}
	kill := time.AfterFunc(5*time.Second, func() {
		for _, n := range c.nodes {
			_ = n.cmd.Process.Kill() // it may have ended
		}
	})
	defer kill.Stop()
	go func() {
		c.stopping.Wait()
		close(c.ended)
	}()
	for range c.ended {
	}
	return errors.Join(errs...)
}
