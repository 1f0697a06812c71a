package wire

import (
	"bufio"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestReadReply(t *testing.T) {
	tests := []struct {
		name, in string
		want     Value
	}{
		{"status", "+OK\r\n", Value{Kind: Status, Str: "OK"}},
		{"error", "-ERR x\r\n", Value{Kind: ErrorKind, Str: "ERR x"}},
		{"integer", ":-5\r\n", Value{Kind: Integer, Int: -5}},
		{"bulk", "$3\r\na\r\n\r\n", Value{Kind: Bulk, Str: "a\r\n"}},
		{"null bulk", "$-1\r\n", Value{Kind: Bulk, Null: true}},
		{"null array", "*-1\r\n", Value{Kind: Array, Null: true}},
		{"null", "_\r\n", Value{Kind: Null, Null: true}},
		{"double", ",1.50\r\n", Value{Kind: Double, Str: "1.50", Float: 1.5}},
		{"bool", "#t\r\n", Value{Kind: Bool, Int: 1}},
		{"bulk error", "!5\r\nERR x\r\n", Value{Kind: BulkError, Str: "ERR x"}},
		{"verbatim", "=6\r\ntxt:hi\r\n", Value{Kind: Verbatim, Format: "txt", Str: "hi"}},
		{"big number", "(123456789012345678901\r\n", Value{Kind: BigNumber, Str: "123456789012345678901"}},
		{"empty array", "*0\r\n", Value{Kind: Array, Elems: []Value{}}},
		{"nested", "*2\r\n*1\r\n:1\r\n~0\r\n", Value{Kind: Array, Elems: []Value{
			{Kind: Array, Elems: []Value{{Kind: Integer, Int: 1}}}, {Kind: Set, Elems: []Value{}}}}},
		{"map", "%1\r\n+a\r\n:1\r\n", Value{Kind: Map, Elems: []Value{{Kind: Status, Str: "a"}, {Kind: Integer, Int: 1}}}},
		{"push", ">1\r\n+a\r\n", Value{Kind: Push, Elems: []Value{{Kind: Status, Str: "a"}}}},
		{"attribute", "|1\r\n+k\r\n+v\r\n:7\r\n", Value{Kind: Integer, Int: 7, Attrs: []Value{{Kind: Status, Str: "k"}, {Kind: Status, Str: "v"}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadReply(bufio.NewReader(strings.NewReader(test.in)), 0)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
			for cut := 1; cut < len(test.in); cut++ {
				if _, err := ReadReply(bufio.NewReader(strings.NewReader(test.in[:cut])), 0); err != io.ErrUnexpectedEOF {
					t.Errorf("cut at %d: %v", cut, err)
				}
			}
		})
	}
}

func TestReadReplyMalformed(t *testing.T) {
	for _, in := range []string{
		"\r\n", "x\r\n", "+OK\n", ":x\r\n", "#x\r\n", ",x\r\n", "$x\r\n", "$-2\r\n", "$99999999999\r\n", "$1\r\nabc",
		"=2\r\nab\r\n", "*x\r\n", "*1\r\nx\r\n", strings.Repeat("*1\r\n", 100) + ":1\r\n",
	} {
		if v, err := ReadReply(bufio.NewReader(strings.NewReader(in)), 0); !errors.Is(err, ErrReply) {
			t.Errorf("%.20q: got %+v, %v", in, v, err)
		}
	}
	if _, err := ReadReply(bufio.NewReader(strings.NewReader("$100\r\n"+strings.Repeat("x", 102))), 100); !errors.Is(err, ErrReply) {
		t.Errorf("over the size allowed: %v", err)
	}
}

func FuzzReadReply(f *testing.F) {
	for _, s := range []string{"*2\r\n$1\r\na\r\n_\r\n", "%1\r\n+a\r\n,1e5\r\n", "|1\r\n+a\r\n#t\r\n:1\r\n",
		"$2147483647\r\nabc", "*2147483647\r\n*2147483647\r\n", "=5\r\ntxt:a\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ReadReply(bufio.NewReader(strings.NewReader(s)), 1<<20); err == nil && len(s) < 3 {
			t.Fatalf("%q is no reply", s)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20+uint64(64*valueSize*len(s)) {
			t.Fatalf("%d bytes allocated for %d", got, len(s))
		}
	})
}
