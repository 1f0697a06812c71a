package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	var s names
	var want []string
	for i := range 20_000 {
		name := strings.Repeat("x", i%300)
		if i == 100 {
			name = strings.Repeat("long", namesChunk)
		}
		s.add([]byte(name))
		want = append(want, name)
	}
	var got []string
	s.each(func(name []byte) { got = append(got, string(name)) })
	if s.n != len(want) || !slices.Equal(got, want) {
		t.Errorf("%d names are not the %d that were added", len(got), len(want))
	}
}
