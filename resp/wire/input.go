package wire

import (
	"bytes"
	"runtime"
)

// Input is the unparsed input of one connection. A zero read costs nothing, an
// idle connection holds no buffer, and an incomplete frame is never looked at
// twice from its start.
//
// Where the bytes lie: a read goes into the loop's shared buffer, and most
// commands are executed right from there. What is left when the turn of the
// connection ends is parked in a buffer of its own (Park). A small tail is
// moved in front of the next read; a large unfinished frame stays in its own
// buffer, which grows with the bytes that really arrived, never with what a
// header announces.
//
// An Input must stay where it is once it is used: the Scratch points to it.
type Input struct {
	shared *Scratch

	// buf[head:] are the unparsed bytes; buf is shared.read while shared.holder
	// is this Input, else a buffer of our own or nil.
	buf   []byte
	own   []byte // our own buffer while buf is the shared one, if small enough to keep
	head  int
	frame int // where the command begins that Next returned last

	// The frame that begins at head, as far as it was checked.
	pos  int   // the first byte not yet understood
	scan int   // up to here a line's end was sought in vain
	left int   // arguments still to come; 0: the header is not read yet
	bulk int   // size of the argument at pos; -1: its header is not read yet
	err  error // a protocol error is final
}

const (
	// parkedSizeMax is the largest tail moved in front of a read in the shared buffer.
	parkedSizeMax = 16 << 10
	// ownSizeKept is the largest buffer a connection keeps while it is empty.
	ownSizeKept = 1 << 10
)

// NewInput returns the input of a new connection.
func NewInput(shared *Scratch) Input { return Input{shared: shared, bulk: -1} }

// Buffered is the number of bytes received and not yet consumed by a complete
// command: what client-query-buffer-limit bounds.
func (in *Input) Buffered() int { return len(in.buf) - in.head }

// Held is what the buffer in use holds, the command under way and those before it
// included, and how much more it could: what CLIENT LIST shows.
func (in *Input) Held() (bytes, free int) { return len(in.buf), cap(in.buf) - len(in.buf) }

// BufferSize is the memory this connection holds for its input.
func (in *Input) BufferSize() int {
	if in.shared.holder == in {
		return cap(in.own)
	}
	return cap(in.buf)
}

// Lacking is the least number of bytes that the command under way still needs,
// 0 when that is not known.
func (in *Input) Lacking() int {
	if in.left == 0 || in.bulk < 0 {
		return 0
	}
	return max(0, in.pos+in.bulk+2-len(in.buf))
}

// Space returns where the next bytes are to be read to; Filled says how many
// came. Between the two no other Input of the same Scratch may be used, and
// arguments returned by any Next of that Scratch are no longer valid.
func (in *Input) Space() []byte {
	rest := in.Buffered()
	if rest+in.Lacking() <= len(in.shared.read) && rest <= parkedSizeMax {
		in.moveToShared()
		return in.buf[len(in.buf):min(len(in.buf)+readSizeMax, cap(in.buf))]
	}
	if in.shared.holder == in {
		in.Park()
	}
	if in.full() {
		in.grow()
	}
	lacking := in.Lacking()
	free := in.buf[len(in.buf):cap(in.buf)]
	if lacking > readSizeMax {
		return free[:min(len(free), bigReadSizeMax)]
	}
	return free[:min(len(free), readSizeMax)]
}

// Filled takes over n bytes read into what Space returned.
func (in *Input) Filled(n int) { in.buf = in.buf[:len(in.buf)+n] }

// Park ends the connection's use of the shared buffer: unparsed bytes move to
// a buffer of their own. It must be called before another connection reads;
// Space calls it for the previous holder, so that forgetting is safe.
func (in *Input) Park() {
	if in.shared.holder != in {
		in.release()
		return
	}
	in.shared.holder = nil
	rest := in.buf[in.head:]
	in.buf, in.own = in.own, nil
	if len(rest) > cap(in.buf) {
		in.buf = make([]byte, 0, roundUp(len(rest)))
	}
	in.buf = append(in.buf[:0], rest...)
	in.rebase()
	in.release()
}

// Close forgets all input; the Input must not be used again.
func (in *Input) Close() {
	if in.shared.holder == in {
		in.shared.holder = nil
	}
	in.buf, in.own = nil, nil
	in.head, in.pos, in.scan, in.left, in.bulk = 0, 0, 0, 0, -1
}

// release drops a buffer of our own that is empty and not small.
func (in *Input) release() {
	if in.Buffered() > 0 {
		return
	}
	in.rebase()
	in.buf = in.buf[:0]
	if cap(in.buf) > ownSizeKept {
		in.buf = nil
	}
}

