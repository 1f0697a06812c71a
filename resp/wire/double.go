package wire

import "github.com/laurocaetano/foxtail/engine/fpconv"

// doubleSizeMax is more than any form AppendDouble gives.
const doubleSizeMax = 32

// AppendDouble appends f as Redis 7.2 prints doubles: whole numbers within
// 2^62 as integers, else the shortest digits that read back as f, with an
// exponent only where zeros would make it longer.
func AppendDouble(b []byte, f float64) []byte { return fpconv.Append(b, f) }
