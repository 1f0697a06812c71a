package resp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// move is one command of one client.
type move struct {
	client int
	words  []string
	pause  bool // the key that it names is over at the next one
	more   bool // the client's next command is sent with it
	blind  bool // and what is sent together is made without a look at the answers
}

// gen makes random steps from the command table: arguments by the syntax that
// COMMAND DOCS shows, values by the argument's name, keys by the type that they
// hold at the moment.
type gen struct {
	r *rand.Rand
	// typeOf tells what a key of a database holds.
	typeOf   func(db int, key string) string
	commands []*engine.Command
	// blocked tells whether a client waits for its answer.
	blocked func(client int) bool
	dbOf    func(client int) int // the database of its session
	multi   [differClients]bool
	watches [differClients]bool
	db      [differClients]int
	queue   []move // steps that follow

	client int // whose burst it is
	burst  int // how many more commands it has
	blind  bool
}

// Clients: the protocol each speaks; those from mayBlock on may wait.
var differProtos = [differClients]int{2, 3, 2, 3, 2}

const (
	differClients = 5
	mayBlock      = 2
	differDBs     = 3
)

// notCompared are commands with no answer that two servers could share, and why.
var notCompared = map[string]string{
	"randomkey": "a random key", "restore-asking": "part of Redis Cluster", "memory|usage": "tells how memory is laid out",
	"object|idletime": "counts from the last read there", "object|freq": "an error that names the policy", "object|refcount": "tells how Redis shares memory",
	"object|encoding": "7.2 has listpacks where 7.0 has not: compared apart from this", "dbsize": "counts expired keys until they are found",
	"dump": "compared by being restored", "restore": "the same", "debug|sleep": "takes its time", "script|debug": "begins a debugger",
	"function|dump": "compared by being restored", "function|restore": "the same", "function|stats": "names engines' memory", "script|kill": "depends on the moment",
	"function|kill": "the same", "xinfo|consumers": "7.2 has other fields", "xgroup|help": "7.2 says more", "xinfo|help": "the same", "function|help": "the same", "script|help": "the same", "object|help": "the same",
}

func newGen(r *rand.Rand) *gen {
	g := &gen{r: r}
	for _, c := range engine.Commands() {
		for i := range c.Sub {
			g.add(&c.Sub[i])
		}
		if c.Sub == nil {
			g.add(c)
		}
	}
	return g
}

// pools of keys that stay apart: the head of a HyperLogLog caches a count in
// Redis, and the geo commands read any score as a position.
var pools = map[string]string{"hyperloglog": "p", "geo": "g"}

// rare commands would leave nothing to work on.
var rare = map[string]bool{"flushall": true, "flushdb": true, "swapdb": true, "del": true, "unlink": true, "script|flush": true, "function|flush": true, "function|delete": true}

func (g *gen) add(c *engine.Command) {
	if notCompared[c.FullName()] != "" || strings.HasPrefix(c.Since, "7.2") {
		return
	}
	times := 4
	if rare[c.FullName()] {
		times = 1
	}
	if c.Group == "stream" || c.Group == "sorted-set" {
		times += 2
	}
	for range times {
		g.commands = append(g.commands, c)
	}
}

func (g *gen) pick(s ...string) string { return s[g.r.IntN(len(s))] }
func (g *gen) chance(n int) bool       { return g.r.IntN(n) == 0 }

// next makes the next step.
func (g *gen) next() move {
	var s move
	if len(g.queue) > 0 {
		s, g.queue = g.queue[0], g.queue[1:]
	} else {
		if g.burst <= 0 || g.blocked(g.client) {
			g.burst, g.blind = 1, false
			if !g.chance(2) {
				g.burst, g.blind = 2+g.r.IntN(16), g.chance(3)
			}
			g.client = g.r.IntN(differClients)
			for g.blocked(g.client) {
				g.client = g.r.IntN(differClients)
			}
		}
		if s = (move{}); g.burst == 1 {
			s = g.watched(g.client)
		}
		if s.words == nil {
			s = g.step(g.client)
		}
	}
	g.burst--
	if s.pause {
		g.burst = 0
	}
	s.more, s.blind = !s.pause && (g.burst > 0 || len(g.queue) > 0), g.blind
	return s
}

