package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/engine/script"
	"github.com/laurocaetano/foxtail/resp"
	"github.com/laurocaetano/foxtail/resp/wire"
)

var long = flag.Bool("long", false, "run everything there is")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

// sessions are all session scripts: those of the engine, and those that need a
// real session.
func sessions(t *testing.T) []*script.File {
	t.Helper()
	var files []*script.File
	for _, dir := range []string{"engine/testdata", "resp/testdata"} {
		paths, err := filepath.Glob(dir + "/*.txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			f, err := script.Parse(p, text)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		t.Fatal("no session scripts")
	}
	return files
}

// runSessions runs every script on an emptied server. between, if not nil,
// makes what is called between steps.
func runSessions(t *testing.T, s script.Server, between func(*script.Remote) func() error) {
	t.Helper()
	for _, f := range sessions(t) {
		t.Run(filepath.Base(f.Name), func(t *testing.T) {
			b := script.NewRemote(s)
			defer b.Close()
			if v, _, err := b.Do("", [][]byte{[]byte("FLUSHALL")}); err != nil || v.String() != "OK\n" {
				t.Fatalf("FLUSHALL: %v, %v", v, err)
			}
			var opt script.Options
			if between != nil {
				opt.Between = between(b)
			}
			rep, err := f.Run(b, opt)
			for _, m := range rep.Mismatches {
				t.Error(m)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// server is one node of a running cluster as a script's server; connections go
// to pick's choice.
func server(c *harness.Cluster, proto int, pick func(conn string) *harness.Node) script.Server {
	restart := func(n *harness.Node) error {
		n.Kill()
		n.Start()
		c.WaitReady()
		return nil
	}
	return script.Server{
		Proto: proto,
		Dial: func(conn string) (script.Stream, error) {
			return harness.Dial(pick(conn).Addr())
		},
		Restart: func() error { return restart(pick("")) },
		Snapshot: func() error {
			_, err := harness.Ask(pick("").Addr(), "RAFT", "SNAPSHOT", "NOW")
			return err
		},
		Kill: func(string) error { return restart(c.Leader()) },
	}
}

func TestSessionsOnOneNode(t *testing.T) {
	c := harness.Start(t, 1)
	node := func(string) *harness.Node { return c.Nodes[0] }
	t.Run("RESP2", func(t *testing.T) { runSessions(t, server(c, 2, node), nil) })
	t.Run("RESP3", func(t *testing.T) { runSessions(t, server(c, 3, node), nil) })
	t.Run("snapshots", func(t *testing.T) {
		s := server(c, 2, node)
		runSessions(t, s, func(*script.Remote) func() error { return every(20, s.Snapshot) })
	})
}

// every calls f at each n-th call.
func every(n int, f func() error) func() error {
	calls := 0
	return func() error {
		if calls++; calls%n != 0 {
			return nil
		}
		return f()
	}
}

// kill -9 in the middle of a script, with a snapshot before every other one:
// what was acknowledged is there, deadlines and versions included.
func TestSessionsAcrossRestarts(t *testing.T) {
	c := harness.Start(t, 1)
	s := server(c, 2, func(string) *harness.Node { return c.Nodes[0] })
	often := 40
	if *long {
		often = 5
	}
	runSessions(t, s, func(b *script.Remote) func() error {
		kills := 0
		return every(often, func() error {
			if kills++; kills%2 == 0 {
				if err := s.Snapshot(); err != nil {
					return err
				}
			}
			if err := s.Restart(); err != nil {
				return err
			}
			return b.Reconnect()
		})
	})
}

func TestSessionsOnThreeNodes(t *testing.T) {
	c := harness.Start(t, 3)
	leader := c.Leader()
	follower := c.Followers()[0]
	t.Run("leader", func(t *testing.T) {
		runSessions(t, server(c, 3, func(string) *harness.Node { return leader }), nil)
	})
	t.Run("follower", func(t *testing.T) {
		runSessions(t, server(c, 2, func(string) *harness.Node { return follower }), nil)
	})
	// Each named connection at another node: all must see one database.
	t.Run("spread", func(t *testing.T) {
		runSessions(t, server(c, 2, func(conn string) *harness.Node {
			sum := 0
			for _, r := range conn {
				sum += int(r)
			}
			return c.Nodes[sum%len(c.Nodes)]
		}), nil)
	})
}

// The Go client against real nodes, one of which dies.
func TestGoClient(t *testing.T) {
	c := harness.Start(t, 3)
	client, err := resp.Dial(t.Context(), c.Addrs(), resp.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx := t.Context()
	big := bytes.Repeat([]byte("fox\r\n\x00"), 100_000)
	for i, value := range [][]byte{[]byte("1"), {}, big} {
		key := fmt.Sprint("key ", i)
		if err := client.Put(ctx, key, value); err != nil {
			t.Fatal(err)
		}
		if got, err := client.Get(ctx, key); err != nil || !bytes.Equal(got, value) {
			t.Fatalf("%s: got %d bytes, %v, want %d", key, len(got), err, len(value))
		}
	}
	if n, err := client.Delete(ctx, "key 0", "nothing"); n != 1 || err != nil {
		t.Errorf("Delete: got %d, %v", n, err)
	}
	c.Leader().Kill()
	var uncertain *resp.UncertainError
	if err := client.Put(ctx, "after", []byte("x")); errors.As(err, &uncertain) {
		err = client.Put(ctx, "after", []byte("x"))
		if err != nil {
			t.Error(err)
		}
	} else if err != nil {
		t.Error(err)
	}
	if got, err := client.Get(ctx, "after"); string(got) != "x" || err != nil {
		t.Errorf("after the leader died: got %q, %v", got, err)
	}
}

// COMMAND COUNT and COMMAND LIST agree: clients build tables from them.
func TestCommandTableIsWhole(t *testing.T) {
	c := harness.Start(t, 1)
	ask := func(args ...string) wire.Value {
		t.Helper()
		v, err := harness.Ask(c.Nodes[0].Addr(), args...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	count, list, all := ask("COMMAND", "COUNT").Int, ask("COMMAND", "LIST"), ask("COMMAND")
	if int(count) != len(list.Elems) || len(list.Elems) != len(all.Elems) || count < 100 {
		t.Errorf("COMMAND COUNT %d, LIST %d, COMMAND %d", count, len(list.Elems), len(all.Elems))
	}
}
