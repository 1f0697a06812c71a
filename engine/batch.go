package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The wire form of a batch, an entry's data:
//
//	batch   = version op*
//	op      = 1 command | 2 exec | 3 unblock | 4 absent | 6 users | 7 as op | 8 op
//	command = db argc (length bytes){argc}
//	exec    = db nwatch (db length bytes index){nwatch} ncommand command{ncommand}
//	unblock = id mode
//	absent  = origin
//	as      = length bytes: the user in whose name op calls what it calls
//	8       = op came while memory was above maxmemory
//	users   = three lists of words: what is done and to whom, base rules, rules or names
//
// Numbers are unsigned varints. An op kind or version unknown to this code is
// an error of Apply and stops the node: to skip what others execute would let
// the replicas part. The log's records carry the checksum.
const (
	batchVersion = 1

	opCommand = 1
	opExec    = 2
	opUnblock = 3
	opAbsent  = 4
	opAs      = 7 // this and what follows say something of the next operation
	opFull    = 8
)

// Batch gathers write operations into one entry's data. It is reused: after
// Reset it encodes without allocating.
type Batch struct {
	data  []byte
	ops   int
	whole []byte // of Adopt: ends with data
}

// Watch is a key that WATCH named. Index is Engine.Applied() when it did.
type Watch struct {
	DB    int
	Key   []byte
	Index uint64
}

// Queued is one command of a MULTI block, with the database it runs in.
type Queued struct {
	DB   int
	Args [][]byte
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	if b.whole != nil { // its buffer belongs to the entry by now
		b.data, b.whole = nil, nil
	}
	b.data, b.ops = b.data[:0], 0
}

// Len is the number of operations.
func (b *Batch) Len() int { return b.ops }

// Size is the length of Bytes.
func (b *Batch) Size() int { return len(b.data) }

// Bytes is the encoded batch, valid until the next change of b.
func (b *Batch) Bytes() []byte { return b.data }

// Command adds one write. The arguments are copied.
func (b *Batch) Command(db int, args [][]byte) {
	b.begin(opCommand)
	b.command(db, args)
}

// AdoptRoom is how many bytes Adopt leaves free in front of the batch.
const AdoptRoom = 64

// Adopt makes a batch of one write, as Command does, around an argument of many
// bytes that is not copied: args[big] is buf[at:] for its length. buf belongs to
// the batch, and then to its entry, from now on; at least AdoptRoom bytes in front
// of Bytes are free. It returns false, and leaves buf alone, if b is not empty or
// the other arguments find no room around the big one.
func (b *Batch) Adopt(db int, args [][]byte, big int, buf []byte, at int) bool {
	if b.ops > 0 || len(b.data) > 0 {
		return false
	}
	var head, tail Batch
	head.begin(opCommand)
	head.uint(uint64(db))
	head.uint(uint64(len(args)))
	for _, a := range args[:big] {
		head.bytes(a)
	}
	head.uint(uint64(len(args[big])))
	for _, a := range args[big+1:] {
		tail.bytes(a)
	}
	from, end := at-len(head.data), at+len(args[big])
	if from < AdoptRoom || end+len(tail.data) > len(buf) {
		return false
	}
	copy(buf[from:], head.data)
	end += copy(buf[end:], tail.data)
	b.whole, b.ops = buf[:end:end], 1
	b.data = b.whole[from:]
	return true
}

// Whole is Bytes of an adopted batch with the free bytes in front of it, else nil.
func (b *Batch) Whole() []byte { return b.whole }

// Exec adds a MULTI block that runs as one if no watched key has changed.
func (b *Batch) Exec(db int, watches []Watch, cmds []Queued) {
	b.begin(opExec)
	b.uint(uint64(db))
	b.uint(uint64(len(watches)))
	for _, w := range watches {
		b.uint(uint64(w.DB))
		b.bytes(w.Key)
		b.uint(w.Index)
	}
	b.uint(uint64(len(cmds)))
	for _, q := range cmds {
		b.command(q.DB, q.Args)
	}
}

// Unblock ends a call that waits (CLIENT UNBLOCK, or its client has gone).
func (b *Batch) Unblock(id uint64, mode UnblockMode) {
	b.begin(opUnblock)
	b.uint(id)
	b.uint(uint64(mode))
}

// Absent tells that a process is not heard of: what its clients wait for is
// not handed to them until it proposes something.
func (b *Batch) Absent(origin uint64) {
	b.begin(opAbsent)
	b.uint(origin)
}

// As names the user by whose rights the operation added next is judged, as far
// as it runs scripts. Without it they may do everything.
func (b *Batch) As(user string) {
	b.begin(opAs)
	b.ops-- // it is part of the next
	b.bytes([]byte(user))
}

// Full tells that memory was above maxmemory when the operation added next came:
// its scripts may not begin to write what takes more.
func (b *Batch) Full() {
	b.begin(opFull)
	b.ops-- // it is part of the next
}

func (b *Batch) begin(kind byte) {
	if len(b.data) == 0 {
		b.data = append(b.data, batchVersion)
	}
	b.data = append(b.data, kind)
	b.ops++
}

func (b *Batch) command(db int, args [][]byte) {
	b.uint(uint64(db))
	b.uint(uint64(len(args)))
	for _, a := range args {
		b.bytes(a)
	}
}

func (b *Batch) uint(n uint64) { b.data = binary.AppendUvarint(b.data, n) }

func (b *Batch) bytes(p []byte) {
	b.uint(uint64(len(p)))
	b.data = append(b.data, p...)
}

// ErrBatch is wrapped by every error about an entry that can't be decoded.
var ErrBatch = errors.New("batch can't be decoded")

// batchReader decodes a batch in place: what it returns points into data.
type batchReader struct {
	data []byte
	pos  int
	err  error
}

func (r *batchReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s at byte %d of %d", ErrBatch, what, r.pos, len(r.data))
	}
}

// begin checks the version. Empty data is a batch without operations.
func (r *batchReader) begin(data []byte) {
	*r = batchReader{data: data}
	if len(data) == 0 {
		return
	}
	if data[0] != batchVersion {
		r.fail(fmt.Sprintf("version %d", data[0]))
		return
	}
	r.pos = 1
}

// more reports whether another operation follows.
func (r *batchReader) more() bool { return r.err == nil && r.pos < len(r.data) }

func (r *batchReader) kind() byte {
	k := r.data[r.pos]
	r.pos++
	return k
}

func (r *batchReader) uint() uint64 {
	if r.pos < len(r.data) && r.data[r.pos] < 0x80 {
		r.pos++
		return uint64(r.data[r.pos-1])
	}
	n, size := binary.Uvarint(r.data[r.pos:])
	if size <= 0 {
		r.fail("number cut off or too large")
		return 0
	}
	r.pos += size
	return n
}

// count reads a number of things of at least one byte each, so that no count
// makes anyone reserve more than the data could hold.
func (r *batchReader) count() int {
	n := r.uint()
	if n > uint64(len(r.data)-r.pos) {
		r.fail("count beyond the end")
		return 0
	}
	return int(n)
}

func (r *batchReader) bytes() []byte {
	n := r.count()
	p := r.data[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return p
}

// command appends the arguments of the next command to args.
func (r *batchReader) command(args [][]byte) (db int, _ [][]byte) {
	db = r.db()
	for n := r.count(); n > 0 && r.err == nil; n-- {
		args = append(args, r.bytes())
	}
	return db, args
}

// db reads a database number; one that no engine can have stays out of range.
func (r *batchReader) db() int { return int(min(r.uint(), 1<<30)) }
