package engine

import (
	"math/rand/v2"

	"github.com/laurocaetano/foxtail/engine/keyspace"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// Call is one command being executed. The reply methods are its own: a
// handler parses all options, then looks up, then acts, then answers once.
//
// A handler is a pure function of the state, Args, and the entry's time and
// seed. It never reads a clock, ranges over a Go map where order shows, or
// keeps Args: they point into the entry.
//
// A read of a collection:
//
//	rec, found, ok := c.Find(c.Args[1], TypeHash)
//	if !ok {
//		return // WRONGTYPE has been answered
//	}
//
// A write of one: look up by Find, then change it by Put (a small value kept
// as bytes), PutObject (a new big one) or Mutate (a big one in place), or
// Delete it once it is empty; then Notify. Each of these marks the key as
// changed (WATCH) and keeps its deadline where it has one.
type Call struct {
	Reply
	Args [][]byte // Args[0] is the name as the client wrote it

	e   *Engine
	cmd *Command
	db  int

	// nowMs judges expiry and is the base of relative times. shownMs is only
	// for answers that show a remaining time.
	nowMs, shownMs int64

	// applying: the call runs inside Apply and may change state.
	applying bool
	// inExec: part of a MULTI block, where nothing may block.
	inExec bool

	// lasting: arguments of at least this size may be kept; 0: none may.
	lasting int

	// short: what takes long is left to Beside, and long tells that it was.
	short, long bool

	// mayBlock: the call may wait (Block); waitID tells that it does. serving
	// holds the one key that has become ready when it runs again.
	mayBlock bool
	waitID   uint64
	serving  [][]byte
}

// ArgInt reads argument i as an integer; false: the error has been answered.
func (c *Call) ArgInt(i int) (int64, bool) {
	n, ok := ParseInt(c.Args[i])
	if !ok {
		c.Err(ErrNotInt)
	}
	return n, ok
}

// ArgFloat reads argument i as a double; false: the error has been answered.
func (c *Call) ArgFloat(i int) (float64, bool) {
	f, ok := ParseFloat(c.Args[i])
	if !ok {
		c.Err(ErrNotFloat)
	}
	return f, ok
}

// ArgIs reports whether argument i is the word, given in lower case.
func (c *Call) ArgIs(i int, word string) bool { return EqualFold(c.Args[i], word) }

// NowMs is the time of the state in unix milliseconds, the same on all nodes.
func (c *Call) NowMs() int64 { return c.nowMs }

// Rand is the randomness of the entry, the same on all nodes; in a read, one
// of this node's own.
func (c *Call) Rand() *rand.Rand {
	if c.applying {
		return c.e.entryRand()
	}
	return c.e.readRand()
}

// Limits are the engine's options, such as the sizes at which types change
// their encoding.
func (c *Call) Limits() *Options { return &c.e.opt }

// Notify tells the listener about a change of a key in the call's database.
func (c *Call) Notify(class NotifyClass, name string, key []byte) { c.notifyIn(c.db, class, name, key) }

func (c *Call) notifyIn(db int, class NotifyClass, name string, key []byte) {
	if c.e.listener != nil {
		c.e.listener.Event(Event{Class: class, Name: name, DB: db, Key: key})
	}
}

// find looks a key up. One that is past its deadline is absent; a write
// removes it on the way.
func (c *Call) find(key []byte) (record, bool) {
	rec, found := c.findIn(c.db, key)
	if c.cmd.Flags&ReadOnly != 0 {
		c.e.stats.count(found)
		if !found && c.e.told(NotifyKeyMiss) {
			c.Notify(NotifyKeyMiss, "keymiss", key)
		}
	}
	return rec, found
}

func (c *Call) findIn(db int, key []byte) (record, bool) {
	d := c.e.dbs[db]
	if d.space == nil {
		return record{}, false
	}
	rec, found := d.space.Get(key)
	if !found {
		return record{}, false
	}
	if ms, has := rec.DeadlineMs(); has && ms <= c.nowMs {
		if c.applying {
			d.space.Delete(key, c.e.index)
			c.e.expired(db, key)
		}
		return record{}, false
	}
	return rec, true
}

// Find looks up a key that must hold the type. ok false: it holds another
// one, and WRONGTYPE has been answered.
func (c *Call) Find(key []byte, t Type) (rec keyspace.Record, found, ok bool) {
	rec, found = c.find(key)
	if found && typeOf(rec) != t {
		c.Err(ErrWrongType)
		return rec, true, false
	}
	return rec, found, true
}

// Exists reports whether there is such a key.
func (c *Call) Exists(key []byte) bool {
	_, found := c.find(key)
	return found
}

func (c *Call) existsIn(db int, key []byte) bool {
	_, found := c.findIn(db, key)
	return found
}

// GetString returns the bytes of a string, empty if absent. ok false: the key
// holds another type, and WRONGTYPE has been answered. The bytes are valid
// until the next change.
func (c *Call) GetString(key []byte) (value []byte, found, ok bool) {
	rec, found, ok := c.Find(key, TypeString)
	if !found || !ok {
		return nil, found, ok
	}
	return rec.Value(), true, true
}

// lentMin is the size from which a value is lent to the receiver rather than copied.
const lentMin = 256 << 10

// lender is a Reply that can refer to bytes which nobody changes any more.
type lender interface{ BulkLent(b []byte) }

// value answers the bytes of a string.
func (c *Call) value(rec record) {
	b := rec.Value()
	if len(b) >= lentMin {
		if l, ok := c.Reply.(lender); ok && c.e.dbs[c.db].space.Share(rec) {
			l.BulkLent(b)
			return
		}
	}
	c.Bulk(b)
}

// What becomes of a key's deadline when its value is set.
const (
	noTTL   int64 = 0  // the key has none from now on
	keepTTL int64 = -1 // it keeps the one it has; the key has been looked up
)

// SetString stores a string under key, whatever it held. ttl is noTTL,
// keepTTL, or the new deadline in unix milliseconds.
func (c *Call) SetString(key, value []byte, ttl int64) {
	c.setString(key, value, stringCompact, ttl, false)
}

// setString is SetString. isArg: value is one of Args.
func (c *Call) setString(key, value []byte, encoding uint8, ttl int64, isArg bool) {
	o := keyspace.SetOptions{Type: uint8(TypeString), Encoding: encoding, Version: c.e.index}
	if plant.Is("watch-aba") {
		if _, there := c.find(key); !there {
			o.Version = 1
		}
	}
	o.Lasting = isArg && c.lasting > 0 && len(value) >= c.lasting
	if ttl == keepTTL {
		o.KeepDeadline = true
	} else {
		o.DeadlineMs = ttl
	}
	c.signal(c.db, key)
	c.beforeAdd(c.db, key)
	c.space().Set(key, value, o)
}

// AppendString appends to a string that is there and has size bytes.
func (c *Call) AppendString(key []byte, size int, tail []byte) {
	value, _ := c.space().Extend(key, size+len(tail), stringRaw, c.e.index)
	copy(value[size:], tail)
}

// WriteString overwrites part of a string, which is made unless it was found
// and padded with zeros as needed, and answers its length.
func (c *Call) WriteString(key []byte, found bool, offset int, patch []byte) int {
	if !found {
		c.beforeAdd(c.db, key)
		c.space().Set(key, nil, keyspace.SetOptions{Type: uint8(TypeString), Encoding: stringRaw, Version: c.e.index})
	}
	value, _ := c.space().Extend(key, offset+len(patch), stringRaw, c.e.index)
	copy(value[offset:], patch)
	return len(value)
}

// Put stores a value kept as bytes, such as a small collection. The key has
// been looked up, and keeps its deadline if it was there.
func (c *Call) Put(key []byte, t Type, encoding uint8, value []byte) {
	c.signal(c.db, key)
	c.beforeAdd(c.db, key)
	c.space().Set(key, value, keyspace.SetOptions{
		Type: uint8(t), Encoding: encoding, Version: c.e.index, KeepDeadline: true,
	})
}

// PutObject is Put for a value kept as an object; from now on it belongs to the
// key.
func (c *Call) PutObject(key []byte, t Type, encoding uint8, obj keyspace.Object) {
	c.signal(c.db, key)
	c.beforeAdd(c.db, key)
	c.space().SetObject(key, obj, keyspace.SetOptions{
		Type: uint8(t), Encoding: encoding, Version: c.e.index, KeepDeadline: true,
	})
}

// Mutate returns the object of a key that is there and holds one, to be
// changed in place before the next call that changes the database. What Find
// returned for it before must not be used any more.
func (c *Call) Mutate(key []byte) keyspace.Object {
	c.signal(c.db, key)
	obj, _ := c.space().Mutate(key, c.e.index)
	return obj
}

// Delete removes a key and reports whether it was there.
func (c *Call) Delete(key []byte) bool {
	c.signal(c.db, key)
	return c.Exists(key) && c.space().Delete(key, c.e.index)
}

// Deadline is the time at which the key expires, 0 if never or absent.
func (c *Call) Deadline(key []byte) int64 {
	rec, found := c.find(key)
	if !found {
		return 0
	}
	return deadlineOf(rec)
}

// SetDeadline sets the deadline of a key that is there; 0 removes it.
func (c *Call) SetDeadline(key []byte, unixMs int64) {
	c.space().SetDeadline(key, unixMs, c.e.index)
}

// scratch is an empty buffer to build a value in; it is overwritten by the
// next command.
func (c *Call) scratch() []byte { return c.e.scratch[:0] }

// space is the call's database, made when it is first written.
func (c *Call) space() *keyspace.Space { return c.e.space(c.db) }
