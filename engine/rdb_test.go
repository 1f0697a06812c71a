package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// sealed makes a payload of a value in the RDB's form.
func sealed(version uint16, parts ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint16(bytes.Join(parts, nil), version)
	return binary.LittleEndian.AppendUint64(b, rdbChecksum(b))
}

func rdbText(s string) []byte { return append(appendRDBLen(nil, len(s)), s...) }

// ziplist packs texts in the form that Redis had before the listpack.
func ziplist(words ...string) string {
	b := make([]byte, ziplistHead)
	before, last := 0, ziplistHead
	for _, w := range words {
		last = len(b)
		if before < ziplistLong {
			b = append(b, byte(before))
		} else {
			b = binary.LittleEndian.AppendUint32(append(b, ziplistLong), uint32(before))
		}
		n, isInt := canonicalInt([]byte(w))
		switch {
		case isInt && n >= 0 && n <= 12:
			b = append(b, 0xF1+byte(n))
		case isInt && n == int64(int8(n)):
			b = append(b, 0xFE, byte(n))
		case isInt && n == int64(int16(n)):
			b = binary.LittleEndian.AppendUint16(append(b, 0xC0), uint16(n))
		case isInt && n >= -1<<23 && n < 1<<23:
			b = append(b, 0xF0, byte(n), byte(n>>8), byte(n>>16))
		case isInt && n == int64(int32(n)):
			b = binary.LittleEndian.AppendUint32(append(b, 0xD0), uint32(n))
		case isInt:
			b = binary.LittleEndian.AppendUint64(append(b, 0xE0), uint64(n))
		case len(w) < 64:
			b = append(append(b, byte(len(w))), w...)
		case len(w) < 1<<14:
			b = append(append(b, 0x40|byte(len(w)>>8), byte(len(w))), w...)
		default:
			b = append(binary.BigEndian.AppendUint32(append(b, 0x80), uint32(len(w))), w...)
		}
		before = len(b) - last
	}
	b = append(b, ziplistEnd)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint32(b[4:], uint32(last))
	binary.LittleEndian.PutUint16(b[8:], uint16(len(words)))
	return string(b)
}

func redisPack(words ...string) string {
	var elements []byte
	for _, w := range words {
		elements = appendElement(elements, []byte(w))
	}
	d := rdbReader{decoder: decoder{b: appendRDBPack(nil, elements, len(words))}}
	return string(d.string())
}

type oldForm struct {
	name, asked, want string
	payload           []byte
}

