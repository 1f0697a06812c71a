package keyspace

// Object is a value kept as an ordinary Go object: a big list, hash, set, sorted set or stream.
//
// A Space never looks inside. It clones an object before the first change after a snapshot, so that the snapshot's walker keeps
// an object that nobody writes.
type Object interface {
	// Clone returns a copy-on-write copy: later changes of either must not be seen in the other. It is called by the owner,
	// possibly while another goroutine reads the receiver, so it must not change what a reader of the receiver touches.
	Clone() Object
	// Bytes is the memory the object stands for, from lengths alone, so that it is equal on all replicas. It must be O(1).
	Bytes() int
}

// SetOptions says how a value is stored.
type SetOptions struct {
	Type         uint8  // 4 bits; 0 is the string
	Encoding     uint8  // 4 bits, the caller's business
	Version      uint64 // log index of the change, 48 bits
	DeadlineMs   int64  // 0: none
	KeepDeadline bool   // an existing key keeps its deadline; DeadlineMs is used only for a new key
	Lasting      bool   // nobody will ever change the value's bytes: a big one is kept as it is, without a copy
}

// Item is one key of a sorted stream, for Load.
type Item struct {
	Key, Value []byte // Value is ignored if Object is set; both are copied
	Object     Object
	Type       uint8
	Encoding   uint8
	Version    uint64
	DeadlineMs int64
}
