package script

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Limits of a reply that a test will believe: a server that answers more is
// broken, and must not take the test's memory with it.
const (
	replyBytesMax = 64 << 20
	replyElemsMax = 1 << 20
	replyDepthMax = 32
)

// ReadValue reads one RESP2 or RESP3 reply. It is written apart from the
// server's own decoder on purpose: two readers of one protocol check each
// other.
func ReadValue(r *bufio.Reader) (Value, error) { return readValue(r, 0) }

func readValue(r *bufio.Reader, depth int) (Value, error) {
	if depth > replyDepthMax {
		return Value{}, errors.New("reply: nested too deeply")
	}
	line, err := readLine(r)
	if err != nil {
		return Value{}, err
	}
	if len(line) == 0 {
		return Value{}, errors.New("reply: empty line")
	}
	v, text := Value{Kind: Kind(line[0])}, string(line[1:])
	switch v.Kind {
	case Status, Error, BigNumber, Double:
		v.Str = []byte(text)
		return v, nil
	case Null:
		if text != "" {
			return v, fmt.Errorf("reply: null with text %q", text)
		}
		return v, nil
	case Integer:
		v.Int, err = strconv.ParseInt(text, 10, 64)
		return v, err
	case Bool:
		if text != "t" && text != "f" {
			return v, fmt.Errorf("reply: boolean %q", text)
		}
		if text == "t" {
			v.Int = 1
		}
		return v, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return v, fmt.Errorf("reply: %q: %w", line, err)
	}
	switch v.Kind {
	case Bulk, Verbatim:
		return readText(r, v, n)
	case Array, Set, Push, Map:
		return readElems(r, v, n, depth)
	}
	return v, fmt.Errorf("reply: unknown type %q", line)
}

func readText(r *bufio.Reader, v Value, n int) (Value, error) {
	if n == -1 && v.Kind == Bulk {
		return Value{Kind: Null}, nil
	}
	if n < 0 || n > replyBytesMax {
		return v, fmt.Errorf("reply: length %d", n)
	}
	v.Str = make([]byte, n+2)
	if _, err := io.ReadFull(r, v.Str); err != nil {
		return v, err
	}
	if string(v.Str[n:]) != "\r\n" {
		return v, fmt.Errorf("reply: %d bytes are followed by %q", n, v.Str[n:])
	}
	v.Str = v.Str[:n]
	if v.Kind == Verbatim {
		if n < 4 || v.Str[3] != ':' {
			return v, fmt.Errorf("reply: verbatim text without a format: %q", v.Str)
		}
		v.Str = v.Str[4:]
	}
	return v, nil
}

func readElems(r *bufio.Reader, v Value, n, depth int) (Value, error) {
	if n == -1 && v.Kind == Array {
		return Value{Kind: Null}, nil
	}
	if v.Kind == Map {
		n *= 2
	}
	if n < 0 || n > replyElemsMax {
		return v, fmt.Errorf("reply: %d elements", n)
	}
	for range n {
		e, err := readValue(r, depth+1)
		if err != nil {
			return v, err
		}
		v.Elems = append(v.Elems, e)
	}
	return v, nil
}

func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 2 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("reply: line %q does not end in CR LF", line)
	}
	return line[:len(line)-2], nil
}

// AppendCommand encodes a command as an array of bulk strings.
func AppendCommand(dst []byte, args [][]byte) []byte {
	dst = fmt.Appendf(dst, "*%d\r\n", len(args))
	for _, a := range args {
		dst = fmt.Appendf(dst, "$%d\r\n", len(a))
		dst = append(append(dst, a...), '\r', '\n')
	}
	return dst
}
