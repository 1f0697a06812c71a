package resp

import (
	"encoding/binary"

	"github.com/laurocaetano/foxtail/engine"
)

// pending is the FIFO of a connection's unanswered requests (S1). It is used only
// while something is unanswered: a connection on which everything is answered
// at once never touches it.
//
//	W  a write: an operation of a batch. Its answer comes through Batch.Reply.
//	R  a read with its arguments, and the ticket it waits for (0: none; it only
//	   waits for what is before it, riding on its batch if it has one).
//	B  an answer already encoded, lying in Conn.side.
//	E  a read that failed, or a write that did before what is ahead of it was settled.
//	L  a read that takes long and runs beside the loop; always at the front.
//
// The order within it obeys S3: there is never a W behind an R with a ticket.
type pending struct {
	slots []slot
	head  int
	args  []byte // arguments of the R slots, in order
	taken int    // args[:taken] is consumed
	reads int    // R slots with a ticket
	held  int    // bytes of slot.held
	last  *Batch // of the last W or R that was pushed; nil for an R that does not ride
}

type slotKind uint8

const (
	slotWrite slotKind = iota
	slotRead
	slotBytes
	slotFailed
	slotBeside
)

type slot struct {
	kind   slotKind
	tracks bool // CLIENT TRACKING: the keys are to be noted
	silent bool // CLIENT REPLY OFF: executed, not answered
	db     int32
	size   int // B: of the answer; R: of the encoded arguments
	cmd    *command
	ticket uint64
	batch  *Batch       // W: the batch it is in; R: the batch it rides on, or nil
	exec   *exec        // EXEC: the queue
	held   int          // bytes of the queue, or of the arguments of an L
	err    engine.Error // E: the answer; "": errMasterDown
}

func (p *pending) empty() bool { return p.head == len(p.slots) }

func (p *pending) front() *slot { return &p.slots[p.head] }

// size is the memory that waiting requests hold.
func (p *pending) size() int { return len(p.args) - p.taken + (len(p.slots)-p.head)*64 + p.held }

func (p *pending) push(s slot) {
	if p.empty() {
		p.slots, p.head = p.slots[:0], 0
	} else if p.head > 256 && p.head > len(p.slots)/2 {
		n := copy(p.slots, p.slots[p.head:])
		clear(p.slots[n:])
		p.slots, p.head = p.slots[:n], 0
	}
	if s.kind == slotRead && s.ticket != 0 {
		p.reads++
	}
	p.held += s.held
	if s.kind != slotBytes {
		p.last = s.batch
	}
	p.slots = append(p.slots, s)
}

// pop forgets the front. The slot stays readable until the next push, so that
// unpop can take a W back that turned out to block.
func (p *pending) pop() {
	s := p.front()
	if s.kind == slotRead || s.kind == slotFailed || s.kind == slotBeside {
		p.taken += s.size
		if s.ticket != 0 {
			p.reads--
		}
	}
	p.held -= s.held
	p.head++
	if p.empty() && p.taken == len(p.args) {
		p.taken = 0
		p.args = p.args[:0]
		if cap(p.args) > 16<<10 {
			p.args = nil
		}
	}
}

func (p *pending) unpop() {
	p.head--
	p.held += p.front().held
}

// pushArgs keeps the arguments of an R that is about to be pushed.
func (p *pending) pushArgs(args [][]byte) (size int) {
	before := len(p.args)
	p.args = binary.AppendUvarint(p.args, uint64(len(args)))
	for _, a := range args {
		p.args = binary.AppendUvarint(p.args, uint64(len(a)))
		p.args = append(p.args, a...)
	}
	return len(p.args) - before
}

// frontArgs decodes the arguments of the front R into dst.
func (p *pending) frontArgs(dst [][]byte) [][]byte {
	b := p.args[p.taken:]
	n, k := binary.Uvarint(b)
	b = b[k:]
	for range n {
		size, k := binary.Uvarint(b)
		dst = append(dst, b[k:k+int(size):k+int(size)])
		b = b[k+int(size):]
	}
	return dst
}

// failWrites marks the writes of a batch. A later batch may fail before an
// earlier one is settled: where a disk is full, what is written waits, and what
// comes is refused.
func (p *pending) failWrites(b *Batch, e engine.Error) {
	for i := p.head; i < len(p.slots); i++ {
		if s := &p.slots[i]; s.kind == slotWrite && s.batch == b {
			s.kind, s.err, s.batch = slotFailed, e, nil
		}
	}
	if p.last == b {
		p.last = nil // b will be used again: nothing may ride on it for this write's sake
	}
}

// failRides marks all reads that ride on a batch, before any that is behind
// another may run.
func (p *pending) failRides(b *Batch) {
	for i := p.head; i < len(p.slots); i++ {
		if s := &p.slots[i]; s.kind == slotRead && s.batch == b {
			s.kind = slotFailed
		}
	}
}

// failReads marks the reads that wait for a ticket up to this one.
func (p *pending) failReads(ticket uint64) {
	for i := p.head; i < len(p.slots); i++ {
		if s := &p.slots[i]; s.kind == slotRead && s.ticket != 0 && s.ticket <= ticket {
			s.kind = slotFailed
		}
	}
}
