package cluster

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	pb "go.etcd.io/raft/v3/raftpb"
)

// bigMessage is a message that goes in pieces. It refers to the data of the
// entries in it rather than holding a copy, and each piece is made when the
// socket has room for it: so a value of 500 MB is never copied in one go, which
// would take the better part of an election timeout, for every peer.
type bigMessage struct {
	t     frameType
	parts [][]byte // still to go; immutable
	left  int      // bytes in parts
}

func newBigMessage(t frameType, parts ...[]byte) *bigMessage {
	m := &bigMessage{t: t, parts: parts}
	for _, p := range parts {
		m.left += len(p)
	}
	return m
}

const pieceHeaderSize = 1 + 4

// size is what all its frames will take.
func (m *bigMessage) size() int {
	pieces := (m.left + partBytes - 1) / partBytes
	return m.left + pieces*(frameHeaderSize+pieceHeaderSize)
}

// appendPiece appends the frame of the next piece.
func (m *bigMessage) appendPiece(b []byte) []byte {
	at := len(b)
	n := min(m.left, partBytes)
	m.left -= n
	b = append(beginFrame(b, fPart), byte(m.t))
	b = binary.LittleEndian.AppendUint32(b, uint32(m.left))
	for n > 0 {
		k := min(n, len(m.parts[0]))
		b = append(b, m.parts[0][:k]...)
		n -= k
		if m.parts[0] = m.parts[0][k:]; len(m.parts[0]) == 0 {
			m.parts = m.parts[1:]
		}
	}
	endFrame(b, at)
	return b
}

// Fields of raft's messages, by their numbers in raft.proto.
const (
	messageEntries = 7
	entryData      = 4
)

// raftParts encodes a message with entries for a group. The entries come last,
// which protobuf allows; only their data is not copied.
func raftParts(group uint32, m *pb.Message) ([][]byte, error) {
	entries := m.Entries
	m.Entries = nil
	b, err := proto.MarshalOptions{}.MarshalAppend(binary.LittleEndian.AppendUint32(nil, group), m)
	m.Entries = entries
	if err != nil {
		return nil, err
	}
	var parts [][]byte
	var header []byte
	for _, e := range entries {
		// e itself may be read by another goroutine, which writes it to the log.
		header, err = proto.MarshalOptions{}.MarshalAppend(header[:0], &pb.Entry{Term: e.Term, Index: e.Index, Type: e.Type})
		if err != nil {
			return nil, err
		}
		data := e.GetData()
		if data != nil {
			header = protowire.AppendTag(header, entryData, protowire.BytesType)
			header = protowire.AppendVarint(header, uint64(len(data)))
		}
		b = protowire.AppendTag(b, messageEntries, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(len(header)+len(data)))
		b = append(b, header...)
		if len(data) < partBytes/8 {
			b = append(b, data...)
			continue
		}
		parts = append(parts, b, data)
		b = nil
	}
	if len(b) > 0 {
		parts = append(parts, b)
	}
	return parts, nil
}

// decodeRaft decodes a raft message. lasting: b is never changed, and big data of
// entries is left in it, not copied.
func decodeRaft(b []byte, lasting bool) (*pb.Message, error) {
	m := &pb.Message{}
	if !lasting {
		return m, proto.Unmarshal(b, m)
	}
	var rest []byte // all but the entries
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeField(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		field := b[:n]
		b = b[n:]
		if number != messageEntries || kind != protowire.BytesType {
			rest = append(rest, field...)
			continue
		}
		_, _, k := protowire.ConsumeTag(field)
		body, _ := protowire.ConsumeBytes(field[k:])
		e, err := decodeRaftEntry(body)
		if err != nil {
			return nil, err
		}
		m.Entries = append(m.Entries, e)
	}
	entries := m.Entries
	err := proto.Unmarshal(rest, m)
	m.Entries = entries
	return m, err
}

func decodeRaftEntry(b []byte) (*pb.Entry, error) {
	e := &pb.Entry{}
	var data, rest []byte
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeField(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		if number == entryData && kind == protowire.BytesType {
			_, _, k := protowire.ConsumeTag(b)
			data, _ = protowire.ConsumeBytes(b[k:])
			data = data[:len(data):len(data)]
		} else {
			rest = append(rest, b[:n]...)
		}
		b = b[n:]
	}
	err := proto.Unmarshal(rest, e)
	e.Data = data
	return e, err
}
