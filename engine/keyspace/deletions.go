package keyspace

import (
	"encoding/binary"
	"errors"
)

// deletions remembers when keys were deleted: the last index for each of 64 Ki parts of the hash, so bounded, at the price that
// an absent key may seem changed because another one was deleted.
type deletions struct {
	floor uint64 // of all keys: a flush
	pages [deletionPages]*deletionPage
	own   [deletionPages]bool // no snapshot holds the page: it may be changed
}

type deletionPage [deletionSlots / deletionPages]uint64

const (
	deletionSlots = 1 << 16
	deletionPages = 256
)

func (d *deletions) note(hash uint32, version uint64) {
	slot := d.slot(int(hash >> 16))
	*slot = max(*slot, version)
}

// slot makes one that may be changed.
func (d *deletions) slot(i int) *uint64 {
	k := i / len(deletionPage{})
	if !d.own[k] {
		page := new(deletionPage)
		if d.pages[k] != nil {
			*page = *d.pages[k]
		}
		d.pages[k], d.own[k] = page, true
	}
	return &d.pages[k][i%len(deletionPage{})]
}

func (d *deletions) last(hash uint32) uint64 {
	page := d.pages[hash>>24]
	if page == nil {
		return d.floor
	}
	return max(d.floor, page[hash>>16&0xff])
}

// share returns a copy that does not change with d.
func (d *deletions) share() deletions {
	clear(d.own[:])
	return *d
}

// each calls f for every slot that is not empty, in order.
func (d *deletions) each(f func(i int, version uint64)) {
	for k, page := range d.pages {
		if page == nil {
			continue
		}
		for i, v := range page {
			if v != 0 {
				f(k*len(page)+i, v)
			}
		}
	}
}

// bytes is what the pages occupy.
func (d *deletions) bytes() (n int) {
	for _, page := range d.pages {
		if page != nil {
			n += 8 * len(page)
		}
	}
	return n
}

// append appends the table, compact if mostly empty: floor, count, then (gap, version) pairs, all as varints.
func (d *deletions) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, d.floor)
	n := 0
	d.each(func(int, uint64) { n++ })
	dst = binary.AppendUvarint(dst, uint64(n))
	last := -1
	d.each(func(i int, v uint64) {
		dst = binary.AppendUvarint(dst, uint64(i-last))
		dst = binary.AppendUvarint(dst, v)
		last = i
	})
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
	at := -1
	for range count {
		gap, v := read(), read()
		if bad || gap == 0 || gap > deletionSlots || at+int(gap) >= deletionSlots || v == 0 || v > versionMax {
			return ErrDeletions
		}
		at += int(gap)
		*l.slot(at) = v
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
