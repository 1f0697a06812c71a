package keyspace

import (
	"encoding/binary"
	"errors"
	"slices"
)

// deletions remembers when keys were deleted: the last index for each of 64 Ki parts of the hash, so bounded, at the price that
// an absent key may seem changed because another one was deleted.
type deletions struct {
	floor  uint64   // of all keys: a flush
	table  []uint64 // nil until the first deletion
	shared bool     // a snapshot holds table too: copy before a change
}

const deletionSlots = 1 << 16

func (d *deletions) note(hash uint32, version uint64) {
	switch {
	case d.table == nil:
		d.table = make([]uint64, deletionSlots)
	case d.shared:
		d.table = slices.Clone(d.table)
	}
	d.shared = false
	slot := &d.table[hash>>16]
	*slot = max(*slot, version)
}

func (d *deletions) last(hash uint32) uint64 {
	if d.table == nil {
		return d.floor
	}
	return max(d.floor, d.table[hash>>16])
}

// append appends the table, compact if mostly empty: floor, count, then (gap, version) pairs, all as varints.
func (d *deletions) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, d.floor)
	n := 0
	for _, v := range d.table {
		if v != 0 {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	last := -1
	for i, v := range d.table {
		if v != 0 {
			dst = binary.AppendUvarint(dst, uint64(i-last))
			dst = binary.AppendUvarint(dst, v)
			last = i
		}
	}
	return dst
}

// ErrDeletions is returned by LoadDeletions for bytes that AppendDeletions can't have made.
var ErrDeletions = errors.New("keyspace: malformed table of deletions")

func (d *deletions) load(b []byte) error {
	bad := false
	read := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return v
	}
	l := deletions{floor: read()}
	count := read()
	if bad || count > deletionSlots {
		return ErrDeletions
	}
	if count > 0 {
		l.table = make([]uint64, deletionSlots)
	}
	at := -1
	for range count {
		gap, v := read(), read()
		if bad || gap == 0 || gap > deletionSlots || at+int(gap) >= deletionSlots || v == 0 || v > versionMax {
			return ErrDeletions
		}
		at += int(gap)
		l.table[at] = v
	}
	if len(b) != 0 || l.floor > versionMax {
		return ErrDeletions
	}
	*d = l
	return nil
}

// AppendDeletions appends the table of deleted versions to dst, for LoadDeletions.
func (s *Space) AppendDeletions(dst []byte) []byte { return s.deleted.append(dst) }

// LoadDeletions replaces the table of deleted versions by one that AppendDeletions made.
func (s *Space) LoadDeletions(b []byte) error { return s.deleted.load(b) }

// DeleteAll notes that every key there was has been deleted at version. A flush makes a new Space, then calls this.
func (s *Space) DeleteAll(version uint64) { s.deleted.floor = max(s.deleted.floor, version&versionMax) }
