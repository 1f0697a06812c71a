package load

import (
	"strings"
	"testing"
)

func TestQueueBookFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name        string
		moves       bool
		pushed      string // "x?" is of unknown fate
		popped      string
		unknown     int
		left, moved string
		want        string
	}{
		{"all popped or left", false, "1.1 1.2 2.1", "1.1", 0, "1.2 2.1", "", ""},
		{"lost", false, "1.1 1.2", "1.1", 0, "", "", "1.2 was acknowledged and is lost"},
		{"popped by a call without an answer", false, "1.1 1.2", "1.1", 1, "", "", ""},
		{"popped twice", false, "1.1", "1.1 1.1", 0, "", "", "there 2 times"},
		{"popped and left", false, "1.1", "1.1", 0, "1.1", "", "there 2 times"},
		{"refused and there", false, "", "", 0, "1.1", "", "never pushed"},
		{"of unknown fate", false, "1.1? 1.2?", "", 0, "1.2", "", ""},
		{"out of order", false, "1.1 1.2", "1.2 1.1", 0, "", "", "took 1.1 after 1.2"},
		{"moved", true, "1.1 1.2", "1.1", 1, "", "1.1 1.2", ""},
		{"moved nowhere", true, "1.1 1.2", "1.1", 1, "", "1.2", "is not where"},
		{"moved and lost", true, "1.1 1.2", "", 1, "", "1.2", "1.1 was acknowledged and is lost"},
	} {
		q := newQueue("q", c.moves)
		for _, e := range strings.Fields(c.pushed) {
			name, unsure := strings.CutSuffix(e, "?")
			q.pushed[name] = !unsure
		}
		for _, e := range strings.Fields(c.popped) {
			q.took("9", e)
		}
		q.unknown = c.unknown
		got := strings.Join(q.check(strings.Fields(c.left), strings.Fields(c.moved)), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSubscriberFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name, heard string
		ok          bool
	}{
		{"in order, with gaps", "1.1:1 2.1:1 1.1:5 2.1:2", true},
		{"a new connection begins anew", "1.1:5 1.2:6 1.1:7", true},
		{"twice", "1.1:1 1.1:1", false},
		{"out of order", "1.1:2 1.1:1", false},
		{"no message of ours", "hello", false},
	} {
		last, ok := map[string]int{}, true
		for _, m := range strings.Fields(c.heard) {
			ok = ok && inOrder(last, m)
		}
		if ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
		}
	}
}
