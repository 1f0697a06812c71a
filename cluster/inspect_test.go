package cluster

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

func (d *testNode) inspect() *Directory {
	d.c.t.Helper()
	dir, err := Inspect(d.fs, "data", d.addr, func(uint32) StateMachine { return &register{} })
	if err != nil {
		d.c.t.Fatal(err)
	}
	return dir
}

// fill writes the same n times.
func (c *testCluster) fill(n int, data string) {
	c.t.Helper()
	for range n {
		c.leader().propose(data)
	}
	c.until("filled", 10*time.Second, func() bool { return len(c.leader().sm.entries) == n && c.settled() })
}

// damageLog flips a byte of a stopped node's log that is surely in a record.
func (d *testNode) damageLog(off int64) {
	d.c.t.Helper()
	if err := d.fs.Corrupt(filepath.Join("data", "wal-0000000000000001.seg"), off, 1); err != nil {
		d.c.t.Fatal(err)
	}
}

// A node whose log is damaged anywhere is set aside, and comes back as a new
// member in its own place, whatever of the old log is still readable.
func TestDamagedNodeJoinsAgain(t *testing.T) {
	for _, off := range []int64{20, 4096 + 60, 8000} { // the header, the first record, some later one
		c := newTestCluster(t, 111, 3, nil)
		c.fill(300, "something to fill the log with")
		d := c.node(2)
		c.kill(2)
		if dir := d.inspect(); dir.Damaged() {
			t.Fatalf("a good directory is damaged:\n%s", dir)
		} else if _, err := dir.SetAside(dir.Others); !errors.Is(err, ErrNotDamaged) {
			t.Fatalf("a good directory is set aside: %v", err)
		}
		d.damageLog(off)
		dir := d.inspect()
		if !dir.Damaged() || !strings.Contains(dir.String(), "DAMAGED") {
			t.Fatalf("byte %d is not damaged:\n%s", off, dir)
		}
		if len(dir.Others) != 2 {
			t.Fatalf("byte %d: others %v", off, dir.Others)
		}
		if names, err := dir.SetAside(dir.Others); err != nil || len(names) == 0 {
			t.Fatalf("%v, %v", names, err)
		}
		c.restart(2)
		if n := d.n; !n.Joining() || len(n.Remembered()) != 2 {
			t.Fatalf("joining %v, remembers %v", n.Joining(), n.Remembered())
		}
		c.kill(2)
		c.join(2, 1)
		c.until("settled", 20*time.Second, c.settled)
		if got := len(d.sm.entries); got != 300 {
			t.Errorf("%d entries, want 300", got)
		}
	}
}

// A crash anywhere in the middle of setting aside leaves a directory that is
// refused, or that of a node that joins: never a log that lost its end, never a
// new cluster.
func TestSettingAsideSurvivesACrash(t *testing.T) {
	c := newTestCluster(t, 112, 3, func(cfg *Config) { cfg.WAL.SegmentBytes = 6 << 10 })
	c.fill(60, strings.Repeat("x", 200))
	d := c.node(3)
	cfg := d.n.cfg
	c.kill(3)
	d.damageLog(4096 + 60)
	whole := d.fs
	refused, joining := 0, 0
	for k := 0; joining == 0; k++ {
		d.fs = whole.Clone()
		dir := d.inspect()
		d.fs.CutPowerAfter(k)
		_, err := dir.SetAside(dir.Others)
		d.fs.Crash(rand.New(rand.NewPCG(uint64(k), 1)))
		cfg.FS = d.fs
		n, openErr := Open(cfg)
		switch {
		case openErr == nil && n.Joining():
			joining++
		case openErr == nil:
			t.Fatalf("cut after %d changes (%v): the node starts as if nothing were wrong", k, err)
		case !wal.IsDamage(openErr):
			t.Fatalf("cut after %d changes (%v): %v", k, err, openErr)
		default:
			refused++
		}
	}
	if refused < 5 {
		t.Errorf("only %d crashes were tried", refused)
	}
}

func TestMissingSnapshotIsNamed(t *testing.T) {
	c := newTestCluster(t, 113, 3, nil)
	c.write("one")
	d := c.node(2)
	done := false
	d.n.Snapshot(1, func(err error) { done = err == nil })
	c.until("snapshot", 5*time.Second, func() bool { d.kicked = true; return done })
	info, _ := d.n.snaps.Newest(1)
	cfg := d.n.cfg
	c.kill(2)
	if err := d.fs.Remove(info.Path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg); !wal.IsDamage(err) || !strings.Contains(err.Error(), info.Path) {
		t.Errorf("start: %v", err)
	}
	if dir := d.inspect(); !dir.Damaged() || !strings.Contains(dir.String(), info.Path) {
		t.Errorf("inspect:\n%s", dir)
	}
}

func TestNodeAloneIsNotSetAside(t *testing.T) {
	c := newTestCluster(t, 114, 1, nil)
	c.write("one")
	c.kill(1)
	c.node(1).damageLog(4096 + 60)
	dir := c.node(1).inspect()
	if _, err := dir.SetAside(dir.Others); !errors.Is(err, ErrNoOthers) {
		t.Errorf("got %v", err)
	}
}
