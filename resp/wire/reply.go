package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Kind is the type of a reply: its first byte on the wire.
type Kind byte

// The kinds of replies. An absent value is Null in RESP3; in RESP2 it is a Bulk
// or an Array with Value.Null set.
const (
	Status    Kind = '+'
	ErrorKind Kind = '-'
	Integer   Kind = ':'
	Bulk      Kind = '$'
	Array     Kind = '*'
	Null      Kind = '_'
	Double    Kind = ','
	Bool      Kind = '#'
	BulkError Kind = '!'
	Verbatim  Kind = '='
	BigNumber Kind = '('
	Map       Kind = '%'
	Set       Kind = '~'
	Push      Kind = '>'
)

// Value is a decoded reply.
type Value struct {
	Kind   Kind
	Null   bool    // absent, in whatever form it was sent
	Str    string  // Status, errors, Bulk, Verbatim (without format), BigNumber; Double as it was sent
	Format string  // Verbatim: "txt"
	Int    int64   // Integer; Bool: 1 or 0
	Float  float64 // Double
	Elems  []Value // Array, Set, Push; Map: key, value, key, value...
	Attrs  []Value // attributes sent ahead of it: key, value...
}

// IsError tells whether the reply is an error; Str is its text.
func (v Value) IsError() bool { return v.Kind == ErrorKind || v.Kind == BulkError }

// Limits of a decoded reply.
const (
	replyDepthMax = 64
	// DefaultReplySizeMax bounds what ReadReply takes when it is given no bound:
	// a little more than the largest value a server stores.
	DefaultReplySizeMax = 1 << 30
	// valueSize is what an element costs beside its bytes.
	valueSize = 128
)

// ErrReply is wrapped by all errors of bytes that are no reply. The connection
// they came from cannot be used further.
var ErrReply = errors.New("malformed reply")

// ReadReply reads one reply. The memory it takes is bounded by sizeMax (0 means
// DefaultReplySizeMax) and never runs ahead of the bytes that arrived. io.EOF
// means the stream ended between two replies, io.ErrUnexpectedEOF inside one.
func ReadReply(r *bufio.Reader, sizeMax int) (Value, error) {
	if _, err := r.Peek(1); err != nil {
		return Value{}, err
	}
	if sizeMax == 0 {
		sizeMax = DefaultReplySizeMax
	}
	d := decoder{r: r, room: sizeMax}
	v, err := d.value(0)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

type decoder struct {
	r    *bufio.Reader
	room int // bytes this reply may still cost
}

func (d *decoder) spend(n int) error {
	if n > d.room {
		return fmt.Errorf("%w: larger than allowed", ErrReply)
	}
	d.room -= n
	return nil
}

func (d *decoder) value(depth int) (Value, error) {
	if depth > replyDepthMax {
		return Value{}, fmt.Errorf("%w: nested deeper than %d", ErrReply, replyDepthMax)
	}
	line, err := d.line()
	if err != nil {
		return Value{}, err
	}
	if len(line) == 0 {
		return Value{}, fmt.Errorf("%w: empty line", ErrReply)
	}
	v := Value{Kind: Kind(line[0])}
	rest := line[1:]
	switch v.Kind {
	case Status, ErrorKind, BigNumber:
		v.Str = string(rest)
	case Integer:
		v.Int, err = strconv.ParseInt(string(rest), 10, 64)
	case Null:
		v.Null = true
	case Double:
		v.Str = string(rest)
		v.Float, err = parseDouble(v.Str)
	case Bool:
		switch string(rest) {
		case "t":
			v.Int = 1
		case "f":
		default:
			err = fmt.Errorf("boolean %q", rest)
		}
	case Bulk, BulkError, Verbatim:
		return d.bulk(v, rest)
	case Array, Set, Push, Map, attribute:
		return d.aggregate(v, rest, depth)
	default:
		err = fmt.Errorf("type byte %q", line[0])
	}
	if err != nil {
		return Value{}, fmt.Errorf("%w: %w", ErrReply, err)
	}
	return v, nil
}

// attribute is no kind of its own for the caller: it belongs to the next value.
const attribute Kind = '|'

func parseDouble(s string) (float64, error) {
	switch s {
	case "inf":
		return math.Inf(1), nil
	case "-inf":
		return math.Inf(-1), nil
	case "nan", "-nan":
		return math.NaN(), nil
	}
	return strconv.ParseFloat(s, 64)
}

// line reads up to CRLF.
func (d *decoder) line() ([]byte, error) {
	var long []byte
	for {
		part, err := d.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
		if spent := d.spend(len(part)); spent != nil {
			return nil, spent
		}
		if err == nil && long == nil {
			return trimLine(part)
		}
		long = append(long, part...)
		if err == nil {
			return trimLine(long)
		}
	}
}

func trimLine(line []byte) ([]byte, error) {
	if n := len(line); n >= 2 && line[n-2] == '\r' {
		return line[:n-2], nil
	}
	return nil, fmt.Errorf("%w: line without CR", ErrReply)
}

func (d *decoder) size(digits []byte) (int, error) {
	n, ok := parseInt(digits)
	if !ok || n < -1 || n > math.MaxInt32 {
		return 0, fmt.Errorf("%w: length %.40q", ErrReply, digits)
	}
	return int(n), nil
}

func (d *decoder) bulk(v Value, digits []byte) (Value, error) {
	n, err := d.size(digits)
	if err != nil {
		return Value{}, err
	}
	if n < 0 {
		v.Null = true
		return v, nil
	}
	if err := d.spend(n); err != nil {
		return Value{}, err
	}
	// The buffer grows with what arrives, whatever the header says.
	b := make([]byte, 0, min(n+2, 64<<10))
	for len(b) < n+2 {
		if len(b) == cap(b) {
			b = append(make([]byte, 0, min(n+2, 2*cap(b))), b...)
		}
		got, err := io.ReadFull(d.r, b[len(b):cap(b)])
		b = b[:len(b)+got]
		if err != nil {
			return Value{}, err
		}
	}
	if b[n] != '\r' || b[n+1] != '\n' {
		return Value{}, fmt.Errorf("%w: bulk without CRLF", ErrReply)
	}
	b = b[:n]
	if v.Kind == Verbatim {
		if n < 4 || b[3] != ':' {
			return Value{}, fmt.Errorf("%w: verbatim string without format", ErrReply)
		}
		v.Format, b = string(b[:3]), b[4:]
	}
	v.Str = string(b)
	return v, nil
}

func (d *decoder) aggregate(v Value, digits []byte, depth int) (Value, error) {
	n, err := d.size(digits)
	if err != nil {
		return Value{}, err
	}
	if n < 0 {
		v.Null = true
		return v, nil
	}
	if v.Kind == Map || v.Kind == attribute {
		n *= 2
	}
	v.Elems = make([]Value, 0, min(n, 64))
	for range n {
		if err := d.spend(valueSize); err != nil {
			return Value{}, err
		}
		elem, err := d.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		v.Elems = append(v.Elems, elem)
	}
	if v.Kind != attribute {
		return v, nil
	}
	next, err := d.value(depth + 1)
	next.Attrs = append(v.Elems, next.Attrs...)
	return next, err
}

// AppendCommand appends a request.
func AppendCommand[T ~string | ~[]byte](b []byte, args ...T) []byte {
	b = appendHeader(b, '*', len(args))
	for _, arg := range args {
		b = appendHeader(b, '$', len(arg))
		b = append(b, arg...)
		b = append(b, '\r', '\n')
	}
	return b
}
