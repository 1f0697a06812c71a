package engine

import (
	"encoding/binary"
	"hash/crc64"
	"math/bits"
)

// The payload of DUMP and RESTORE is Redis' own: a value as an RDB file holds
// it (a byte for its type, then its data), two bytes for the RDB version, and a
// CRC-64 of all before, little endian.
//
// Payloads are written in version 10, that of Redis 7.0: a server refuses a
// version beyond its own, so that 10 with the encodings of 7.0 is read by 7.0
// and by all that came later, where 11 (7.2, whose news are sets as listpacks
// and another stream) would shut 7.0 out. Everything up to 11 is read.
const (
	rdbVersionWritten = 10
	rdbVersionMax     = 11
	rdbFooter         = 10
)

// What the first byte of a value says.
const (
	rdbString       = 0
	rdbList         = 1
	rdbSet          = 2
	rdbZset         = 3 // scores as text
	rdbHash         = 4
	rdbZset2        = 5 // scores as eight bytes
	rdbHashZipmap   = 9
	rdbListZiplist  = 10
	rdbSetIntset    = 11
	rdbZsetZiplist  = 12
	rdbHashZiplist  = 13
	rdbListQuick    = 14 // of ziplists
	rdbHashListpack = 16
	rdbZsetListpack = 17
	rdbListQuick2   = 18 // of listpacks
	rdbSetListpack  = 20

	rdbStream  = 15
	rdbStream2 = 19 // with the IDs that a stream remembers
	rdbStream3 = 21 // with the time a consumer was active
)

// The forms of a length, in its first byte.
const (
	rdbLen6    = 0 << 6
	rdbLen14   = 1 << 6
	rdbLen32   = 0x80
	rdbLen64   = 0x81
	rdbSpecial = 3 << 6 // a string that is no run of bytes

	rdbInt8  = 0
	rdbInt16 = 1
	rdbInt32 = 2
	rdbLZF   = 3
)

// rdbTable is of the Jones polynomial, as Redis takes it.
var rdbTable = crc64.MakeTable(bits.Reverse64(0xad93d23594c935a9))

// rdbChecksum is CRC-64 without the inversions of the library.
func rdbChecksum(b []byte) uint64 { return ^crc64.Update(^uint64(0), rdbTable, b) }

// appendRDBFooter ends the payload that begins at dst[from].
func appendRDBFooter(dst []byte, from int) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, rdbVersionWritten)
	return binary.LittleEndian.AppendUint64(dst, rdbChecksum(dst[from:]))
}

// openRDB checks version and checksum of a payload and gives the value in it.
func openRDB(p []byte) (value []byte, ok bool) {
	n := len(p) - rdbFooter
	if n < 0 || binary.LittleEndian.Uint16(p[n:]) > rdbVersionMax {
		return nil, false
	}
	return p[:n], rdbChecksum(p[:n+2]) == binary.LittleEndian.Uint64(p[n+2:])
}
