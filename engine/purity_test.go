package engine

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEngineIsPure holds E1 as far as it shows in the source: the engine and
// its keyspace know no clock, no network, no disk, and no randomness but that
// of an entry.
func TestEngineIsPure(t *testing.T) {
	const module = "github.com/laurocaetano/foxtail/"
	forbidden := []string{"net", "os", "time", "math/rand", "hash/maphash", "crypto/rand", module + "cluster", module + "resp", "github.com/tidwall/redcon"}
	allowedRand := map[string]bool{"New": true, "NewPCG": true, "Rand": true, "PCG": true, "Source": true}
	for _, dir := range []string{".", "keyspace", "lua", "fpconv"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no source in %s: %v", dir, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, imp := range file.Imports {
				name, _ := strconv.Unquote(imp.Path.Value)
				if name == module+"cluster/plant" { // mistakes for a build of their own, a constant in any other
					continue
				}
				for _, f := range forbidden {
					if name == f || strings.HasPrefix(name, f+"/") && name != "math/rand/v2" {
						t.Errorf("%s: imports %s", set.Position(imp.Pos()), name)
					}
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s: starts a goroutine", set.Position(n.Pos()))
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "rand" && !allowedRand[n.Sel.Name] {
						t.Errorf("%s: global randomness, rand.%s", set.Position(n.Pos()), n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}
