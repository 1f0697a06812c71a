package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A frame on a link:
//
//	length 4 | crc32c 4 | type 1 | version 1 | payload
//
// length counts what follows the checksum, which covers the length too. A
// message that is too big for a frame goes as several fPart frames, one after
// the other, between which frames of the urgent queue may pass.
type frameType byte

const (
	fHello frameType = 1 + iota // the handshake: see handshake.go
	fChallenge
	fAuth
	fWelcome
)

const (
	fRaft    frameType = 16 + iota // group 4 | raft message
	fPart                          // type 1 | bytes still to come 4 | piece
	fForward                       // group 4 | term 8 | incarnation 8 | seq 8 | data
	fRefuse                        // group 4 | term 8 | incarnation 8 | seq 8 | why 1
	fPing                          // answered by fPong on the same link
	fPong
	fSnapBegin // group 4 | stream 8 | size 8 | raft message
	fSnapChunk // group 4 | stream 8 | offset 8 | bytes
	fSnapAck   // group 4 | stream 8 | bytes received 8 | state 1
	fBroadcast // see broadcast.go
	fState     // see statecheck.go
	fDisk      // see slowdisk.go
)

const (
	frameVersion    = 1
	frameHeaderSize = 10
	framePrefix     = 8                  // length and checksum
	partBytes       = 256 << 10          // payload of a frame
	frameBytesMax   = partBytes + 64     // length
	helloBytesMax   = 512                // length, before a peer has proved itself
	messageBytesMax = 1<<30 + (16 << 20) // an entry may carry a value of 512 MB and more
)

var crcTable = crc32.MakeTable(crc32.Castagnoli)

var errFrame = errors.New("bad frame")

// beginFrame appends a frame's header; endFrame fills it in once the payload
// has been appended behind it.
func beginFrame(b []byte, t frameType) []byte {
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, byte(t), frameVersion)
}

func endFrame(b []byte, at int) {
	f := b[at:]
	binary.LittleEndian.PutUint32(f, uint32(len(f)-framePrefix))
	binary.LittleEndian.PutUint32(f[4:], frameSum(f))
}

func frameSum(f []byte) uint32 {
	return crc32.Update(crc32.Checksum(f[:4], crcTable), crcTable, f[8:])
}

// splitFrame takes the first frame off b. n is 0 if more bytes are needed.
func splitFrame(b []byte, lengthMax int) (t frameType, payload []byte, n int, err error) {
	if len(b) < framePrefix {
		return 0, nil, 0, nil
	}
	length := int(binary.LittleEndian.Uint32(b))
	if length < frameHeaderSize-framePrefix || length > lengthMax {
		return 0, nil, 0, fmt.Errorf("%w: length %d, want at most %d", errFrame, length, lengthMax)
	}
	if n = framePrefix + length; len(b) < n {
		return 0, nil, 0, nil
	}
	f := b[:n]
	if frameSum(f) != binary.LittleEndian.Uint32(f[4:]) {
		return 0, nil, 0, fmt.Errorf("%w: wrong checksum", errFrame)
	}
	if f[9] != frameVersion {
		return 0, nil, 0, fmt.Errorf("%w: version %d is not known to this version of the program", errFrame, f[9])
	}
	return frameType(f[8]), f[frameHeaderSize:n], n, nil
}

// fields reads fixed-size numbers off a payload.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if len(f.b) < n {
		f.bad = true
		return make([]byte, n)
	}
	v := f.b[:n]
	f.b = f.b[n:]
	return v
}

func (f *fields) u8() byte    { return f.take(1)[0] }
func (f *fields) u32() uint32 { return binary.LittleEndian.Uint32(f.take(4)) }
func (f *fields) u64() uint64 { return binary.LittleEndian.Uint64(f.take(8)) }
