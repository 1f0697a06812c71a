package engine

import (
	"encoding/binary"
	"math"

	"github.com/tidwall/btree"
)

// Waiting calls in a snapshot, between the header and the databases, if there
// ever was one:
//
//	waits   = version last norigins (origin absentMs){norigins}
//	waiters = (id origin db type deadlineMs argc (length bytes){argc} nkeys (length bytes){nkeys}){...}
//
// in one block of the first kind, then blocks of the second, by ascending id.
const (
	waitsVersion = 1

	blockWaits   = 5
	blockWaiters = 6
)

// snapshotWaits is the part of a Snapshot that tells of waiting calls.
type snapshotWaits struct {
	last    uint64
	origins []origin
	byID    *btree.BTreeG[*waiter]
}

func (s *waits) snapshot() (out snapshotWaits) {
	out.last, out.origins = s.last, append([]origin(nil), s.origins...)
	if s.len() > 0 {
		out.byID = s.byID.Copy()
	}
	return out
}

func (s *snapshotWaits) write(b *blockWriter) {
	if s.last == 0 {
		return
	}
	dst := append([]byte(nil), waitsVersion)
	dst = binary.AppendUvarint(dst, s.last)
	dst = binary.AppendUvarint(dst, uint64(len(s.origins)))
	for _, o := range s.origins {
		dst = binary.AppendUvarint(dst, o.id)
		dst = binary.AppendUvarint(dst, uint64(o.absentMs))
	}
	b.block(blockWaits, dst, nil)
	if s.byID == nil {
		return
	}
	dst = dst[:0]
	s.byID.Scan(func(w *waiter) bool {
		dst = w.append(dst)
		if len(dst) >= blockBytesAim {
			b.block(blockWaiters, dst, nil)
			dst = dst[:0]
		}
		return b.err == nil
	})
	if len(dst) > 0 {
		b.block(blockWaiters, dst, nil)
	}
}

func (w *waiter) append(dst []byte) []byte {
	for _, n := range []uint64{w.id, w.origin, uint64(w.db), uint64(w.kind), uint64(w.deadlineMs)} {
		dst = binary.AppendUvarint(dst, n)
	}
	for _, list := range [][][]byte{w.args, w.keys} {
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		for _, p := range list {
			dst = binary.AppendUvarint(dst, uint64(len(p)))
			dst = append(dst, p...)
		}
	}
	return dst
}

// restoreWaits reads the blocks of waiting calls, if there are any, and leaves
// b at the block after them.
func (e *Engine) restoreWaits(b *blockReader) {
	if b.err != nil || b.kind != blockWaits {
		return
	}
	d := payload{b: b}
	if version := d.take(1)[0]; b.err == nil && version != waitsVersion {
		b.fail("its version is %d, this program reads %d", version, waitsVersion)
	}
	last := d.uint()
	absent := map[uint64]int64{}
	for n := d.count(); n > 0 && b.err == nil; n-- {
		id := d.uint()
		absent[id] = int64(d.uint())
	}
	d.done()
	for b.next(); b.err == nil && b.kind == blockWaiters; b.next() {
		for d = (payload{b: b}); b.err == nil && d.pos < len(b.payload); {
			if w := e.restoreWaiter(&d); b.err == nil {
				e.waits.add(w)
			}
		}
	}
	if b.err != nil {
		return
	}
	if e.waits.last > last || len(absent) != len(e.waits.origins) {
		b.fail("the calls that wait are not those announced")
		return
	}
	e.waits.last = last
	for i := range e.waits.origins {
		o := &e.waits.origins[i]
		ms, known := absent[o.id]
		if !known || ms < 0 {
			b.fail("the calls that wait are not those announced")
			return
		}
		o.absentMs = ms
	}
}

func (e *Engine) restoreWaiter(d *payload) *waiter {
	w := &waiter{id: d.uint(), origin: d.uint()}
	db, kind, deadline := d.uint(), d.uint(), d.uint()
	w.args, w.keys = d.list(), d.list()
	var fault Error
	w.cmd, fault = Resolve(w.args)
	switch {
	case d.b.err != nil:
	case fault != "" || w.cmd.Flags&Blocking == 0 || w.cmd.Do == nil:
		d.b.fail("call %d waits with a command that does not: %s", w.id, fault)
	case w.id <= e.waits.last || db >= uint64(len(e.dbs)) || kind > uint64(TypeStream) || deadline > math.MaxInt64 || len(w.keys) == 0:
		d.b.fail("call %d waits in database %d for type %d until %d for %d keys", w.id, db, kind, deadline, len(w.keys))
	}
	w.db, w.kind, w.deadlineMs = int(min(db, math.MaxInt32)), Type(kind), int64(deadline)
	return w
}

// list reads byte strings, which are copied.
func (d *payload) list() (list [][]byte) {
	for n := d.count(); n > 0 && d.b.err == nil; n-- {
		list = append(list, append([]byte(nil), d.take(d.count())...))
	}
	return list
}
