package engine

import "github.com/laurocaetano/foxtail/engine/keyspace"

// record is a key with its value, as the keyspace hands it out: its bytes are
// valid until the next change of that database.
type record = keyspace.Record

// Type is what a key holds. The numbers are part of the snapshot format.
type Type uint8

const (
	TypeString Type = 0
	TypeList   Type = 1
	TypeSet    Type = 2
	TypeZset   Type = 3
	TypeHash   Type = 4
	TypeStream Type = 6

	TypeNone Type = 0xff // no value has it
)

var typeNames = map[Type]string{
	TypeString: "string", TypeList: "list", TypeSet: "set", TypeZset: "zset", TypeHash: "hash", TypeStream: "stream",
}

// String is the name that TYPE answers.
func (t Type) String() string { return typeNames[t] }

func typeOf(rec record) Type { return Type(rec.Type()) }

// typeNamed finds a type by the name TYPE answers; TypeNone if there is none.
func typeNamed(name []byte) Type {
	for t := TypeString; t <= TypeStream; t++ {
		if n := typeNames[t]; n != "" && EqualFold(name, n) {
			return t
		}
	}
	return TypeNone
}

// Encodings of TypeString. A string is stored as its bytes; the encoding only
// remembers what OBJECT ENCODING must tell: SET and INCR leave the most compact
// form, APPEND and SETRANGE a raw string, INCRBYFLOAT digits that are no int.
const (
	stringCompact uint8 = 0
	stringRaw     uint8 = 1
	stringText    uint8 = 2
)

// embstrBytesMax is the longest string that Redis keeps beside its object.
const embstrBytesMax = 44

// valueKind is what the engine knows of a type beyond its commands. The codec
// serialises values kept as objects; a value of bytes needs none. Equal
// objects encode to equal bytes, whatever way they came to be. decode must not
// keep b, and must refuse what encode can't have made.
type valueKind struct {
	encoding func(rec record) string // OBJECT ENCODING
	encode   func(dst []byte, obj keyspace.Object) []byte
	decode   func(b []byte) (keyspace.Object, error)
}

// kindOf is the registry of types. A new type is added here and nowhere else.
func kindOf(t Type) (valueKind, bool) {
	switch t {
	case TypeString:
		return valueKind{encoding: stringEncoding}, true
	case TypeList:
		return valueKind{encoding: listEncoding, encode: encodeList, decode: decodeList}, true
	case TypeSet:
		return valueKind{encoding: setEncoding, encode: encodeTable, decode: decodeTable}, true
	case TypeZset:
		return valueKind{encoding: zsetEncoding, encode: encodeZset, decode: decodeZset}, true
	case TypeHash:
		return valueKind{encoding: tableEncoding, encode: encodeTable, decode: decodeTable}, true
	case TypeStream:
		return valueKind{encoding: streamEncoding, encode: encodeStream, decode: decodeStream}, true
	default:
		return valueKind{}, false
	}
}

func stringEncoding(rec record) string {
	if rec.Encoding() == stringRaw {
		return "raw"
	}
	b := rec.Value()
	if _, isInt := ParseInt(b); isInt && rec.Encoding() == stringCompact {
		return "int"
	}
	if len(b) <= embstrBytesMax {
		return "embstr"
	}
	return "raw"
}

func encodingOf(rec record) string {
	kind, ok := kindOf(typeOf(rec))
	if !ok {
		return "unknown"
	}
	return kind.encoding(rec)
}

// deadlineOf is the time in unix milliseconds at which the key expires; 0: never.
func deadlineOf(rec record) int64 {
	ms, _ := rec.DeadlineMs()
	return ms
}

// versionMax is the largest log index that a key can carry.
const versionMax = 1<<48 - 1
