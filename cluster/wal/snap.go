package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"go.etcd.io/raft/v3/raftpb"
)

// A snapshot file, snap-<group>-<term>-<index>, all numbers little-endian:
//
//	header   magic 8, version u32, crc u32 (of the header and conf, this field zero),
//	         group u32, length of conf u32, term u64, index u64, salt u64, conf
//	block    length u32 (1..blockMax), crc u32 (of salt, block number, length, data), data
//	...
//	trailer  length 0 u32, crc u32 (of salt, block number, then:), blocks u64, bytes u64
//
// The salt binds blocks to their file, the number to their place in it.
const (
	snapMagic    = "FOXTLSNP"
	snapVersion  = 1
	snapHeader   = 48
	snapBlockMax = 1 << 20
	snapBlock    = 256 << 10 // what the writer makes
	snapTrailer  = 24

	// snapSyncBytes is written between two syncs, so that no sync, of the
	// snapshot or of the log beside it, finds a disk queue of gigabytes.
	snapSyncBytes = 8 << 20

	tmpSuffix = ".tmp"
)

// SnapStore keeps the snapshot files of a directory. It may be used from
// several goroutines; a single writer or reader may not.
type SnapStore struct {
	fs   FS
	dir  string
	rand func() uint64

	mu   sync.Mutex
	seq  uint64 // makes names of temporary files differ
	list []SnapInfo
}

// SnapInfo describes one complete snapshot file.
type SnapInfo struct {
	Group       uint32
	Term, Index uint64
	Conf        *raftpb.ConfState
	FileBytes   int64 // what a peer has to be sent
	DataBytes   int64 // what a reader gives
	Path        string
}

// Meta is the description the raft library and the log want.
func (i *SnapInfo) Meta() *raftpb.SnapshotMetadata {
	term, index := i.Term, i.Index
	return &raftpb.SnapshotMetadata{Term: &term, Index: &index, ConfState: i.Conf}
}

func snapName(group uint32, term, index uint64) string {
	return fmt.Sprintf("snap-%08x-%016x-%016x", group, term, index)
}

// SnapFile is the path of a snapshot in a directory.
func SnapFile(dir string, group uint32, term, index uint64) string {
	return filepath.Join(dir, snapName(group, term, index))
}

// IsFile says whether a name in a directory is one of this package's: a
// segment, a spare, or a snapshot, also an unfinished one.
func IsFile(name string) bool {
	if _, _, ok := parseName(name); ok {
		return true
	}
	_, _, _, ok := parseSnapName(name)
	return ok || strings.HasPrefix(name, "snap-") && strings.HasSuffix(name, tmpSuffix)
}

// parseSnapName is the inverse of snapName.
func parseSnapName(name string) (group uint32, term, index uint64, ok bool) {
	_, err := fmt.Sscanf(name, "snap-%08x-%016x-%016x", &group, &term, &index)
	return group, term, index, err == nil && name == snapName(group, term, index)
}

// OpenSnaps lists the snapshots in dir (which it makes if need be), after a
// check of their headers and trailers, and removes what unfinished writers
// left. A file that fails the check is in the second result and not in the
// store: it is damaged, and stays where it is for the operator to see.
//
// rand may be nil for the system's random source.
func OpenSnaps(fsys FS, dir string, rand func() uint64) (*SnapStore, []error, error) {
	if rand == nil {
		rand = systemRand
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return nil, nil, fmt.Errorf("wal: snapshots: %w", err)
	}
	st := &SnapStore{fs: fsys, dir: dir, rand: rand}
	names, err := fsys.List(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("wal: snapshots: %w", err)
	}
	var damaged []error
	for _, name := range names {
		path := filepath.Join(dir, name)
		if strings.HasPrefix(name, "snap-") && strings.HasSuffix(name, tmpSuffix) {
			if err := fsys.Remove(path); err != nil {
				return nil, nil, fmt.Errorf("wal: snapshots: %w", err)
			}
			continue
		}
		if _, _, _, ok := parseSnapName(name); !ok {
			continue
		}
		info, err := inspectSnap(fsys, path)
		var d *DamageError
		switch {
		case err == nil:
			st.list = append(st.list, *info)
		case errors.As(err, &d):
			damaged = append(damaged, err)
		default:
			return nil, nil, err
		}
	}
	return st, damaged, nil
}

// List returns the snapshots of a group, oldest first.
func (st *SnapStore) List(group uint32) []SnapInfo {
	st.mu.Lock()
	defer st.mu.Unlock()
	var list []SnapInfo
	for _, i := range st.list {
		if i.Group == group {
			list = append(list, i)
		}
	}
	return list
}