// watched makes a command, and has another client find out by WATCH whether it
// changed a key that it names; no words if there is nobody to do that.
func (g *gen) watched(client int) move {
	watcher := g.r.IntN(differClients)
	if g.multi[client] || watcher == client || g.multi[watcher] || g.watches[watcher] || g.blocked(watcher) {
		return move{}
	}
	g.watches[watcher] = true // for unfit
	s := g.step(client)
	g.watches[watcher] = false
	var args [][]byte
	for _, w := range s.words {
		args = append(args, []byte(w))
	}
	keys := [][]byte(nil)
	c := engine.Lookup(args[0])
	if c != nil && c.Sub != nil && len(args) > 1 {
		c = engine.LookupSub(c, args[1])
	}
	if c != nil && c.Flags&engine.Write != 0 {
		keys, _ = c.KeysOf(args, nil)
	}
	if g.multi[client] || len(keys) == 0 {
		return s
	}
	steps := []move{{words: []string{"SELECT", strconv.Itoa(g.db[client])}}, {words: []string{"WATCH", string(keys[g.r.IntN(len(keys))])}}}
	steps = append(steps, move{words: []string{"MULTI"}}, move{words: []string{"EXEC"}})
	for i := range steps {
		steps[i].client = watcher
	}
	once := append([]move{s}, g.queue...)
	steps = slices.Insert(steps, 2, once...)
	if g.chance(2) && !s.pause { // again, which often changes nothing
		steps = append(once, steps...)
	}
	g.queue = steps[1:]
	return steps[0]
}

func (g *gen) step(client int) move {
	if !g.blind && !g.multi[client] {
		g.db[client] = g.dbOf(client)
	}
	do := func(words ...string) move { return move{client: client, words: words} }
	switch n := g.r.IntN(200); {
	case g.multi[client] && n < 30:
		g.multi[client], g.watches[client] = false, false
		if n < 4 {
			return do("DISCARD")
		}
		return do(g.pick("EXEC", "exec"))
	case n < 6:
		g.multi[client] = true
		return do("MULTI")
	case n < 9:
		if g.multi[client] && n > 6 { // refused: the transaction will abort
			break
		}
		g.watches[client] = true
		return do("WATCH", g.key(client, ""), g.key(client, ""))
	case n == 9:
		g.watches[client] = g.watches[client] && g.multi[client]
		return do("UNWATCH")
	case n < 12:
		g.db[client] = g.r.IntN(differDBs)
		return do("SELECT", strconv.Itoa(g.db[client]))
	case n < 22:
		return do(g.script(client)...)
	case n < 24 && !g.multi[client]:
		return g.shortLife(client)
	case n < 30 && g.anyBlocked() >= 0:
		return do("CLIENT", "UNBLOCK", fmt.Sprintf("id-of-%d", g.anyBlocked()), g.pick("TIMEOUT", "ERROR"))
	case n < 33:
		return do(g.fill(client)...)
	case n < 36 && !g.blind:
		return do(g.pubsub(client)...)
	case n == 36:
		return do(g.session()...)
	}
	words := g.command(client, nil)
	if len(g.queue) == 0 {
		words = g.mutate(words)
	}
	return do(words...)
}

func (g *gen) anyWatch() bool {
	for i := range g.watches {
		if g.watches[i] || g.multi[i] {
			return true
		}
	}
	return false
}

func (g *gen) anyBlocked() int {
	for i := mayBlock; i < differClients; i++ {
		if g.blocked(i) {
			return i
		}
	}
	return -1
}

// shortLife makes a key that is past its deadline at the next step.
func (g *gen) shortLife(client int) move {
	key := g.key(client, "")
	expire := move{client: client, words: []string{"PEXPIRE", key, "1"}}
	if g.chance(3) {
		expire.words = []string{"SET", key, "short", "PX", "1"}
	}
	expire.pause = true
	return expire
}

