package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// Commands of all families meet on the same keys of several databases, so that
// each meets values of every type. A difference to redis-server is shrunk to a
// short list of commands:
//
//	go test ./engine -run Mixed -family-commands 100000 -family-seed 7

// mixedCommand is a command and the database it is for.
type mixedCommand struct {
	db     int
	args   [][]byte
	family *family
}

// String is the command as redis-cli takes it.
func (c mixedCommand) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "redis-cli -n %d", c.db)
	for _, a := range c.args {
		fmt.Fprintf(&b, " %q", a)
	}
	return b.String()
}

// mixedDatabases is how many databases the commands go to.
const mixedDatabases = 3

// ownKeys are the families that stay apart: the head of a HyperLogLog caches a
// count in Redis, and 7.2 prints doubles as big as weighted geohashes with
// fewer digits.
var ownKeys = map[string]string{"hll": "p", "geo": "g"}

// mixed makes the next commands.
func mixed(r *rand.Rand) []mixedCommand {
	db := r.IntN(mixedDatabases)
	key := func() string { return "k" + strconv.Itoa(r.IntN(4)) }
	other := r.IntN(mixedDatabases + 1)
	line := ""
	switch r.IntN(60) {
	case 0:
		line = fmt.Sprintf("DEL %s %s", key(), key())
	case 1:
		line = fmt.Sprintf("move %s %d", key(), other)
	case 2:
		line = fmt.Sprintf("SWAPDB %d %d", db, other)
	case 3:
		line = fmt.Sprintf("COPY %s %s DB %d REPLACE", key(), key(), other)
	case 4:
		line = fmt.Sprintf("SET %s %d KEEPTTL GET", key(), r.IntN(100))
	case 5:
		line = fmt.Sprintf("COPY %s %s DB %d", key(), key(), -other)
	}
	f := &familiesUnderTest[r.IntN(len(familiesUnderTest))]
	if line != "" {
		return []mixedCommand{{db, args(line), f}}
	}
	cmd := f.command(r)
	if own := ownKeys[f.name]; own != "" {
		for i, a := range cmd {
			if i > 0 && len(a) == 2 && a[0] == 'k' && a[1] >= '0' && a[1] <= '9' {
				cmd[i] = []byte(own + string(a[1:]))
			}
		}
	}
	var all []mixedCommand
	if f.before != nil {
		for _, first := range f.before(cmd) {
			all = append(all, mixedCommand{db, first, f})
		}
	}
	return append(all, mixedCommand{db, cmd, f})
}

// same tells whether two replies to a command are equal but for what may differ.
func (c mixedCommand) same(got, want string) bool {
	name, f := strings.ToLower(string(c.args[0])), c.family
	switch {
	case got == want:
		return true
	case f.skip[name] && !strings.HasPrefix(want, "-"), notInOracle[name] && strings.HasPrefix(want, "-"):
		return true
	case name == "object": // 7.2 keeps short lists and sets in listpacks
		return strings.Contains(got, "listpack") && (strings.Contains(want, "quicklist") || strings.Contains(want, "hashtable"))
	case name == "xpending":
		return idleTime.ReplaceAllString(got, ":0$1") == idleTime.ReplaceAllString(want, ":0$1")
	}
	group, ok := f.unordered[name]
	return ok && sortReply(got, group) == sortReply(want, group)
}

// doIn is do in a database.
func (n *node) doIn(db int, a [][]byte) string {
	n.t.Helper()
	n.reply.out = n.reply.out[:0]
	cmd, fault := Resolve(a)
	switch {
	case fault != "":
		n.reply.Err(fault)
	case cmd.Flags.Logged():
		n.batch.Command(db, a)
		n.apply()
	default:
		n.e.View(db, cmd, a, n.nowMs, &n.reply)
	}
	return string(n.reply.out)
}

// differs runs the commands on empty servers and returns the first whose
// replies differ, or -1, and the node.
func differs(t *testing.T, o *oracle, proto int, cmds []mixedCommand) (at int, got, want string, n *node) {
	t.Helper()
	n = newNode(t)
	n.reply.proto = proto
	o.do(args("FLUSHALL"))
	db := -1
	for i, c := range cmds {
		if c.db != db {
			db = c.db
			o.do(args("SELECT " + strconv.Itoa(db)))
		}
		got, want = n.doIn(db, c.args), o.do(c.args)
		if !c.same(got, want) {
			return i, got, want, n
		}
	}
	return -1, "", "", n
}

// shrink drops commands, in ever smaller pieces, as long as the rest differs.
func shrink(cmds []mixedCommand, fails func([]mixedCommand) int) []mixedCommand {
	for size := len(cmds) / 2; size > 0; {
		dropped := false
		for at := 0; at+size <= len(cmds); {
			less := append(append([]mixedCommand{}, cmds[:at]...), cmds[at+size:]...)
			if i := fails(less); i >= 0 {
				cmds, dropped = less[:i+1], true
				continue
			}
			at += size
		}
		if !dropped || size > len(cmds) {
			size /= 2
		}
	}
	return cmds
}

func TestMixedFamilies(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", proto), func(t *testing.T) {
			o := newOracle(t, proto)
			t.Logf("-family-seed %d", *familySeed)
			r := rand.New(rand.NewPCG(*familySeed, uint64(proto)+100))
			const most = 4000 // in a run, so that a failing one shrinks soon
			for left := *familyCommands * 5; left > 0; left -= most {
				var cmds []mixedCommand
				for len(cmds) < min(left, most) {
					cmds = append(cmds, mixed(r)...)
				}
				at, _, _, n := differs(t, o, proto, cmds)
				if at < 0 {
					sameWhenRestored(t, r, n)
					continue
				}
				cmds = shrink(cmds[:at+1], func(c []mixedCommand) int { i, _, _, _ := differs(t, o, proto, c); return i })
				_, got, want, _ := differs(t, o, proto, cmds)
				for _, c := range cmds {
					t.Log(c)
				}
				t.Fatalf("seed %d: the last of these differs\ngot  %.900q\nwant %.900q", *familySeed, got, want)
			}
		})
	}
}

// sameWhenRestored feeds the node's log to a replica that is restored from its
// own snapshot at random entries; in the end the two have the same snapshot.
func sameWhenRestored(t *testing.T, r *rand.Rand, n *node) {
	t.Helper()
	replica := newNode(t)
	every := 1 + len(n.log)/4
	for i, entry := range n.log {
		if r.IntN(every) == 0 {
			replica.e = mustRestore(t, snapshotBytes(t, replica.e))
		}
		if err := replica.e.Apply(entry, oneReply{Discard}); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
	if !bytes.Equal(snapshotBytes(t, n.e), snapshotBytes(t, replica.e)) {
		t.Fatal("a replica restored on the way has another snapshot")
	}
}
