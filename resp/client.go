package resp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// UncertainError is the error of a write that may or may not have been
// applied: the connection broke, the context ended, or the server said
// -UNCERTAIN, after the write was sent. The client never sends such a write
// again; only the caller knows whether that would be right.
type UncertainError struct {
	Command string
	Err     error // what happened
}

func (e *UncertainError) Error() string {
	return e.Command + " may or may not have been applied: " + e.Err.Error()
}

func (e *UncertainError) Unwrap() error { return e.Err }

// ErrClientClosed is returned by all methods after Close.
var ErrClientClosed = errors.New("client is closed")

// ReplyError is an error reply of the server: "WRONGTYPE Operation against ...".
type ReplyError string

func (e ReplyError) Error() string { return string(e) }

// Code is the error's first word.
func (e ReplyError) Code() string {
	code, _, _ := strings.Cut(string(e), " ")
	return code
}

// ClientOptions of Dial. The zero value is fine.
type ClientOptions struct {
	Username, Password string
	DB                 int
	ConnsMax           int           // connections in all; 16 if 0
	DialTimeout        time.Duration // per node; 1 s if 0
	// Timeout bounds a call whose context has no deadline; 10 s if 0.
	Timeout time.Duration
}

func (o ClientOptions) withDefaults() ClientOptions {
	if o.ConnsMax == 0 {
		o.ConnsMax = 16
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}

// Client talks to a cluster through whichever of its nodes answers: any node
// takes any command. Calls share a pool of connections, and are safe for
// concurrent use. Reads are repeated at another node when one dies; writes
// only as long as they surely were not applied.
type Client struct {
	pool pool
	opt  ClientOptions
}

// Dial connects to one of the nodes at addrs ("host:port").
func Dial(ctx context.Context, addrs []string, opt ClientOptions) (*Client, error) {
	if len(addrs) == 0 {
		return nil, errors.New("no address to connect to")
	}
	opt = opt.withDefaults()
	c := &Client{opt: opt}
	c.pool.init(slices.Clone(addrs), opt)
	if _, err := c.Do(ctx, "PING"); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close closes all connections. Calls under way fail.
func (c *Client) Close() { c.pool.close() }

// Put sets a key to a value.
func (c *Client) Put(ctx context.Context, key string, value []byte) error {
	_, err := c.Do(ctx, "SET", key, value)
	return err
}

// Get returns the value of a key, nil if there is no such key.
func (c *Client) Get(ctx context.Context, key string) ([]byte, error) {
	v, err := c.Do(ctx, "GET", key)
	if err != nil || v.Null {
		return nil, err
	}
	return []byte(v.Str), nil
}

// Delete removes keys and returns how many there were.
func (c *Client) Delete(ctx context.Context, keys ...string) (int, error) {
	args := []any{"DEL"}
	for _, k := range keys {
		args = append(args, k)
	}
	v, err := c.Do(ctx, args...)
	return int(v.Int), err
}

// Do runs any command that belongs to no session (not SELECT, MULTI, WATCH,
// SUBSCRIBE, ...). Arguments are strings, byte slices, integers or floats. An
// error reply is returned as a ReplyError.
func (c *Client) Do(ctx context.Context, args ...any) (wire.Value, error) {
	words, err := appendWords(nil, args)
	if err != nil {
		return wire.Value{}, err
	}
	if len(words) == 0 {
		return wire.Value{}, errors.New("no command")
	}
	if ofSession(words[0]) {
		return wire.Value{}, fmt.Errorf("%s acts on a connection, and calls share connections", words[0])
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.opt.Timeout)
		defer cancel()
	}
	return c.run(ctx, words, readOnly(words))
}

// Pauses between attempts: long enough not to burn a core, short beside an
// election.
const (
	retryPauseMin = 5 * time.Millisecond
	retryPauseMax = 100 * time.Millisecond
)

// readWaitMax is how long a node may take over a read before another one is
// asked: longer than a node holds requests through an election.
const readWaitMax = 3 * time.Second

// run tries until there is an answer, the fate of a write is unknown, or the
// context ends.
func (c *Client) run(ctx context.Context, words []string, read bool) (wire.Value, error) {
	request := wire.AppendCommand(nil, words...)
	for pause := retryPauseMin; ; pause = min(2*pause, retryPauseMax) {
		v, sent, err := c.attempt(ctx, request, read)
		again := false
		switch {
		case errors.Is(err, ErrClientClosed):
		case err != nil:
			again = read || !sent
		case v.IsError():
			e := ReplyError(v.Str)
			again, err = mayRepeat(e, read), e
		}
		if err == nil {
			return v, nil
		}
		if !again {
			if sent && !read && inDoubt(err) {
				err = &UncertainError{words[0], err}
			}
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, fmt.Errorf("%s: %w, last: %w", words[0], ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// mayRepeat says of an error reply whether the command may be sent again:
// because it surely was not applied, or because it changes nothing.
func mayRepeat(e ReplyError, read bool) bool {
	switch e.Code() {
	case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN":
		return true
	case "UNCERTAIN":
		return read
	}
	return false
}

// inDoubt says of what became of a write that was sent whether that leaves its
// fate open: all but a plain error reply does.
func inDoubt(err error) bool {
	var e ReplyError
	return !errors.As(err, &e) || e.Code() == "UNCERTAIN"
}

// attempt sends the request on one connection. sent tells whether any part of
// it may have reached the server.
func (c *Client) attempt(ctx context.Context, request []byte, read bool) (v wire.Value, sent bool, err error) {
	if read && len(c.pool.addrs) > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, readWaitMax)
		defer cancel()
	}
	conn, err := c.pool.take(ctx)
	if err != nil {
		return v, false, err
	}
	v, sent, err = conn.roundTrip(ctx, request)
	c.pool.put(conn, err == nil && !leavesNode(v))
	return v, sent, err
}

// leavesNode tells from a reply that another node may do better.
func leavesNode(v wire.Value) bool {
	if !v.IsError() {
		return false
	}
	switch ReplyError(v.Str).Code() {
	case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "UNCERTAIN":
		return true
	}
	return false
}

// readOnly tells commands that may be repeated. What this version does not
// know counts as a write.
func readOnly(words []string) bool {
	if strings.EqualFold(words[0], "PING") || strings.EqualFold(words[0], "ECHO") {
		return true
	}
	args := make([][]byte, len(words))
	for i, w := range words {
		args[i] = []byte(w)
	}
	cmd, fault := engine.Resolve(args)
	return fault == "" && cmd.Flags&engine.ReadOnly != 0
}

// ofSession tells commands that change what later commands of the connection
// mean, or how many replies come.
func ofSession(name string) bool {
	switch strings.ToUpper(name) {
	case "SELECT", "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE",
		"UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR", "HELLO", "AUTH", "RESET", "QUIT", "CLIENT",
		"READONLY", "READWRITE", "ASKING", "SYNC", "PSYNC":
		return true
	}
	return false
}

func appendWords(words []string, args []any) ([]string, error) {
	for _, a := range args {
		switch a := a.(type) {
		case string:
			words = append(words, a)
		case []byte:
			words = append(words, string(a))
		case int:
			words = append(words, strconv.Itoa(a))
		case int64:
			words = append(words, strconv.FormatInt(a, 10))
		case uint64:
			words = append(words, strconv.FormatUint(a, 10))
		case float64:
			words = append(words, string(wire.AppendDouble(nil, a)))
		default:
			return nil, fmt.Errorf("argument %v of type %T: want a string, bytes or a number", a, a)
		}
	}
	return words, nil
}

// isTimeout tells the deadline of a context, set on a connection, from other
// failures of that connection.
func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}