// fill adds so much at once that encodings change.
func (g *gen) fill(client int) []string {
	n := 1 + g.r.IntN(20)
	if g.chance(2) {
		n = 20 + g.r.IntN(700)
	}
	kind := g.pick("list", "hash", "set", "zset", "intset", "lex")
	words := []string{map[string]string{"list": "RPUSH", "hash": "HSET", "set": "SADD", "zset": "ZADD", "intset": "SADD", "lex": "ZADD"}[kind], g.key(client, strings.TrimPrefix(kind, "int"))}
	if kind == "lex" {
		words[1] = "x" + strconv.Itoa(g.r.IntN(3))
	}
	base := g.r.IntN(500)
	for i := range n {
		switch kind {
		case "hash":
			words = append(words, "f"+strconv.Itoa(base+i), strconv.Itoa(i))
		case "zset":
			words = append(words, strconv.Itoa(g.r.IntN(50)), "f"+strconv.Itoa(base+i))
		case "lex":
			words = append(words, "0", g.value())
		case "intset":
			words = append(words, strconv.Itoa(base+i))
		default:
			words = append(words, "f"+strconv.Itoa(base+i))
		}
	}
	return words
}

func (g *gen) pubsub(client int) []string {
	channel := func() string { return "c" + strconv.Itoa(g.r.IntN(3)) }
	switch g.r.IntN(10) {
	case 0:
		if differProtos[client] == 3 && client < mayBlock {
			if g.multi[client] { // two answers in the place of one break the frame of EXEC's
				return []string{"SUBSCRIBE", channel()}
			}
			return []string{g.pick("SUBSCRIBE", "SSUBSCRIBE"), channel(), channel()}
		}
	case 1:
		if differProtos[client] == 3 && client < mayBlock {
			return []string{"PSUBSCRIBE", g.pick("c*", "c[01]", "?1")}
		}
	case 2:
		return []string{g.pick("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE")}
	case 3:
		return []string{"PUBSUB", g.pick("NUMSUB", "SHARDNUMSUB"), channel(), channel()}
	case 4:
		return []string{"PUBSUB", "NUMPAT"}
	}
	if client < mayBlock { // 7.0 writes a message to the publisher itself before its answer, 7.2 after
		return []string{"PUBSUB", "CHANNELS"}
	}
	return []string{g.pick("PUBLISH", "SPUBLISH"), channel(), g.value()}
}

// session makes a command of the session's own.
func (g *gen) session() []string {
	return strings.Fields(g.pick("PING", "PING x", "ECHO x", "ECHO", "CLIENT SETNAME n", "CLIENT GETNAME", "CLIENT NO-EVICT on", "SELECT 99", "SELECT x", "EXEC x", "DISCARD x",
		"NOSUCH a b", "COMMAND GETKEYS MSET a 1 b 2", "COMMAND GETKEYS EVAL x 1 k", "COMMAND COUNT x", "GET", "CLIENT TRACKINGINFO", "READONLY x", "ASKING x", "WAIT x 0", "OBJECT NOSUCH k", "XGROUP"))
}

// command makes a command of the table; only, if not nil, says which may be.
func (g *gen) command(client int, only func(*engine.Command) bool) []string {
	for {
		c := g.commands[g.r.IntN(len(g.commands))]
		blocks := c.Flags&engine.Blocking != 0 && c.Group != "stream" // XREAD blocks if asked to
		if blocks && (g.blind || client < mayBlock && !g.multi[client]) || only != nil && !only(c) {
			continue
		}
		b := builder{gen: g, client: client, cmd: c, numkeys: -1}
		if c.Parent != nil {
			b.out = append(b.out, c.Parent.Name)
		}
		b.out = append(b.out, c.Name)
		b.args(c.Args)
		b.lexical()
		if b.unfit() {
			continue
		}
		if g.chance(8) {
			b.out[0] = strings.ToUpper(b.out[0])
		}
		g.beforeIt(client, b.out)
		if len(g.queue) > 0 && only == nil { // something must go first
			g.queue = append(g.queue, move{client: client, words: b.out})
			b.out = g.queue[0].words
			g.queue = g.queue[1:]
		}
		return b.out
	}
}

// beforeIt queues what Redis 7.0 needs first: a consumer that a command names is
// made by 7.2 even if there is nothing for it, by 7.0 not.
func (g *gen) beforeIt(client int, w []string) {
	create := func(key, group, consumer string) {
		g.queue = append(g.queue, move{client: client, words: []string{"XGROUP", "CREATECONSUMER", key, group, consumer}})
	}
	switch name := strings.ToLower(w[0]); {
	case name == "sort" || name == "sort_ro":
		g.queue = append(g.queue, move{client: client, words: calmErrno})
	case (name == "xclaim" || name == "xautoclaim") && len(w) > 3:
		create(w[1], w[2], w[3])
	case name == "xreadgroup" && len(w) > 3:
		for i, a := range w {
			if strings.EqualFold(a, "streams") {
				for _, key := range w[i+1 : i+1+(len(w)-i-1)/2] {
					create(key, w[2], w[3])
				}
				break
			}
		}
	}
}

