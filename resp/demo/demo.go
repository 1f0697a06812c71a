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
	var children []*exec.Cmd
	defer func() { err = errors.Join(err, stopAll(children)) }()
	var addrs []string
	for i := range nodes {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port+i))
		args := []string{"--port", strconv.Itoa(port + i), "--dir", filepath.Join(dir, strconv.Itoa(i+1)), "--loglevel", "warning"}
		if i > 0 {
			args = append(args, "--join", addrs[0])
		}
		c := exec.Command(exe, args...)
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			return err
		}
		children, addrs = append(children, c), append(addrs, addr)
	}
	if err := waitForMembers(ctx, addrs); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d nodes in %s, data in %s\n\n", nodes, time.Since(began).Round(10*time.Millisecond), dir)
	for i, addr := range addrs {
		fmt.Fprintf(out, "  node %d  redis-cli -p %s   (pid %d)\n", i+1, addr[strings.LastIndexByte(addr, ':')+1:], children[i].Process.Pid)
	}
	fmt.Fprintf(out, "\nAny node takes any command. Try:\n  redis-cli -p %d SET greeting hello\n  redis-cli -p %d GET greeting\n  redis-cli -p %d RAFT SERVER LIST\n", port, port+nodes-1, port)
	if nodes > 2 {
		fmt.Fprintf(out, "  kill -9 %d    (any one may die; nothing acknowledged is lost)\n", children[0].Process.Pid)
	}
	fmt.Fprintln(out, "\nCtrl-C stops them all.")
	<-ctx.Done()
	fmt.Fprintln(out)
	return nil
}

// waitForMembers returns when every node is a voter and knows a leader.
func waitForMembers(ctx context.Context, addrs []string) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for _, addr := range addrs {
		for !isMember(addr, len(addrs)) {
			select {
			case <-ctx.Done():
				return errors.New("interrupted while starting")
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

// stopAll asks the children to stop, and insists if they don't.
func stopAll(children []*exec.Cmd) error {
	var wg sync.WaitGroup
	for _, c := range children {
		if err := c.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		wg.Go(func() {
			kill := time.AfterFunc(5*time.Second, func() { c.Process.Kill() })
			c.Wait() // how it ended is on its standard error
			kill.Stop()
		})
	}
	wg.Wait()
	return nil
}
