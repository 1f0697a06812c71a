package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/engine/script"
	"github.com/laurocaetano/foxtail/resp"
	"github.com/laurocaetano/foxtail/resp/config"
	"github.com/laurocaetano/foxtail/resp/wire"
)

var long = flag.Bool("long", false, "run everything there is")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

// The session scripts: those of the engine, and those that need a connection
// which lasts.
const engineScripts, connectionScripts = "engine/testdata", "resp/testdata"

func sessions(t *testing.T, dirs ...string) []*script.File {
	t.Helper()
	var files []*script.File
	for _, dir := range dirs {
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
	dirs := []string{engineScripts, connectionScripts}
	if between != nil { // which may close the connections
		dirs = dirs[:1]
	}
	for _, f := range sessions(t, dirs...) {
		t.Run(filepath.Base(f.Name), func(t *testing.T) {
			b := script.NewRemote(s)
			defer b.Close()
			if v, _, err := b.Do("", [][]byte{[]byte("FLUSHALL")}); err != nil || v.String() != "OK\n" {
				t.Fatalf("FLUSHALL: %v, %v", v, err)
			}
			opt := script.Options{RESP3: s.Proto == 3}
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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

// COMMAND COUNT, COMMAND LIST (with subcommands as "config|get") and COMMAND
// agree: clients build tables from them.
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
	count, all, list := ask("COMMAND", "COUNT").Int, ask("COMMAND"), 0
	for _, e := range ask("COMMAND", "LIST").Elems {
		if !strings.Contains(e.Str, "|") {
			list++
		}
	}
	if int(count) != list || list != len(all.Elems) || count < 100 {
		t.Errorf("COMMAND COUNT %d, LIST %d, COMMAND %d", count, list, len(all.Elems))
	}
}

// What follows is lint: go test ./... is the one command to know.

// goFiles are the parsed sources of the module, by path.
func goFiles(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && len(path) > 1 && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		files[path], err = parser.ParseFile(fset, path, nil, parser.ParseComments)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fset, files
}

func TestSourcesAreFormattedAndVetted(t *testing.T) {
	tools := [][]string{{"gofmt", "-l", "."}, {"go", "vet", "./..."}}
	if *long {
		tools = append(tools, []string{"go", "tool", "staticcheck", "-checks", "inherit,-ST1005", "./..."})
	}
	for _, tool := range tools {
		if out, err := exec.Command(tool[0], tool[1:]...).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", strings.Join(tool, " "), err, out)
		}
	}
}

// Limits of size. What outgrows them holds two ideas.
const (
	fileLinesMax     = 700
	functionLinesMax = 100
	testLinesMax     = 150 // flat lists of calls and answers
)

func TestSourcesAreShort(t *testing.T) {
	fset, files := goFiles(t)
	for path, f := range files {
		if n := fset.Position(f.FileEnd).Line; n > fileLinesMax {
			t.Errorf("%s has %d lines, at most %d", path, n, fileLinesMax)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			limit := functionLinesMax
			if strings.HasSuffix(path, "_test.go") {
				limit = testLinesMax
			}
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > limit {
				t.Errorf("%s: %s has %d lines, at most %d", path, fn.Name.Name, n, limit)
			}
		}
	}
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	_, files := goFiles(t)
	said := map[string]bool{}
	for path, f := range files {
		dir := filepath.Dir(path)
		said[dir] = said[dir] || f.Doc != nil && !strings.HasSuffix(path, "_test.go")
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s: no package comment", dir)
		}
	}
}

// Imports point one way. Each rule says what packages below a path may not
// need, directly or through others, and what they may not import themselves.
var importRules = []struct {
	below           string
	needs, mentions []string
}{
	{"engine", []string{"/cluster", "/resp", "/bench", "go.etcd.io/", "tidwall/redcon", "net", "log"}, []string{"os", "syscall", "crypto/rand"}},
	{"cluster", []string{"/engine", "/resp", "/bench", "tidwall/"}, nil},
	{"resp", []string{"/cluster", "/bench", "go.etcd.io/"}, nil},
	{"resp/reactor", []string{"/engine", "/cluster", "/resp/wire", "/resp/config", "tidwall/"}, nil},
	{"bench", []string{"/engine", "/cluster"}, nil},
}

// plantPackage is what any package may import: a constant false that stands
// where a mistake can be planted.
const plantPackage = "/cluster/plant"

// testSupport are packages that only tests and foxtail torture import.
var testSupport = []string{"engine/script", "cluster/acceptance", "cluster/sim"}

func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{join .Imports " "}}|{{join .Deps " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/laurocaetano/foxtail"
	seen := 0
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		pkg := strings.TrimPrefix(strings.TrimPrefix(parts[0], module), "/")
		if below(pkg, testSupport...) || pkg == "cluster/node" || below(pkg, "cluster/torture") { // which join them all
			continue
		}
		for _, rule := range importRules {
			if !below(pkg, rule.below) {
				continue
			}
			seen++
			forbid(t, pkg, module, strings.Fields(parts[1]), rule.mentions)
			forbid(t, pkg, module, strings.Fields(parts[2]), rule.needs)
			for _, s := range testSupport {
				forbid(t, pkg, module, strings.Fields(parts[2]), []string{"/" + s})
			}
		}
	}
	if seen < 5 {
		t.Errorf("the rules cover %d packages only", seen)
	}
}

func below(pkg string, dirs ...string) bool {
	for _, d := range dirs {
		if pkg == d || strings.HasPrefix(pkg, d+"/") {
			return true
		}
	}
	return false
}

// forbid reports imports that a pattern names: "/x" is a directory of the
// module, "x/" a prefix or an element of others, "x" the package itself.
func forbid(t *testing.T, pkg, module string, imports, patterns []string) {
	t.Helper()
	for _, p := range patterns {
		for _, imp := range imports {
			switch {
			case imp == module+plantPackage:
				continue
			case strings.HasPrefix(p, "/"):
				if !below(strings.TrimPrefix(imp, module), p) {
					continue
				}
			case strings.Contains(p, "/"):
				if !strings.Contains(imp+"/", p) {
					continue
				}
			case imp != p:
				continue
			}
			t.Errorf("%s must not depend on %s", pkg, imp)
		}
	}
}

// clocks and dice: the log carries time and randomness, so replicas agree.
var nondeterministic = map[string][]string{
	"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"},
	"math/rand":    {"*"},
	"math/rand/v2": {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "Uint", "UintN", "N", "Float32", "Float64", "NormFloat64", "ExpFloat64", "Perm", "Shuffle"},
}