// calmErrno goes before a SORT: in Redis one by numbers is refused if some earlier
// number, of Lua even, was out of range, and errno has not been touched since.
var calmErrno = []string{"GEORADIUS_RO", "nokey", "0", "0", "1", "m"}

// mutate breaks a command now and then.
func (g *gen) mutate(w []string) []string {
	name := strings.ToLower(w[0])
	if !g.chance(40) || len(w) < 2 || name == "spop" || name == "xgroup" || g.pooled(w) || strings.HasSuffix(name, "rank") || strings.HasSuffix(name, "scan") { // of which 7.2 takes more arguments

		return w
	}
	i := 1 + g.r.IntN(len(w)-1)
	w = append([]string{}, w...)
	switch g.r.IntN(4) {
	case 0:
		return w[:i]
	case 1:
		return append(w, g.pick("extra", "1", "COUNT", "WITHSCORES", "LIMIT", "GET"))
	case 2:
		w[i] = g.pick("", "nan", "-1", "0", "abc", "inf", "9223372036854775808", "-9223372036854775808", "9223372036854775807", "1.5x", "-0", "+1", " 1", "1e3", "0x10")
		if (strings.HasPrefix(name, "xread") || name == "lpos") && len(w[i]) > 18 { // a BLOCK or a RANK that 7.0 takes and 7.2 refuses
			w[i] = "x"
		}
	case 3:
		if key := g.key(g.r.IntN(differClients), ""); !strings.HasPrefix(w[i], "x") { // see lexical
			w[i] = key
		}
	}
	return w
}

func (g *gen) pooled(w []string) bool {
	c := engine.Lookup([]byte(w[0]))
	return c == nil || pools[c.Group] != ""
}

// key chooses a key, mostly one that holds the type.
func (g *gen) key(client int, kind string) string {
	if p := pools[kind]; p != "" {
		return p + strconv.Itoa(g.r.IntN(3))
	}
	k := "k" + strconv.Itoa(g.r.IntN(7))
	if kind == "" || g.chance(8) {
		return k
	}
	for range 6 {
		if t := g.typeOf(g.db[client], k); t == kind || t == "none" && g.chance(4) {
			return k
		}
		k = "k" + strconv.Itoa(g.r.IntN(7))
	}
	return k
}

func (g *gen) value() string {
	switch g.r.IntN(14) {
	case 0:
		return strings.Repeat(g.pick("x", "ab", "long "), g.r.IntN(100))
	case 1, 2:
		return strconv.FormatInt(int64(g.r.Uint64())>>g.r.IntN(64), 10)
	case 3:
		return ""
	case 4:
		return g.pick("1.5", "0.1", "-2.25e3", "abc\r\n\x00\xff", "1e400", "nan", "3.0", "+5", " 7", "10000000000000000000000")
	case 5, 6, 7:
		return strconv.Itoa(g.r.IntN(300) - 50)
	}
	return "f" + strconv.Itoa(g.r.IntN(15))
}

// builder makes one command's arguments.
type builder struct {
	*gen
	client  int
	cmd     *engine.Command
	out     []string
	numkeys int // where the number of keys stands; -1: nowhere
	keys    int // how many keys the last block of keys had
}

func (b *builder) args(as []engine.Arg) {
	for i := range as {
		b.arg(&as[i])
	}
}

