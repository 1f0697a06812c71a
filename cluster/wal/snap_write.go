package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"go.etcd.io/raft/v3/raftpb"
)

// SnapWriter writes one snapshot. Nothing is visible before Finish has
// returned without an error; after an error, and to give up, call Abort.
type SnapWriter struct {
	st   *SnapStore
	file File
	tmp  string
	info SnapInfo
	salt uint64

	block    []byte // header of 8 bytes, then data
	off      int64
	unsynced int64
	blocks   uint64
	err      error
}

// Create begins a snapshot of the state after entry (term, index), with the
// members as they then were.
func (st *SnapStore) Create(group uint32, term, index uint64, conf *raftpb.ConfState) (*SnapWriter, error) {
	w := &SnapWriter{st: st, tmp: st.tmpName(group, term, index), salt: st.rand()}
	w.info = SnapInfo{Group: group, Term: term, Index: index, Conf: conf, Path: filepath.Join(st.dir, snapName(group, term, index))}
	var err error
	if w.file, err = st.fs.Create(w.tmp); err != nil {
		return nil, fmt.Errorf("wal: create a snapshot: %w", err)
	}
	w.block = make([]byte, 8, 4<<10) // it grows to a block, if there is so much
	if w.write(encodeSnapHeader(group, term, index, w.salt, encodeConf(nil, conf))); w.err != nil {
		return nil, errors.Join(w.err, w.Abort())
	}
	return w, nil
}

// Write adds data. errors.Is ErrNoSpace: the disk is full.
func (w *SnapWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 && w.err == nil {
		k := min(len(p), 8+snapBlock-len(w.block))
		w.block = append(w.block, p[:k]...)
		p = p[k:]
		n += k
		if len(w.block) == 8+snapBlock {
			w.flush()
		}
	}
	if w.err != nil {
		return 0, w.err
	}
	return n, nil
}

// flush writes the block gathered.
func (w *SnapWriter) flush() {
	n := len(w.block) - 8
	if n == 0 || w.err != nil {
		return
	}
	le := binary.LittleEndian
	le.PutUint32(w.block, uint32(n))
	le.PutUint32(w.block[4:], blockCRC(w.salt, w.blocks, uint32(n), w.block[8:]))
	w.write(w.block)
	w.blocks++
	w.info.DataBytes += int64(n)
	w.block = w.block[:8]
}

func (w *SnapWriter) write(p []byte) {
	n, err := w.file.WriteAt(p, w.off)
	w.off += int64(n)
	if err != nil {
		w.err = fmt.Errorf("wal: write snapshot: %w", err)
		return
	}
	if w.unsynced += int64(n); w.unsynced >= snapSyncBytes {
		w.sync()
	}
}

func (w *SnapWriter) sync() {
	w.unsynced = 0
	if err := w.file.Sync(); err != nil && w.err == nil {
		w.err = &FatalError{Op: "sync", File: w.tmp, Err: err}
	}
}

// Finish makes the snapshot complete, durable and visible.
func (w *SnapWriter) Finish() (SnapInfo, error) {
	w.flush()
	if w.err == nil {
		w.write(encodeSnapTrailer(w.salt, w.blocks, uint64(w.info.DataBytes)))
	}
	if w.err == nil {
		w.sync()
	}
	if w.err != nil {
		return SnapInfo{}, w.err
	}
	w.info.FileBytes = w.off
	if w.err = w.file.Close(); w.err == nil {
		w.err = w.st.install(w.tmp, w.info)
	}
	w.file = nil
	return w.info, w.err
}

// Abort removes what was written. After a successful Finish it does nothing.
func (w *SnapWriter) Abort() error {
	if w.file == nil && w.err == nil {
		return nil
	}
	return abortTmp(w.st, &w.file, w.tmp)
}

func abortTmp(st *SnapStore, file *File, tmp string) error {
	var err error
	if *file != nil {
		err = (*file).Close()
		*file = nil
	}
	return errors.Join(err, st.fs.Remove(tmp))
}

// SnapReceiver takes a snapshot file from a peer, as it is, in order.
type SnapReceiver struct {
	st       *SnapStore
	file     File
	tmp      string
	want     SnapInfo
	off      int64
	unsynced int64
	done     bool
}

// Receive begins to take a file of size bytes that a peer says is the snapshot
// of a group at (term, index).
func (st *SnapStore) Receive(group uint32, term, index uint64, size int64) (*SnapReceiver, error) {
	r := &SnapReceiver{st: st, tmp: st.tmpName(group, term, index)}
	r.want = SnapInfo{Group: group, Term: term, Index: index, FileBytes: size, Path: filepath.Join(st.dir, snapName(group, term, index))}
	var err error
	if r.file, err = st.fs.Create(r.tmp); err != nil {
		return nil, fmt.Errorf("wal: receive a snapshot: %w", err)
	}
	return r, nil
}

// Offset is how much has been taken: where the peer should go on.
func (r *SnapReceiver) Offset() int64 { return r.off }

// Write takes the bytes at Offset. After an error nothing of p is taken.
func (r *SnapReceiver) Write(p []byte) (int, error) {
	if r.off+int64(len(p)) > r.want.FileBytes {
		return 0, fmt.Errorf("wal: receive a snapshot: %d bytes announced, more sent", r.want.FileBytes)
	}
	if _, err := r.file.WriteAt(p, r.off); err != nil {
		return 0, fmt.Errorf("wal: receive a snapshot: %w", err)
	}
	r.off += int64(len(p))
	if r.unsynced += int64(len(p)); r.unsynced >= snapSyncBytes {
		r.unsynced = 0
		if err := r.file.Sync(); err != nil {
			return 0, &FatalError{Op: "sync", File: r.tmp, Err: err}
		}
	}
	return len(p), nil
}

// Install checks every block and that the file is the one that was announced,
// and makes it durable and visible. It reads the whole file: not for a
// goroutine that others wait for.
func (r *SnapReceiver) Install() (SnapInfo, error) {
	if r.off != r.want.FileBytes {
		return SnapInfo{}, fmt.Errorf("wal: receive a snapshot: %d of %d bytes are here", r.off, r.want.FileBytes)
	}
	if err := r.file.Sync(); err != nil {
		return SnapInfo{}, &FatalError{Op: "sync", File: r.tmp, Err: err}
	}
	info, err := verifySnap(r.file, r.tmp)
	if err != nil {
		return SnapInfo{}, err
	}
	if info.Group != r.want.Group || info.Term != r.want.Term || info.Index != r.want.Index {
		return SnapInfo{}, &DamageError{File: r.tmp, Reason: fmt.Sprintf("group %d term %d index %d was announced, the file is group %d term %d index %d",
			r.want.Group, r.want.Term, r.want.Index, info.Group, info.Term, info.Index)}
	}
	info.Path = r.want.Path
	if err := r.file.Close(); err != nil {
		return SnapInfo{}, fmt.Errorf("wal: receive a snapshot: %w", err)
	}
	r.file = nil
	if err := r.st.install(r.tmp, *info); err != nil {
		return SnapInfo{}, err
	}
	r.done = true
	return *info, nil
}

// Abort removes what was taken. After a successful Install it does nothing.
func (r *SnapReceiver) Abort() error {
	if r.done {
		return nil
	}
	r.done = true
	return abortTmp(r.st, &r.file, r.tmp)
}
