package wire

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/laurocaetano/foxtail/engine"
)

func TestWriter(t *testing.T) {
	tests := []struct {
		name         string
		write        func(w *Writer)
		resp2, resp3 string
	}{
		{"ok", func(w *Writer) { w.OK() }, "+OK\r\n", "+OK\r\n"},
		{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{"status", func(w *Writer) { w.Status("PONG") }, "+PONG\r\n", "+PONG\r\n"},
		{"status of lines", func(w *Writer) { w.Status("a\r\nb") }, "+a  b\r\n", "+a  b\r\n"},
		{"error", func(w *Writer) { w.Err("ERR no\r\n+OK") }, "-ERR no  +OK\r\n", "-ERR no  +OK\r\n"},
		{"int", func(w *Writer) { w.Int(-12) }, ":-12\r\n", ":-12\r\n"},
		{"int min", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"double", func(w *Writer) { w.Double(1.5) }, "$3\r\n1.5\r\n", ",1.5\r\n"},
		{"double inf", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
		{"bulk string", func(w *Writer) { w.BulkString("") }, "$0\r\n\r\n", "$0\r\n\r\n"},
		{"bulk of ten", func(w *Writer) { w.BulkString("0123456789") }, "$10\r\n0123456789\r\n", "$10\r\n0123456789\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", []byte("hi")) }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"},
		{"big number", func(w *Writer) { w.BigNumber("123") }, "$3\r\n123\r\n", "(123\r\n"},
		{"array", func(w *Writer) { w.Array(10) }, "*10\r\n", "*10\r\n"},
		{"map", func(w *Writer) { w.Map(5) }, "*10\r\n", "%5\r\n"},
		{"set", func(w *Writer) { w.Set(0) }, "*0\r\n", "~0\r\n"},
		{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
		{"raw", func(w *Writer) { w.Raw([]byte("x")) }, "x", "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			shared := NewScratch(DefaultLimits)
			for proto, want := range map[int]string{2: test.resp2, 3: test.resp3} {
				w := NewWriter(shared, proto)
				test.write(&w)
				if got := string(w.Pending()); got != want {
					t.Errorf("RESP%d: got %q, want %q", proto, got, want)
				}
			}
		})
	}
}

// The expected forms follow d2string and fpconv_dtoa of Redis 7.2.
func TestAppendDouble(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "-0"},
		{math.NaN(), "nan"},
		{math.Inf(1), "inf"},
		{-1, "-1"},
		{0.1, "0.1"},
		{3.14, "3.14"},
		{-2.5, "-2.5"},
		{100, "100"},
		{1e17, "100000000000000000"},
		{4611686018427387904, "4611686018427387904"},
		{9223372036854775808, "9223372036854776000"},
		{1e19, "1e+19"},
		{1.5e19, "1.5e+19"},
		{1e300, "1e+300"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{5e-324, "5e-324"},
		{0.001, "0.001"},
		{0.0001, "0.0001"},
		{0.00001, "0.00001"},
		{0.000001, "0.000001"},
		{0.0000001, "1e-7"},
		{1.5e-7, "1.5e-7"},
		{0.00012345678, "1.2345678e-4"},
		{0.0012345678, "0.0012345678"},
		{1.23456789e10 + 0.5, "12345678900.5"},
	}
	for _, test := range tests {
		if got := string(AppendDouble(nil, test.f)); got != test.want {
			t.Errorf("%v: got %s, want %s", test.f, got, test.want)
		}
	}
}

func FuzzAppendDouble(f *testing.F) {
	f.Add(uint64(0))
	f.Add(math.Float64bits(1e-5))
	f.Add(math.Float64bits(math.MaxFloat64))
	f.Fuzz(func(t *testing.T, bits uint64) {
		want := math.Float64frombits(bits)
		s := string(AppendDouble(nil, want))
		got, err := strconv.ParseFloat(s, 64)
		if err != nil || got != want && !(got != got && want != want) {
			t.Fatalf("%x prints as %s and reads as %v, %v", bits, s, got, err)
		}
		if len(s) > doubleSizeMax {
			t.Fatalf("%s is longer than %d", s, doubleSizeMax)
		}
	})
}

