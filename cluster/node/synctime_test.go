package node

import (
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

const slowSync = 2 * time.Millisecond

// slowFS is a disk whose syncs take their time.
type slowFS struct{ wal.FS }

type slowFile struct{ wal.File }

func (f slowFS) Create(name string) (wal.File, error) {
	file, err := f.FS.Create(name)
	return slowFile{file}, err
}

func (f slowFile) Sync() error {
	time.Sleep(slowSync)
	return f.File.Sync()
}

// Syncs of the log are measured, and told of if they are slow and somebody asks;
// those of snapshots are beside the turn and nobody's concern.
func TestSyncsAreTimed(t *testing.T) {
	told := 0
	disk := &timedFS{FS: slowFS{wal.NewMemFS()}, tell: func(event string, d time.Duration) {
		if told++; event != "aof-fsync-always" || d < slowSync {
			t.Errorf("told of %s, %v", event, d)
		}
	}}
	sync := func(name string) {
		t.Helper()
		f, err := disk.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	if err := disk.MkdirAll("d"); err != nil {
		t.Fatal(err)
	}
	sync("d/wal-0000000000000001.seg")
	if got := time.Duration(disk.syncUsec.Load()) * time.Microsecond; got < slowSync || told != 0 {
		t.Errorf("measured %v, told %d times while nobody asks", got, told)
	}
	before := disk.syncUsec.Load()
	disk.slow.Store(int64(slowSync))
	sync("d/snapshot")
	if disk.syncUsec.Load() != before || told != 0 {
		t.Error("a snapshot's sync was taken for the log's")
	}
	sync("d/wal-0000000000000002.seg")
	disk.slow.Store(int64(time.Hour))
	sync("d/wal-0000000000000003.seg")
	if told != 1 {
		t.Errorf("told %d times, want 1", told)
	}
}
