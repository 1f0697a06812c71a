package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestRepliesAreReadWholeOrSkipped(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"+OK\r\n", "OK"},
		{":12\r\n", "12"},
		{"$3\r\na\r\n\r\n", "a\r\n"},
		{"$0\r\n\r\n", ""},
		{"$-1\r\n", ""},
		{"*-1\r\n", ""},
		{"*3\r\n$1\r\na\r\n:2\r\n*1\r\n+c\r\n", "a\n2\nc"},
	} {
		r := NewReader(strings.NewReader(test.in + "+next\r\n" + test.in + "+end\r\n"))
		if got, err := r.Text(); got != test.want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", test.in, got, err, test.want)
		}
		if got, err := r.Text(); got != "next" || err != nil {
			t.Errorf("after %q: got %q, %v", test.in, got, err)
		}
		if err := r.Skip(); err != nil {
			t.Errorf("skipping %q: %v", test.in, err)
		}
		if got, err := r.Text(); got != "end" || err != nil {
			t.Errorf("after skipping %q: got %q, %v", test.in, got, err)
		}
	}
	if err := NewReader(strings.NewReader("-ERR no\r\n")).Skip(); !errors.Is(err, Error("ERR no")) {
		t.Errorf("an error reply: got %v", err)
	}
	for _, bad := range []string{"", "+O", "\r\n", "?1\r\n", "$x\r\n", "$3\r\nab", "*2\r\n+a\r\n"} {
		if _, err := NewReader(strings.NewReader(bad)).Text(); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