// Newest returns a group's snapshot with the highest index.
func (st *SnapStore) Newest(group uint32) (SnapInfo, bool) {
	list := st.List(group)
	if len(list) == 0 {
		return SnapInfo{}, false
	}
	return list[len(list)-1], true
}

// Find returns a group's snapshot at (term, index).
func (st *SnapStore) Find(group uint32, term, index uint64) (SnapInfo, bool) {
	for _, i := range st.List(group) {
		if i.Term == term && i.Index == index {
			return i, true
		}
	}
	return SnapInfo{}, false
}

// Prune removes a group's snapshots below index. Call it with the index of the
// snapshot the log names, once that record is durable: a restart starts from it.
func (st *SnapStore) Prune(group uint32, index uint64) error {
	return st.removeIf(func(i *SnapInfo) bool { return i.Group == group && i.Index < index })
}

// Remove removes one snapshot.
func (st *SnapStore) Remove(info SnapInfo) error {
	return st.removeIf(func(i *SnapInfo) bool { return i.Path == info.Path })
}

// RemoveGroup removes all snapshots of a group.
func (st *SnapStore) RemoveGroup(group uint32) error {
	return st.removeIf(func(i *SnapInfo) bool { return i.Group == group })
}

func (st *SnapStore) removeIf(match func(*SnapInfo) bool) error {
	st.mu.Lock()
	var gone []string
	keep := st.list[:0:0]
	for _, i := range st.list {
		if match(&i) {
			gone = append(gone, i.Path)
		} else {
			keep = append(keep, i)
		}
	}
	st.list = keep
	st.mu.Unlock()
	for _, path := range gone {
		if err := st.fs.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("wal: remove a snapshot: %w", err)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if err := st.fs.SyncDir(st.dir); err != nil {
		return fmt.Errorf("wal: snapshots: %w", err)
	}
	return nil
}

// tmpName names a file that is not a snapshot yet.
func (st *SnapStore) tmpName(group uint32, term, index uint64) string {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.seq++
	return filepath.Join(st.dir, fmt.Sprintf("%s.%d%s", snapName(group, term, index), st.seq, tmpSuffix))
}

// install gives a complete, synced temporary file its name, durably.
func (st *SnapStore) install(tmp string, info SnapInfo) error {
	if err := st.fs.Rename(tmp, info.Path); err != nil {
		return fmt.Errorf("wal: install a snapshot: %w", err)
	}
	if err := st.fs.SyncDir(st.dir); err != nil {
		return &FatalError{Op: "sync", File: st.dir, Err: err}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	at := len(st.list)
	for k := range st.list {
		have := &st.list[k]
		if have.Path == info.Path {
			*have = info
			return nil
		}
		if at == len(st.list) && have.Group == info.Group && (have.Index > info.Index || have.Index == info.Index && have.Term > info.Term) {
			at = k
		}
	}
	st.list = append(st.list[:at:at], append([]SnapInfo{info}, st.list[at:]...)...)
	return nil
}

func encodeSnapHeader(group uint32, term, index, salt uint64, conf []byte) []byte {
	le := binary.LittleEndian
	b := make([]byte, snapHeader, snapHeader+len(conf))
	copy(b, snapMagic)
	le.PutUint32(b[8:], snapVersion)
	le.PutUint32(b[16:], group)
	le.PutUint32(b[20:], uint32(len(conf)))
	le.PutUint64(b[24:], term)
	le.PutUint64(b[32:], index)
	le.PutUint64(b[40:], salt)
	b = append(b, conf...)
	le.PutUint32(b[12:], payloadCRC(b))
	return b
}

// blockCRC is the checksum of block number no; a trailer is the block of length
// zero.
func blockCRC(salt, no uint64, length uint32, data []byte) uint32 {
	var b [20]byte
	le := binary.LittleEndian
	le.PutUint64(b[:], salt)
	le.PutUint64(b[8:], no)
	le.PutUint32(b[16:], length)
	return updateCRC(payloadCRC(b[:]), data)
}

func encodeSnapTrailer(salt, blocks, bytes uint64) []byte {
	le := binary.LittleEndian
	b := make([]byte, snapTrailer)
	le.PutUint64(b[8:], blocks)
	le.PutUint64(b[16:], bytes)
	le.PutUint32(b[4:], blockCRC(salt, blocks, 0, b[8:]))
	return b
}
