package engine

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// ParseInt reads a 64-bit integer as strictly as Redis: no sign but "-", no
// leading zeros, no blanks.
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	if len(b) == 1 && b[0] == '0' {
		return 0, true
	}
	digits, negative := b, false
	if b[0] == '-' {
		digits, negative = b[1:], true
	}
	if len(digits) == 0 || digits[0] < '1' || digits[0] > '9' {
		return 0, false
	}
	var n uint64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		if n > math.MaxUint64/10 {
			return 0, false
		}
		n *= 10
		if n > math.MaxUint64-uint64(d-'0') {
			return 0, false
		}
		n += uint64(d - '0')
	}
	if negative {
		if n > 1<<63 {
			return 0, false
		}
		return int64(-n), true
	}
	return int64(n), n <= math.MaxInt64
}

// ParseCursor reads a SCAN cursor as strtoul reads it: a sign is taken, and a
// negative number wraps.
func ParseCursor(b []byte) (uint64, bool) {
	if len(b) == 0 {
		return 0, true
	}
	digits, negative := b, b[0] == '-'
	if negative || b[0] == '+' {
		digits = b[1:]
	}
	if len(digits) > 40 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if negative {
		n = -n
	}
	return n, err == nil
}

// ParseFloat reads a double as Redis does with strtod: decimal, hexadecimal,
// "inf"; never "nan", blanks, or a magnitude that a double can't hold.
func ParseFloat(b []byte) (float64, bool) {
	f, inRange, ok := parseDouble(b)
	return f, ok && inRange
}

// strtod reads all of b as C's strtod does: after white space, up to the first
// zero byte; nothing at all is 0, what a double can't hold is infinite or 0 and
// out of range. "nan" is refused.
func strtod(b []byte) (f float64, inRange, ok bool) {
	b, _, _ = bytes.Cut(b, []byte{0})
	if len(b) == 0 {
		return 0, true, true
	}
	return parseDouble(bytes.TrimLeft(b, " \t\n\v\f\r"))
}

func parseDouble(b []byte) (f float64, inRange, ok bool) {
	if len(b) == 0 || len(b) > 5*1024 {
		return 0, false, false
	}
	hex, nonzero := false, false
	for i, c := range b {
		switch {
		case c == '_':
			return 0, false, false
		case c == 'x' || c == 'X':
			hex = true
		case !hex && (c == 'e' || c == 'E'), hex && (c == 'p' || c == 'P'):
			return parseFloat(b, false, nonzero)
		case c >= '1' && c <= '9', hex && i > 1 && c != '0' && c != '.':
			nonzero = true
		}
	}
	return parseFloat(b, hex, nonzero)
}

// parseFloat finishes parseDouble; addExponent: a hexadecimal number without
// exponent, which C takes and Go does not.
func parseFloat(b []byte, addExponent, nonzero bool) (f float64, inRange, ok bool) {
	s := string(b)
	if addExponent {
		s += "p0"
	}
	f, err := strconv.ParseFloat(s, 64)
	inRange = err == nil && (f != 0 || !nonzero)
	return f, inRange, (err == nil || errors.Is(err, strconv.ErrRange)) && !math.IsNaN(f)
}

// EqualFold reports whether b is the word, which is given in lower case.
func EqualFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := 0; i < len(b); i++ {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
