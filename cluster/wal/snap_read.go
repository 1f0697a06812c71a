package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// SnapReader gives a snapshot's data. No byte is handed out before its block's
// checksum was compared; io.EOF comes only behind a valid trailer. Damage is a
// *DamageError that names the file and the offset.
type SnapReader struct {
	file File
	path string
	size int64
	info SnapInfo
	salt uint64

	off    int64
	blocks uint64
	bytes  uint64
	buf    []byte
	data   []byte // verified, not yet handed out
	err    error
}

// Open reads a snapshot of the store.
func (st *SnapStore) Open(info SnapInfo) (*SnapReader, error) {
	r, err := OpenSnapFile(st.fs, info.Path)
	if err != nil {
		return nil, err
	}
	if got := r.info; got.Group != info.Group || got.Term != info.Term || got.Index != info.Index {
		r.file.Close()
		return nil, r.damage(0, "another snapshot than the one asked for")
	}
	return r, nil
}

// OpenSnapFile reads a snapshot wherever it lies.
func OpenSnapFile(fsys FS, path string) (*SnapReader, error) {
	f, err := fsys.OpenRead(path)
	if err != nil {
		return nil, fmt.Errorf("wal: open a snapshot: %w", err)
	}
	r, err := newSnapReader(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

// OpenRaw opens the file as it is, to be sent to a peer in pieces. The peer's
// store checks it.
func (st *SnapStore) OpenRaw(info SnapInfo) (File, error) {
	f, err := st.fs.OpenRead(info.Path)
	if err != nil {
		return nil, fmt.Errorf("wal: open a snapshot: %w", err)
	}
	return f, nil
}

func newSnapReader(f File, path string) (*SnapReader, error) {
	r := &SnapReader{file: f, path: path}
	var err error
	if r.size, err = f.Size(); err != nil {
		return nil, fmt.Errorf("wal: size of %s: %w", path, err)
	}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *SnapReader) damage(off int64, reason string) error {
	return &DamageError{File: r.path, Offset: off, Reason: reason}
}

// read fills p from off. REQUIRES: the file is that long.
func (r *SnapReader) read(p []byte, off int64) error {
	if _, err := r.file.ReadAt(p, off); err != nil {
		if errors.Is(err, io.EOF) {
			return r.damage(off, "the file is cut short")
		}
		return fmt.Errorf("wal: read %s offset %d: %w", r.path, off, err)
	}
	return nil
}

func (r *SnapReader) readHeader() error {
	le := binary.LittleEndian
	if r.size < snapHeader+snapTrailer {
		return r.damage(r.size, "the file is cut short")
	}
	b := make([]byte, snapHeader)
	if err := r.read(b, 0); err != nil {
		return err
	}
	n := int64(le.Uint32(b[20:]))
	if string(b[:8]) != snapMagic {
		return r.damage(0, "no snapshot header")
	}
	if n > maxMetaBytes || snapHeader+n+snapTrailer > r.size {
		return r.damage(20, "the header is longer than the file")
	}
	conf := make([]byte, n)
	if err := r.read(conf, snapHeader); err != nil {
		return err
	}
	crc := le.Uint32(b[12:])
	le.PutUint32(b[12:], 0)
	if updateCRC(payloadCRC(b), conf) != crc {
		return r.damage(0, "checksum of the header does not match")
	}
	if v := le.Uint32(b[8:]); v != snapVersion {
		return &VersionError{File: r.path, Got: v, Want: snapVersion}
	}
	cs, err := decodeConf(conf)
	if err != nil {
		return r.damage(snapHeader, "conf state: "+err.Error())
	}
	r.info = SnapInfo{Group: le.Uint32(b[16:]), Term: le.Uint64(b[24:]), Index: le.Uint64(b[32:]), Conf: cs, FileBytes: r.size, Path: r.path}
	r.salt = le.Uint64(b[40:])
	r.off = snapHeader + n
	return nil
}

// Info describes the snapshot; DataBytes is known only behind the last block.
func (r *SnapReader) Info() SnapInfo { return r.info }

func (r *SnapReader) Read(p []byte) (int, error) {
	for len(r.data) == 0 && r.err == nil {
		r.err = r.next()
	}
	if len(r.data) == 0 {
		return 0, r.err
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

// next reads and checks a block. io.EOF: it was the trailer.
func (r *SnapReader) next() error {
	le := binary.LittleEndian
	if r.off+8 > r.size {
		return r.damage(r.off, "the file ends without a trailer")
	}
	var h [8]byte
	if err := r.read(h[:], r.off); err != nil {
		return err
	}
	n, crc := le.Uint32(h[:]), le.Uint32(h[4:])
	if n == 0 {
		return r.trailer(crc)
	}
	if n > snapBlockMax || r.off+8+int64(n) > r.size {
		return r.damage(r.off, "a block is longer than the file or the limit")
	}
	if cap(r.buf) < int(n) {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if err := r.read(r.buf, r.off+8); err != nil {
		return err
	}
	if blockCRC(r.salt, r.blocks, n, r.buf) != crc {
		return r.damage(r.off, fmt.Sprintf("checksum of block %d does not match", r.blocks))
	}
	r.data = r.buf
	r.off += 8 + int64(n)
	r.blocks++
	r.bytes += uint64(n)
	return nil
}

func (r *SnapReader) trailer(crc uint32) error {
	if r.off+snapTrailer != r.size {
		return r.damage(r.off, "the trailer is not the end of the file")
	}
	b := make([]byte, snapTrailer-8)
	if err := r.read(b, r.off+8); err != nil {
		return err
	}
	le := binary.LittleEndian
	if blockCRC(r.salt, r.blocks, 0, b) != crc || le.Uint64(b) != r.blocks || le.Uint64(b[8:]) != r.bytes {
		return r.damage(r.off, "the trailer does not match the blocks before it")
	}
	r.info.DataBytes = int64(r.bytes)
	return io.EOF
}

// Close closes the file.
func (r *SnapReader) Close() error { return r.file.Close() }

// verifySnap checks a whole file.
func verifySnap(f File, path string) (*SnapInfo, error) {
	r, err := newSnapReader(f, path)
	if err != nil {
		return nil, err
	}
	for {
		switch err := r.next(); {
		case err == io.EOF:
			return &r.info, nil
		case err != nil:
			return nil, err
		}
	}
}

// Verify checks every block of a snapshot.
func (st *SnapStore) Verify(info SnapInfo) error {
	f, err := st.fs.OpenRead(info.Path)
	if err != nil {
		return fmt.Errorf("wal: open a snapshot: %w", err)
	}
	defer f.Close()
	_, err = verifySnap(f, info.Path)
	return err
}

// inspectSnap checks a file's header, its trailer by itself, and that both are
// those of a file of this name.
func inspectSnap(fsys FS, path string) (*SnapInfo, error) {
	f, err := fsys.OpenRead(path)
	if err != nil {
		return nil, fmt.Errorf("wal: open a snapshot: %w", err)
	}
	defer f.Close()
	r, err := newSnapReader(f, path)
	if err != nil {
		return nil, err
	}
	i := &r.info
	if filepath.Base(path) != snapName(i.Group, i.Term, i.Index) {
		return nil, r.damage(0, "the header is that of "+snapName(i.Group, i.Term, i.Index))
	}
	b := make([]byte, snapTrailer)
	off := r.size - snapTrailer
	if off < r.off {
		return nil, r.damage(r.size, "the file is cut short")
	}
	if err := r.read(b, off); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	blocks, bytes := le.Uint64(b[8:]), le.Uint64(b[16:])
	if le.Uint32(b) != 0 || blockCRC(r.salt, blocks, 0, b[8:]) != le.Uint32(b[4:]) || off-r.off != int64(bytes+8*blocks) {
		return nil, r.damage(off, "no valid trailer")
	}
	i.DataBytes = int64(bytes)
	return i, nil
}