// oldForms are values in every form that payloads of Redis 2.6 to 7.2 have;
// asked shows what they hold. Forms newer than 7.0 have a higher version.
func oldForms() []oldForm {
	long := strings.Repeat("x", 20000)
	score := binary.LittleEndian.AppendUint64(nil, math.Float64bits(-2.5))
	one := []byte{1}
	two := []byte{2}
	return []oldForm{
		{"text", "GET k", "$3\r\nabc\r\n", sealed(6, []byte{rdbString}, rdbText("abc"))},
		{"long length", "STRLEN k", ":20000\r\n", sealed(9, []byte{rdbString}, rdbText(long))},
		{"64 bit length", "GET k", "$3\r\nabc\r\n", sealed(9, []byte{rdbString, rdbLen64, 0, 0, 0, 0, 0, 0, 0, 3}, []byte("abc"))},
		{"int8", "GET k", "$2\r\n-1\r\n", sealed(9, []byte{rdbString, 0xC0, 0xFF})},
		{"int16", "GET k", "$6\r\n-32768\r\n", sealed(9, []byte{rdbString, 0xC1, 0, 0x80})},
		{"int32", "GET k", "$10\r\n2147483647\r\n", sealed(9, []byte{rdbString, 0xC2, 0xFF, 0xFF, 0xFF, 0x7F})},
		{"compressed", "GET k", "$20\r\nabababababababababac\r\n", sealed(9, []byte{rdbString, rdbSpecial | rdbLZF, 8, 20, 1, 'a', 'b', 0xE0, 8, 1, 0, 'c'})},
		{"list", "LRANGE k 0 -1", "*2\r\n$1\r\na\r\n$1\r\n7\r\n", sealed(6, []byte{rdbList}, two, rdbText("a"), []byte{0xC0, 7})},
		{"list ziplist", "LRANGE k 0 -1", "*9\r\n$1\r\na\r\n$2\r\n12\r\n$2\r\n13\r\n$2\r\n-1\r\n$4\r\n1000\r\n$6\r\n100000\r\n$9\r\n100000000\r\n$11\r\n10000000000\r\n$1\r\nb\r\n",
			sealed(6, []byte{rdbListZiplist}, rdbText(ziplist("a", "12", "13", "-1", "1000", "100000", "100000000", "10000000000", "b")))},
		{"long ziplist", "LINDEX k -1", "$3\r\nend\r\n", sealed(7, []byte{rdbListQuick}, two, rdbText(ziplist("a", long)), rdbText(ziplist(long[:300], "end")))},
		{"quicklist2", "LRANGE k 0 -1", "*3\r\n$1\r\na\r\n$2\r\n-7\r\n$1\r\nb\r\n", sealed(10, []byte{rdbListQuick2}, two, two, rdbText(redisPack("a", "-7")), one, rdbText("b"))},
		{"set", "SCARD k", ":2\r\n", sealed(6, []byte{rdbSet}, two, rdbText("a"), []byte{0xC0, 7})},
		{"intset", "SISMEMBER k 70000", ":1\r\n", sealed(6, []byte{rdbSetIntset}, rdbText("\x04\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff\x70\x11\x01\x00"))},
		{"set listpack", "SISMEMBER k 7", ":1\r\n", sealed(11, []byte{rdbSetListpack}, rdbText(redisPack("a", "7")))},
		{"hash", "HGETALL k", "*2\r\n$1\r\nf\r\n$1\r\nv\r\n", sealed(6, []byte{rdbHash}, one, rdbText("f"), rdbText("v"))},
		{"hash zipmap", "HGETALL k", "*4\r\n$1\r\nf\r\n$2\r\nvw\r\n$1\r\ng\r\n$0\r\n\r\n", sealed(6, []byte{rdbHashZipmap}, rdbText("\x02\x01f\x02\x01vw.\x01g\x00\x00\xff"))},
		{"hash ziplist", "HGETALL k", "*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\n1\r\n$1\r\n2\r\n", sealed(6, []byte{rdbHashZiplist}, rdbText(ziplist("f", "v", "1", "2")))},
		{"hash listpack", "HGETALL k", "*2\r\n$1\r\nf\r\n$5\r\n-5000\r\n", sealed(10, []byte{rdbHashListpack}, rdbText(redisPack("f", "-5000")))},
		{"zset", "ZRANGE k 0 -1 WITHSCORES", "*6\r\n$1\r\na\r\n$4\r\n-inf\r\n$1\r\nb\r\n$3\r\n1.5\r\n$1\r\nc\r\n$3\r\ninf\r\n",
			sealed(6, []byte{rdbZset, 3}, rdbText("a"), []byte{255}, rdbText("c"), []byte{254}, rdbText("b"), []byte{3}, []byte("1.5"))},
		{"zset2", "ZRANGE k 0 -1 WITHSCORES", "*2\r\n$1\r\na\r\n$4\r\n-2.5\r\n", sealed(8, []byte{rdbZset2, 1}, rdbText("a"), score)},
		{"zset ziplist", "ZRANGE k 0 -1 WITHSCORES", "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$3\r\n2.5\r\n", sealed(6, []byte{rdbZsetZiplist}, rdbText(ziplist("a", "1", "b", "2.5")))},
		{"zset listpack", "ZRANGE k 0 -1 WITHSCORES", "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$3\r\n2.5\r\n", sealed(10, []byte{rdbZsetListpack}, rdbText(redisPack("a", "1", "b", "2.5")))},
	}
}

func TestRestoreOldForms(t *testing.T) {
	for _, f := range oldForms() {
		n := newNode(t)
		if got := n.do([][]byte{[]byte("RESTORE"), []byte("k"), []byte("0"), f.payload}); got != "+OK\r\n" {
			t.Errorf("%s: RESTORE answers %q", f.name, got)
			continue
		}
		if got := n.do(args(f.asked)); got != f.want {
			t.Errorf("%s: %s answers %q, want %q", f.name, f.asked, got, f.want)
		}
	}
}

func TestRestoreOldFormsAsRedis(t *testing.T) {
	o := newOracle(t, 2)
	for _, f := range oldForms() {
		if f.payload[len(f.payload)-rdbFooter] > 10 {
			continue
		}
		if got := o.do([][]byte{[]byte("RESTORE"), []byte("k"), []byte("0"), f.payload, []byte("REPLACE")}); got != "+OK\r\n" {
			t.Errorf("%s: RESTORE answers %q", f.name, got)
			continue
		}
		if got := o.do(args(f.asked)); got != f.want {
			t.Errorf("%s: %s answers %q, want %q", f.name, f.asked, got, f.want)
		}
	}
}

