package engine

import (
	"bytes"

	"github.com/tidwall/btree"
)

// waits are the calls that wait for a key (BLPOP and its kin). They are part
// of the replicated state: the entry that brings data serves them, in the
// order in which they came, whatever node their clients are connected to.
//
// A waiter belongs to the process that proposed its call, its origin. An
// origin is present or absent (wait_origin.go); nothing is handed to the
// waiters of an absent one, so that no element is taken for a client whose
// node is gone.
//
// The zero value is empty.
type waits struct {
	last    uint64 // id given last; ids ascend, so their order is that of waiting
	origins []origin
	bytes   int // that the waiters hold
	picky   int // waiters whose command says itself when it is ready

	byID       *btree.BTreeG[*waiter]
	byKey      *btree.BTreeG[keyWaiter]
	byDeadline *btree.BTreeG[*waiter] // those that have one

	ready    []readyKey // signalled and not looked at yet, in order
	readySet map[readyKey]struct{}
}

// waiter is one blocked call. It never changes, so that a snapshot may be
// written while waiters come and go.
type waiter struct {
	id         uint64
	origin     uint64
	db         int
	kind       Type  // of the keys that can serve it
	deadlineMs int64 // 0: it waits for ever
	cmd        *Command
	args       [][]byte
	keys       [][]byte // each once, in the call's order
}

type keyWaiter struct {
	db  int
	key []byte
	id  uint64
	w   *waiter // nil in a pivot
}

type readyKey struct {
	db  int
	key string
}

func newTree[T any](less func(a, b T) bool) *btree.BTreeG[T] {
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

func lessID(a, b *waiter) bool { return a.id < b.id }

func lessDeadline(a, b *waiter) bool {
	if a.deadlineMs != b.deadlineMs {
		return a.deadlineMs < b.deadlineMs
	}
	return a.id < b.id
}

func lessKey(a, b keyWaiter) bool {
	if a.db != b.db {
		return a.db < b.db
	}
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c < 0
	}
	return a.id < b.id
}

// len is the number of waiters.
func (s *waits) len() int {
	if s.byID == nil {
		return 0
	}
	return s.byID.Len()
}

// waiterBytes is about what a waiter takes beside its arguments.
const waiterBytes = 256

func (w *waiter) size() int {
	n := waiterBytes
	for _, a := range w.args {
		n += len(a) + 24
	}
	return n
}

// add takes a waiter whose id is above all others'.
func (s *waits) add(w *waiter) {
	if s.byID == nil {
		s.byID, s.byKey, s.byDeadline = newTree(lessID), newTree(lessKey), newTree(lessDeadline)
	}
	s.last = w.id
	s.bytes += w.size()
	if w.cmd.Ready != nil {
		s.picky++
	}
	s.byID.Set(w)
	for _, key := range w.keys {
		s.byKey.Set(keyWaiter{w.db, key, w.id, w})
	}
	if w.deadlineMs != 0 {
		s.byDeadline.Set(w)
	}
	s.enter(w.origin)
}

func (s *waits) remove(w *waiter) {
	s.bytes -= w.size()
	if w.cmd.Ready != nil {
		s.picky--
	}
	s.byID.Delete(w)
	for _, key := range w.keys {
		s.byKey.Delete(keyWaiter{w.db, key, w.id, w})
	}
	if w.deadlineMs != 0 {
		s.byDeadline.Delete(w)
	}
	s.leave(w.origin)
}

func (s *waits) find(id uint64) (*waiter, bool) {
	if s.byID == nil {
		return nil, false
	}
	return s.byID.Get(&waiter{id: id})
}

// onKey gives the first waiter for a key whose id is at least from.
func (s *waits) onKey(db int, key []byte, from uint64) (found *waiter) {
	s.byKey.Ascend(keyWaiter{db: db, key: key, id: from}, func(k keyWaiter) bool {
		if k.db == db && bytes.Equal(k.key, key) {
			found = k.w
		}
		return false
	})
	return found
}

