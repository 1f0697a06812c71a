package process

import (
	"bufio"
	"fmt"
	"net"
	"time"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// Conn is one connection to one node. Not safe for concurrent use.
type Conn struct {
	net.Conn
	r *bufio.Reader
	// Timeout bounds each call; 0 means 10 s.
	Timeout time.Duration
}

// Dial connects to an address.
func Dial(addr string) (*Conn, error) {
	c, err := net.DialTimeout("tcp", addr, 2*time.Second)
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: c, r: bufio.NewReader(c)}, nil
}

// Do sends one command and reads its reply. An error reply is a Value, not an
// error. After an error the connection is of no more use, and what the command
// did is unknown.
func (c *Conn) Do(args ...string) (wire.Value, error) {
	if err := c.Send(args...); err != nil {
		return wire.Value{}, err
	}
	return c.Receive()
}

// Send writes a command without waiting for the reply.
func (c *Conn) Send(args ...string) error {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err := c.Write(wire.AppendCommand(nil, args...))
	return err
}

// Receive reads the next reply.
func (c *Conn) Receive() (wire.Value, error) { return wire.ReadReply(c.r, 0) }

// Ask connects, sends one command and reads its reply.
func Ask(addr string, args ...string) (wire.Value, error) {
	c, err := Dial(addr)
	if err != nil {
		return wire.Value{}, err
	}
	defer c.Close()
	c.Timeout = 2 * time.Second
	v, err := c.Do(args...)
	if err == nil && v.IsError() {
		return v, fmt.Errorf("%s: %s", args[0], v.Str)
	}
	return v, err
}
