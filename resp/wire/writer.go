package wire

import (
	"strconv"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/tidwall/redcon"
)

// Writer appends replies in RESP2 or RESP3 to the output of one connection. It
// holds a buffer only while there is output. The zero Writer is not usable.
type Writer struct {
	shared *Scratch
	proto  int
	buf    []byte // nil when empty
	sent   int    // buf[:sent] is with the peer already
	lent   []lent // what goes between the bytes of buf, in order
	rest   int    // bytes of it not yet sent
	limit  int    // of len(buf): what is above it is too much
	over   bool   // replies were dropped: the connection must be closed

	short bool // see Short
	long  bool // it was too much for that
	begun int  // Mark then
}

var _ engine.Reply = (*Writer)(nil)

// NewWriter returns an empty writer of protocol 2 or 3. shared may be nil: then
// buffers are not reused between writers.
func NewWriter(shared *Scratch, proto int) Writer {
	return Writer{shared: shared, proto: proto, limit: shared.unsentMax()}
}

// Proto is the protocol version, 2 or 3.
func (w *Writer) Proto() int { return w.proto }

// SetProto changes the protocol of the replies that follow.
func (w *Writer) SetProto(proto int) { w.proto = proto }

// lent is a piece of output that lies elsewhere.
type lent struct {
	at   int // where in buf it goes
	data []byte
}

// lentMin is the size from which bytes are better lent than copied.
const lentMin = 64 << 10

// Pending is the next piece of output not yet sent, valid until the next call;
// empty if there is none.
func (w *Writer) Pending() []byte {
	if len(w.lent) == 0 {
		return w.buf[w.sent:]
	}
	if l := &w.lent[0]; l.at > w.sent {
		return w.buf[w.sent:l.at]
	}
	return w.lent[0].data
}

// Len is the size of the output not yet sent.
func (w *Writer) Len() int { return len(w.buf) - w.sent + w.rest }

// BufferSize is the memory held for output, with what was lent.
func (w *Writer) BufferSize() int { return cap(w.buf) + w.rest }

// Sent takes note that the first n bytes of Pending are with the peer. When all
// are, the buffer goes back to the loop.
func (w *Writer) Sent(n int) {
	if len(w.lent) > 0 && w.lent[0].at == w.sent {
		w.sentLent(n)
	} else {
		w.sent += n
	}
	if w.sent == len(w.buf) && len(w.lent) == 0 {
		w.Reset()
		return
	}
	// A slow reader must not make the sent part pile up: move the rest down
	// once it is the smaller half, which costs at most one copy per byte.
	if w.sent > replySizeKept && w.sent > len(w.buf)/2 {
		w.buf = w.buf[:copy(w.buf, w.buf[w.sent:])]
		for i := range w.lent {
			w.lent[i].at -= w.sent
		}
		w.sent = 0
	}
}

func (w *Writer) sentLent(n int) {
	l := &w.lent[0]
	w.rest -= n
	if l.data = l.data[n:]; len(l.data) == 0 {
		w.lent[0] = lent{}
		w.lent = w.lent[1:]
	}
}

// Lend appends encoded replies, or a part of one, that lie in data. It is not
// copied if it is large: nobody may change it any more.
func (w *Writer) Lend(data []byte) {
	if len(data) < lentMin {
		w.Raw(data)
		return
	}
	w.buf = w.take() // may find that there is too much
	if !w.over && !w.long {
		w.lent = append(w.lent, lent{len(w.buf), data})
		w.rest += len(data)
	}
}

// Take appends all the output of another writer, which is empty afterwards.
func (w *Writer) Take(from *Writer) {
	for len(from.lent) > 0 {
		l := from.lent[0]
		w.Lend(from.buf[from.sent:l.at:l.at])
		w.Lend(l.data)
		from.sent, from.lent = l.at, from.lent[1:]
	}
	w.Lend(from.buf[from.sent:])
	from.buf, from.sent, from.lent, from.rest = nil, 0, nil, 0
}

// BulkLent is Bulk of bytes that nobody changes any more.
func (w *Writer) BulkLent(p []byte) {
	if len(p) < lentMin {
		w.Bulk(p)
		return
	}
	w.buf = w.header('$', len(p))
	w.Lend(p)
	w.Raw(crlf)
}

var crlf = []byte("\r\n")

