package load

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	channels      = 2
	subscribers   = 3
	subscribedFor = 15 * time.Second
)

func channel(i int) string { return fmt.Sprint("channel:", i) }

// subscribe listens at one node after the other and holds what it hears to L5.
func (l *Load) subscribe(id int) {
	c := l.newClient(id)
	defer c.close()
	for !l.stopped() {
		if _, o := c.do("SUBSCRIBE", channel(0)); o != done {
			l.pause()
			continue
		}
		last := map[string]int{}
		c.conn.Timeout = 0
		err := c.conn.Send("SUBSCRIBE", channel(1))
		for until := time.Now().Add(subscribedFor); err == nil && time.Now().Before(until) && !l.stopped(); {
			err = l.hear(c, last)
		}
		c.close()
	}
}

func (l *Load) hear(c *client, last map[string]int) error {
	if err := c.conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	v, err := c.conn.Receive()
	if err != nil {
		return err // also for silence: another node is tried then
	}
	if len(v.Elems) != 3 || v.Elems[0].Str != "message" {
		return nil
	}
	l.heard.Add(1)
	name, message := v.Elems[1].Str, v.Elems[2].Str
	if !inOrder(last, name+" "+message) {
		l.problem("L5: %s: %s is not the next of its connection: %v", name, message, last)
	}
	return nil
}

// inOrder notes a message, "publishing connection:number", and tells whether
// it is newer than the last one of its connection.
func inOrder(last map[string]int, message string) bool {
	at := strings.LastIndexByte(message, ':')
	if at < 0 {
		return false
	}
	n, err := strconv.Atoi(message[at+1:])
	if err != nil || n <= last[message[:at]] {
		return false
	}
	last[message[:at]] = n
	return true
}
