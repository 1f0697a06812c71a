package resp

import (
	"crypto/tls"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// admin hands an operator's command to the replica. The connection waits for the
// outcome: nothing behind it is parsed. REQUIRES: c.pend is empty.
func (c *Conn) admin(args [][]byte) {
	c.pend.push(slot{kind: slotWrite, silent: c.silent(), cmd: c.last})
	c.stall(stallPending)
	c.srv.replica.Admin(copyArgs(args), func(res AdminResult) {
		if c.closed {
			return
		}
		silent := c.pend.front().silent
		c.pend.pop()
		if !silent {
			res.reply(&c.out)
		}
		c.drained()
	})
}

func (res *AdminResult) reply(r engine.Reply) {
	switch {
	case res.Err != "":
		r.Err(res.Err)
	case res.Reply != nil:
		res.Reply(r)
	default:
		r.OK()
	}
}

// adminBeside hands a command to the replica and does not wait; a failure is
// logged.
func (s *Server) adminBeside(words ...string) {
	args := make([][]byte, len(words))
	for i, w := range words {
		args[i] = []byte(w)
	}
	s.replica.Admin(args, func(res AdminResult) {
		if res.Err != "" {
			s.log.Warn("background command failed", "command", words, "error", string(res.Err))
		}
	})
}

// AskToJoin hands a node's request to a member of a cluster, as a client, and
// returns the ticket that it gets. secure is nil where the port is a plain one.
func AskToJoin(addr, password, request string, secure *tls.Config) (ticket string, err error) {
	commands := [][]string{{"FOXTAIL", "JOIN", request}}
	if password != "" {
		commands = [][]string{{"AUTH", password}, commands[0]}
	}
	v, err := wire.AskTLS(addr, secure, commands...)
	return v.Str, err
}
