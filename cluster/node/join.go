package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp"
)

// admit answers FOXTAIL JOIN: the request of a new node, and its ticket, are JSON.
func (db *Core) admit(request string, done func(resp.AdminResult)) {
	var req cluster.JoinRequest
	if err := json.Unmarshal([]byte(request), &req); err != nil {
		done(resp.AdminResult{Err: engine.Error("ERR the request to join can't be read: " + err.Error())})
		return
	}
	db.node.Admit(req, func(t cluster.JoinTicket, err error) {
		ticket, encodeErr := json.Marshal(t)
		if err = errors.Join(err, encodeErr); err != nil {
			done(resp.AdminResult{Err: adminError(err)})
			return
		}
		done(resp.AdminResult{Reply: func(r engine.Reply) { r.Bulk(ticket) }})
	})
}

// join asks the members, until one says yes, for this node's place in the
// cluster. It runs beside the loop.
func (db *Node) join(members []string, password string, req cluster.JoinRequest) {
	const first, last = 50 * time.Millisecond, 2 * time.Second
	said := ""
	for wait := first; ; wait = min(2*wait, last) {
		var failed error
		for _, addr := range members {
			ticket, err := db.askToJoin(addr, password, req)
			if err == nil {
				db.reactor.Post(func() { db.adopt(ticket) })
				return
			}
			failed = errors.Join(failed, fmt.Errorf("%s: %w", addr, err))
		}
		if wait > 4*first && failed.Error() != said { // a cluster that is just starting is no news
			said = failed.Error()
			db.log.Warn("can't join yet", "reason", failed)
		}
		time.Sleep(wait) // between attempts to reach a machine that may be down
	}
}

func (db *Node) adopt(ticket cluster.JoinTicket) {
	if db.fatal = db.node.Adopt(ticket); db.fatal == nil {
		db.ready()
	}
}

func (db *Node) askToJoin(addr, password string, req cluster.JoinRequest) (t cluster.JoinTicket, err error) {
	request, err := json.Marshal(req)
	if err != nil {
		return t, err
	}
	ticket, err := resp.AskToJoin(addr, password, string(request), db.security.dialPeers())
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(ticket), &t)
}