// Wait is what a blocking command asks for when there is nothing for it.
type Wait struct {
	Kind       Type // the type of key that can serve it
	Keys       [][]byte
	DeadlineMs int64 // 0: none
	// Args is the call to run when a key is ready; nil: as it was called. A
	// command whose arguments depend on the moment (the $ of XREAD) puts what
	// they meant in their place.
	Args [][]byte
}

// Block lets the call wait for one of the keys; the reply comes later. When
// one of them may serve it, its handler runs again with c.serving set. false:
// nothing blocks here (MULTI, a script), and the call must answer that there
// is nothing.
func (c *Call) Block(want Wait) bool {
	if !c.mayBlock {
		return false
	}
	args := want.Args
	if args == nil {
		args = c.Args
	}
	e := c.e
	w := &waiter{
		id: e.waits.last + 1, origin: e.origin, db: c.db, kind: want.Kind,
		deadlineMs: want.DeadlineMs, cmd: c.cmd, args: cloneArgs(args),
	}
	for _, key := range want.Keys {
		if !contains(w.keys, key) {
			w.keys = append(w.keys, bytes.Clone(key))
		}
	}
	e.waits.add(w)
	c.waitID = w.id
	return true
}

func contains(keys [][]byte, key []byte) bool {
	for _, k := range keys {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// cloneArgs copies arguments out of the entry they point into.
func cloneArgs(args [][]byte) [][]byte {
	size := 0
	for _, a := range args {
		size += len(a)
	}
	buf := make([]byte, 0, size)
	kept := make([][]byte, len(args))
	for i, a := range args {
		at := len(buf)
		buf = append(buf, a...)
		kept[i] = buf[at:len(buf):len(buf)]
	}
	return kept
}

// waitKeys are the keys that the call looks at: those it names, or the one
// that has become ready.
func (c *Call) waitKeys(keys [][]byte) [][]byte {
	if c.serving != nil {
		return c.serving
	}
	return keys
}

// Blocks reports whether a call with these arguments may have to wait, and so
// must go through the log even if it changes nothing (XREAD BLOCK).
func (c *Command) Blocks(args [][]byte) bool {
	if c.Flags&Blocking == 0 {
		return false
	}
	return c.Flags&Write != 0 || asksToBlock(args)
}

// asksToBlock reports whether a call of XREAD or XREADGROUP has the option BLOCK.
func asksToBlock(args [][]byte) bool {
	for _, a := range args[1:] {
		if EqualFold(a, "streams") {
			return false
		}
		if EqualFold(a, "block") {
			return true
		}
	}
	return false
}

// Blocked is the number of calls that wait, on all nodes.
func (e *Engine) Blocked() int { return e.waits.len() }

// BlockedKeys is how many keys calls wait for, on all nodes; gone: how many of
// them by calls that would notice their deletion, too.
func (e *Engine) BlockedKeys() (keys, gone int) {
	if e.waits.len() == 0 {
		return 0, 0
	}
	var last keyWaiter
	counted := false
	e.waits.byKey.Scan(func(k keyWaiter) bool {
		if last.w == nil || k.db != last.db || !bytes.Equal(k.key, last.key) {
			keys, counted = keys+1, false
		}
		if !counted && k.w.cmd.Name == "xreadgroup" {
			gone, counted = gone+1, true
		}
		last = k
		return true
	})
	return keys, gone
}

// BlockedAbsent is the number of those that nothing is handed to, as their
// process is not heard of.
func (e *Engine) BlockedAbsent() (n int) {
	for _, o := range e.waits.origins {
		if o.absentMs != 0 {
			n += o.waiting
		}
	}
	return n
}

// Waiting is the call of that id, as long as it waits. Its arguments are not to be
// changed.
func (e *Engine) Waiting(id uint64) (args [][]byte, ok bool) {
	w, ok := e.waits.find(id)
	if !ok {
		return nil, false
	}
	return w.args, true
}

// Waits reports whether the call of that id still waits.
func (e *Engine) Waits(id uint64) bool {
	_, ok := e.waits.find(id)
	return ok
}
