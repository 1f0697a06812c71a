package keyspace

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"testing"
)

func TestClasses(t *testing.T) {
	last := 0
	for n := 1; n <= 80<<10; n++ {
		c := classOf(n)
		if c >= classCount || classSize(c) < n || c > 0 && classSize(c-1) >= n || c < last {
			t.Fatalf("size %d: class %d of %d bytes", n, c, classSize(c))
		}
		last = c
	}
	for c := 5; c < classCount; c++ {
		for want := 8; want <= 4096; want *= 4 {
			size := classSize(c)
			n := pageBytes(size, want)
			if slots := min(n/size, 256); slots < 1 || n > max(40<<10, 5*size) {
				t.Fatalf("class %d of %d bytes: page of %d bytes for %d", c, size, n, want)
			}
		}
	}
}

// Values and keys around every limit of the layout, grown through all of them.
func TestSizes(t *testing.T) {
	sizes := []int{0, 1, 3, 4, 8, 16, 17, 48, 49, 97, 255, 256, 4096, 4097, 65535, 65536, 70001}
	s := New(testSeed)
	v := uint64(0)
	pattern := func(n, salt int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i*31 + salt)
		}
		return b
	}
	for _, kn := range sizes {
		key := pattern(kn, 1)
		for _, from := range sizes {
			for _, to := range []int{from, from + 1, 70000} {
				v++
				s.Set(key, pattern(from, 2), SetOptions{Version: v})
				sn := s.Snapshot()
				v++
				b, ok := s.Extend(key, to, 3, v)
				want := append(pattern(from, 2), make([]byte, max(to-from, 0))...)
				if !ok || !bytes.Equal(b, want) {
					t.Fatalf("key %d: Extend from %d to %d", kn, from, to)
				}
				if r, ok := s.Get(key); !ok || r.Encoding() != 3 || !bytes.Equal(r.Value(), want) || !bytes.Equal(r.Key(), key) {
					t.Fatalf("key %d: Get after Extend from %d to %d", kn, from, to)
				}
				sn.Each(func(r Record) bool {
					if len(r.Key()) == kn && !bytes.Equal(r.Value(), pattern(from, 2)) {
						t.Fatalf("key %d: snapshot of %d changed", kn, from)
					}
					return true
				})
				sn.Release()
				for s.Maintain(1000) {
				}
			}
		}
	}
	check(t, s)
	if s.Len() != len(sizes) {
		t.Fatalf("%d keys, want %d", s.Len(), len(sizes))
	}
}

// Appending to a big value copies it only now and then.
func TestExtendIsAmortized(t *testing.T) {
	s := New(testSeed)
	k := []byte("k")
	s.Set(k, nil, SetOptions{})
	var last *byte
	copies, n := 0, 4<<20
	for i := 1 << 10; i <= n; i += 1 << 10 {
		b, _ := s.Extend(k, i, 0, uint64(i))
		b[i-1] = 1
		if &b[0] != last {
			copies++
			last = &b[0]
		}
	}
	if copies > 150 {
		t.Fatalf("%d copies", copies)
	}
	check(t, s)
}

// The bytes given may be those of a record of the same space.
func TestAliasedArguments(t *testing.T) {
	s := New(testSeed)
	s.Set([]byte("key"), []byte("some value"), SetOptions{Version: 1})
	for i := range 100 {
		r, _ := s.Get([]byte("key"))
		want := append([]byte{}, r.Value()...)
		o := SetOptions{Version: uint64(i + 2), DeadlineMs: int64(i % 2 * 5)}
		if i%3 == 0 {
			want = want[1:]
			s.Set(r.Key(), r.Value()[1:], o)
		} else {
			s.Set(r.Key(), r.Value(), o)
		}
		r, ok := s.Get([]byte("key"))
		if !ok || !bytes.Equal(r.Value(), want) {
			t.Fatalf("round %d: %q, want %q", i, r.Value(), want)
		}
		if len(want) < 3 {
			s.Set([]byte("key"), []byte("some value"), SetOptions{Version: 1})
		}
	}
	check(t, s)
}

// Keys of one hash can't be told apart by any bit: the table copes, and a scan never splits them.
func TestEqualHashes(t *testing.T) {
	var x index
	x.init()
	const n = 6000
	for h := handle(1); h <= n; h++ {
		x.insert(0x80000001, h)
		if h%3 == 0 {
			x.insert(0x80000000+h, h+n)
			x.insert(h*2654435761, h+2*n)
		}
	}
	if len(x.dir) > 256 {
		t.Fatalf("directory of %d", len(x.dir))
	}
	for h := handle(n); h >= 1; h-- {
		x.remove(0x80000001, h)
		if h%3 == 0 {
			x.move(0x80000000+h, h+n, h+3*n)
			x.remove(0x80000000+h, h+3*n)
			x.remove(h*2654435761, h+2*n)
		}
	}
	if x.n != 0 {
		t.Fatalf("%d left", x.n)
	}
}

