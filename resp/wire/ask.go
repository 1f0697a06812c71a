package wire

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

const askTimeout = 3 * time.Second

// Ask dials a server, sends commands to a server and returns the last one's reply.
// An error reply is an error. It is for a question now and then: nothing is pooled.
func Ask(addr string, commands ...[]string) (v Value, err error) {
	return AskTLS(addr, nil, commands...)
}

// AskTLS is Ask by TLS, or without it if secure is nil.
func AskTLS(addr string, secure *tls.Config, commands ...[]string) (v Value, err error) {
	c, err := net.DialTimeout("tcp", addr, askTimeout)
	if err != nil {
		return v, err
	}
	if secure != nil {
		c = tls.Client(c, secure)
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
