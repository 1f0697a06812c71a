package cluster

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The first member of a cluster in memory, started again without being told to
// join, must not begin a second cluster at its old address.
func TestMemoryNodeRemembersItsCluster(t *testing.T) {
	c := newTestCluster(t, 77, 3, func(cfg *Config) { cfg.InMemory = true })
	c.until("settled", 10*time.Second, c.settled)
	c.kill(1)
	c.run(time.Second)
	c.restart(1)
	n := c.node(1).n
	want := []string{c.node(2).addr.Client(), c.node(3).addr.Client()}
	if !n.Joining() || !slices.Equal(n.Remembered(), want) {
		t.Fatalf("joining %v, remembers %v, want %v", n.Joining(), n.Remembered(), want)
	}
	if got := c.node(1).read(); got.done {
		t.Error("a node without a cluster answered a read")
	}
	c.kill(1)
	c.join(1, 2)
	c.until("settled again", 10*time.Second, c.settled)
}

// Another node in memory that shares the directory neither joins that cluster
// nor wipes out what is remembered of it.
func TestMemoryNodesMayShareADirectory(t *testing.T) {
	c := newTestCluster(t, 80, 2, func(cfg *Config) { cfg.InMemory = true })
	c.until("settled", 10*time.Second, c.settled)
	other := Addr{Host: "10.0.0.99", Port: 1, BusPort: 2}
	if got, err := recall(c.node(1).fs, "data", other); err != nil || got != nil {
		t.Errorf("a stranger recalls %v, %v", got, err)
	}
	if got, err := recall(c.node(1).fs, "data", c.node(1).addr); err != nil || len(got) != 1 {
		t.Errorf("the node itself recalls %v, %v", got, err)
	}
}

// A node that was alone begins anew, as it always did.
func TestMemoryNodeAloneBeginsAnew(t *testing.T) {
	c := newTestCluster(t, 78, 1, func(cfg *Config) { cfg.InMemory = true })
	c.run(time.Second)
	c.kill(1)
	c.restart(1)
	if c.node(1).n.Joining() {
		t.Error("there is nobody to join")
	}
}

func TestMembersRecordIsChecked(t *testing.T) {
	c := newTestCluster(t, 79, 2, func(cfg *Config) { cfg.InMemory = true })
	c.until("settled", 10*time.Second, c.settled)
	disk := c.node(1).fs
	name := filepath.Join("data", membersFile(c.node(1).addr))
	f, err := disk.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	whole := make([]byte, size)
	if _, err := f.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := slices.Clone(whole)
		bad[i] ^= 1
		if _, err := parseMembers(bad); err == nil {
			t.Errorf("byte %d changed, and nothing noticed", i)
		}
		if _, err := parseMembers(whole[:i]); err == nil {
			t.Errorf("cut to %d bytes, and nothing noticed", i)
		}
	}
	if _, err := f.WriteAt([]byte{whole[size-1] ^ 1}, size-1); err != nil {
		t.Fatal(err)
	}
	if _, err := recall(disk, "data", c.node(1).addr); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("a damaged record must be named: %v", err)
	}
}
