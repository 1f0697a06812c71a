package wire

import (
	"math"

	"github.com/laurocaetano/foxtail/engine"
)

const (
	// inlineSizeMax bounds a line: an inline command, or a header.
	inlineSizeMax = 64 << 10
	// Before a client has authenticated it may send only small frames.
	unauthArgsMax = 10
	unauthBulkMax = 16 << 10
)

// ProtocolError is what a peer is told before its connection is closed.
type ProtocolError struct{ Reply engine.Error }

func (e *ProtocolError) Error() string { return string(e.Reply) }

func protocolError(text string) error {
	return &ProtocolError{Reply: engine.Error("ERR Protocol error: " + text)}
}

var (
	errMultibulkLen    = protocolError("invalid multibulk length")
	errMultibulkString = protocolError("too big mbulk count string")
	errMultibulkUnauth = protocolError("unauthenticated multibulk length")
	errBulkLen         = protocolError("invalid bulk length")
	errBulkString      = protocolError("too big bulk count string")
	errBulkUnauth      = protocolError("unauthenticated bulk length")
	errInlineSize      = protocolError("too big inline request")
	errQuotes          = protocolError("unbalanced quotes in request")
)

// Next returns the arguments of the next complete command, nil when more bytes
// are needed, or a *ProtocolError, after which the connection is to be told and
// closed. There is at least one argument. The arguments lie in the input buffer,
// the slice is shared: both are valid until the next call of Next or Space on
// any Input of the same Scratch, and their bytes may be overwritten but not
// appended to. Commands without arguments (*0, *-1, empty lines) are eaten.
func (in *Input) Next(authenticated bool) ([][]byte, error) {
	for in.err == nil && in.pos < len(in.buf) {
		var args [][]byte
		var complete bool
		if in.left > 0 || in.buf[in.pos] == '*' {
			args, complete = in.multibulk(authenticated)
		} else {
			args, complete = in.inline()
		}
		if !complete {
			break
		}
		in.frame, in.head, in.scan = in.head, in.pos, in.pos
		if len(args) > 0 {
			return args, nil
		}
	}
	return nil, in.err
}

// multibulk goes on with the frame at head. Arguments are cut while a frame is
// checked in one go; one that arrived in pieces is cut again when it is whole,
// so that nothing but a position is kept of it in between.
func (in *Input) multibulk(authenticated bool) (args [][]byte, complete bool) {
	resumed := in.left > 0
	if !resumed {
		n, ok := in.header(errMultibulkString)
		if !ok {
			if in.err == errNumber {
				in.err = errMultibulkLen
			}
			return nil, false
		}
		switch {
		case n > math.MaxInt32:
			in.err = errMultibulkLen
			return nil, false
		case n > unauthArgsMax && !authenticated:
			in.err = errMultibulkUnauth
			return nil, false
		case n <= 0:
			return nil, true
		}
		in.left = int(n)
	}
	args = in.slots()
	buf := in.buf
	for in.left > 0 {
		if in.bulk < 0 && !in.bulkHeader(authenticated) {
			in.shared.args = args[:0]
			return nil, false
		}
		end := in.pos + in.bulk
		if end+2 > len(buf) {
			in.shared.args = args[:0]
			return nil, false
		}
		if !resumed {
			args = append(args, buf[in.pos:end:end])
		}
		in.pos = end + 2
		in.bulk = -1
		in.left--
	}
	if resumed {
		args = cut(args, buf[in.head:in.pos])
	}
	in.shared.args = args
	return args, true
}

// slots returns the shared argument slots, empty. Slots of a huge command are
// not kept for ever.
func (in *Input) slots() [][]byte {
	s := in.shared
	if cap(s.args) > argsKept {
		s.args = make([][]byte, 0, 64)
	}
	return s.args[:0]
}

// bulkHeader reads the header of the argument at pos.
func (in *Input) bulkHeader(authenticated bool) bool {
	if in.pos >= len(in.buf) {
		return false
	}
	n, ok := in.header(errBulkString)
	if !ok {
		if in.err == errNumber {
			in.err = errBulkLen
		}
		return false
	}
	switch {
	case n < 0 || n > in.shared.Limits.BulkSizeMax:
		in.err = errBulkLen
		return false
	case n > unauthBulkMax && !authenticated:
		in.err = errBulkUnauth
		return false
	}
	in.bulk = int(n)
	return true
}

// errNumber stands for a header that is no number, until the caller names it.
var errNumber = protocolError("invalid length")

// header reads "*N\r\n" or "$N\r\n" at pos and moves past it. As in Redis, the
// line ends at CR and the byte after it is skipped unseen. REQUIRES: pos < len(buf).
func (in *Input) header(tooLong error) (n int64, ok bool) {
	buf := in.buf
	want := byte('*')
	if in.left > 0 {
		want = '$'
	}
	i := in.pos + 1
	// Nearly every header has at most nine digits and is there in full.
	if buf[in.pos] == want {
		for stop := min(len(buf), in.pos+10); i < stop; i++ {
			c := buf[i] - '0'
			if c > 9 {
				break
			}
			n = n*10 + int64(c)
		}
		if i+1 < len(buf) && buf[i] == '\r' && i > in.pos+1 && (buf[in.pos+1] != '0' || i == in.pos+2) {
			in.pos = i + 2
			return n, true
		}
	}
	return in.headerSlow(want, tooLong)
}

// headerSlow is header for all that is rare: cut lines, signs, errors.
func (in *Input) headerSlow(want byte, tooLong error) (n int64, ok bool) {
	end, found, long := in.line('\r')
	if long {
		in.err = tooLong
	}
	if !found || end+2 > len(in.buf) {
		return 0, false
	}
	if c := in.buf[in.pos]; c != want {
		if c == '\r' || c == '\n' {
			c = ' '
		}
		in.err = protocolError("expected '$', got '" + string([]byte{c}) + "'")
		return 0, false
	}
	n, ok = parseInt(in.buf[in.pos+1 : end])
	if !ok {
		in.err = errNumber
		return 0, false
	}
	in.pos = end + 2
	in.scan = in.pos
	return n, true
}

// inline takes the line at pos as a command.
func (in *Input) inline() (args [][]byte, complete bool) {
	end, found, long := in.line('\n')
	if long {
		in.err = errInlineSize
	}
	if !found {
		return nil, false
	}
	line := in.buf[in.pos:end]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	args, ok := SplitArgs(line, in.slots())
	if !ok {
		in.err = errQuotes
		return nil, false
	}
	in.shared.args = args
	in.pos = end + 1
	return args, true
}

// cut splits a frame that is known to be whole and valid.
func cut(args [][]byte, frame []byte) [][]byte {
	_, i := length(frame, 0)
	for i < len(frame) {
		n, start := length(frame, i)
		args = append(args, frame[start:start+n:start+n])
		i = start + n + 2
	}
	return args
}

// length reads the number of a valid header at i and returns where it ends.
func length(frame []byte, i int) (n, next int) {
	for i++; frame[i] != '\r'; i++ {
		n = n*10 + int(frame[i]-'0')
	}
	return n, i + 2
}

// parseInt reads a decimal as strictly as Redis does: no plus sign, no leading
// zero, no minus zero, nothing around it.
func parseInt(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	digits := b
	if negative {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' {
		return 0, len(b) == 1
	}
	var u uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	switch {
	case negative && u == 1<<63:
		return math.MinInt64, true
	case u > math.MaxInt64:
		return 0, false
	case negative:
		return -int64(u), true
	}
	return int64(u), true
}
