package wire

import (
	"bufio"
	"errors"
	"net"
	"time"
)

const askTimeout = 3 * time.Second

// Ask dials a server, sends commands to a server and returns the last one's reply.
// An error reply is an error. It is for a question now and then: nothing is pooled.
func Ask(addr string, commands ...[]string) (v Value, err error) {
	c, err := net.DialTimeout("tcp", addr, askTimeout)
	if err != nil {
		return v, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return v, err
	}
	r := bufio.NewReader(c)
	for _, cmd := range commands {
		if _, err := c.Write(AppendCommand(nil, cmd...)); err != nil {
			return v, err
		}
		if v, err = ReadReply(r, 1<<20); err != nil {
			return v, err
		}
		if v.IsError() {
			return v, errors.New(v.Str)
		}
	}
	return v, nil
}
