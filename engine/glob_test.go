package engine

import (
	"bytes"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"a", "a", true},
		{"a", "A", false},
		{"?", "", false},
		{"?", "x", true},
		{"h?llo", "hello", true},
		{"h*llo", "heeeello", true},
		{"h*llo", "hell", false},
		{"h[ae]llo", "hallo", true},
		{"h[ae]llo", "hillo", false},
		{"h[^e]llo", "hallo", true},
		{"h[^e]llo", "hello", false},
		{"h[a-b]llo", "hbllo", true},
		{"h[b-a]llo", "hbllo", true},
		{"h[a-b]llo", "hcllo", false},
		{"[a-]", "-", false},
		{"[a-]]", "]", true},
		{"[a", "a", true},
		{"[a", "b", false},
		{"[", "[", false},
		{"[^", "a", true},
		{"[]", "]", false},
		{"[\\]]", "]", true},
		{"[\\", "\\", true},
		{"[*]", "*", true},
		{"[*]", "x", false},
		{"\\*", "*", true},
		{"\\*", "x", false},
		{"\\", "\\", true},
		{"a\\", "a\\", true},
		{"a\\b", "ab", true},
		{"*a*b*c*", "xxaxxbxxcxx", true},
		{"*a*b*c", "xxaxxbxxcxx", false},
		{"*abc", "abababc", true},
		{"a**b", "ab", true},
		{"\xff?", "\xff\x00", true},
		{"[\x80-\xff]", "\xc3", true},
	} {
		if got := Match([]byte(test.pattern), []byte(test.s)); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.pattern, test.s, got)
		}
	}
}

// TestMatchIsNotExponential takes patterns on which a matcher that tries every
// star again would not come back.
func TestMatchIsNotExponential(t *testing.T) {
	s := bytes.Repeat([]byte("a"), 10_000)
	pattern := append(bytes.Repeat([]byte("a*"), 1000), 'b')
	start := time.Now()
	if Match(pattern, s) {
		t.Error("matched")
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// FuzzMatch holds Match against the rule written down without cleverness.
func FuzzMatch(f *testing.F) {
	f.Add([]byte("a*[b-d]?\\*"), []byte("axxcx*"))
	f.Add([]byte("*a*b"), []byte("aabab"))
	f.Fuzz(func(t *testing.T, pattern, s []byte) {
		if len(pattern) > 12 || len(s) > 12 {
			return
		}
		if got, want := Match(pattern, s), matchPlainly(pattern, s); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, s, got)
		}
	})
}

func matchPlainly(pattern, s []byte) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	if pattern[0] == '*' {
		for i := 0; i <= len(s); i++ {
			if matchPlainly(pattern[1:], s[i:]) {
				return true
			}
		}
		return false
	}
	if len(s) == 0 {
		return false
	}
	next, ok := matchOne(pattern, 0, s[0])
	return ok && matchPlainly(pattern[next:], s[1:])
}