func (b *builder) arg(a *engine.Arg) {
	if strings.HasPrefix(a.Since, "7.2") || a.Name == "withscore" || a.Optional && b.r.IntN(5) > 1 {
		return
	}
	times := 1
	switch {
	case !a.Multiple:
	case (a.Name == "id" || a.Name == "weight") && b.keys > 0 && !b.chance(30): // as many as keys
		times = b.keys
	case b.chance(3):
		times += b.r.IntN(3)
	}
	for i := range times {
		if a.Token != "" && (i == 0 || a.MultipleToken) {
			token := a.Token
			if b.chance(10) {
				token = strings.ToLower(token)
			}
			b.out = append(b.out, token)
		}
		switch a.Type {
		case "pure-token":
		case "block":
			b.args(a.Args)
		case "oneof":
			b.arg(&a.Args[b.r.IntN(len(a.Args))])
		case "key":
			kind := b.cmd.Group
			if t := typeOfGroup[kind]; t != "" {
				kind = t
			}
			b.out = append(b.out, b.key(b.client, kind))
		default:
			if a.Name == "numkeys" {
				b.numkeys = len(b.out)
			}
			b.out = append(b.out, b.word(a))
		}
	}
	if a.Type == "key" {
		b.keys = times
		if b.numkeys >= 0 && !b.chance(30) {
			b.out[b.numkeys] = strconv.Itoa(times)
			b.numkeys = -1
		}
	}
}

var typeOfGroup = map[string]string{"string": "string", "bitmap": "string", "list": "list", "hash": "hash", "set": "set", "sorted-set": "zset", "stream": "stream"}

// lexical gives a command that goes by members a key with equal scores: in any
// other the answer is undefined.
func (b *builder) lexical() {
	switch name := b.cmd.Name; {
	case strings.HasSuffix(name, "bylex") || name == "zlexcount":
		b.out[1] = "x" + strconv.Itoa(b.r.IntN(3))
	case slices.ContainsFunc(b.out, func(w string) bool { return strings.EqualFold(w, "bylex") }):
		source := 1
		if name == "zrangestore" {
			source = 2
		}
		b.out[source] = "x" + strconv.Itoa(b.r.IntN(3))
	}
}

// unfit tells what would differ by chance or by design.
func (b *builder) unfit() bool {
	has := func(word string) bool {
		return bytes.Contains(bytes.ToUpper([]byte(" "+strings.Join(b.out, " ")+" ")), []byte(" "+word+" "))
	}
	if b.cmd.Flags&engine.DenyOOM != 0 && b.cmd.Flags&engine.Write != 0 && strings.Contains(b.cmd.Name, "store") && b.overwrites(b.out[1]) {
		return true
	}
	switch b.cmd.Name {
	case "copy":
		return b.overwrites(b.out[2])
	case "set": // a key that is over when it is made may be watched before it is gone: README
		return b.blind && (has("PX") || has("PXAT") || has("EXAT"))
	case "expire", "pexpire": // a millisecond may pass on one side only
		return has("GT") || has("LT")
	case "sort", "sort_ro": // a set has no order to keep, nor have equal texts as weights
		kind := b.typeOf(b.db[b.client], b.out[1])
		return has("BY") && (has("ALPHA") || b.blind || b.multi[b.client] || kind == "set" || kind == "zset" && has("ALPHA")) || has("STORE") && b.overwrites(b.out[len(b.out)-1])
	case "spop": // without a big count it picks by chance
		return len(b.out) < 3
	case "scan", "sscan", "hscan", "zscan": // in one go
		return !has("COUNT")
	case "flushall", "flushdb", "swapdb": // they abort every WATCH of the databases: README
		return b.anyWatch()
	case "xsetid", "xack", "xclaim", "xautoclaim", "create", "setid", "destroy", "createconsumer", "delconsumer": // not told to WATCH there: README
		return b.anyWatch()
	case "xadd": // an automatic ID is the time; 7.0 serves an entry that is trimmed at once as an empty list
		return has("*") || b.anyBlocked() >= 0 && (has("MINID") || has("MAXLEN"))
	case "xread", "xreadgroup":
		return has("BLOCK") && (b.blind || b.client < mayBlock) || has("GROUP") && b.anyWatch()
	case "xinfo", "stream": // XINFO STREAM FULL: 7.2 has other fields
		return has("FULL")
	case "georadius", "georadiusbymember", "geosearch", "geosearchstore", "georadius_ro", "georadiusbymember_ro":
		return has("ANY") // any of them
	}
	return false
}

// overwrites tells whether somebody may wait for a key that is there: in Redis a
// value that replaces another wakes nobody up.
func (b *builder) overwrites(key string) bool {
	return b.anyBlocked() >= 0 && (b.blind || b.multi[b.client] || b.typeOf(b.db[b.client], key) != "none")
}

