package resp

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
)

var (
	seedFlag = flag.Uint64("seed", 0, "seed of the model test; 0: a few fixed ones")
	longFlag = flag.Bool("long", false, "run the model test for longer")
)

// lagReplica is a follower that applies late: an entry is committed, and for
// clients of other nodes acknowledged, when it is appended, but applied here some
// time after. Reads are ready when all that was committed at the start of
// their round is applied.
type lagReplica struct {
	eng, shadow *engine.Engine // the shadow applies at once
	srv         *Server
	log         []lagEntry
	applied     int
	inFlight    int
	ticket      uint64 // of the round being gathered
	rounds      []lagRound
	status      Status
}

type lagEntry struct {
	data  []byte
	batch *Batch // nil: another node's
}

type lagRound struct {
	ticket uint64
	index  int
}

func (r *lagReplica) entry(i int, data []byte) engine.Entry {
	return engine.Entry{Index: uint64(i + 1), Term: 1, UnixMs: 1_700_000_000_000, Seed: uint64(i) * 31, Data: data}
}

func (r *lagReplica) append(t *testing.T, data []byte, b *Batch) {
	r.log = append(r.log, lagEntry{data, b})
	if err := r.shadow.Apply(r.entry(len(r.log)-1, bytes.Clone(data)), discardSink{}); err != nil {
		t.Fatal(err)
	}
}

func (r *lagReplica) Propose(b *Batch) {
	r.inFlight++
	r.log = append(r.log, lagEntry{b.Bytes(), b})
	if err := r.shadow.Apply(r.entry(len(r.log)-1, bytes.Clone(b.Bytes())), discardSink{}); err != nil {
		panic(err)
	}
}

func (r *lagReplica) InFlight() int                     { return r.inFlight }
func (r *lagReplica) Read() (uint64, bool)              { return r.ticket, false }
func (r *lagReplica) Status() Status                    { return r.status }
func (r *lagReplica) Admin([][]byte, func(AdminResult)) { panic("not used") }

func (r *lagReplica) startRound() {
	r.rounds = append(r.rounds, lagRound{r.ticket, len(r.log)})
	r.ticket++
}

func (r *lagReplica) applyOne(t *testing.T) {
	if r.applied == len(r.log) {
		return
	}
	e := r.log[r.applied]
	var sink engine.Sink = r.srv.Foreign()
	if e.batch != nil {
		sink = e.batch
		r.inFlight--
	}
	if err := r.eng.Apply(r.entry(r.applied, e.data), sink); err != nil {
		t.Fatal(err)
	}
	r.applied++
}

func (r *lagReplica) finishRounds() {
	for len(r.rounds) > 0 && r.rounds[0].index <= r.applied {
		r.srv.ReadsReady(r.rounds[0].ticket)
		r.rounds = r.rounds[1:]
	}
}

func (r *lagReplica) shared() int64 {
	var out countReply
	r.shadow.View(0, engine.Lookup([]byte("get")), [][]byte{[]byte("get"), []byte("shared")}, 0, &out)
	return out.n
}

type discardSink struct{}

func (discardSink) Reply(int) engine.Reply      { return engine.Discard }
func (discardSink) Done()                       {}
func (discardSink) Blocked(int, uint64)         {}
func (discardSink) Unblock(uint64) engine.Reply { return engine.Discard }

type countReply struct {
	engine.Reply
	n int64
}

func (r *countReply) Bulk(b []byte)       { r.n, _ = strconv.ParseInt(string(b), 10, 64) }
func (r *countReply) BulkString(s string) { r.Bulk([]byte(s)) }
func (r *countReply) Null()               { r.n = 0 }
func (r *countReply) Int(n int64)         { r.n = n }

// modelClient sends random pipelines. Its private keys are its own, so that the
// answers about them are those of a server that does one thing at a time.
type modelClient struct {
	conn   *testConn
	twin   *testConn // on such a server
	prefix string
	want   []modelReply
	got    []byte
	last   int64 // of shared, as this client saw it
}

// modelReply is what a request has to be answered: exact bytes, or a value of
// the shared counter of at least floor.
type modelReply struct {
	words  []string
	exact  string
	shared bool
	floor  int64
}

func TestModel(t *testing.T) {
	seeds := []uint64{1, 2, 3, 4, 5, 6}
	steps := 4000
	if *longFlag {
		steps = 200000
	}
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { runModel(t, seed, steps) })
	}
}

type model struct {
	t       *testing.T
	rnd     *rand.Rand
	h, twin *harness
	rep     *lagReplica
	clients []*modelClient
	born    int
	acked   int64 // the largest value of shared that anybody was told
	answers int
}

func runModel(t *testing.T, seed uint64, steps int) {
	m := &model{t: t, rnd: rand.New(rand.NewPCG(seed, 99))}
	m.twin = newHarness(t)
	m.h = newHarness(t)
	m.rep = &lagReplica{eng: engine.New(engine.DefaultOptions()), shadow: engine.New(engine.DefaultOptions()), ticket: 1, srv: m.h.srv, status: m.h.rep.status}
	m.h.srv.replica = m.rep
	m.h.srv.engine = func() *engine.Engine { return m.rep.eng }
	m.h.rep.atOnce = false
	for range 5 {
		m.clients = append(m.clients, m.connect())
	}
	for range steps {
		m.step()
	}
	m.settle()
	for _, c := range m.clients {
		if len(c.want) > 0 {
			t.Fatalf("%d requests were never answered, the first is %q", len(c.want), c.want[0].words)
		}
	}
	if m.answers < steps/4 {
		t.Fatalf("only %d answers were checked", m.answers)
	}
}

