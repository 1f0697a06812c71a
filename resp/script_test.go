package resp

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/laurocaetano/foxtail/engine/script"
)

// What redis-server answers is what the session scripts of connections say,
// where it is installed. Foxtail's nodes run them in the tests of the root.
func TestSessionScriptsOnRedis(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no session scripts: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := script.Parse(path, text)
			if err != nil {
				t.Fatal(err)
			}
			redis := startOracle(t).conn.RemoteAddr().String()
			b := script.NewRemote(script.Server{Proto: 2, Dial: func(string) (script.Stream, error) { return net.Dial("tcp", redis) }})
			defer b.Close()
			rep, err := f.Run(b, script.Options{Redis: true})
			for _, m := range rep.Mismatches {
				t.Error(m)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}
