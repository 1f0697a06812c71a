package engine

import (
	"bytes"
	"math"
	"strconv"
)

// streamID names an entry of a stream: a time in milliseconds and a number
// within it. IDs ascend in a stream.
type streamID struct {
	ms, seq uint64
}

var streamIDMax = streamID{math.MaxUint64, math.MaxUint64}

func (id streamID) before(other streamID) bool {
	return id.ms < other.ms || id.ms == other.ms && id.seq < other.seq
}

func (id streamID) isZero() bool { return id == streamID{} }

// next is the ID after this one; false: there is none.
func (id streamID) next() (streamID, bool) {
	switch {
	case id.seq < math.MaxUint64:
		return streamID{id.ms, id.seq + 1}, true
	case id.ms < math.MaxUint64:
		return streamID{id.ms + 1, 0}, true
	}
	return streamID{}, false
}

// prev is the ID before this one; false: there is none.
func (id streamID) prev() (streamID, bool) {
	switch {
	case id.seq > 0:
		return streamID{id.ms, id.seq - 1}, true
	case id.ms > 0:
		return streamID{id.ms - 1, math.MaxUint64}, true
	}
	return streamID{}, false
}

// append adds the text of the ID.
func (id streamID) append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.ms, 10)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, id.seq, 10)
}

const (
	errStreamID         Error = "ERR Invalid stream ID specified as stream command argument"
	errStreamRangeStart Error = "ERR invalid start ID for the interval"
	errStreamRangeEnd   Error = "ERR invalid end ID for the interval"
)

// streamIDTextMax is the longest text that is looked at.
const streamIDTextMax = 127

// parseStreamID reads "ms-seq", or "ms" with missing in place of seq.
func parseStreamID(b []byte, missing uint64) (streamID, bool) {
	id, auto, ok := parseAutoStreamID(b, missing)
	return id, ok && !auto
}

// parseAutoStreamID is parseStreamID that also takes "ms-*": auto.
func parseAutoStreamID(b []byte, missing uint64) (id streamID, auto, ok bool) {
	if len(b) > streamIDTextMax {
		return id, false, false
	}
	b = cut(b, len(b))
	ms, seq, both := bytes.Cut(b, []byte("-"))
	if id.ms, ok = parseUint(ms); !ok {
		return id, false, false
	}
	switch {
	case !both:
		id.seq = missing
	case len(seq) == 1 && seq[0] == '*':
		return id, true, true
	default:
		id.seq, ok = parseUint(seq)
	}
	return id, false, ok
}

// parseUint reads an unsigned number as leniently as Redis does here, by
// strtoull: with blanks, a sign or zeros before it. What is negative in such a
// form wraps; a plain negative number is refused.
func parseUint(b []byte) (uint64, bool) {
	if n, ok := ParseInt(b); ok {
		return uint64(n), n >= 0
	}
	for len(b) > 0 && (b[0] == ' ' || b[0] >= '\t' && b[0] <= '\r') {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	return ParseCursor(b)
}

// argStreamID reads argument i as an ID that is complete but for seq; false:
// the error has been answered.
func (c *Call) argStreamID(i int, missing uint64) (streamID, bool) {
	id, ok := parseStreamID(c.Args[i], missing)
	if !ok {
		c.Err(errStreamID)
	}
	return id, ok
}

// argStreamRange reads the two ends of an interval:
// "-", "+", an ID, or "(" and an ID, which excludes it.
func (c *Call) argStreamRange(low, high int) (from, to streamID, ok bool) {
	if from, ok = c.argStreamFrom(low); !ok {
		return from, to, false
	}
	to, open, ok := c.argStreamBound(high, math.MaxUint64)
	if ok && open {
		if to, ok = to.prev(); !ok {
			c.Err(errStreamRangeEnd)
		}
	}
	return from, to, ok
}

// argStreamFrom reads the lower end of an interval.
func (c *Call) argStreamFrom(i int) (streamID, bool) {
	id, open, ok := c.argStreamBound(i, 0)
	if ok && open {
		if id, ok = id.next(); !ok {
			c.Err(errStreamRangeStart)
		}
	}
	return id, ok
}

func (c *Call) argStreamBound(i int, missing uint64) (id streamID, open, ok bool) {
	b := c.Args[i]
	switch {
	case len(b) > 1 && b[0] == '(':
		id, ok = parseStreamID(b[1:], missing)
		open = true
	default:
		id, ok = parseLooseStreamID(b, missing)
	}
	if !ok {
		c.Err(errStreamID)
	}
	return id, open, ok
}

// parseLooseStreamID is parseStreamID that also takes "-" and "+", the least
// and the greatest ID.
func parseLooseStreamID(b []byte, missing uint64) (streamID, bool) {
	if s := cut(b, len(b)); len(b) <= streamIDTextMax && len(s) == 1 {
		switch s[0] {
		case '-':
			return streamID{}, true
		case '+':
			return streamIDMax, true
		}
	}
	return parseStreamID(b, missing)
}