// fillRandom gives commands that make a key of any type, small or big.
func fillRandom(r *rand.Rand, key string) (lines [][][]byte) {
	count := []int{1, 5, 100, 700}[r.IntN(4)]
	word := func() []byte {
		switch r.IntN(4) {
		case 0:
			return fmt.Append(nil, r.Int64N(1<<r.IntN(62)+1)-1<<r.IntN(30))
		case 1:
			return bytes.Repeat([]byte{byte('a' + r.IntN(3))}, r.IntN(300))
		case 2:
			b := make([]byte, r.IntN(70))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return b
		}
		return fmt.Appendf(nil, "w%d", r.IntN(1000))
	}
	line := func(name string, rest ...[]byte) {
		lines = append(lines, append([][]byte{[]byte(name), []byte(key)}, rest...))
	}
	switch r.IntN(7) {
	case 6:
		lines = append(lines, streamLines(r, key, count, word)...)
	case 0:
		line("SET", word())
	case 1:
		line("SET", bytes.Repeat(word(), count))
	case 2:
		for range count {
			line("RPUSH", word())
		}
	case 3:
		ints := r.IntN(2) == 0
		for range count {
			if ints {
				line("SADD", fmt.Append(nil, r.Int64N(1<<(1+r.IntN(60)))))
			} else {
				line("SADD", word())
			}
		}
	case 4:
		for range count {
			line("HSET", word(), word())
		}
	default:
		for range count {
			line("ZADD", fmt.Append(nil, float64(r.IntN(2000)-1000)/8), word())
		}
	}
	return lines
}

// streamLines fill a stream of count entries, with gaps and two groups.
func streamLines(r *rand.Rand, key string, count int, word func() []byte) (lines [][][]byte) {
	for i := range count {
		line := [][]byte{[]byte("XADD"), []byte(key), fmt.Appendf(nil, "%d-%d", 1+i/3, 1+i%3), []byte("f"), word()}
		if r.IntN(4) == 0 {
			line = append(line, word(), word())
		}
		lines = append(lines, line)
	}
	for _, text := range []string{
		"XGROUP CREATE %s g 0", "XGROUP CREATE %s 12 $", "XREADGROUP GROUP g one COUNT 40 STREAMS %s >",
		"XGROUP CREATECONSUMER %s g two", "XREADGROUP GROUP g two COUNT 3 STREAMS %s >", "XGROUP CREATECONSUMER %s 12 3", "XDEL %s 1-1 5-2 7-1", "XACK %s g 2-1",
	} {
		lines = append(lines, args(fmt.Sprintf(text, key)))
	}
	return lines
}

var shows = map[string]string{"string": "GET %s", "list": "LRANGE %s 0 -1", "set": "SMEMBERS %s", "hash": "HGETALL %s", "zset": "ZRANGE %s 0 -1 WITHSCORES"}

// show is what a key holds, in an order of its own.
func show(t *testing.T, do func([][]byte) string, key string) string {
	kind := strings.Trim(do(args("TYPE "+key)), "+\r\n")
	if kind == "stream" {
		return do(args("XRANGE "+key+" - +")) + do(args("XINFO GROUPS "+key)) + do(args("XPENDING "+key+" g")) + do(args("XADD "+key+" NOMKSTREAM 1-1 f v"))
	}
	got := do(args(fmt.Sprintf(shows[kind], key)))
	switch kind {
	case "set":
		return sortReply(got, 1)
	case "hash":
		return sortReply(got, 2)
	}
	return got
}

// Values go from here to Redis and from Redis to here.
func TestDumpBothWays(t *testing.T) {
	o := newOracle(t, 2)
	const seed = 5
	r := rand.New(rand.NewPCG(seed, 0))
	t.Log("seed", seed)
	n := newNode(t)
	bulk := func(reply string) []byte {
		head, rest, _ := strings.Cut(reply, "\r\n")
		if head[0] != '$' {
			t.Fatalf("DUMP answers %q", reply)
		}
		return []byte(strings.TrimSuffix(rest, "\r\n"))
	}
	for i := range 60 {
		key := fmt.Sprint("k", i)
		for _, line := range fillRandom(r, key) {
			if ours, theirs := n.do(line), o.do(line); ours != theirs {
				t.Fatalf("%q: %q and %q", line, ours, theirs)
			}
		}
		want := show(t, o.do, key)
		for _, way := range []struct {
			name     string
			from, to func([][]byte) string
		}{{"from Redis", o.do, n.do}, {"to Redis", n.do, o.do}, {"to ourselves", n.do, n.do}} {
			payload := bulk(way.from(args("DUMP " + key)))
			if got := way.to([][]byte{[]byte("RESTORE"), []byte("copy"), []byte("0"), payload, []byte("REPLACE")}); got != "+OK\r\n" {
				t.Fatalf("%s: RESTORE of %s answers %q for %q", way.name, key, got, payload)
			}
			if got := show(t, way.to, "copy"); got != want {
				t.Fatalf("%s: %s is %q, want %q", way.name, key, got, want)
			}
		}
		was, is := n.do(args("OBJECT ENCODING "+key)), n.do(args("OBJECT ENCODING copy"))
		if was != is && was != "$3\r\nraw\r\n" && was != "$9\r\nquicklist\r\n" {
			t.Errorf("%s: the encoding was %q and is %q", key, was, is)
		}
	}
}

