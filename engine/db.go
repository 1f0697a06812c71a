package engine

import (
	"bytes"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

// database is one of the numbered databases.
type database struct {
	// space is nil until the first write.
	space *keyspace.Space
	// swappedAt is the index of the last SWAPDB of this number: keys have
	// changed there without a version of their own to tell.
	swappedAt uint64
}

func (d *database) len() int {
	if d.space == nil {
		return 0
	}
	return d.space.Len()
}

// space returns database db for writing.
func (e *Engine) space(db int) *keyspace.Space {
	d := &e.dbs[db]
	if d.space == nil {
		d.space = keyspace.New(e.seed)
	}
	return d.space
}

// flush drops all keys of a database. Its versions stay: a WATCH from before
// sees the change.
func (c *Call) flush(db int) {
	d := &c.e.dbs[db]
	if d.space == nil {
		return
	}
	fresh := keyspace.New(c.e.seed)
	fresh.DeleteAll(c.e.index)
	d.space = fresh
	c.signalDB(db)
	c.notifyIn(db, NotifyFlush, "flush", nil)
}

func (c *Call) swap(a, b int) {
	if a == b {
		return
	}
	dbs := c.e.dbs
	dbs[a].space, dbs[b].space = dbs[b].space, dbs[a].space
	for _, db := range []int{a, b} {
		dbs[db].swappedAt = c.e.index
		c.notifyIn(db, NotifyFlush, "swapdb", nil)
	}
	c.signalDB(a)
	c.signalDB(b)
}

// moveKey moves a key that is there with all it has, replacing what is at the
// destination.
//
// REQUIRES: from and to differ in database or key.
func (c *Call) moveKey(from []byte, db int, to []byte) {
	c.signal(c.db, from)
	if db == c.db {
		c.replaced(db, to)
		c.space().Rename(from, to, c.e.index)
		c.signal(db, to)
		return
	}
	rec, _ := c.find(from)
	c.store(rec, rec.Object(), db, to)
	c.space().Delete(from, c.e.index)
}

// copyKey copies a key that is there, replacing what is at the destination.
func (c *Call) copyKey(from []byte, db int, to []byte) {
	rec, _ := c.find(from)
	obj := rec.Object()
	if obj != nil {
		obj = obj.Clone()
	}
	c.store(rec, obj, db, to)
}

// store writes what rec holds, with obj in place of its object, under to.
func (c *Call) store(rec record, obj keyspace.Object, db int, to []byte) {
	o := keyspace.SetOptions{
		Type: rec.Type(), Encoding: rec.Encoding(), Version: c.e.index, DeadlineMs: deadlineOf(rec),
	}
	c.replaced(db, to)
	space := c.e.space(db)
	c.signal(db, to)
	if obj != nil {
		space.SetObject(to, obj, o)
		return
	}
	// The bytes may be of the very space that is written.
	c.e.scratch = append(c.e.scratch[:0], rec.Value()...)
	space.Set(to, c.e.scratch, o)
	c.e.trimScratch()
}

// cursorMax is beyond every cursor that Scan gives out.
const cursorMax = 1 << 53

// collect gathers the keys of one SCAN step that keep accepts.
func (c *Call) collect(cursor uint64, count int, keep func(key []byte, rec record) bool) (keys [][]byte, next uint64) {
	space := c.e.dbs[c.db].space
	if space == nil || cursor > cursorMax {
		return nil, 0
	}
	next = space.Scan(cursor, count, func(rec record) {
		if !c.e.due(rec, c.nowMs) && keep(rec.Key(), rec) {
			keys = append(keys, rec.Key())
		}
	})
	return keys, next
}

// eachWithPrefix calls f for the keys with a prefix, in key order.
func (c *Call) eachWithPrefix(prefix []byte, f func(key []byte)) {
	space := c.e.dbs[c.db].space
	if space == nil {
		return
	}
	space.Prefix(prefix, func(rec record) bool {
		if !c.e.due(rec, c.nowMs) {
			f(rec.Key())
		}
		return true
	})
}

// randomKeyTries bounds the search for a key that has not expired.
const randomKeyTries = 100

func (c *Call) randomKey() ([]byte, bool) {
	space := c.e.dbs[c.db].space
	if space == nil || space.Len() == 0 {
		return nil, false
	}
	for range randomKeyTries {
		var rec record
		if r := c.Rand().Uint64(); c.applying {
			rec = keyAfter(space, r)
		} else {
			rec, _ = space.RandomKey(r)
		}
		if !c.e.due(rec, c.nowMs) {
			return rec.Key(), true
		}
	}
	return nil, false
}

// keyAfter picks the key at or after a random position in hash order. Unlike
// Space.RandomKey it depends on no layout, so that every replica picks the
// same; where hashes are equal it is the least key, as their order is no
// replica's business.
//
// REQUIRES: space is not empty.
func keyAfter(space *keyspace.Space, random uint64) (least record) {
	found := false
	visit := func(rec record) {
		if !found || bytes.Compare(rec.Key(), least.Key()) < 0 {
			least, found = rec, true
		}
	}
	for cursor := random >> 32; !found; {
		cursor = space.Scan(cursor, 1, visit) // 0 after the end: from the beginning
	}
	return least
}
