package cluster

import (
	"testing"
	"time"
)

// Connections that say nothing must not keep a member from its link.
func TestStrangersDoNotKeepMembersOut(t *testing.T) {
	c := newTestCluster(t, 13, 3, nil)
	l := c.leader()
	victim := c.node(1 + l.i%3)
	idle := func(k int) (links []*Link) {
		for range k {
			s := &testSocket{net: c.net}
			s.other = &testSocket{net: c.net, other: s}
			links = append(links, l.n.Accept(s))
		}
		return links
	}
	first := idle(strangersMax)
	c.kill(victim.i)
	c.restart(victim.i)
	c.until("the member is back", 3*time.Second, func() bool {
		idle(20)
		return c.settled()
	})
	if first[0].state != linkClosed || len(l.n.strangers) > strangersMax {
		t.Fatalf("%d connections of strangers are held", len(l.n.strangers))
	}
	c.run(2 * handshakeTicks * 50 * time.Millisecond)
	if n := len(l.n.strangers); n != 0 {
		t.Fatalf("%d strangers are still there", n)
	}
}
