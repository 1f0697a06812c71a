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

// turn takes in what peers and clients sent, and lets the Core do the rest.
func (db *Node) turn(events []reactor.Event) (wake time.Duration) {
	now := db.now()
	db.Begin(now)
	for i := range events { // peers first: heartbeats must not wait for clients
		if ev := &events[i]; ev.Listener != nil && db.peers[ev.Listener] {
			c := ev.Conn // not in the event any more if it is closed at once
			if link := db.AcceptPeer(c); link != nil {
				c.Data = link
			}
		} else if link, ok := ownerOf(ev).(*cluster.Link); ok {
			serveSocket(ev, link)
		}
	}
	for i := range events {
		if ev := &events[i]; ev.Listener != nil && db.clients[ev.Listener] != nil {
			c := ev.Conn
			if conn := db.Accept(c, db.clients[ev.Listener]); conn != nil {
				c.Data = conn
			}
		} else if conn, ok := ownerOf(ev).(*resp.Conn); ok {
			serveSocket(ev, conn)
		}
	}
	wake, err := db.Turn(now)
	if err != nil {
		db.fatal = err
	}
	return wake
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
