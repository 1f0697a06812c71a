package wal

import (
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/raft/v3/raftpb"
)

// Options tune a Log. Zero values mean the defaults named here.
type Options struct {
	SegmentBytes int64 // size at which a new segment is begun: 64 MiB
	ExtendBytes  int64 // zeros written ahead at a time: 1 MiB
	ReserveBytes int64 // space that only records without entries may use: 256 KiB
	TailBytes    int64 // newest entries kept in memory, over all groups: 32 MiB
	SparesMax    int   // old segments kept to be written again: 2; negative: none

	// Rand gives salts. Default: the system's random source. A simulator passes
	// its own, so that a seed gives the same bytes.
	Rand func() uint64
}

func (o *Options) setDefaults() {
	def := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&o.SegmentBytes, 64<<20)
	def(&o.ExtendBytes, 1<<20)
	def(&o.ReserveBytes, 256<<10)
	def(&o.TailBytes, 32<<20)
	if o.SparesMax == 0 {
		o.SparesMax = 2
	}
	if o.Rand == nil {
		o.Rand = systemRand
	}
}

func systemRand() uint64 {
	var b [8]byte
	if _, err := crand.Read(b[:]); err != nil {
		panic(fmt.Sprintf("wal: the system's random source failed: %v", err))
	}
	return binary.LittleEndian.Uint64(b[:])
}

// NodeMeta is the group number under which the node itself, rather than one of
// its groups, keeps its metadata.
const NodeMeta = ^uint32(0)

// Limits of the format.
const (
	maxEntryBytes = 1 << 30 // of an entry's data
	maxBatchBytes = 8 << 30
	maxMetaBytes  = 1 << 20
	copyMax       = 64 << 10 // payloads above it are written from where they lie
)

// Update is what one group adds to the log in one Append, in this order.
type Update struct {
	Group     uint32
	Snapshot  *raftpb.SnapshotMetadata // a received snapshot, already in the store: it replaces the group's log
	Entries   []*raftpb.Entry          // consecutive; they replace what the log has from the first one's index on
	HardState *raftpb.HardState

	moved bool // the entries are those of the log, written again
}

// Log is the write-ahead log of a node. See the package comment for which
// goroutine may use it.
type Log struct {
	fs   FS // nil: in memory only
	dir  string
	opt  Options
	lock io.Closer
	id   uint64 // of this log, in every segment header

	groups    map[uint32]*group
	ids       []uint32 // of groups, ascending
	tailBytes int64
	tailLimit int64

	segs    []*segment // by sequence without gaps; the last one takes the records
	spares  []string   // names of recycled files
	zeros   []byte
	places  []loc   // of the entries of the batch being written
	vote    [8]byte // being encoded
	w       writer
	synced  int64 // of the last segment
	chain   uint32
	broken  bool // the bytes behind the log may be records nobody wrote: break the chain first
	marked  bool // the last record is Mark's
	reclaim bool // a segment may have become unnecessary
	failed  error
	pending *pendingAppend // under way on another goroutine, or settled and not yet reported

	stats Stats
}

// Stats counts what the log did since it was opened.
type Stats struct {
	Appends, Syncs, Rotations, Recycled, Moved, NoSpace uint64
	BytesWritten                                        uint64
	Segments                                            int
	DiskBytes                                           int64 // of the segments
	TailBytes                                           int64 // of entries in memory
}

// OpenMemory returns a log without files: the same behaviour, nothing durable.
// Entries stay in memory until they are compacted.
func OpenMemory() *Log {
	return &Log{groups: map[uint32]*group{}}
}

// Groups returns the numbers of the groups the log knows, ascending.
func (l *Log) Groups() []uint32 {
	ids := make([]uint32, 0, len(l.ids))
	for _, id := range l.ids {
		if id != NodeMeta {
			ids = append(ids, id)
		}
	}
	return ids
}

// Meta returns what SetMeta stored for a group, or nil.
func (l *Log) Meta(group uint32) []byte {
	if g := l.groups[group]; g != nil {
		return g.meta
	}
	return nil
}

// Size is the bytes of a group's entries behind its last compaction.
func (l *Log) Size(group uint32) int64 {
	if g := l.groups[group]; g != nil {
		return g.bytes
	}
	return 0
}

// SinceSnapshot is the bytes of a group's entries behind its last snapshot: what
// a restart would have to apply again.
func (l *Log) SinceSnapshot(group uint32) int64 {
	if g := l.groups[group]; g != nil {
		return g.since
	}
	return 0
}

// Holder names the group whose entries keep the oldest segment alive, and the
// bytes of all segments. A snapshot and Compact of that group frees the most.
func (l *Log) Holder() (group uint32, diskBytes int64, ok bool) {
	diskBytes = l.diskBytes()
	if len(l.segs) < 2 {
		return 0, diskBytes, false
	}
	for _, id := range l.ids {
		if l.groups[id].livesIn(l.segs[0].seq) {
			return id, diskBytes, true
		}
	}
	return 0, diskBytes, false
}

func (l *Log) diskBytes() (n int64) {
	for _, s := range l.segs {
		n += s.size
	}
	return n
}

// Stats returns the counters.
func (l *Log) Stats() Stats {
	st := l.stats
	st.Segments = len(l.segs)
	st.DiskBytes = l.diskBytes()
	st.TailBytes = l.tailBytes
	return st
}

// Failed returns the error after which the log takes nothing more, or nil.
func (l *Log) Failed() error { return l.failed }

// Unsynced says whether records wait for a Sync.
func (l *Log) Unsynced() bool {
	return l.fs != nil && len(l.segs) > 0 && l.active().used > l.synced && !l.marked
}

// Mark adds, once and without a sync, a record that says up to where the log is
// durable, so that recovery can tell damage in the records before it from a
// torn tail (W2). It is to be called when the log has come to rest; while
// records wait for a sync, or the disk is full, it does nothing.
func (l *Log) Mark() error {
	l.settle()
	if l.fs == nil || l.failed != nil || l.marked || l.Unsynced() || l.active().used == segmentHeader {
		return l.failed
	}
	err := l.writeMark()
	if errors.Is(err, ErrNoSpace) {
		return nil
	}
	l.marked = err == nil
	return err
}

// writeMark writes a record of nothing but what every record says.
func (l *Log) writeMark() error {
	l.broken = true // asks for a nonce record
	return l.write(0, true, func() {})
}

func (l *Log) active() *segment { return l.segs[len(l.segs)-1] }

// fatal puts the log out of service.
func (l *Log) fatal(op, file string, err error) error {
	if l.failed == nil {
		l.failed = &FatalError{Op: op, File: file, Err: err}
	}
	return l.failed
}

// Close syncs the log and gives the directory back. A last record behind the
// synced ones lets the next Open tell damage in them from a torn tail.
func (l *Log) Close() error {
	if errors.Is(l.failed, ErrClosed) {
		return nil
	}
	l.settle()
	var err error
	if l.fs != nil && l.failed == nil {
		if err = l.Sync(); err == nil && l.active().used > segmentHeader {
			if err = l.writeMark(); err == nil {
				err = l.Sync()
			}
			if errors.Is(err, ErrNoSpace) {
				err = nil // all records are durable, only the mark is missing
			}
		}
	}
	for _, s := range l.segs {
		err = errors.Join(err, s.file.Close())
	}
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	l.failed = ErrClosed
	return err
}
