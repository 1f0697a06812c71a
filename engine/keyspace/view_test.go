package keyspace

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// A view shows the state of its moment, on another goroutine, beside changes.
func TestView(t *testing.T) {
	s := New([4]uint64{1, 2, 3, 4})
	r := rand.New(rand.NewPCG(1, 2))
	want := map[string]string{}
	set := func(key, value string, version uint64) {
		s.Set([]byte(key), []byte(value), SetOptions{Version: version})
	}
	for i := range 3000 {
		key := fmt.Sprint("key:", r.IntN(100000))
		want[key] = fmt.Sprint(i)
		set(key, want[key], uint64(i))
	}
	sn := s.Snapshot()
	v := sn.View()
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		if v.Len() != len(want) {
			t.Errorf("%d keys, want %d", v.Len(), len(want))
		}
		for key, value := range want {
			if rec, ok := v.Get([]byte(key)); !ok || string(rec.Value()) != value {
				t.Errorf("%s: %q, %v, want %q", key, rec.Value(), ok, value)
			}
		}
		for _, absent := range []string{"", "key:", "key:x", "zzz"} {
			if _, ok := v.Get([]byte(absent)); ok {
				t.Errorf("%q is there", absent)
			}
		}
		n := 0
		v.Prefix([]byte("key:"), func(rec Record) bool {
			n++
			return want[string(rec.Key())] == string(rec.Value())
		})
		if n != len(want) {
			t.Errorf("walked %d keys of %d", n, len(want))
		}
	}()
	for i := range 3000 {
		key := fmt.Sprint("key:", r.IntN(100000))
		set(key, "new", uint64(3000+i))
		s.Delete([]byte(fmt.Sprint("key:", r.IntN(100000))), uint64(3000+i))
	}
	wg.Wait()
	sn.Release()
}
