package node

import (
	"time"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/resp"
	"github.com/laurocaetano/foxtail/resp/reactor"
)

// loop turns until the node has stopped.
func (db *Node) loop() error {
	wake := time.Duration(0)
	for db.fatal == nil && !db.mayStop() {
		events, err := db.reactor.Wait(db.started.Add(wake))
		if err != nil {
			return err
		}
		wake = db.turn(events)
	}
	if db.node != nil && db.fatal == nil {
		db.fatal = db.node.Close()
	}
	return db.fatal
}

// turn is the order of everything: what peers and clients sent is taken in,
// the writes of all of them become one batch, the node sends, writes, syncs
// and applies it, and every client with an answer gets one write. Nothing in it
// blocks but the disk. It returns when the next turn is due without events.
func (db *Node) turn(events []reactor.Event) (wake time.Duration) {
	now := db.now()
	db.server.Begin(resp.Instant(now))
	for i := range events { // peers first: heartbeats must not wait for clients
		if ev := &events[i]; ev.Listener != nil && db.peers[ev.Listener] {
			db.acceptPeer(ev.Conn)
		} else if link, ok := ownerOf(ev).(*cluster.Link); ok {
			serveSocket(ev, link)
		}
	}
	for i := range events {
		if ev := &events[i]; ev.Listener != nil && db.clients[ev.Listener] != nil {
			if conn := db.server.Accept(ev.Conn, db.clients[ev.Listener]); conn != nil {
				ev.Conn.Data = conn
			}
		} else if conn, ok := ownerOf(ev).(*resp.Conn); ok {
			serveSocket(ev, conn)
		}
	}
	wake = quietWake + now.Mono
	if db.stopping && db.node != nil && db.node.HandedOver() {
		db.server.Leave()
	}
	if db.node != nil {
		db.doubtSilent()
		db.server.Gather()
		w, err := db.node.Turn(now)
		if err != nil {
			db.fatal = err
			return 0
		}
		wake = min(wake, w)
		if db.machine.engine.Maintain(maintainBudget) {
			wake = now.Mono
		}
	}
	db.unsent = false
	wake = min(wake, db.server.Flush(resp.Instant(now)))
	if db.unsent {
		db.node.Flush()
	}
	return wake
}

const (
	quietWake      = time.Hour
	maintainBudget = 16
)

// doubtSilent is the leader's care for blocked calls: nothing is to be handed to
// clients of a process that it does not hear.
func (db *Node) doubtSilent() {
	if _, leads := db.node.Leads(dataGroup); !leads {
		return
	}
	db.machine.engine.EachPresent(func(origin uint64) {
		if !db.node.Alive(origin) {
			db.server.Doubt(origin)
		}
	})
}

// socketUser is who a socket's events are for.
type socketUser interface {
	Readable()
	Writable()
	Closed()
}

func ownerOf(ev *reactor.Event) any {
	if ev.Conn == nil { // closed by an earlier event of this turn
		return nil
	}
	return ev.Conn.Data
}

func serveSocket(ev *reactor.Event, u socketUser) {
	if ev.Writable {
		u.Writable()
	}
	if ev.Readable {
		u.Readable()
	}
	if ev.Closed {
		u.Closed()
	}
}

func (db *Node) acceptPeer(c *reactor.Conn) {
	if db.node == nil {
		c.Close() // it dials again
		return
	}
	c.Data = db.node.Accept(c)
}