func TestWriterSent(t *testing.T) {
	w := NewWriter(NewScratch(DefaultLimits), 2)
	var want, got bytes.Buffer
	for i := range 20_000 {
		w.Int(int64(i))
		want.WriteString(":" + strconv.Itoa(i) + "\r\n")
		if i%3 == 0 {
			n := min(w.Len(), 13)
			got.Write(w.Pending()[:n])
			w.Sent(n)
		}
	}
	if limit := 4 * (w.Len() + replySizeKept); w.BufferSize() > limit {
		t.Errorf("%d bytes held for %d pending", w.BufferSize(), w.Len())
	}
	got.Write(w.Pending())
	w.Sent(w.Len())
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Error("sent bytes differ from those written")
	}
	if w.BufferSize() != 0 {
		t.Errorf("an idle writer holds %d bytes", w.BufferSize())
	}
}

func TestWriterRollback(t *testing.T) {
	w := NewWriter(NewScratch(DefaultLimits), 2)
	w.Rollback(w.Mark())
	w.OK()
	w.Sent(2)
	mark := w.Mark()
	w.BulkString("dropped")
	w.Rollback(mark)
	w.Int(1)
	if got := string(w.Pending()); got != "K\r\n:1\r\n" {
		t.Errorf("got %q", got)
	}
}

// A long answer of a goroutine of its own is in pieces, in their order, which count
// for the limit.
func TestWriterApart(t *testing.T) {
	fill := func(w *Writer) {
		for i := range 40_000 {
			w.Int(int64(i))
			w.Bulk(bytes.Repeat([]byte{'x'}, i%50))
			if i%3000 == 2999 {
				w.BulkLent(bytes.Repeat([]byte{'y'}, lentMin+i))
			}
		}
	}
	shared := NewScratch(DefaultLimits)
	plain, apart, c := NewWriter(shared, 2), NewWriter(shared.Apart(), 2), NewWriter(shared, 2)
	fill(&plain)
	fill(&apart)
	if want := plain.Len(); apart.Len() != want || len(apart.buf) > 2*sealMin || len(apart.lent) < 10 {
		t.Fatalf("%d bytes, want %d; %d in the buffer, %d pieces", apart.Len(), want, len(apart.buf), len(apart.lent))
	}
	c.Int(1)
	c.Take(&apart)
	c.Int(2)
	want := ":1\r\n" + drainAll(&plain) + ":2\r\n"
	if got := drainAll(&c); got != want || apart.Len() != 0 || c.Len() != 0 {
		t.Errorf("%d bytes are not those of a writer that copies (%d)", len(got), len(want))
	}
	lends := NewWriter((&Scratch{Limits: Limits{UnsentMax: 1 << 20}}).Apart(), 2)
	for range 40 { // what is lent is not held, and does not count
		lends.Bulk(bytes.Repeat([]byte{'x'}, sealMin/20))
		lends.BulkLent(make([]byte, 1<<20))
	}
	if lends.Overflowed() {
		t.Errorf("%d bytes that are lent count as copied", lends.Len())
	}
	small := NewWriter((&Scratch{Limits: Limits{UnsentMax: 1 << 20}}).Apart(), 2)
	if fill(&small); !small.Overflowed() || small.BufferSize() > 4<<20 {
		t.Errorf("overflowed %v, holds %d bytes", small.Overflowed(), small.BufferSize())
	}
}

func drainAll(w *Writer) string {
	var b strings.Builder
	for p := w.Pending(); len(p) > 0; p = w.Pending() {
		k := min(len(p), 10_000)
		b.Write(p[:k])
		w.Sent(k)
	}
	return b.String()
}

