package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// smallDisk is a file system of its own, of that many megabytes.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("a small disk can't be mounted (it takes root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// A full disk refuses writes, of which nothing stays, answers reads, and heals
// by itself when there is room again. The write that finds the disk full is on
// its way already: its fate is uncertain.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 24)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 12<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	n := harness.NewNode(t, "node")
	n.Dir = filepath.Join(disk, "data")
	n.Start()
	n.WaitReady()
	conn, err := harness.Dial(n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	value := strings.Repeat("x", 64<<10)
	refused, acked := "", 0
	for i := 0; refused == ""; i++ {
		if i > 24<<20/len(value) {
			t.Fatalf("%d values of %d bytes fit on the disk", i, len(value))
		}
		v, err := conn.Do("SET", fmt.Sprint("key:", i), value)
		switch {
		case err != nil:
			t.Fatal(err)
		case v.IsError():
			refused = v.Str
		default:
			acked++
		}
	}
	if !strings.HasPrefix(refused, "UNCERTAIN ") || acked < 10 {
		t.Errorf("after %d writes: %q", acked, refused)
	}
	read := func() {
		t.Helper()
		for i := range acked {
			if v, err := conn.Do("GET", fmt.Sprint("key:", i)); err != nil || v.Str != value {
				t.Fatalf("key:%d of %d acknowledged: %d bytes %.40q, %v", i, acked, len(v.Str), v.Str, err)
			}
		}
		if v, err := conn.Do("EXISTS", "refused"); err != nil || v.Int != 0 {
			t.Errorf("the refused write: EXISTS answers %d %q, %v", v.Int, v.Str, err)
		}
	}
	read()
	if v, err := conn.Do("SET", "refused", value); err != nil || !strings.HasPrefix(v.Str, "NOSPACE ") {
		t.Errorf("the disk is full: SET answers %.40q, %v", v.Str, err)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	within(t, harness.WaitMax, "writes to be taken again", func() error {
		_, err := harness.Ask(n.Addr(), "SET", "after", "1")
		return err
	})
	read()
	n.Kill()
	n.Start()
	n.WaitReady()
	if conn, err = harness.Dial(n.Addr()); err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	read()
	if got := do(t, n, "GET", "after"); got != "1" {
		t.Errorf("what was written after the disk had room: %q", got)
	}
	t.Logf("%d writes of %d bytes were taken, then %q", acked, len(value), refused)
}
