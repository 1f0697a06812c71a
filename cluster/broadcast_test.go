package cluster

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"
)

// heard notes what every node receives, by the order in which nodes are opened.
func heard(to *[]*[]string) func(*Config) {
	return func(cfg *Config) {
		got := &[]string{}
		*to = append(*to, got)
		cfg.Received = func(data []byte) {
			// A long one is known by its head.
			*got = append(*got, fmt.Sprintf("%s/%d", data[:min(len(data), 16)], len(data)))
		}
	}
}

// Every other node gets every broadcast of a healthy cluster once and in order,
// long ones among short ones.
func TestBroadcast(t *testing.T) {
	var got []*[]string
	c := newTestCluster(t, 1, 3, heard(&got))
	from := c.node(2).n
	c.until("the links are up", 10*time.Second, func() bool { return from.peers[1].up() && from.peers[3].up() })
	var want []string
	for i := range 200 {
		data := fmt.Appendf(nil, "%016d", i)
		if i%50 == 7 {
			data = append(data, make([]byte, 3*partBytes)...)
		}
		from.Broadcast(data)
		want = append(want, fmt.Sprintf("%s/%d", data[:16], len(data)))
		if i%20 == 0 {
			c.run(5 * time.Millisecond)
		}
	}
	c.until("all have heard all", 10*time.Second, func() bool { return len(*got[0]) >= len(want) && len(*got[2]) >= len(want) })
	for i, g := range got {
		if i != 1 && !slices.Equal(*g, want) {
			t.Errorf("node %d heard %d broadcasts, not those %d that were sent", i+1, len(*g), len(want))
		}
	}
	if len(*got[1]) != 0 {
		t.Errorf("the sender heard %d of its own", len(*got[1]))
	}
}

// What a node does not get because it is away, or its link is behind, is gone;
// what it gets is in order and never double.
func TestBroadcastIsNotWaitedFor(t *testing.T) {
	var got []*[]string
	c := newTestCluster(t, 2, 3, heard(&got))
	n := c.node(1).n
	c.kill(3)
	c.run(time.Second)
	before := n.castDropped
	n.Broadcast([]byte("lost"))
	if n.castDropped != before+1 {
		t.Errorf("%d broadcasts counted as dropped, want 1", n.castDropped-before)
	}
	c.restart(3)
	c.until("node 3 is back", 20*time.Second, func() bool { return n.peers[3].up() })
	n.Broadcast([]byte("found"))
	c.until("node 3 hears again", 10*time.Second, func() bool { return len(*got[3]) > 0 })
	if !slices.Equal(*got[3], []string{"found/5"}) {
		t.Errorf("node 3 heard %v", *got[3])
	}

	big := make([]byte, 1<<20)
	for range 100 {
		n.Broadcast(big)
	}
	for _, number := range n.order {
		if unsent := n.peers[number].link.unsent; unsent > broadcastUnsentMax+len(big)+4096 {
			t.Errorf("%d bytes wait for node %d", unsent, number)
		}
	}
	if n.castDropped < 100 {
		t.Errorf("%d dropped, want most", n.castDropped)
	}
}

// An old link may still bring what was sent before a newer one was there.
func TestBroadcastDropsWhatComesLate(t *testing.T) {
	var got []*[]string
	c := newTestCluster(t, 3, 2, heard(&got))
	n := c.node(1).n
	p := n.peers[2]
	cast := func(inc, seq uint64, data string) []byte {
		b := binary.LittleEndian.AppendUint32(nil, 0)
		b = binary.LittleEndian.AppendUint64(b, inc)
		b = binary.LittleEndian.AppendUint64(b, seq)
		return append(b, data...)
	}
	inc := p.incarnation
	for _, payload := range [][]byte{cast(inc, 5, "a"), cast(inc, 4, "late"), cast(inc, 5, "again"), cast(inc+2, 9, "from before"), cast(inc, 6, "b")} {
		if err := n.received(p, fBroadcast, payload, nil); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a/1", "b/1"}; !slices.Equal(*got[0], want) {
		t.Errorf("heard %v, want %v", *got[0], want)
	}
	for _, payload := range [][]byte{cast(inc, 0, ""), cast(inc, 7, "")[:19]} {
		if n.received(p, fBroadcast, payload, nil) == nil {
			t.Errorf("%v is accepted", payload)
		}
	}
	// A node that does not know a type passes over it.
	if err := n.received(p, fBroadcast+100, cast(inc, 8, ""), nil); err != nil {
		t.Error(err)
	}
}
