package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// ErrSnapshot is wrapped by every error about a snapshot's bytes.
var ErrSnapshot = errors.New("snapshot can't be read")

// Restore builds an engine from a snapshot. It touches nothing else, so that
// it can run beside the engine that the new one will replace. r must end
// where the snapshot ends.
func Restore(opt Options, r io.Reader) (*Engine, error) {
	e := New(opt)
	b := &blockReader{r: r}
	b.magic()
	b.next()
	e.restoreHeader(b)
	keys := uint64(0)
	b.next()
	e.restoreWaits(b)
	e.restoreUsers(b)
	for b.err == nil && b.kind == blockDatabase {
		keys += e.restoreDatabase(b)
	}
	e.restoreScripts(b)
	b.end(keys)
	if b.err != nil {
		return nil, b.err
	}
	return e, nil
}

func (e *Engine) restoreHeader(b *blockReader) {
	b.expect(blockHeader)
	d := payload{b: b}
	e.applied, e.term, e.clockMs = d.uint(), d.uint(), int64(d.uint())
	e.index = e.applied
	for i := range e.seed {
		e.seed[i] = binary.LittleEndian.Uint64(d.take(8))
	}
	var mark ageMark
	for n := d.count(); n > 0 && b.err == nil; n-- {
		mark.index += d.uint()
		mark.unixMs += int64(d.uint())
		e.ages.marks = append(e.ages.marks, mark)
	}
	n := d.count()
	if b.err == nil && n != len(e.dbs) {
		b.fail("it has %d databases, this node is configured for %d", n, len(e.dbs))
	}
	for i := 0; i < n && b.err == nil; i++ {
		e.dbs[i].swappedAt = d.uint()
	}
	d.done()
}

// restoreDatabase reads a database and the blocks of its keys, and leaves b
// at the block after them.
func (e *Engine) restoreDatabase(b *blockReader) (keys uint64) {
	d := payload{b: b}
	db, want := d.uint(), d.uint()
	if b.err == nil && (db >= uint64(len(e.dbs)) || e.dbs[db].space != nil) {
		b.fail("database %d is out of range or there twice", db)
	}
	if b.err != nil {
		return 0
	}
	space := keyspace.New(e.seed)
	if err := space.LoadDeletions(b.payload[d.pos:]); err != nil {
		b.fail("database %d: %v", db, err)
		return 0
	}
	b.next()
	d = payload{b: b}
	err := space.Load(func() (keyspace.Item, bool) {
		for b.err == nil && b.kind == blockKeys && d.pos == len(b.payload) {
			b.next()
			d = payload{b: b}
		}
		if b.err != nil || b.kind != blockKeys {
			return keyspace.Item{}, false
		}
		item := d.item()
		keys++
		return item, b.err == nil
	})
	if err != nil && b.err == nil {
		b.fail("database %d: %v", db, err)
	}
	if b.err == nil && keys != want {
		b.fail("database %d has %d keys, not %d", db, keys, want)
	}
	e.dbs[db].space = space
	return keys
}

// blockReader reads blocks and checks their checksums; the first error sticks.
type blockReader struct {
	r       io.Reader
	offset  int64 // of what is read next
	start   int64 // of the block in payload
	err     error
	crc     uint32
	blocks  uint64
	kind    byte
	payload []byte // reused by the next block
}

func (b *blockReader) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("%w: block at byte %d: %s", ErrSnapshot, b.start, fmt.Sprintf(format, args...))
	}
}

func (b *blockReader) read(p []byte) {
	if b.err != nil {
		clear(p)
		return
	}
	n, err := io.ReadFull(b.r, p)
	b.offset += int64(n)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		b.fail("it ends at byte %d", b.offset)
	case err != nil:
		b.err = fmt.Errorf("snapshot: %w", err)
	}
}

func (b *blockReader) magic() {
	var m [len(snapshotMagic) + 1]byte
	b.read(m[:])
	if b.err == nil && string(m[:len(snapshotMagic)]) != snapshotMagic {
		b.fail("it does not begin with %q", snapshotMagic)
	}
	if version := m[len(snapshotMagic)]; b.err == nil && version != snapshotVersion {
		b.fail("its version is %d, this program reads %d", version, snapshotVersion)
	}
	b.crc = crc32.Checksum(m[:], castagnoli)
}

