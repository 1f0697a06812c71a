package engine_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/engine/script"
)

var rewrite = flag.Bool("rewrite", false, "write what the bare engine answers into testdata/*.txt")

// sessions are the scripts in testdata, which say how commands behave. The
// tests of the whole server run the same files over the network.
func sessions(t *testing.T) []*script.File {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no session scripts: %v", err)
	}
	var files []*script.File
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
	return files
}

// reopen gives an engine restored from the snapshot of e.
func reopen(e *engine.Engine) (*engine.Engine, error) {
	s := e.Snapshot()
	defer s.Release()
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		return nil, err
	}
	return engine.Restore(engine.DefaultOptions(), &b)
}

func report(t *testing.T, rep script.Report, err error) {
	t.Helper()
	for _, m := range rep.Mismatches {
		t.Error(m)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestSessions(t *testing.T) {
	for _, f := range sessions(t) {
		t.Run(filepath.Base(f.Name), func(t *testing.T) {
			opt := script.Options{Bare: true}
			if *rewrite {
				opt.Record = map[int]string{}
			}
			rep, err := f.Run(script.NewBare(1, reopen), opt)
			report(t, rep, err)
			if *rewrite && err == nil {
				if err := os.WriteFile(f.Name, f.Rewrite(opt.Record), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A snapshot and a restore between every two commands change nothing: all that
// matters is in the snapshot. Nor may they change the snapshot itself.
func TestSessionsRestoredBetweenCommands(t *testing.T) {
	for _, f := range sessions(t) {
		t.Run(filepath.Base(f.Name), func(t *testing.T) {
			b := script.NewBare(1, func(e *engine.Engine) (*engine.Engine, error) {
				fresh, err := reopen(e)
				if err == nil && !bytes.Equal(snapshot(t, e), snapshot(t, fresh)) {
					err = errors.New("the snapshot of a restored engine is another one")
				}
				return fresh, err
			})
			rep, err := f.Run(b, script.Options{Bare: true, Between: b.Reopen})
			report(t, rep, err)
		})
	}
}

// Two engines that get the same entries give the same replies (Bare sees to
// that) and end in the same state, although one of them was restored from
// snapshots on the way.
func TestSessionsOnTwoEngines(t *testing.T) {
	for _, f := range sessions(t) {
		t.Run(filepath.Base(f.Name), func(t *testing.T) {
			b := script.NewBare(2, reopen)
			steps := 0
			rep, err := f.Run(b, script.Options{Bare: true, Between: func() error {
				if steps++; steps%7 != 0 {
					return nil
				}
				fresh, err := reopen(b.Engines()[1])
				if err == nil {
					b.Engines()[1] = fresh
				}
				return err
			}})
			report(t, rep, err)
			if e := b.Engines(); !bytes.Equal(snapshot(t, e[0]), snapshot(t, e[1])) {
				t.Error("the engines' snapshots differ")
			}
		})
	}
}

func snapshot(t *testing.T, e *engine.Engine) []byte {
	t.Helper()
	s := e.Snapshot()
	defer s.Release()
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What redis-server answers is what the scripts say, where it is installed.
func TestSessionsOnRedis(t *testing.T) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server to compare with")
	}
	if *rewrite {
		t.Skip("rewriting")
	}
	dial := startRedis(t, path)
	for _, f := range sessions(t) {
		t.Run(filepath.Base(f.Name), func(t *testing.T) {
			b := script.NewRemote(script.Server{
				Dial:    func(string) (script.Stream, error) { return dial() },
				Restart: func() error { return nil }, // it keeps what it has
			})
			defer b.Close()
			if v, _, err := b.Do("", [][]byte{[]byte("FLUSHALL")}); err != nil || v.String() != "OK\n" {
				t.Fatalf("FLUSHALL: %v, %v", v, err)
			}
			rep, err := f.Run(b, script.Options{Redis: true})
			report(t, rep, err)
		})
	}
}

// startRedis starts a server that ends with the test.
func startRedis(t *testing.T, path string) (dial func() (net.Conn, error)) {
	t.Helper()
	// A socket's path is short by law, so not in t.TempDir.
	dir, err := os.MkdirTemp("", "oracle")
	if err != nil {
		t.Fatal(err)
	}
	sock := filepath.Join(dir, "s")
	var out strings.Builder
	cmd := exec.Command(path, "--port", "0", "--unixsocket", sock, "--save", "", "--appendonly", "no", "--dir", dir)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // fails only if it is gone already
		<-exited
		os.RemoveAll(dir)
	})
	dial = func() (net.Conn, error) { return net.Dial("unix", sock) }
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := dial()
		if err == nil {
			c.Close()
			return dial
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("redis-server ended: %v\n%s", err, out.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("redis-server does not listen: %w", err))
		}
	}
}