func TestLoadRefuses(t *testing.T) {
	stream := func(keys ...string) func() (Item, bool) {
		return func() (Item, bool) {
			if len(keys) == 0 {
				return Item{}, false
			}
			it := Item{Key: []byte(keys[0])}
			keys = keys[1:]
			return it, true
		}
	}
	for _, c := range []struct {
		keys []string
		want error
	}{
		{nil, nil}, {[]string{""}, nil}, {[]string{"", "a"}, nil}, {[]string{"", ""}, ErrUnsorted},
		{[]string{"a", "a"}, ErrUnsorted}, {[]string{"b", "a"}, ErrUnsorted}, {[]string{"a", "aa", "ab"}, nil},
	} {
		if err := New(testSeed).Load(stream(c.keys...)); !errors.Is(err, c.want) {
			t.Errorf("Load(%q): %v, want %v", c.keys, err, c.want)
		}
	}
	s := New(testSeed)
	s.Set([]byte("a"), nil, SetOptions{})
	if err := s.Load(stream("b")); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("Load into a space with keys: %v", err)
	}
}

func TestLoadMany(t *testing.T) {
	const n = 60000
	s, i := New(testSeed), 0
	if err := s.Load(func() (Item, bool) {
		i++
		return Item{Key: fmt.Appendf(nil, "user:%08d:name", i), Value: []byte("v"), DeadlineMs: int64(i % 3)}, i <= n
	}); err != nil {
		t.Fatal(err)
	}
	check(t, s)
	rnd := rand.New(rand.NewSource(2))
	for v := range uint64(n) {
		k := fmt.Appendf(nil, "user:%08d:%d", rnd.Intn(n), rnd.Intn(3))
		if rnd.Intn(2) == 0 {
			k = fmt.Appendf(nil, "user:%08d:name", rnd.Intn(n))
		}
		if rnd.Intn(2) == 0 {
			s.Delete(k, v)
		} else {
			s.Set(k, k, SetOptions{Version: v})
		}
	}
	check(t, s)
}

// RandomKey finds every key about equally often, in a full table and in a nearly empty one.
func TestRandomKey(t *testing.T) {
	s := New(testSeed)
	if _, ok := s.RandomKey(1); ok {
		t.Fatal("a key of an empty space")
	}
	keys := fill(s, 20000)
	for len(keys) > 0 {
		rnd, counts, draws := rand.New(rand.NewSource(3)), map[string]int{}, 20*len(keys)
		for range draws {
			r, ok := s.RandomKey(rnd.Uint64())
			if !ok {
				t.Fatal("no key")
			}
			counts[string(r.Key())]++
		}
		for _, k := range keys {
			if c := counts[string(k)]; (c == 0 || c > 60) && len(keys) > 1000 || c == 0 {
				t.Fatalf("%d keys: %q drawn %d times of %d", len(keys), k, c, draws)
			}
		}
		cut := len(keys) / 20
		for _, k := range keys[cut:] {
			s.Delete(k, 2)
		}
		keys = keys[:cut]
	}
}

func FuzzLoadDeletions(f *testing.F) {
	s := New(testSeed)
	fill(s, 10)
	s.DeleteAll(5)
	for i := range 10 {
		s.Delete(fmt.Appendf(nil, "key:%012d", i), uint64(i+10))
	}
	f.Add(s.AppendDeletions(nil))
	f.Add([]byte{})
	f.Add([]byte{0, 1, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(testSeed)
		if err := s.LoadDeletions(b); err != nil {
			return
		}
		c := New(testSeed)
		if err := c.LoadDeletions(s.AppendDeletions(nil)); err != nil || c.deleted.floor != s.deleted.floor {
			t.Fatalf("own table refused: %v", err)
		}
	})
}

// FuzzOps drives the model by bytes.
func FuzzOps(f *testing.F) {
	f.Add(int64(1), uint16(500))
	f.Fuzz(func(t *testing.T, seed int64, steps uint16) {
		for _, name := range []string{"binary", "long", "tiny"} {
			m := newModel(t, seed, keyShapes[name])
			for range steps {
				m.step()
			}
			m.checkAll()
		}
	})
}
