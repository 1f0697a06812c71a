package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// A segment file begins with a block of 4096 bytes, so that no later write
// touches the sector the header lies in:
//
//	 0  magic    8 bytes
//	 8  version  u32
//	12  crc      u32  of the whole block with this field zero
//	16  log      u64  which log it belongs to
//	24  sequence u64
//	32  salt     u64  of this incarnation
//	40  zeros
const (
	segmentHeader  = 4096
	segmentMagic   = "FOXTLWAL"
	segmentVersion = 1
)

// segment is one file of the chain.
type segment struct {
	seq  uint64
	salt uint64
	crc  uint32 // of the header block: the prev of the first record
	name string // path
	file File

	size int64 // bytes of the file: all of them written, with zeros or more
	used int64 // end of the records

	durable uint64 // at recovery: up to where some record knew it to be durable

	live  int // entries in it that a group still needs
	syncs int // syncs under way on another goroutine

	checkpointed bool // its first record is durable: older segments are not needed for state
}

// loc is where an entry's record lies. off8 counts units of 8 bytes.
type loc struct {
	seq  uint32
	off8 uint32
	size uint32 // bytes of payload
}

func segmentName(seq uint64) string { return fmt.Sprintf("wal-%016x.seg", seq) }

func spareName(seq uint64) string { return fmt.Sprintf("wal-%016x.spare", seq) }

// parseName tells segments and spares from other files.
func parseName(name string) (seq uint64, spare, ok bool) {
	switch {
	case len(name) == len("wal-0000000000000000.seg") && name[20:] == ".seg":
	case len(name) == len("wal-0000000000000000.spare") && name[20:] == ".spare":
		spare = true
	default:
		return 0, false, false
	}
	if _, err := fmt.Sscanf(name[:20], "wal-%016x", &seq); err != nil || name[:20] != segmentName(seq)[:20] {
		return 0, false, false
	}
	return seq, spare, true
}

func encodeSegmentHeader(logID, seq, salt uint64) ([]byte, uint32) {
	b := make([]byte, segmentHeader)
	copy(b, segmentMagic)
	le := binary.LittleEndian
	le.PutUint32(b[8:], segmentVersion)
	le.PutUint64(b[16:], logID)
	le.PutUint64(b[24:], seq)
	le.PutUint64(b[32:], salt)
	crc := payloadCRC(b)
	le.PutUint32(b[12:], crc)
	return b, crc
}

// readSegmentHeader checks the block and returns the log it belongs to.
func (s *segment) readSegmentHeader() (logID uint64, err error) {
	b := make([]byte, segmentHeader)
	if s.size < segmentHeader {
		return 0, s.damage(s.size, fmt.Sprintf("segment header is cut short: the file has %d bytes", s.size))
	}
	if _, err := s.file.ReadAt(b, 0); err != nil {
		return 0, fmt.Errorf("wal: read %s: %w", s.name, err)
	}
	if string(b[:8]) != segmentMagic {
		return 0, s.damage(0, "no segment header")
	}
	le := binary.LittleEndian
	version := le.Uint32(b[8:])
	crc := le.Uint32(b[12:])
	le.PutUint32(b[12:], 0)
	if payloadCRC(b) != crc {
		return 0, s.damage(0, "checksum of the segment header does not match")
	}
	if version != segmentVersion {
		return 0, &VersionError{File: s.name, Got: version, Want: segmentVersion}
	}
	if got := le.Uint64(b[24:]); got != s.seq {
		return 0, s.damage(24, fmt.Sprintf("header is that of segment %d", got))
	}
	s.salt = le.Uint64(b[32:])
	s.crc = crc
	return le.Uint64(b[16:]), nil
}

func (s *segment) damage(off int64, reason string) error {
	return &DamageError{File: s.name, Offset: off, Reason: reason}
}

// newSegment makes segment seq from a spare file, or from nothing, durably: the
// name appears only when the header is on the disk.
func (l *Log) newSegment(seq uint64) (*segment, error) {
	s := &segment{seq: seq, salt: l.opt.Rand(), name: filepath.Join(l.dir, segmentName(seq)), used: segmentHeader}
	var from string
	var err error
	if n := len(l.spares); n > 0 {
		from = filepath.Join(l.dir, l.spares[n-1])
		l.spares = l.spares[:n-1]
		s.file, err = l.fs.Open(from)
		if errors.Is(err, fs.ErrNotExist) {
			s.file, err = l.fs.Create(from)
		}
	} else {
		from = filepath.Join(l.dir, spareName(seq))
		s.file, err = l.fs.Create(from)
	}
	if err != nil {
		return nil, err
	}
	if err := l.prepareSegment(s, from); err != nil {
		s.file.Close()
		var fatal *FatalError
		if !errors.As(err, &fatal) {
			// Not yet a segment: the file goes, and its space with it.
			if rerr := l.fs.Remove(from); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				return nil, errors.Join(err, rerr)
			}
		}
		return nil, err
	}
	return s, nil
}

func (l *Log) prepareSegment(s *segment, from string) (err error) {
	if s.size, err = s.file.Size(); err != nil {
		return err
	}
	if s.size > l.opt.SegmentBytes {
		if err := s.file.Truncate(l.opt.SegmentBytes); err != nil {
			return err
		}
		s.size = l.opt.SegmentBytes
	}
	b, crc := encodeSegmentHeader(l.id, s.seq, s.salt)
	s.crc = crc
	if _, err := s.file.WriteAt(b, 0); err != nil {
		return err
	}
	s.size = max(s.size, segmentHeader)
	if err := l.extend(s, segmentHeader+l.opt.ExtendBytes); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return l.fatal("sync", from, err)
	}
	if err := l.fs.Rename(from, s.name); err != nil {
		return err
	}
	if err := l.fs.SyncDir(l.dir); err != nil {
		return l.fatal("sync", l.dir, err)
	}
	return nil
}

// extend writes zeros until the file has at least want bytes, so that a later
// sync of records has no metadata to write and a full disk is met before any
// record is. What was written of it when the disk became full is kept.
func (l *Log) extend(s *segment, want int64) error {
	for s.size < want {
		n, err := s.file.WriteAt(l.zeros[:min(int64(len(l.zeros)), want-s.size)], s.size)
		s.size += int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}
