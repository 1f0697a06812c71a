// Package wire is RESP2 as a load generator needs it: commands as bytes, replies
// counted rather than kept. It trusts the server, and is not the database's own
// package of that name, so that a mistake in one shows in the other.
package wire

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// Append appends a command.
func Append(buf []byte, args ...string) []byte {
	return Arguments(Array(buf, len(args)), args...)
}

// Arguments appends arguments of a command whose head is there.
func Arguments(buf []byte, args ...string) []byte {
	for _, a := range args {
		buf = append(Bulk(buf, len(a)), a...)
		buf = append(buf, "\r\n"...)
	}
	return buf
}

// Array appends the head of a command of n arguments.
func Array(buf []byte, n int) []byte {
	buf = strconv.AppendInt(append(buf, '*'), int64(n), 10)
	return append(buf, "\r\n"...)
}

// Bulk appends the head of an argument of n bytes; these and \r\n follow.
func Bulk(buf []byte, n int) []byte {
	buf = strconv.AppendInt(append(buf, '$'), int64(n), 10)
	return append(buf, "\r\n"...)
}

// Error is an error reply.
type Error string

func (e Error) Error() string { return string(e) }

// Reader reads replies.
type Reader struct{ *bufio.Reader }

// NewReader reads from r.
func NewReader(r io.Reader) Reader { return Reader{bufio.NewReaderSize(r, 64<<10)} }

// Skip reads one reply and forgets it. An error reply is returned as Error.
func (r Reader) Skip() error {
	_, err := r.read(false)
	return err
}

// Text reads one reply; the strings and numbers of an array are joined by \n.
func (r Reader) Text() (string, error) { return r.read(true) }

func (r Reader) read(keep bool) (string, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	if len(line) < 3 {
		return "", fmt.Errorf("a reply begins with %q", line)
	}
	kind, head := line[0], line[1:len(line)-2]
	switch kind {
	case '-':
		return "", Error(head)
	case '+', ':':
		if keep {
			return string(head), nil
		}
		return "", nil
	}
	n, err := strconv.Atoi(string(head))
	switch {
	case err != nil || kind != '$' && kind != '*':
		return "", fmt.Errorf("a reply begins with %q", line)
	case n < 0:
		return "", nil
	case kind == '*':
		var parts []string
		for range n {
			s, err := r.read(keep)
			if err != nil {
				return "", err
			}
			if keep {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "\n"), nil
	case !keep:
		_, err = r.Discard(n + 2)
		return "", err
	}
	body := make([]byte, n+2)
	_, err = io.ReadFull(r, body)
	return string(body[:n]), err
}

// Ask sends one command over a connection of its own. The end of ctx ends it.
func Ask(ctx context.Context, addr string, args ...string) (string, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if _, err := c.Write(Append(nil, args...)); err != nil {
		return "", err
	}
	return NewReader(c).Text()
}
