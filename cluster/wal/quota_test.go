package wal

import (
	"errors"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// A directory with a quota is a disk that is full, and heals when the quota
// grows. What was there before counts.
func TestQuotaIsASmallDisk(t *testing.T) {
	opt := Options{SegmentBytes: 64 << 10, ExtendBytes: 8 << 10, ReserveBytes: 4 << 10}
	disk := NewMemFS()
	q, err := NewQuota(disk, "d", 256<<10)
	must(t, err)
	l, _, err := Open(q, "d", opt)
	must(t, err)
	n := uint64(0)
	fill := func() {
		t.Helper()
		for err = nil; err == nil; {
			if n++; n > 2000 {
				t.Fatal("the quota holds nothing back")
			}
			err = l.Append([]Update{{Group: 1, Entries: []*raftpb.Entry{entry(n, 1, strings.Repeat("v", 300))}}})
		}
		n--
		if !errors.Is(err, ErrNoSpace) || disk.UsedBytes() > q.max {
			t.Fatalf("%v; %d bytes of %d are used", err, disk.UsedBytes(), q.max)
		}
	}
	fill()
	if used := disk.UsedBytes(); q.Used() != used {
		t.Errorf("the quota counts %d bytes, the disk %d", q.Used(), used)
	}
	must(t, l.Append([]Update{{Group: 1, HardState: hard(2, 1, 1)}})) // votes go on, into the reserve
	first := n
	q.SetMax(384 << 10)
	fill()
	if n <= first {
		t.Fatal("a greater quota holds no more")
	}
	must(t, l.Sync())
	must(t, l.Close())

	q, err = NewQuota(disk, "d", 1)
	must(t, err)
	if used := disk.UsedBytes(); q.Used() != used {
		t.Errorf("reopened, the quota counts %d bytes, the disk %d", q.Used(), used)
	}
	q.SetMax(0)
	l, _, err = Open(q, "d", opt)
	must(t, err)
	if last, _ := l.Storage(1).LastIndex(); last != n {
		t.Errorf("last entry %d, want %d", last, n)
	}
	must(t, l.Close())
}
