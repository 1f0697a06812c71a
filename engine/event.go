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

// Listen sets the listener; nil for none, which costs nothing.
func (e *Engine) Listen(l Listener) { e.listener = l }
