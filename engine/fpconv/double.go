// Package fpconv prints doubles as Redis 7.2 does, wherever a reply becomes text.
package fpconv

import (
	"math"
	"strconv"
)

// sizeMax is more than any form Append gives.
const sizeMax = 32

// Append appends f as Redis 7.2 prints doubles: whole numbers within
// 2^62 as integers, else the shortest digits that read back as f, with an
// exponent only where zeros would make it longer.
func Append(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case f == 0 && math.Signbit(f):
		return append(b, "-0"...)
	case f >= -(1<<62) && f <= 1<<62 && f == math.Trunc(f):
		return strconv.AppendInt(b, int64(f), 10)
	}
	// d.ddde±xx: take the digits and the exponent apart.
	var form [sizeMax]byte
	e := strconv.AppendFloat(form[:0], f, 'e', -1, 64)
	if e[0] == '-' {
		b = append(b, '-')
		e = e[1:]
	}
	var store [17]byte
	digits := append(store[:0], e[0])
	i := 1
	if e[i] == '.' {
		for i++; e[i] != 'e'; i++ {
			digits = append(digits, e[i])
		}
	}
	exponent, _ := strconv.Atoi(string(e[i+1:])) // always a short number
	return appendDigits(b, digits, exponent)
}

// appendDigits places d.ddd * 10^exponent by the rules of fpconv, the printer
// in Redis.
func appendDigits(b, digits []byte, exponent int) []byte {
	n := len(digits)
	k := exponent - n + 1 // the value is ddd * 10^k
	size := exponent
	if size < 0 {
		size = -size
	}
	switch {
	case k >= 0 && size < n+7:
		b = append(b, digits...)
		for range k {
			b = append(b, '0')
		}
		return b
	case k < 0 && (k > -7 || size < 4):
		point := n + k
		if point <= 0 {
			b = append(b, '0', '.')
			for range -point {
				b = append(b, '0')
			}
			return append(b, digits...)
		}
		b = append(b, digits[:point]...)
		b = append(b, '.')
		return append(b, digits[point:]...)
	}
	b = append(b, digits[0])
	if n > 1 {
		b = append(b, '.')
		b = append(b, digits[1:]...)
	}
	sign := byte('+')
	if exponent < 0 {
		sign = '-'
	}
	b = append(b, 'e', sign)
	return strconv.AppendInt(b, int64(size), 10)
}
