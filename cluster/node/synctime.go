package node

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// timedFS is the disk, with the syncs of the log measured. Any goroutine may use
// it.
type timedFS struct {
	wal.FS
	syncUsec atomic.Uint64
	slow     atomic.Int64                        // latency-monitor-threshold in ns; 0: nobody is told
	tell     func(event string, d time.Duration) // of a sync that took so long; from any goroutine
}

func (f *timedFS) Open(name string) (wal.File, error)   { return f.timed(name)(f.FS.Open(name)) }
func (f *timedFS) Create(name string) (wal.File, error) { return f.timed(name)(f.FS.Create(name)) }

func (f *timedFS) timed(name string) func(wal.File, error) (wal.File, error) {
	return func(file wal.File, err error) (wal.File, error) {
		if err != nil || !strings.HasPrefix(filepath.Base(name), "wal-") {
			return file, err
		}
		return timedFile{file, f}, nil
	}
}

type timedFile struct {
	wal.File
	fs *timedFS
}

func (f timedFile) Sync() error {
	began := time.Now()
	err := f.File.Sync()
	took := time.Since(began)
	f.fs.syncUsec.Add(uint64(took.Microseconds()))
	if slow := f.fs.slow.Load(); slow > 0 && took >= time.Duration(slow) {
		f.fs.tell("aof-fsync-always", took)
	}
	return err
}

// timeSyncs measures the log's syncs, for LATENCY and INFO.
func (db *Node) timeSyncs() {
	db.disk.tell = func(event string, d time.Duration) {
		db.reactor.Post(func() { db.server.Took(event, d) })
	}
	follow := func(string) error {
		db.disk.slow.Store(int64(time.Duration(db.cfg.Int("latency-monitor-threshold")) * time.Millisecond))
		return nil
	}
	db.cfg.OnChange("latency-monitor-threshold", follow)
	_ = follow("") // it never fails
}
