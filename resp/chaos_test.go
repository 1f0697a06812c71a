package resp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestChaos: whatever happens to batches and reads, each request gets exactly one
// answer, in order, and answers that need nobody (ECHO) are not lost among them.
func TestChaos(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		if *seedFlag != 0 {
			seed = *seedFlag
		}
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { runChaos(t, seed) })
		if *seedFlag != 0 {
			return
		}
	}
}

type chaosClient struct {
	*testConn
	want []string // ECHO's token, or "" for any one reply
	got  []byte
	sent int
}

func runChaos(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 5))
	h := newHarness(t)
	h.rep.atOnce = false
	clients := make([]*chaosClient, 4)
	conns := make([]*testConn, 4)
	connect := func(i int) {
		clients[i] = &chaosClient{testConn: h.dial()}
		conns[i] = clients[i].testConn
	}
	for i := range clients {
		connect(i)
	}
	for range 3000 {
		c := clients[rnd.IntN(len(clients))]
		switch n := rnd.IntN(100); {
		case n < 45:
			c.chaosSend(rnd)
		case n < 70:
			h.turn(conns...)
		case n < 82 && len(h.rep.queue) > 0:
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		case n < 86 && len(h.rep.queue) > 0:
			h.rep.fail(rnd.IntN(len(h.rep.queue)), []error{ErrDropped, ErrUncertain}[rnd.IntN(2)])
		case n < 94:
			h.rep.readsReady()
		case n < 97:
			h.rep.ticket++
			h.srv.ReadsFailed(h.rep.ticket, ErrDropped)
		case n == 99:
			i := rnd.IntN(len(clients))
			clients[i].Closed()
			connect(i)
		}
		for _, c := range clients {
			c.chaosCheck(t)
		}
	}
	for range 300 {
		h.turn(conns...)
		for len(h.rep.queue) > 0 {
			if err := h.rep.applyOne(); err != nil {
				t.Fatal(err)
			}
		}
		h.rep.readsReady()
	}
	for i, c := range clients {
		c.chaosCheck(t)
		if len(c.want) > 0 {
			t.Fatalf("client %d: %d requests without an answer; stalled %b, queue %d", i, len(c.want), c.stalled, len(c.pend.slots)-c.pend.head)
		}
	}
}

func (c *chaosClient) chaosSend(rnd *rand.Rand) {
	if len(c.want) > 60 {
		return
	}
	c.sent++
	token := fmt.Sprintf("t%d", c.sent)
	for _, words := range [][]string{
		{"SET", "a", token}, {"GET", "a"}, {"GET", "b"}, {"WATCH", "a"}, {"MULTI"}, {"INCR", "n"}, {"GET", "n"}, {"SELECT", "1"}, {"EXEC"}, {"CLIENT", "ID"}, {"ECHO", token},
	} {
		if rnd.IntN(3) == 0 {
			continue
		}
		c.send(words...)
		if words[0] == "ECHO" {
			c.want = append(c.want, token)
		} else {
			c.want = append(c.want, "")
		}
	}
}

func (c *chaosClient) chaosCheck(t *testing.T) {
	t.Helper()
	c.got = append(c.got, c.testConn.got()...)
	for n := replyLen(c.got); n > 0; n = replyLen(c.got) {
		reply := string(c.got[:n])
		c.got = c.got[n:]
		if len(c.want) == 0 {
			t.Fatalf("an answer to nothing: %q", reply)
		}
		if token := c.want[0]; token != "" && !strings.Contains(reply, "\r\n"+token+"\r\n") && reply != "+QUEUED\r\n" {
			t.Fatalf("ECHO %s answers %q", token, reply)
		}
		c.want = c.want[1:]
	}
}