func TestWriterAllocs(t *testing.T) {
	shared := NewScratch(DefaultLimits)
	value := []byte(strings.Repeat("v", 100))
	var e engine.Error = "WRONGTYPE Operation against a key holding the wrong kind of value"
	for _, proto := range []int{2, 3} {
		w := NewWriter(shared, proto)
		var reply engine.Reply = &w
		if n := testing.AllocsPerRun(100, func() {
			reply.OK()
			reply.Bulk(value)
			reply.Map(2)
			reply.Double(0.1)
			reply.Double(1e19)
			reply.Err(e)
			reply.Verbatim("txt", value)
			reply.Int(123456)
			w.Sent(w.Len())
		}); n != 0 {
			t.Errorf("RESP%d: %v allocations", proto, n)
		}
	}
}

// What the writer writes, the decoder reads.
func TestWriterRoundTrip(t *testing.T) {
	for _, proto := range []int{2, 3} {
		w := NewWriter(nil, proto)
		w.Map(2)
		w.BulkString("score")
		w.Double(2.5)
		w.Array(2)
		w.Null()
		w.Set(1)
		w.Bool(true)
		w.Verbatim("txt", []byte("v"))
		r := bufio.NewReader(bytes.NewReader(w.Pending()))
		v, err := ReadReply(r, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Elems) != 4 || v.Elems[1].Str != "2.5" || !v.Elems[2].Elems[0].Null || v.Elems[2].Elems[1].Elems[0].Int != 1 || v.Elems[3].Str != "v" {
			t.Errorf("RESP%d: %+v", proto, v)
		}
		if _, err = ReadReply(r, 0); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
}

// An answer that is too long for Short leaves nothing behind, and what was there
// before it, and what comes after, is not touched.
func TestShort(t *testing.T) {
	piece, big := bytes.Repeat([]byte("p"), 1000), bytes.Repeat([]byte("b"), 2*lentMin)
	for _, c := range []struct {
		name   string
		before int // bytes
		answer func(w *Writer)
		long   bool
	}{
		{"short", 0, func(w *Writer) { w.Bulk(piece) }, false},
		{"lent", 10, func(w *Writer) { w.Array(2); w.BulkLent(big); w.Bulk(piece) }, false},
		{"many", 10, func(w *Writer) {
			for range 1000 {
				w.Bulk(piece)
			}
		}, true},
		{"many from the start", 0, func(w *Writer) {
			for range 1000 {
				w.Int(1)
				w.BulkString(string(piece))
			}
		}, true},
		{"big", 10, func(w *Writer) { w.Bulk(big); w.OK() }, true},
		{"lent, then big", 10, func(w *Writer) { w.BulkLent(big); w.Bulk(big); w.BulkLent(big); w.OK() }, true},
	} {
		w, want := NewWriter(NewScratch(DefaultLimits), 2), NewWriter(nil, 2)
		for _, w := range []*Writer{&w, &want} {
			w.Raw(piece[:c.before])
		}
		w.Short(100_000)
		c.answer(&w)
		if most := 200_000; cap(w.buf) > most {
			t.Errorf("%s: a buffer of %d bytes", c.name, cap(w.buf))
		}
		if long := w.EndShort(); long != c.long {
			t.Errorf("%s: long is %v", c.name, long)
		}
		if !c.long {
			c.answer(&want)
		}
		for _, w := range []*Writer{&w, &want} {
			w.Bulk(big)
		}
		got, expected := output(&w), output(&want)
		if w.Overflowed() || !bytes.Equal(got, expected) {
			t.Errorf("%s: %d bytes, want %d", c.name, len(got), len(expected))
		}
	}
}

func output(w *Writer) (all []byte) {
	for w.Len() > 0 {
		p := w.Pending()
		all = append(all, p...)
		w.Sent(len(p))
	}
	return all
}