// moveToShared puts the unparsed bytes at the front of the shared buffer.
func (in *Input) moveToShared() {
	s := in.shared
	if s.holder != nil && s.holder != in {
		s.holder.Park()
	}
	rest := in.buf[in.head:]
	if s.holder != in {
		in.own = nil
		if cap(in.buf) <= ownSizeKept {
			in.own = in.buf[:0]
		}
	}
	in.buf = s.read[:copy(s.read, rest)]
	in.rebase()
	s.holder = in
}

// grow moves the unparsed bytes to a buffer of twice their size, but no larger
// than the frame under way needs.
func (in *Input) grow() {
	rest, size := in.buf[in.head:], in.nextSize()
	switch {
	case size >= bigSizeMin:
		in.Grown(enlarge(rest, size))
		return
	case size <= cap(in.buf):
		in.buf = in.buf[:copy(in.buf[:cap(in.buf)], rest)]
	default:
		in.buf = append(make([]byte, 0, size), rest...)
	}
	in.rebase()
}

// full reports that a buffer of our own has too little room for the next read.
func (in *Input) full() bool {
	// Less than what doubling gives, so that the next move is a third of the
	// content away however small the reads are.
	wanted := min(in.Buffered()/2, readSizeMax/2)
	if lacking := in.Lacking(); lacking > 0 {
		wanted = min(wanted, lacking)
	}
	return cap(in.buf)-len(in.buf) < max(1, wanted)
}

func (in *Input) nextSize() int {
	rest := in.Buffered()
	size := max(2*rest, 2*parkedSizeMax)
	if rest >= bigSizeMin {
		size = 4 * rest // copies a third of what arrives instead of all of it
	}
	if lacking := in.Lacking(); lacking > 0 {
		size = min(size, rest+lacking)
	}
	return size
}

// bigSizeMin is the size of a buffer from which making it takes notable time.
const bigSizeMin = 1 << 20

// Growth is for arguments of many megabytes, where making a larger buffer and
// moving there takes long: if the next Space would do that, it returns a function
// to call first, on any goroutine, and Grown takes its result. Until then nothing
// may be called but Close.
func (in *Input) Growth() func() []byte {
	rest, size := in.buf[in.head:], in.nextSize()
	if in.shared.holder == in || size < bigSizeMin || !in.full() {
		return nil
	}
	return func() []byte { return enlarge(rest, size) }
}

// enlarge copies piece by piece: a copy cannot be interrupted, not even a loop of
// them, and all others would wait for its end with a collector that wants to look at
// this goroutine.
func enlarge(rest []byte, size int) []byte {
	b := make([]byte, bigRoom, bigRoom+size)
	for len(rest) > 0 {
		n := min(len(rest), bigReadSizeMax)
		b, rest = append(b, rest[:n]...), rest[n:]
		runtime.Gosched()
	}
	return b
}

// bigRoom is kept free in front of the bytes in a big buffer, for Claim.
const bigRoom = 256

// Grown takes the result of Growth.
func (in *Input) Grown(buf []byte) {
	in.buf = buf
	in.rebase()
	in.head, in.pos, in.scan = bigRoom, in.pos+bigRoom, in.scan+bigRoom
}

// Claim hands the buffer over in which the command lies that Next has returned
// last; what is unparsed behind it moves to another one. Argument i lies at
// buf[at:]. ok is false if the buffer is shared with other connections.
func (in *Input) Claim(i int) (buf []byte, at int, ok bool) {
	if in.shared.holder == in || in.frame >= len(in.buf) || in.buf[in.frame] != '*' {
		return nil, 0, false
	}
	_, at = length(in.buf, in.frame)
	for ; ; i-- {
		var n int
		if n, at = length(in.buf, at); i == 0 {
			break
		}
		at += n + 2
	}
	buf = in.buf[:in.head]
	in.buf = append([]byte(nil), in.buf[in.head:]...)
	in.rebase()
	in.frame = len(in.buf)
	return buf, at, true
}

// rebase follows the bytes from head on to the start of a buffer.
func (in *Input) rebase() {
	in.pos -= in.head
	in.scan = max(0, in.scan-in.head)
	in.head = 0
}

func roundUp(n int) int {
	size := 64
	for size < n {
		size *= 2
	}
	return size
}

// line finds the end of the line at pos, marked by end, without looking at any
// byte twice over several calls. tooLong: more than inlineSizeMax bytes hold no
// end, however they were cut into reads.
func (in *Input) line(end byte) (at int, found, tooLong bool) {
	from := max(in.pos, in.scan)
	to := min(len(in.buf), in.pos+inlineSizeMax+1)
	if from < to {
		if i := bytes.IndexByte(in.buf[from:to], end); i >= 0 {
			return from + i, true, false
		}
	}
	in.scan = to
	return 0, false, len(in.buf)-in.pos > inlineSizeMax
}