// Reset forgets all output.
func (w *Writer) Reset() {
	if w.buf != nil {
		w.shared.giveBack(w.buf)
	}
	w.buf, w.sent, w.lent, w.rest = nil, 0, nil, 0
	if !w.short {
		w.limit = w.shared.unsentMax()
	}
}

// Short begins an answer that is given up if it copies more than n bytes.
func (w *Writer) Short(n int) {
	w.short, w.begun = true, w.Mark()
	w.limit = min(w.limit, len(w.buf)+n)
}

// Long reports that what follows is dropped, as it is too long for Short.
func (w *Writer) Long() bool { return w.long }

// EndShort ends it, and reports whether it was given up: then nothing is left of it.
func (w *Writer) EndShort() (long bool) {
	if long = w.long; long {
		w.Rollback(w.begun)
	}
	w.short, w.long = false, false
	w.limit = w.shared.unsentMax()
	return long
}

// Mark is a place in the output for Rollback; Sent makes it invalid.
func (w *Writer) Mark() int { return w.Len() }

// Rollback takes back what was appended since Mark: CLIENT REPLY OFF and SKIP
// execute a command and drop its answer.
func (w *Writer) Rollback(mark int) {
	if w.over {
		return
	}
	for n := w.Len() - mark; n > 0; {
		tail := len(w.buf) - w.sent
		if k := len(w.lent) - 1; k >= 0 {
			tail = len(w.buf) - w.lent[k].at
		}
		cut := min(n, tail)
		w.buf = w.buf[:len(w.buf)-cut]
		if n -= cut; n > 0 { // a mark is never inside of what was lent
			k := len(w.lent) - 1
			n -= len(w.lent[k].data)
			w.rest -= len(w.lent[k].data)
			w.lent[k] = lent{}
			w.lent = w.lent[:k]
		}
	}
	if mark == 0 {
		w.Reset()
	}
}

// Overflowed reports that more than UnsentMax bytes were to be kept for the
// peer. What they were is lost.
func (w *Writer) Overflowed() bool { return w.over }

// take returns the buffer to append to.
func (w *Writer) take() []byte {
	if len(w.buf) > w.limit {
		w.tooMuch()
	}
	if len(w.buf) >= sealMin && w.shared != nil && w.shared.apart {
		w.seal()
	}
	if w.buf == nil {
		return w.shared.replyBuffer()
	}
	return w.buf
}

// sealMin is the size at which a buffer of a writer apart is full.
const sealMin = 256 << 10

// seal turns the buffer into pieces that lie elsewhere, and begins another one. To
// let it grow on instead would copy ever more at a time, and while a goroutine
// copies the collector can stop neither it nor, for that long, the loop. A Mark
// does not outlive it.
func (w *Writer) seal() {
	pieces := make([]lent, 0, len(w.lent)+2)
	from := w.sent
	for _, l := range w.lent {
		if l.at > from {
			pieces = append(pieces, lent{0, w.buf[from:l.at]})
		}
		from, l.at = l.at, 0
		pieces = append(pieces, l)
	}
	w.lent = append(pieces, lent{0, w.buf[from:]})
	w.rest += len(w.buf) - w.sent
	w.limit -= len(w.buf) // which bounds what was copied, wherever it lies
	w.buf, w.sent = make([]byte, 0, sealMin+replySizeMin), 0
}

// tooMuch gives the answer up, or all of them.
func (w *Writer) tooMuch() {
	if w.short && len(w.buf) <= w.shared.unsentMax() {
		w.long = true
		w.Rollback(w.begun)
		return
	}
	w.buf, w.sent, w.over = w.buf[:0], 0, true
	w.lent, w.rest = nil, 0
}

// drops reports that n more bytes need not be copied: they are too much.
func (w *Writer) drops(n int) bool {
	if w.short && len(w.buf)+n > w.limit {
		w.long = true
	}
	return w.over || w.long
}

// Raw appends encoded replies.
func (w *Writer) Raw(b []byte) { w.buf = append(w.take(), b...) }

// OK appends the status OK.
func (w *Writer) OK() { w.buf = append(w.take(), "+OK\r\n"...) }

// Null appends the absent value.
func (w *Writer) Null() {
	if w.proto == 3 {
		w.buf = append(w.take(), "_\r\n"...)
		return
	}
	w.buf = append(w.take(), "$-1\r\n"...)
}

