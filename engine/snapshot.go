package engine

import (
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/laurocaetano/foxtail/engine/keyspace"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// The form of a snapshot, version 1:
//
//	snapshot = "FOXTAIL" version header [waits waiters*] [users] (database keys*)* end
//	block    = kind length(8) payload crc(4)
//	header   = applied term clock seed(4*8) nmarks (index ms){nmarks} ndb swappedAt{ndb}
//	database = number keys deletions
//	keys     = (type<<4|encoding flags version [deadline] key value){...}
//	end      = blocks keys
//
// Fixed numbers are little endian, the others unsigned varints; ms and index
// of a mark are differences to the mark before. key and value are a length and
// bytes; a value that is an object is in the form of its type's codec. The
// checksum is CRC-32C over the one before (for the first block: over the
// magic) and the block, so that a block that is damaged, lost, doubled or out
// of place is found. Equal states give equal bytes.
const (
	snapshotMagic   = "FOXTAIL"
	snapshotVersion = 1

	blockHeader   = 1
	blockDatabase = 2
	blockKeys     = 3
	blockEnd      = 4

	blockHeadBytes = 9
	// blockBytesAim is where a block of keys ends; one value may exceed it.
	blockBytesAim = 64 << 10
	// directBytes is the size from which a value is written without copying it
	// into the block's buffer.
	directBytes = 16 << 10

	flagDeadline = 1
	flagObject   = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Snapshot is the state of an engine after one entry. It is taken and
// released by the engine's goroutine and written by any other one.
type Snapshot struct {
	applied, term uint64
	clockMs       int64
	seed          [4]uint64
	marks         []ageMark
	waits         snapshotWaits
	users         users
	dbs           []snapshotDB
	scripts       snapshotScripts
}

type snapshotDB struct {
	swappedAt uint64
	space     *keyspace.Snapshot // nil: the database was never written
}

// Snapshot takes the state as of the last applied entry, without copying it.
// Call it between Applies.
func (e *Engine) Snapshot() *Snapshot {
	s := &Snapshot{
		applied: e.applied, term: e.term, clockMs: e.clockMs, seed: e.seed,
		marks: append([]ageMark(nil), e.ages.marks...),
		waits: e.waits.snapshot(),
		users: e.users,
		dbs:   make([]snapshotDB, len(e.dbs)),

		scripts: e.scripts.snapshot(),
	}
	for i := range e.dbs {
		s.dbs[i].swappedAt = e.dbs[i].swappedAt
		if e.dbs[i].space != nil {
			s.dbs[i].space = e.dbs[i].space.Snapshot()
		}
	}
	return s
}

// Applied is the index of the last entry in the snapshot.
func (s *Snapshot) Applied() uint64 { return s.applied }

// Release gives the snapshot up; no WriteTo may be going on.
func (s *Snapshot) Release() {
	for i := range s.dbs {
		if s.dbs[i].space != nil {
			s.dbs[i].space.Release()
			s.dbs[i].space = nil
		}
	}
}

// WriteTo writes the snapshot. It takes no lock and may run beside Apply.
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) {
	b := newBlockWriter(w)
	b.block(blockHeader, s.appendHeader(nil), nil)
	s.waits.write(b)
	s.users.write(b)
	keys := uint64(0)
	for db := range s.dbs {
		space := s.dbs[db].space
		if space == nil || b.err != nil {
			continue
		}
		head := binary.AppendUvarint(nil, uint64(db))
		drop := space.Len() > 1 && plant.Is("snapshot-drops-key")
		if drop {
			head = binary.AppendUvarint(head, uint64(space.Len()-1))
		} else {
			head = binary.AppendUvarint(head, uint64(space.Len()))
		}
		b.block(blockDatabase, space.AppendDeletions(head), nil)
		space.Each(func(rec keyspace.Record) bool {
			if drop {
				drop = false
				return true
			}
			keys++
			b.record(rec)
			return b.err == nil
		})
		b.flush()
	}
	s.scripts.write(b)
	end := binary.AppendUvarint(nil, b.blocks)
	b.block(blockEnd, binary.AppendUvarint(end, keys), nil)
	return b.written, b.err
}

func (s *Snapshot) appendHeader(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, s.applied)
	dst = binary.AppendUvarint(dst, s.term)
	dst = binary.AppendUvarint(dst, uint64(s.clockMs))
	for _, word := range s.seed {
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.marks)))
	var last ageMark
	for _, m := range s.marks {
		dst = binary.AppendUvarint(dst, m.index-last.index)
		dst = binary.AppendUvarint(dst, uint64(m.unixMs-last.unixMs))
		last = m
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.dbs)))
	for i := range s.dbs {
		dst = binary.AppendUvarint(dst, s.dbs[i].swappedAt)
	}
	return dst
}

// blockWriter writes blocks and chains their checksums; the first error sticks.
type blockWriter struct {
	w       io.Writer
	written int64
	err     error
	crc     uint32
	blocks  uint64
	keys    []byte // the block of keys being filled
	object  []byte // reused by codecs
}

func newBlockWriter(w io.Writer) *blockWriter {
	b := &blockWriter{w: w, keys: make([]byte, 0, 4<<10)} // it grows with what there is
	magic := append([]byte(snapshotMagic), snapshotVersion)
	b.crc = crc32.Checksum(magic, castagnoli)
	b.write(magic)
	return b
}

func (b *blockWriter) write(p []byte) {
	if b.err != nil || len(p) == 0 {
		return
	}
	n, err := b.w.Write(p)
	b.written += int64(n)
	b.err = err
}

// block writes one block, whose payload is the two parts.
func (b *blockWriter) block(kind byte, payload, more []byte) {
	var head [blockHeadBytes]byte
	head[0] = kind
	binary.LittleEndian.PutUint64(head[1:], uint64(len(payload)+len(more)))
	b.crc = chain(b.crc, head[:])
	b.crc = crc32.Update(b.crc, castagnoli, payload)
	b.crc = crc32.Update(b.crc, castagnoli, more)
	b.write(head[:])
	b.write(payload)
	b.write(more)
	b.write(binary.LittleEndian.AppendUint32(nil, b.crc))
	b.blocks++
}

// chain begins a block's checksum with that of the block before.
func chain(before uint32, head []byte) uint32 {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], before)
	return crc32.Update(crc32.Checksum(b[:], castagnoli), castagnoli, head)
}

// record adds one key to the block being filled.
func (b *blockWriter) record(rec keyspace.Record) {
	dst := append(b.keys, rec.Type()<<4|rec.Encoding(), 0)
	flags := &dst[len(dst)-1]
	ms, hasDeadline := rec.DeadlineMs()
	value := rec.Value()
	if obj := rec.Object(); obj != nil {
		*flags |= flagObject
		kind, _ := kindOf(typeOf(rec))
		b.object = kind.encode(b.object[:0], obj)
		value = b.object
	}
	if hasDeadline {
		*flags |= flagDeadline
	}
	dst = binary.AppendUvarint(dst, rec.Version())
	if hasDeadline {
		dst = binary.AppendUvarint(dst, uint64(ms))
	}
	dst = binary.AppendUvarint(dst, uint64(len(rec.Key())))
	dst = append(dst, rec.Key()...)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	if len(value) >= directBytes {
		b.block(blockKeys, dst, value)
		b.keys = b.keys[:0]
		return
	}
	b.keys = append(dst, value...)
	if len(b.keys) >= blockBytesAim {
		b.flush()
	}
}

func (b *blockWriter) flush() {
	if len(b.keys) > 0 {
		b.block(blockKeys, b.keys, nil)
		b.keys = b.keys[:0]
	}
}
