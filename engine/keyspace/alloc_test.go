package keyspace

import (
	"fmt"
	"testing"
)

func fill(s *Space, n int) [][]byte {
	keys, value := make([][]byte, n), make([]byte, 64)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key:%012d", i*7919%n)
		s.Set(keys[i], value, SetOptions{Version: 1})
	}
	return keys
}

func TestAllocs(t *testing.T) {
	s := New(testSeed)
	keys := fill(s, 5000)
	value, small, i := make([]byte, 64), make([]byte, 60), 0
	if got, want := s.Len(), 5000; got != want {
		t.Fatalf("Len %d, want %d", got, want)
	}
	s.Set([]byte("big"), make([]byte, 100<<10), SetOptions{Version: 1})
	big := make([]byte, 90<<10)
	sink := 0
	for _, c := range []struct {
		name string
		f    func(k []byte)
	}{
		{"Get", func(k []byte) { r, _ := s.Get(k); sink += len(r.Value()) }},
		{"Get absent", func(k []byte) { _, _ = s.Get(k[1:]) }},
		{"LookAhead", func(k []byte) { s.LookAhead([][]byte{k, k[1:], nil}, true) }},
		{"Version", func(k []byte) { sink += int(s.Version(k)) }},
		{"Set in place", func(k []byte) { s.Set(k, value, SetOptions{Version: 2}) }},
		{"Set in place, shorter", func(k []byte) { s.Set(k, small, SetOptions{Version: 2}) }},
		{"Set in place, big", func(k []byte) { s.Set([]byte("big"), big, SetOptions{Version: 2}) }},
		{"Extend in place", func(k []byte) { b, _ := s.Extend(k, 0, 0, 3); b[0]++ }},
		{"Touch", func(k []byte) { s.Touch(k, 4) }},
		{"RandomKey", func(k []byte) { r, _ := s.RandomKey(uint64(i)); sink += len(r.Key()) }},
		{"Delete and Set", func(k []byte) { s.Delete(k, 5); s.Set(k, value, SetOptions{Version: 5}) }},
		{"SetDeadline", func(k []byte) { s.SetDeadline(k, int64(1+i), 5) }},
		{"Set changing its size", func(k []byte) { s.Set(k, value[:i%64], SetOptions{Version: 2}) }},
	} {
		for _, k := range keys { // pages, leaves and tree nodes are there
			c.f(k)
		}
		got := testing.AllocsPerRun(20000, func() {
			c.f(keys[i%len(keys)])
			i++
		})
		want := 0.0
		if got > want {
			t.Errorf("%s: %v allocations, want %v", c.name, got, want)
		}
	}
	check(t, s)
}
