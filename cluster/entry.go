package cluster

import (
	"encoding/binary"
	"fmt"
)

// Each proposed entry begins with a header: who proposed it, and the time and
// the randomness that the leader chose for it.
//
//	version 1 | incarnation 8 | seq 8 | unixMs 8 | seed 8 | data
//
// incarnation is drawn by each process at its start, so that (incarnation,
// seq) names a proposal for ever; 0, 0 is an entry nobody waits for. An entry
// with no bytes at all is raft's own, written by a new leader.
const (
	entryVersion    = 1
	entryHeaderSize = 1 + 4*8
)

type entryHeader struct {
	incarnation, seq uint64
	unixMs           int64
	seed             uint64
}

// encodeEntry makes an entry: in whole, which ends with data, if there is room.
func encodeEntry(h entryHeader, data, whole []byte) []byte {
	var b []byte
	inPlace := len(whole)-len(data) >= entryHeaderSize
	if inPlace {
		b = whole[len(whole)-len(data)-entryHeaderSize:]
	} else {
		b = make([]byte, entryHeaderSize, entryHeaderSize+len(data))
	}
	b[0] = entryVersion
	binary.LittleEndian.PutUint64(b[1:], h.incarnation)
	binary.LittleEndian.PutUint64(b[9:], h.seq)
	binary.LittleEndian.PutUint64(b[17:], uint64(h.unixMs))
	binary.LittleEndian.PutUint64(b[25:], h.seed)
	if inPlace {
		return b
	}
	return append(b, data...)
}

// decodeEntry splits an entry. An entry that this version cannot read must
// stop the node: skipping it would let the replicas drift apart.
func decodeEntry(b []byte) (h entryHeader, data []byte, err error) {
	if len(b) < entryHeaderSize {
		return h, nil, fmt.Errorf("entry of %d bytes is shorter than its header", len(b))
	}
	if b[0] != entryVersion {
		return h, nil, fmt.Errorf("entry version %d is not known to this version of the program", b[0])
	}
	h.incarnation = binary.LittleEndian.Uint64(b[1:])
	h.seq = binary.LittleEndian.Uint64(b[9:])
	h.unixMs = int64(binary.LittleEndian.Uint64(b[17:]))
	h.seed = binary.LittleEndian.Uint64(b[25:])
	return h, b[entryHeaderSize:], nil
}