// NullArray appends the absent array.
func (w *Writer) NullArray() {
	if w.proto == 3 {
		w.buf = append(w.take(), "_\r\n"...)
		return
	}
	w.buf = append(w.take(), "*-1\r\n"...)
}

// Status appends a simple string.
func (w *Writer) Status(s string) { w.line('+', s) }

// Err appends an error.
func (w *Writer) Err(e engine.Error) { w.line('-', string(e)) }

// line appends a reply that must stay one line whatever a client put into it.
func (w *Writer) line(kind byte, s string) {
	b := append(w.take(), kind)
	start := len(b)
	b = append(b, s...)
	for i, c := range b[start:] {
		if c == '\r' || c == '\n' {
			b[start+i] = ' '
		}
	}
	w.buf = append(b, '\r', '\n')
}

// Int appends an integer.
func (w *Writer) Int(n int64) { w.buf = redcon.AppendInt(w.take(), n) }

// Bool appends a truth value; 1 or 0 in RESP2.
func (w *Writer) Bool(v bool) {
	switch {
	case w.proto == 3 && v:
		w.buf = append(w.take(), "#t\r\n"...)
	case w.proto == 3:
		w.buf = append(w.take(), "#f\r\n"...)
	case v:
		w.buf = append(w.take(), ":1\r\n"...)
	default:
		w.buf = append(w.take(), ":0\r\n"...)
	}
}

// Double appends a number; a bulk string in RESP2.
func (w *Writer) Double(f float64) {
	if w.proto == 3 {
		b := AppendDouble(append(w.take(), ','), f)
		w.buf = append(b, '\r', '\n')
		return
	}
	var digits [doubleSizeMax]byte
	w.buf = redcon.AppendBulk(w.take(), AppendDouble(digits[:0], f))
}

// BigNumber appends an integer of any size given in decimal; a bulk string in RESP2.
func (w *Writer) BigNumber(decimal string) {
	if w.proto == 3 {
		w.line('(', decimal)
		return
	}
	w.BulkString(decimal)
}

// Bulk appends a binary-safe string.
func (w *Writer) Bulk(p []byte) {
	if !w.drops(len(p)) {
		w.buf = redcon.AppendBulk(w.take(), p)
	}
}

// BulkString appends a binary-safe string.
func (w *Writer) BulkString(s string) {
	if !w.drops(len(s)) {
		w.buf = redcon.AppendBulkString(w.take(), s)
	}
}

// Verbatim appends a string with its format ("txt", "mkd"); a bulk string in RESP2.
func (w *Writer) Verbatim(format string, p []byte) {
	if w.proto != 3 {
		w.Bulk(p)
		return
	}
	b := w.header('=', len(p)+4)
	for i := range 3 {
		c := byte(' ')
		if i < len(format) {
			c = format[i]
		}
		b = append(b, c)
	}
	b = append(b, ':')
	b = append(b, p...)
	w.buf = append(b, '\r', '\n')
}

// Array announces n elements.
func (w *Writer) Array(n int) { w.buf = w.header('*', n) }

// Map announces n pairs; an array of 2n elements in RESP2.
func (w *Writer) Map(n int) {
	if w.proto == 3 {
		w.buf = w.header('%', n)
		return
	}
	w.buf = w.header('*', 2*n)
}

// Set announces n elements; an array in RESP2.
func (w *Writer) Set(n int) { w.aggregate('~', n) }

// Push announces an out-of-band message of n elements; an array in RESP2.
func (w *Writer) Push(n int) { w.aggregate('>', n) }

// Attribute announces n pairs that describe the reply which follows. RESP2 has
// no room for them: the caller must not send any.
func (w *Writer) Attribute(n int) { w.buf = w.header('|', n) }

func (w *Writer) aggregate(kind byte, n int) {
	if w.proto != 3 {
		kind = '*'
	}
	w.buf = w.header(kind, n)
}

func (w *Writer) header(kind byte, n int) []byte { return appendHeader(w.take(), kind, n) }

// appendHeader appends a type byte and a length.
func appendHeader(b []byte, kind byte, n int) []byte {
	b = append(b, kind)
	if n < 10 {
		b = append(b, byte('0'+n))
	} else {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, '\r', '\n')
}