// Payloads that were damaged and sealed again are refused, or make a value
// that is whole: it can be dumped, restored, and written to a snapshot.
func FuzzRestorePayload(f *testing.F) {
	for _, form := range oldForms() {
		f.Add(form.payload[:len(form.payload)-rdbFooter])
	}
	f.Fuzz(func(t *testing.T, value []byte) { restoreDamaged(t, value) })
}

func restoreDamaged(t *testing.T, value []byte) {
	n := newNode(t)
	got := n.do([][]byte{[]byte("RESTORE"), []byte("k"), []byte("0"), sealed(10, value)})
	switch got {
	case "-ERR Bad data format\r\n":
		if n.do(args("EXISTS k")) != ":0\r\n" {
			t.Fatal("a refused payload left a key")
		}
		return
	case "+OK\r\n":
	default:
		t.Fatalf("RESTORE answers %q", got)
	}
	is := show(t, n.do, "k")
	s := n.e.Snapshot()
	defer s.Release()
	var b bytes.Buffer
	if _, err := s.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	e, err := Restore(n.e.opt, &b)
	if err != nil {
		t.Fatal(err)
	}
	n.e = e
	if again := show(t, n.do, "k"); again != is {
		t.Fatalf("restored from a snapshot it is %q, was %q", again, is)
	}
}

func TestRestoreDamaged(t *testing.T) {
	const seed = 11
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	forms := oldForms()
	for range 4000 {
		f := forms[r.IntN(len(forms))]
		value := bytes.Clone(f.payload[:len(f.payload)-rdbFooter])
		if len(value) > 1000 && r.IntN(20) > 0 {
			continue
		}
		for range 1 + r.IntN(3) {
			switch at := r.IntN(len(value)); r.IntN(4) {
			case 0:
				value[at] = byte(r.Uint32())
			case 1:
				value[at] ^= 1 << r.IntN(8)
			case 2:
				value = append(value[:at+1], value[at:]...)
			default:
				if len(value) > 1 {
					value = append(value[:at], value[at+1:]...)
				}
			}
		}
		restoreDamaged(t, value)
	}
}

// A payload of a few bytes can't claim much memory.
func TestRestoreBounded(t *testing.T) {
	n := newNode(t)
	zeros := bytes.Repeat([]byte{0xE0, 255, 0}, 1<<10)
	packed := append([]byte{0, 'x'}, zeros...)
	claims := binary.BigEndian.AppendUint32([]byte{rdbString, rdbSpecial | rdbLZF, rdbLen32}, uint32(len(packed)))
	for _, c := range []struct {
		size uint32
		want string
	}{{1 + 264*1<<10, "+OK\r\n"}, {1 << 29, "-ERR Bad data format\r\n"}, {math.MaxUint32, "-ERR Bad data format\r\n"}} {
		value := append(binary.BigEndian.AppendUint32(append(bytes.Clone(claims), rdbLen32), c.size), packed...)
		if got := n.do([][]byte{[]byte("RESTORE"), []byte("k"), []byte("0"), sealed(10, value), []byte("REPLACE")}); got != c.want {
			t.Errorf("%d bytes claimed: %q", c.size, got)
		}
	}
	for _, kind := range []byte{rdbList, rdbSet, rdbHash, rdbZset, rdbZset2, rdbListQuick, rdbListQuick2} {
		value := []byte{kind, rdbLen64, 255, 255, 255, 255, 255, 255, 255, 255}
		if got := n.do([][]byte{[]byte("RESTORE"), []byte("k"), []byte("0"), sealed(10, value), []byte("REPLACE")}); got != "-ERR Bad data format\r\n" {
			t.Errorf("kind %d: %q", kind, got)
		}
	}
}
