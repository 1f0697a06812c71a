package history

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The checker must find what it is there for.
func TestCheckFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		of   Type
		want Verdict
		all  []Call
	}{
		{"stale read", Register, Illegal, []Call{
			{Kind: Write, Arg: "1", Begin: 0, End: 1},
			{Kind: Write, Arg: "2", Begin: 2, End: 3},
			{Kind: Read, Value: "1", Begin: 4, End: 5},
		}},
		{"read during a write", Register, Legal, []Call{
			{Kind: Write, Arg: "1", Begin: 0, End: 9},
			{Kind: Read, Value: "", Begin: 4, End: 5},
			{Kind: Read, Value: "1", Begin: 6, End: 7},
		}},
		{"lost increment", Counter, Illegal, []Call{
			{Kind: Incr, Value: "1", Begin: 0, End: 1},
			{Kind: Incr, Value: "1", Begin: 2, End: 3},
		}},
		{"two winners", Register, Illegal, []Call{
			{Kind: Swap, Old: "", Arg: "1", Begin: 0, End: 5},
			{Kind: Swap, Old: "", Arg: "2", Begin: 1, End: 5},
		}},
		{"a script refused without a reason", Register, Illegal, []Call{
			{Kind: Replace, Old: "", Arg: "1", Refused: true, Begin: 0, End: 5},
		}},
		{"EXEC refused for a change back", Register, Legal, []Call{
			{Kind: Swap, Old: "", Arg: "1", Refused: true, Begin: 0, End: 5},
		}},
		{"write of unknown fate, seen later", Register, Legal, []Call{
			{Kind: Write, Arg: "1", Unknown: true, Begin: 0},
			{Kind: Read, Value: "", Begin: 2, End: 3},
			{Kind: Read, Value: "1", Begin: 4, End: 5},
		}},
		{"swap of unknown fate, never seen", Register, Legal, []Call{
			{Kind: Swap, Arg: "1", Unknown: true, Begin: 0},
			{Kind: Read, Value: "", Begin: 4, End: 5},
		}},
		{"seen and gone again", Register, Illegal, []Call{
			{Kind: Write, Arg: "1", Unknown: true, Begin: 0},
			{Kind: Read, Value: "1", Begin: 2, End: 3},
			{Kind: Read, Value: "", Begin: 4, End: 5},
		}},
		{"element appended twice", List, Illegal, []Call{
			{Kind: Append, Arg: "a", Unknown: true, Begin: 0},
			{Kind: Read, Value: "a,a", Begin: 2, End: 3},
		}},
		{"element lost", List, Illegal, []Call{
			{Kind: Append, Arg: "a", Value: "1", Begin: 0, End: 1},
			{Kind: Append, Arg: "b", Value: "2", Begin: 2, End: 3},
			{Kind: Read, Value: "b", Begin: 4, End: 5},
		}},
		{"text in the order of its appends", Text, Legal, []Call{
			{Kind: Append, Arg: "ab", Value: "2", Begin: 0, End: 1},
			{Kind: Append, Arg: "c", Value: "3", Begin: 2, End: 3},
			{Kind: Read, Value: "abc", Begin: 4, End: 5},
		}},
		{"torn pair", Pair, Illegal, []Call{
			{Kind: Write, Arg: "1", Begin: 0, End: 9},
			{Kind: Read, Value: "1|", Begin: 4, End: 5},
		}},
		{"back from the dead", Expiring, Illegal, []Call{
			{Kind: Write, Arg: "1", Begin: 0, End: 1},
			{Kind: Read, Value: "", Begin: 2, End: 3},
			{Kind: Read, Value: "1", Begin: 4, End: 5},
		}},
		{"expired", Expiring, Legal, []Call{
			{Kind: Write, Arg: "1", Begin: 0, End: 1},
			{Kind: Read, Value: "1", Begin: 2, End: 3},
			{Kind: Read, Value: "", Begin: 4, End: 5},
		}},
	} {
		h := New(c.name, c.of)
		for _, call := range c.all {
			h.Add(call)
		}
		if got := h.Check(time.Minute); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		page := filepath.Join(t.TempDir(), "history.html")
		if err := h.Draw(page, time.Minute); err != nil {
			t.Fatal(err)
		}
		if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "<html") {
			t.Errorf("%s: the page: %d bytes, %v", c.name, len(html), err)
		}
	}
}
