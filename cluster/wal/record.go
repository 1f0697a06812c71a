package wal

import (
	"encoding/binary"
	"hash/crc32"
)

// A record, little-endian, at an offset that is a multiple of 8:
//
//	 0  crc      u32  of salt, offset and bytes 4..47
//	 4  prev     u32  crc of the record before it; of the segment header for the first
//	 8  length   u32  bytes of payload
//	12  payload  u32  crc of the payload
//	16  kind     u8
//	17  version  u8   1
//	18  sub      u16  of an entry: its raft type
//	20  group    u32
//	24  durable  u64  offset up to which the segment was durable when this was written
//	32  term     u64
//	40  index    u64
//	48  payload, zeros up to the next multiple of 8
const (
	recordHeader  = 48
	recordVersion = 1
)

// kind is what a record means.
type kind uint8

const (
	kindCheckpoint kind = 1 + iota // state of all groups; first of a segment
	kindEntry                      // one raft entry: sub, term, index; payload = data
	kindHardState                  // term, index = commit; payload = vote
	kindSnapshot                   // a snapshot at (term, index) is installed; sub 1: it replaces the log; payload = conf state
	kindCompact                    // entries up to index (of term) are dropped
	kindRemove                     // the group is gone
	kindMeta                       // payload = opaque bytes of the group's owner
	kindNonce                      // breaks the chain to whatever an interrupted write left behind
	kindSeal                       // end of the segment; payload = sequence and salt of the next
	kindMoved                      // an entry of the log written again, to free an old segment
	kindEnd
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the decoded fixed part of a record.
type header struct {
	crc, prev  uint32
	length     uint32
	payloadCRC uint32
	kind       kind
	version    uint8
	sub        uint16
	group      uint32
	durable    uint64
	term       uint64
	index      uint64
}

// align rounds up to the records' alignment.
func align(n int64) int64 { return (n + 7) &^ 7 }

// recordSize is what a record with so many bytes of payload takes.
func recordSize(payload int64) int64 { return align(recordHeader + payload) }

// encode writes h (without crc, which it computes and returns) into b.
func (h *header) encode(b []byte, salt uint64, off int64) uint32 {
	_ = b[recordHeader-1]
	le := binary.LittleEndian
	le.PutUint32(b[4:], h.prev)
	le.PutUint32(b[8:], h.length)
	le.PutUint32(b[12:], h.payloadCRC)
	b[16] = byte(h.kind)
	b[17] = recordVersion
	le.PutUint16(b[18:], h.sub)
	le.PutUint32(b[20:], h.group)
	le.PutUint64(b[24:], h.durable)
	le.PutUint64(b[32:], h.term)
	le.PutUint64(b[40:], h.index)
	crc := headerCRC(b, salt, off)
	le.PutUint32(b, crc)
	return crc
}

// headerCRC folds the salt and the offset in by encrypting the seed with them
// rather than as bytes in front: the same protection, a shorter run.
func headerCRC(b []byte, salt uint64, off int64) uint32 {
	x := salt ^ uint64(off)*0x9E3779B97F4A7C15
	x ^= x >> 29
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 32
	return crc32.Update(uint32(x), castagnoli, b[4:recordHeader])
}

// decodeHeader reads a record header. false: these bytes are not a record that
// was written at this offset of this incarnation of the segment.
func decodeHeader(b []byte, salt uint64, off int64) (h header, ok bool) {
	if len(b) < recordHeader || b[16] == 0 || b[16] >= byte(kindEnd) || b[17] != recordVersion {
		return h, false
	}
	le := binary.LittleEndian
	h.crc = le.Uint32(b)
	if h.crc != headerCRC(b, salt, off) {
		return h, false
	}
	h.prev = le.Uint32(b[4:])
	h.length = le.Uint32(b[8:])
	h.payloadCRC = le.Uint32(b[12:])
	h.kind = kind(b[16])
	h.version = b[17]
	h.sub = le.Uint16(b[18:])
	h.group = le.Uint32(b[20:])
	h.durable = le.Uint64(b[24:])
	h.term = le.Uint64(b[32:])
	h.index = le.Uint64(b[40:])
	return h, true
}

// entry says whether the payload is an entry's data.
func (h *header) entry() bool { return h.kind == kindEntry || h.kind == kindMoved }

// claims says whether the record knew that the segment was durable beyond off (W2).
func (h *header) claims(off int64) bool { return h.durable > uint64(off) }

func payloadCRC(p []byte) uint32 { return crc32.Checksum(p, castagnoli) }

func updateCRC(crc uint32, p []byte) uint32 { return crc32.Update(crc, castagnoli, p) }