func (m *model) connect() *modelClient {
	m.born++
	return &modelClient{conn: m.h.dial(), twin: m.twin.dial(), prefix: fmt.Sprintf("c%d:", m.born)}
}

func (m *model) step() {
	switch n := m.rnd.IntN(100); {
	case n < 40:
		m.send(m.clients[m.rnd.IntN(len(m.clients))])
	case n < 65:
		m.turn()
	case n < 80:
		m.rep.applyOne(m.t)
		m.rep.finishRounds()
	case n < 88:
		m.rep.startRound()
	case n < 93:
		m.rep.finishRounds()
	case n < 98:
		m.foreign()
	case n < 99:
		m.kill()
	default:
		m.settle()
	}
	m.check()
}

// foreign: a client of another node increments and is told so.
func (m *model) foreign() {
	var b engine.Batch
	b.Command(0, [][]byte{[]byte("INCR"), []byte("shared")})
	m.rep.append(m.t, b.Bytes(), nil)
	m.acked = max(m.acked, m.rep.shared())
}

func (m *model) turn() {
	conns := make([]*testConn, len(m.clients))
	for i, c := range m.clients {
		conns[i] = c.conn
	}
	m.h.turn(conns...)
}

func (m *model) settle() {
	for range 400 {
		m.turn()
		m.rep.startRound()
		for m.rep.applied < len(m.rep.log) {
			m.rep.applyOne(m.t)
		}
		m.rep.finishRounds()
		m.check()
	}
}

// kill drops a client with all it has under way, and a new one comes.
func (m *model) kill() {
	i := m.rnd.IntN(len(m.clients))
	m.clients[i].conn.Closed()
	m.clients[i] = m.connect()
}

// send puts a few requests into a client's socket.
func (m *model) send(c *modelClient) {
	if len(c.want) > 40 {
		return
	}
	for range 1 + m.rnd.IntN(6) {
		m.request(c, m.words(c))
	}
}

func (m *model) words(c *modelClient) []string {
	key := c.prefix + strconv.Itoa(m.rnd.IntN(3))
	switch m.rnd.IntN(22) {
	case 0, 1, 2:
		return []string{"SET", key, strconv.Itoa(m.rnd.IntN(1000))}
	case 3, 4, 5, 6:
		return []string{"GET", key}
	case 7, 8:
		return []string{"INCR", key}
	case 9:
		return []string{"DEL", key}
	case 10:
		return []string{"PING"}
	case 11:
		return []string{"ECHO", strings.Repeat("e", m.rnd.IntN(50))}
	case 12:
		return []string{"NOSUCH"}
	case 13:
		return []string{"SELECT", strconv.Itoa(m.rnd.IntN(3))}
	case 14:
		return []string{"MULTI"}
	case 15:
		return []string{"EXEC"}
	case 16:
		return []string{"DISCARD"}
	case 17:
		return []string{"WATCH", key}
	case 18:
		return []string{"HELLO", strconv.Itoa(2 + m.rnd.IntN(2))}
	case 19:
		return []string{"CLIENT", "GETNAME"}
	case 20:
		return []string{"GETSHARED"}
	}
	return []string{"INCRSHARED"}
}

// request sends one request to the client and its twin. The shared counter is
// only touched outside of transactions and in database 0, where its answer is
// plain.
func (m *model) request(c *modelClient, words []string) {
	r := modelReply{words: words}
	if words[0] == "GETSHARED" || words[0] == "INCRSHARED" {
		if c.twin.db != 0 || c.twin.multi != nil {
			return
		}
		words = []string{strings.TrimSuffix(words[0], "SHARED"), "shared"}
		r.shared, r.floor = true, m.acked
	} else {
		r.exact = c.twin.do(words...)
	}
	c.want = append(c.want, r)
	c.conn.send(words...)
}

// check takes what was answered.
func (m *model) check() {
	m.t.Helper()
	for _, c := range m.clients {
		c.got = append(c.got, c.conn.got()...)
		for len(c.want) > 0 {
			n := replyLen(c.got)
			if n == 0 {
				break
			}
			reply := string(c.got[:n])
			c.got = c.got[n:]
			m.checkReply(c, c.want[0], reply)
			c.want = c.want[1:]
			m.answers++
		}
		if len(c.want) == 0 && len(c.got) > 0 {
			m.t.Fatalf("an answer to nothing: %q", c.got)
		}
	}
}

func (m *model) checkReply(c *modelClient, want modelReply, reply string) {
	m.t.Helper()
	switch {
	case want.shared:
		body := strings.Split(reply, "\r\n")
		value := strings.TrimPrefix(body[0], ":")
		if reply[0] == '$' && len(body) > 1 {
			value = body[1]
		}
		n, _ := strconv.ParseInt(value, 10, 64)
		if reply[0] == '-' || n < want.floor || n < c.last {
			m.t.Fatalf("%q answers %q; %d was acknowledged before it was sent, this client saw %d", want.words, reply, want.floor, c.last)
		}
		c.last = n
		m.acked = max(m.acked, n)
	case reply != want.exact:
		m.t.Fatalf("%q answers %q, want %q", want.words, reply, want.exact)
	}
}

// replyLen is the length of the first complete reply in b, 0 if there is none.
func replyLen(b []byte) int {
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return 0
	}
	n := 0
	if len(b) > 1 {
		n, _ = strconv.Atoi(string(b[1:end]))
	}
	at := end + 2
	switch b[0] {
	case '$', '=':
		if n < 0 {
			return at
		}
		if len(b) < at+n+2 {
			return 0
		}
		return at + n + 2
	case '%':
		n *= 2
	case '*', '~', '>':
	default:
		return at
	}
	for range max(n, 0) {
		k := replyLen(b[at:])
		if k == 0 {
			return 0
		}
		at += k
	}
	return at
}