// next reads the next block into payload.
func (b *blockReader) next() {
	b.start = b.offset
	var head [blockHeadBytes]byte
	b.read(head[:])
	b.kind = head[0]
	size := binary.LittleEndian.Uint64(head[1:])
	// The length is not proven yet: reserve no more than about what came.
	b.payload = b.payload[:0]
	for left := size; left > 0 && b.err == nil; {
		n := int(min(left, uint64(max(len(b.payload), blockBytesAim+directBytes))))
		at := len(b.payload)
		b.payload = slices.Grow(b.payload, n)[:at+n]
		b.read(b.payload[at:])
		left -= uint64(n)
	}
	var sum [4]byte
	b.read(sum[:])
	b.crc = crc32.Update(chain(b.crc, head[:]), castagnoli, b.payload)
	if b.err == nil && b.crc != binary.LittleEndian.Uint32(sum[:]) {
		b.fail("its checksum does not match")
	}
	b.blocks++
}

func (b *blockReader) expect(kind byte) {
	if b.err == nil && b.kind != kind {
		b.fail("its kind is %d, not %d", b.kind, kind)
	}
}

// end checks the last block against what was read, and that nothing follows.
func (b *blockReader) end(keys uint64) {
	b.expect(blockEnd)
	d := payload{b: b}
	blocks, total := d.uint(), d.uint()
	d.done()
	if b.err == nil && (blocks != b.blocks-1 || total != keys) {
		b.fail("%d blocks with %d keys were written, %d with %d are there", blocks, total, b.blocks-1, keys)
	}
	if b.err != nil {
		return
	}
	var one [1]byte
	switch n, err := io.ReadFull(b.r, one[:]); {
	case n > 0:
		b.fail("bytes follow the end")
	case !errors.Is(err, io.EOF):
		b.err = fmt.Errorf("snapshot: %w", err)
	}
}

// payload decodes the current block. Its checksum has been checked, so what
// fails here was written wrong; it is an error nevertheless, never a panic.
type payload struct {
	b   *blockReader
	pos int
}

func (d *payload) uint() uint64 {
	n, size := binary.Uvarint(d.b.payload[d.pos:])
	if size <= 0 {
		d.b.fail("a number is cut off at byte %d of it", d.pos)
		return 0
	}
	d.pos += size
	return n
}

// count reads a number of things that take at least a byte each.
func (d *payload) count() int {
	n := d.uint()
	if n > uint64(len(d.b.payload)-d.pos) {
		d.b.fail("a count is too large at byte %d of it", d.pos)
		return 0
	}
	return int(n)
}

// take returns the next n bytes, zeros if there are fewer.
func (d *payload) take(n int) []byte {
	if n > len(d.b.payload)-d.pos {
		d.b.fail("bytes are missing at byte %d of it", d.pos)
		return make([]byte, min(n, 8))
	}
	p := d.b.payload[d.pos : d.pos+n]
	d.pos += n
	return p
}

func (d *payload) done() {
	if d.b.err == nil && d.pos != len(d.b.payload) {
		d.b.fail("%d bytes of it are not understood", len(d.b.payload)-d.pos)
	}
}

func (d *payload) item() keyspace.Item {
	head := d.take(2)
	it := keyspace.Item{Type: head[0] >> 4, Encoding: head[0] & 15}
	flags := head[1]
	it.Version = d.uint()
	if flags&flagDeadline != 0 {
		it.DeadlineMs = int64(d.uint())
	}
	it.Key = d.take(d.count())
	it.Value = d.take(d.count())
	if d.b.err == nil && (it.Version > versionMax || it.DeadlineMs < 0) {
		d.b.fail("key %q has version %d and deadline %d", cut(it.Key, 64), it.Version, it.DeadlineMs)
	}
	if d.b.err != nil {
		return it
	}
	kind, known := kindOf(Type(it.Type))
	if !known || flags&^(flagDeadline|flagObject) != 0 || flags&flagObject != 0 && kind.decode == nil {
		d.b.fail("key %q has type %d with flags %d, which this program does not know", cut(it.Key, 64), it.Type, flags)
		return it
	}
	if flags&flagObject != 0 {
		var err error
		if it.Object, err = kind.decode(it.Value); err != nil {
			d.b.fail("key %q: %v", cut(it.Key, 64), err)
		}
	}
	return it
}