func TestNoClockNoDice(t *testing.T) {
	fset, files := goFiles(t)
	checked := 0
	for path, f := range files {
		dir := filepath.ToSlash(filepath.Dir(path))
		if strings.HasSuffix(path, "_test.go") || below(dir, testSupport...) || !below(dir, "engine", "cluster") || below(dir, "cluster/wal", "cluster/node", "cluster/torture") {
			continue
		}
		checked++
		names := map[string][]string{}
		for _, imp := range f.Imports {
			p := strings.Trim(imp.Path.Value, `"`)
			name := filepath.Base(strings.TrimSuffix(p, "/v2"))
			if imp.Name != nil {
				name = imp.Name.Name
			}
			if bad := nondeterministic[p]; bad != nil {
				names[name] = bad
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil {
				if bad := names[x.Name]; slices.Contains(bad, sel.Sel.Name) || slices.Contains(bad, "*") {
					t.Errorf("%s: %s.%s", fset.Position(sel.Pos()), x.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
	if checked < 20 {
		t.Errorf("only %d files were checked", checked)
	}
}

var (
	readmeFlag = regexp.MustCompile(`(?:^|[ \x60(])--([a-z][a-z-]+)`)
	readmePath = regexp.MustCompile("(?:\\]\\(|`)((?:engine|resp|cluster|bench|\\.ci)/[A-Za-z0-9_./-]*)")
)

// notDirectives are flags in the README that are not the server's directives.
var notDirectives = []string{"version", "help", "nodes", "time", "seed", "list", "faults", "sim", "netns", "failover", "tls", "cert", "key", "cacert"}

// What the README names is there.
func TestReadmeIsTrue(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.New()
	known := map[string]bool{}
	for _, p := range cfg.Get(func(string) bool { return true }) {
		known[p.Name] = true
	}
	for _, m := range readmeFlag.FindAllSubmatch(text, -1) {
		if name := string(m[1]); !known[name] && !slices.Contains(notDirectives, name) {
			t.Errorf("--%s is no directive", name)
		}
	}
	for _, m := range readmePath.FindAllSubmatch(text, -1) {
		if _, err := os.Stat(string(m[1])); err != nil {
			t.Error(err)
		}
	}
}
