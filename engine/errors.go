package engine

import (
	"bytes"
	"fmt"
	"strings"
)

// Errors that more than one command family answers, in Redis' words.
const (
	ErrWrongType     Error = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrSyntax        Error = "ERR syntax error"
	ErrNotInt        Error = "ERR value is not an integer or out of range"
	ErrNotFloat      Error = "ERR value is not a valid float"
	ErrNoSuchKey     Error = "ERR no such key"
	ErrDBRange       Error = "ERR DB index is out of range"
	ErrSameObject    Error = "ERR source and destination objects are the same"
	ErrOutOfRange    Error = "ERR value is out of range"
	ErrNotPositive   Error = "ERR value is out of range, must be positive"
	ErrInvalidCursor Error = "ERR invalid cursor"
	ErrTooLong       Error = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
)

// errArity is the reply to a known command with a wrong number of arguments.
func errArity(c *Command) Error {
	return Error("ERR wrong number of arguments for '" + c.FullName() + "' command")
}

// ArityError is what a session answers for a command with a wrong number of
// arguments.
func (c *Command) ArityError() Error { return errArity(c) }

// ArityOK reports whether n arguments (the name counted) fit the command.
func (c *Command) ArityOK(n int) bool {
	if c.Arity >= 0 {
		return n == c.Arity
	}
	return n >= -c.Arity
}

// UnknownCommand is the reply to a name that is in no table. The text is
// bounded: the name is cut at 128 bytes, and so are the arguments together.
func UnknownCommand(args [][]byte) Error {
	const most = 128
	var b strings.Builder
	fmt.Fprintf(&b, "ERR unknown command '%s', with args beginning with: ", cut(args[0], most))
	begin := b.Len()
	for _, a := range args[1:] {
		used := b.Len() - begin
		if used >= most {
			break
		}
		fmt.Fprintf(&b, "'%s' ", cut(a, most-used))
	}
	return Error(oneLine(b.String()))
}

// UnknownSubcommand is the reply to an unknown subcommand of parent.
func UnknownSubcommand(parent *Command, args [][]byte) Error {
	return Error(oneLine(fmt.Sprintf("ERR unknown subcommand '%s'. Try %s HELP.", cut(args[1], 128), strings.ToUpper(parent.Name))))
}

// cut shortens a client's bytes for an error text: at most so many, and up to
// the first zero byte, where C ends a string.
func cut(b []byte, most int) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b[:min(len(b), most)]
}

// oneLine keeps a client's bytes from breaking the frame of an error reply.
func oneLine(s string) string {
	b := []byte(strings.Trim(s, "\r\n"))
	for i, c := range b {
		if c == '\r' || c == '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}
