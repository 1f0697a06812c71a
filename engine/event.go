package engine

// NotifyClass is a class of keyspace notifications (notify-keyspace-events).
type NotifyClass uint16

const (
	NotifyGeneric NotifyClass = 1 << iota // g
	NotifyString                          // $
	NotifyList                            // l
	NotifySet                             // s
	NotifyHash                            // h
	NotifyZset                            // z
	NotifyExpired                         // x
	NotifyEvicted                         // e
	NotifyStream                          // t
	NotifyKeyMiss                         // m
	NotifyNew                             // n
	// NotifyFlush tells that all keys of a database have gone or changed
	// places; it is no class of Redis and has no key.
	NotifyFlush
	// NotifyRead tells that a script of an applied entry has asked for a key; it
	// is no class of Redis either.
	NotifyRead
)

// Event is one change of a key, as an applied entry made it.
type Event struct {
	Class NotifyClass
	Name  string // "set", "expired", ...
	DB    int
	Key   []byte // valid during the call
}

// Listener hears the events of applied entries, in order, on the goroutine
// that applies. It belongs to this node and never influences state; it must
// not call the engine.
type Listener interface {
	Event(ev Event)
}

// Listen sets the listener; nil for none, which costs nothing. NotifyKeyMiss
// and NotifyNew, which cost a look more at each key, and NotifyRead are told only
// if they are among extra.
func (e *Engine) Listen(l Listener, extra ...NotifyClass) {
	e.listener, e.extra = l, 0
	for _, class := range extra {
		e.extra |= class
	}
}

// told reports whether the listener asked for one of the extra classes.
func (e *Engine) told(class NotifyClass) bool { return e.extra&class != 0 && e.listener != nil }

// beforeAdd tells that a key comes into being, if it does.
func (c *Call) beforeAdd(db int, key []byte) {
	if !c.e.told(NotifyNew) {
		return
	}
	if space := c.e.dbs[db].space; space != nil {
		if _, found := space.Get(key); found {
			return
		}
	}
	c.notifyIn(db, NotifyNew, "new", key)
}

// replaced is beforeAdd where what was there has gone first, as in Redis: the
// key comes into being in any case.
func (c *Call) replaced(db int, key []byte) {
	if c.e.told(NotifyNew) {
		c.notifyIn(db, NotifyNew, "new", key)
	}
}