func (b *builder) word(a *engine.Arg) string {
	c := b.cmd
	for _, name := range []string{c.Name + ":" + a.Name, c.Group + ":" + a.Name, a.Name} {
		if list := argWords[name]; list != nil {
			return b.pick(list...)
		}
	}
	switch a.Name {
	case "member", "element", "value", "member1", "member2", "arg":
		return b.value()
	case "field":
		return "f" + strconv.Itoa(b.r.IntN(15))
	case "serialized-value":
		return "x"
	}
	switch a.Type {
	case "integer":
		return strconv.Itoa(b.r.IntN(24) - 8)
	case "double":
		return b.pick("1", "0", "-1.5", "3.25", "inf", "-inf", "1e300", "0.1", "-1e-7", "123456789012345678", "10", "2")
	case "pattern":
		return b.pick("*", "k*", "f1*", "f?", "[1-3]*", "nothing", "f[^1]*", "\\f*")
	}
	return b.value()
}

// far are times that no test lives to see, near ones that are over.
var (
	farMs  = strconv.FormatInt(4_000_000_000_000, 10)
	farSec = strconv.FormatInt(4_000_000_000, 10)
)

// argWords are the values of arguments, by "command:argument", "group:argument"
// or "argument".
var argWords = map[string][]string{
	"milliseconds":           {"10000000", "100000000", "500000000", "0", "-1", "9223372036854775807"},
	"seconds":                {"10000", "100000", "500000", "0", "-1", "9223372036854775807"},
	"expire:seconds":         {"10000", "100000", "500000", "0", "-1", "50000"},
	"unix-time-seconds":      {farSec, farSec, "4000000001", "1", "0", "-5"},
	"unix-time-milliseconds": {farMs, farMs, "4000000000001", "1", "0", "-5"},
	"timeout":                {"0", "10000", "9000.5", "-1", "x"},
	"stream:milliseconds":    {"0", "10000000", "-1", "x"},
	"cursor":                 {"0", "0", "0", "x"},
	"scan:count":             {"100000"}, "hscan:count": {"100000"}, "sscan:count": {"100000"}, "zscan:count": {"100000"},
	"scan:type":  {"string", "list", "zset", "HASH", "x"},
	"db":         {"0", "1", "2", "-1", "x", "99"},
	"index1":     {"0", "1", "2", "-1", "x", "99"},
	"index2":     {"0", "1", "2", "-1", "x", "99"},
	"spop:count": {"100000", "0", "100000", "-1"},

	"destination-db":  {"0", "1", "2", "-1", "x", "99"},
	"numkeys":         {"1", "2", "0", "-1", "x", "10"},
	"setrange:offset": {"0", "1", "5", "100", "-1", "536870912"},
	"bitmap:offset":   {"0", "1", "2", "7", "8", "9", "15", "16", "23", "31", "63", "64", "65", "100", "-1", "4294967296", "#0", "#1", "#7"},
	"bitmap:encoding": {"u1", "u2", "i2", "u8", "i8", "i5", "u13", "i64", "u63", "u32", "i16", "i1", "u64", "i65", "x"},
	"bitmap:value":    {"0", "1", "1", "0", "-1", "2"},
	"bitfield:value":  {"0", "1", "-1", "3", "100", "255", "256", "-128", "-200", "9223372036854775807", "-9223372036854775808", "65535", "12345678901"},
	"bitop:operation": {"AND", "or", "XOR", "NOT", "x"},
	"increment":       {"1", "-1", "10", "9223372036854775807", "-9223372036854775808", "3", "0"},

	"incrbyfloat:increment":  {"1", "0.1", "-2.5", "1e17", "3.0e5", "inf", "-1e-7", "123456789012345678", "nan"},
	"hincrbyfloat:increment": {"1", "0.1", "-2.5", "1e17", "3.0e5", "inf", "-1e-7", "123456789012345678", "nan"},
	"zincrby:increment":      {"1", "0.1", "-2.5", "1e17", "3.0e5", "inf", "-inf", "nan", "2"},

	"sorted-set:score": {"1", "2", "3", "-1", "0", "1.5", "-2.25", "inf", "-inf", "100", "4096", "0.1", "1e3", "10", "nan", "x"},
	"sorted-set:min":   {"1", "(1", "2", "(2", "-inf", "+inf", "(inf", "0", "1.5", "-5", "-", "+", "[f1", "(f1", "[f", "(f9", "[2", "x"},
	"sorted-set:max":   {"3", "(3", "10", "-inf", "+inf", "(inf", "100", "+", "[f5", "(f9", "[zz", "(", "x"},
	"sorted-set:start": {"0", "1", "-3", "(1", "-inf", "+inf", "2", "[f1", "(f1", "-", "+", "-100"},
	"sorted-set:stop":  {"-1", "1", "5", "(10", "+inf", "100", "[f9", "+", "-", "-2"},
	"weight":           {"1", "2", "0.5", "-1", "0", "inf", "x"},

	"stream:id":                {"1-1", "2-0", "3-1", "5-0", "5-*", "7-7", "9-*", "0-0", "0", "x", "1-", "10-1", "12", "30-*", "31-*", "40-*", "30-1", "30-2", "31-0", "5-1", ">", "$", "18446744073709551615-*", "1-1-1"},
	"xadd:id":                  {"1-1", "2-0", "5-*", "5-*", "7-7", "9-*", "9-*", "30-*", "30-*", "30-*", "31-*", "40-*", "0-0", "x", "12"},
	"xreadgroup:id":            {">", ">", ">", ">", "0", "5-0", "30-1", "x", "$"},
	"stream:start":             {"-", "-", "+", "1-1", "(1-1", "2", "(2", "5", "30", "(30-1", "30-20", "(", "(-", "0", "x"},
	"stream:end":               {"+", "+", "+", "-", "5", "(5-0", "9", "30", "31", "(31", "(+", "(0-0", "(18446744073709551615", "x"},
	"stream:count":             {"1", "2", "5", "100", "0", "-1", "10"},
	"threshold":                {"0", "1", "2", "5", "20", "50", "100", "5-0", "30-2", "31", "-1"},
	"groupname":                {"g", "g", "g", "h"},
	"group":                    {"g", "g", "g", "h"},
	"consumer":                 {"alice", "bob", "carol"},
	"consumername":             {"alice", "bob", "carol"},
	"xclaim:min-idle-time":     {"0", "0", "100000", "x", "-1"},
	"xautoclaim:min-idle-time": {"0", "0", "100000", "x"},
	"xpending:min-idle-time":   {"0", "100000"},
	"ms":                       {"0", "100000"},
	"last-id":                  {"50-0", "50-1", "x"},
	"max_deleted_entry_id":     {"0-0", "5-0", "30-1"},
	"entries_added":            {"0", "5", "100", "-1"},
	"entries_read":             {"0", "5", "-1", "-2"},

	"longitude": {"13.361389", "15.087269", "0", "-122.4", "2.35", "-74", "181", "60.25", "14.5"},
	"latitude":  {"38.115556", "37.502669", "0", "37.7", "48.85", "40.7", "86", "-33.5", "38.2"},
	"radius":    {"1", "100", "200", "1000", "3000", "0", "0.001", "-1", "x"},
	"width":     {"1", "100", "1000", "3000", "-1"},
	"height":    {"1", "100", "1000", "3000", "-1"},
	"geo:count": {"1", "3", "0", "100"},

	"sort:pattern": {"k*", "k*->f1", "nokey*", "k*->", "#", "w*", "*"}, "sort_ro:pattern": {"k*", "k*->f1", "nokey*", "k*->", "#", "w*", "*"},
	"generic:offset": {"0", "1", "3", "-1", "x"}, "generic:count": {"1", "2", "-1", "0", "10"},
	"len": {"0", "1", "10", "-1"}, "limit": {"0", "1", "5", "-1", "x"}, "num-matches": {"0", "1", "2", "-1"}, "rank": {"1", "-1", "2", "-2", "0"},

	"sha1":                 {"e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "x", "0000000000000000000000000000000000000000"},
	"script":               {"return 1", "return redis.call('ping')", "return {KEYS, ARGV}", "return redis.sha1hex('x')", "x", "return redis.call('incr', KEYS[1])"},
	"function":             {"count", "COUNT", "peek", "fail", "nofunction"},
	"library-name":         {"lib", "other", "x"},
	"library-name-pattern": {"lib", "l*", "x"},
	"function-code":        {testLibrary, "#!lua name=other\nredis.register_function('other', function() return 1 end)", "x", "#!lua name=bad\nx"},
}
