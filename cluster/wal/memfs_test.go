package wal

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMemFSLosesOnlyWhatWasNotSynced crashes a file with synced and unsynced
// sectors many times, and wants each outcome at least once.
func TestMemFSLosesOnlyWhatWasNotSynced(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(400) {
		m := NewMemFS()
		must(t, m.MkdirAll("d"))
		f, err := m.Create("d/a")
		must(t, err)
		must(t, write(f, 0, 'A', 4*sectorBytes))
		must(t, f.Sync())
		must(t, m.SyncDir("d"))
		must(t, write(f, sectorBytes, 'B', 2*sectorBytes))
		must(t, write(f, 4*sectorBytes, 'C', sectorBytes))
		b, err := m.Create("d/b")
		must(t, err)
		must(t, b.Sync())
		must(t, m.Rename("d/b", "d/c"))
		m.Crash(rand.New(rand.NewPCG(seed, 0)))
		if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, fs.ErrClosed) {
			t.Fatalf("a file of before the crash: %v", err)
		}
		got := readAll(t, m, "d/a")
		var state []byte
		for s := 0; s < len(got); s += sectorBytes {
			sector := got[s:min(s+sectorBytes, len(got))]
			if len(bytes.Trim(sector, string(sector[0]))) != 0 {
				t.Fatalf("seed %d: sector %d is mixed", seed, s/sectorBytes)
			}
			state = append(state, max(sector[0], '0'))
		}
		if !strings.HasPrefix(string(state), "A") || state[3] != 'A' {
			t.Fatalf("seed %d: a synced sector was lost: %s", seed, state)
		}
		names, err := m.List("d")
		must(t, err)
		seen[string(state)] = true
		seen[strings.Join(names, " ")] = true
	}
	for _, want := range []string{"AAAA", "ABAA", "AABA", "ABBA", "ABBAC", "AAAAC", "a", "a b", "a c"} {
		if !seen[want] {
			t.Errorf("never seen: %s", want)
		}
	}
}

func write(f File, off int64, c byte, n int) error {
	_, err := f.WriteAt(bytes.Repeat([]byte{c}, n), off)
	return err
}

// TestMemFSFailedSyncLosesForGood: a sync after a failed one says yes, and the
// bytes are still not on the disk.
func TestMemFSFailedSyncLosesForGood(t *testing.T) {
	m := NewMemFS()
	must(t, m.MkdirAll("d"))
	f, err := m.Create("d/a")
	must(t, err)
	must(t, write(f, 0, 'A', 2*sectorBytes))
	must(t, f.Sync())
	must(t, m.SyncDir("d"))
	must(t, write(f, 0, 'B', sectorBytes))
	m.OnSync = func(string) error { return errors.New("medium error") }
	if f.Sync() == nil {
		t.Fatal("the sync did not fail")
	}
	m.OnSync = nil
	must(t, f.Sync())
	m.Crash(rand.New(rand.NewPCG(1, 1)))
	if got := readAll(t, m, "d/a"); got[0] != 'A' || got[sectorBytes] != 'A' {
		t.Fatalf("got %c", got[0])
	}
}

func TestMemFSCountsSyncs(t *testing.T) {
	m := NewMemFS()
	m.SyncCost = func(n int64) time.Duration { return time.Millisecond + time.Duration(n) }
	must(t, m.MkdirAll("d"))
	f, err := m.Create("d/a")
	must(t, err)
	must(t, write(f, 0, 'A', 100))
	must(t, f.Sync())
	must(t, f.Sync())
	if m.Syncs() != 2 || m.SyncTime() != 2*time.Millisecond+sectorBytes {
		t.Fatalf("%d syncs, %v", m.Syncs(), m.SyncTime())
	}
}

// TestLockAgainstAnotherProcess starts this test binary again as the other one.
func TestLockAgainstAnotherProcess(t *testing.T) {
	if dir := os.Getenv("WAL_TEST_LOCK_DIR"); dir != "" {
		_, err := OS.Lock(dir)
		if err != nil {
			os.Stdout.WriteString("refused: " + err.Error() + "\n")
		} else {
			os.Stdout.WriteString("locked\n")
		}
		return
	}
	dir := t.TempDir()
	other := func() string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLockAgainstAnotherProcess$")
		cmd.Env = append(os.Environ(), "WAL_TEST_LOCK_DIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	l, _, err := Open(OS, dir, Options{})
	must(t, err)
	want := (&LockedError{Dir: dir, PID: os.Getpid()}).Error()
	if got := other(); !strings.Contains(got, "refused: "+want) {
		t.Fatalf("got %s, want %s", got, want)
	}
	must(t, l.Close())
	if got := other(); !strings.Contains(got, "locked") {
		t.Fatalf("after close: %s", got)
	}
}

func TestOSFileSystem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	must(t, OS.MkdirAll(dir))
	must(t, OS.MkdirAll(dir))
	if _, err := OS.Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	if n, err := OS.FreeBytes(dir); err != nil || n <= 0 {
		t.Fatalf("%d bytes free, %v", n, err)
	}
	f, err := OS.Create(filepath.Join(dir, "z"))
	must(t, err)
	must(t, write(f, 10, 'A', 10))
	must(t, f.Truncate(15))
	must(t, f.Sync())
	if n, err := f.Size(); n != 15 || err != nil {
		t.Fatalf("size %d, %v", n, err)
	}
	must(t, f.Close())
	must(t, OS.Rename(filepath.Join(dir, "z"), filepath.Join(dir, "y")))
	must(t, OS.SyncDir(dir))
	names, err := OS.List(dir)
	if err != nil || strings.Join(names, " ") != "y" {
		t.Fatalf("%v %v", names, err)
	}
	must(t, OS.Remove(filepath.Join(dir, "y")))
}
