package engine

// Error is an error reply: the code, a space, the text ("WRONGTYPE Operation
// against a key ..."). Command errors are replies, never Go errors, and are
// the same on every replica.
type Error string

// Reply receives an answer in order, without saying how it is written:
// aggregates announce their size, then their elements follow. Bytes passed to
// it are copied before it returns. Not safe for concurrent use.
type Reply interface {
	// Proto is the protocol version of the receiver, 2 or 3, for the few
	// replies whose shape differs beyond the encoding. State must never
	// depend on it.
	Proto() int

	OK()
	Null()      // absent value: $-1 or _
	NullArray() // absent array: *-1 or _
	Status(s string)
	Err(e Error)
	Int(n int64)
	Double(f float64) // RESP2: bulk string of the shortest round-trip form
	Bool(b bool)      // RESP2: 1 or 0
	Bulk(b []byte)
	BulkString(s string)
	Verbatim(format string, b []byte) // format: three letters, "txt"
	Array(n int)
	Map(n int) // n pairs; RESP2: array of 2n
	Set(n int)
	Push(n int)
}

// Discard takes every answer and keeps none: replay, and other nodes' clients.
var Discard Reply = discard{}

type discard struct{}

func (discard) Proto() int              { return 2 }
func (discard) OK()                     {}
func (discard) Null()                   {}
func (discard) NullArray()              {}
func (discard) Status(string)           {}
func (discard) Err(Error)               {}
func (discard) Int(int64)               {}
func (discard) Double(float64)          {}
func (discard) Bool(bool)               {}
func (discard) Bulk([]byte)             {}
func (discard) BulkString(string)       {}
func (discard) Verbatim(string, []byte) {}
func (discard) Array(int)               {}
func (discard) Map(int)                 {}
func (discard) Set(int)                 {}
func (discard) Push(int)                {}
