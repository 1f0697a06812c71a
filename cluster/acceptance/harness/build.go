package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

var build struct {
	once sync.Once
	dir  string
	bin  string
	err  error
}

// Main runs a package's tests and removes the binary that they built.
func Main(m *testing.M) int {
	code := m.Run()
	if build.dir != "" {
		os.RemoveAll(build.dir)
	}
	return code
}

// Binary builds the module's program, once for all tests of a package. With
// TEST_RACE=1 in the environment it is built with the race detector.
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() { build.err = buildBinary() })
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.bin
}

func buildBinary() error {
	root, err := Root()
	if err != nil {
		return err
	}
	if build.dir, err = os.MkdirTemp("", "foxtail-test-"); err != nil {
		return err
	}
	build.bin = filepath.Join(build.dir, "foxtail")
	args := []string{"build", "-tags", tags, "-o", build.bin}
	if os.Getenv("TEST_RACE") == "1" {
		args = append(args, "-race")
		// A node that races ends, so that its test fails.
		if err := os.Setenv("GORACE", "halt_on_error=1"); err != nil {
			return err
		}
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Root is the directory of the module.
func Root() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", errors.New("not inside a module")
	}
	return filepath.Dir(mod), nil
}

// FreePort finds a port on 127.0.0.1 that nobody listens on, and that was not
// given before.
func FreePort(t testing.TB) int {
	t.Helper()
	p, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
