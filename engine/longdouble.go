package engine

import (
	"bytes"
	"math/big"
	"strings"
)

// longDouble is the 80-bit extended double in which Redis computes
// INCRBYFLOAT and HINCRBYFLOAT: 64 bits of mantissa, rounded to nearest even.
// It is computed in software, so that every processor gives the same digits.
type longDouble struct {
	f   big.Float
	inf bool
}

const (
	longDoubleBits     = 64
	longDoubleBytesMax = 5*1024 - 1
	longDoubleExpMax   = 16384  // every finite value is below 2^16384
	longDoubleExpMin   = -16444 // and at least 2^-16445, or 0
)

// parse reads what strtold reads and Redis accepts: decimal or hexadecimal,
// "inf"; never "nan", blanks, or anything beyond the range of the type.
func (x *longDouble) parse(b []byte) bool {
	if len(b) == 0 || len(b) > longDoubleBytesMax {
		return false
	}
	digits := b
	if b[0] == '-' || b[0] == '+' {
		digits = b[1:]
	}
	if EqualFold(digits, "inf") || EqualFold(digits, "infinity") {
		x.inf = true
		return true
	}
	base, ok := numberShape(digits)
	if !ok {
		return false
	}
	zero, sane := numberSize(digits, base)
	x.f.SetPrec(longDoubleBits).SetMode(big.ToNearestEven)
	if zero || !sane {
		return zero
	}
	if _, _, err := x.f.Parse(string(b), base); err != nil || x.f.IsInf() {
		return false
	}
	exp := x.f.MantExp(nil)
	return exp <= longDoubleExpMax && exp >= longDoubleExpMin
}

// numberShape tells the base that big.Float must be given and refuses what it
// takes and C does not.
func numberShape(digits []byte) (base int, ok bool) {
	allowed, base := "0123456789.eE+-", 10
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		allowed, base = "0123456789abcdefABCDEFpP.xX+-", 0 // 0: by the prefix
	}
	for _, c := range digits {
		if strings.IndexByte(allowed, c) < 0 {
			return 0, false
		}
	}
	return base, len(digits) > 0
}

// numberSize tells whether all digits are 0, and whether the exponent is one
// that a number in range can have, so that none costs time or memory.
func numberSize(digits []byte, base int) (zero, sane bool) {
	letters := "eE"
	if base == 0 {
		letters, digits = "pP", digits[2:]
	}
	mantissa, exponent := digits, []byte(nil)
	if i := bytes.IndexAny(digits, letters); i >= 0 {
		mantissa, exponent = digits[:i], digits[i+1:]
		if len(exponent) > 0 && (exponent[0] == '-' || exponent[0] == '+') {
			exponent = exponent[1:]
		}
		if len(exponent) == 0 || len(bytes.Trim(exponent, "0123456789")) > 0 {
			return false, false
		}
	}
	if rest := bytes.Trim(mantissa, "0"); len(rest) == 0 || len(rest) == 1 && rest[0] == '.' {
		return len(mantissa) > len(rest), false
	}
	exponent = bytes.TrimLeft(exponent, "0")
	const exponentDigitsMax = 6
	return false, len(exponent) <= exponentDigitsMax
}

// add adds y to x; false: the sum is no finite number.
func (x *longDouble) add(y *longDouble) bool {
	if x.inf || y.inf {
		return false
	}
	x.f.Add(&x.f, &y.f)
	return x.f.MantExp(nil) <= longDoubleExpMax
}

// appendTo appends the digits as Redis shows them: 17 after the point at
// most, without zeros at the end.
func (x *longDouble) appendTo(dst []byte) []byte {
	start := len(dst)
	dst = x.f.Append(dst, 'f', 17)
	text := bytes.TrimRight(dst[start:], "0")
	text = bytes.TrimSuffix(text, []byte("."))
	if string(text) == "-0" || len(text) == 0 {
		return append(dst[:start], '0')
	}
	return dst[:start+len(text)]
}
