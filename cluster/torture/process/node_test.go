package process

import (
	"strings"
	"testing"
)

func TestLogEndShowsWhatAProcessDiedOf(t *testing.T) {
	lines := strings.Repeat("time=... level=INFO msg=...\n", 1000)
	trace := strings.Repeat("goroutine 7 [select]:\n", 1000)
	for _, c := range []struct{ name, log, want string }{
		{"short", "a\nb\n", "a\nb\n"},
		{"long", lines + "last\n", "last\n"},
		{"panic with a long trace", lines + "panic: index out of range\n" + trace, "panic: index out of range\n"},
		{"panic near the end", lines + "before\npanic: x\n", "before\npanic: x\n"},
		{"deadlock", lines + "fatal error: all goroutines are asleep\n" + trace, "fatal error: all"},
	} {
		got := LogEnd(c.log)
		if !strings.Contains(got, c.want) || len(got) > 3*logShown {
			t.Errorf("%s: got %d bytes without %q", c.name, len(got), c.want)
		}
	}
}
