package engine

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/laurocaetano/foxtail/engine/keyspace"
)

func testSeed(r *rand.Rand) *[4]uint64 {
	return &[4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
}

func checkTable(t *testing.T, what string, table *fieldTable, want map[string]string) {
	t.Helper()
	got, size := map[string]string{}, 0
	lastHash, last := uint32(0), ""
	table.each(func(f, v []byte) bool {
		hash := hashField(table.seed, f)
		if len(got) > 0 && (hash < lastHash || hash == lastHash && string(f) <= last) {
			t.Fatalf("%s: %q out of order", what, f)
		}
		lastHash, last = hash, string(f)
		got[string(f)] = string(v)
		size += len(f) + len(v)
		return true
	})
	if !maps.Equal(got, want) || table.len() != len(want) || table.bytes != size {
		t.Fatalf("%s: has %d entries (counts %d, %d bytes for %d), want %d", what, len(got), table.len(), table.bytes, size, len(want))
	}
	for f, v := range want {
		if b, ok := table.get([]byte(f)); !ok || string(b) != v {
			t.Fatalf("%s: get %.20q: %.20q %v, want %.20q", what, f, b, ok, v)
		}
	}
	deepest := 0
	table.segments(func(s *segment) bool {
		if s.depth == table.depth {
			deepest++
		}
		used := 0
		for _, x := range s.index {
			used += s.entrySize(uint32(x))
		}
		if used+s.dead != len(s.data) {
			t.Fatalf("%s: a segment has %d bytes, %d used, %d dead", what, len(s.data), used, s.dead)
		}
		return true
	})
	if deepest != table.deepest || len(table.dir) != 1<<table.depth {
		t.Fatalf("%s: %d segments of depth %d, counts %d", what, deepest, table.depth, table.deepest)
	}
	checkCodec(t, what, table, encodeTable, decodeTable)
}

// checkCodec restores a value twice: what it writes again must be the same
// bytes, and no cut of them may be accepted.
func checkCodec(t *testing.T, what string, obj keyspace.Object, encode func([]byte, keyspace.Object) []byte, decode func([]byte) (keyspace.Object, error)) {
	t.Helper()
	b := encode(nil, obj)
	again, err := decode(b)
	if err != nil {
		t.Fatalf("%s: decode: %v", what, err)
	}
	if c := encode(nil, again); !bytes.Equal(b, c) {
		t.Fatalf("%s: restored value writes %d other bytes, want %d", what, len(c), len(b))
	}
	if again.Bytes() != obj.Bytes() {
		t.Fatalf("%s: restored value counts %d bytes, want %d", what, again.Bytes(), obj.Bytes())
	}
	for cut := 0; cut < len(b); cut += 1 + len(b)/50 {
		if _, err := decode(b[:cut]); err == nil {
			t.Fatalf("%s: accepted when cut at %d of %d", what, cut, len(b))
		}
	}
}

func TestFieldTableAgainstMap(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { tableModel(t, seed) })
	}
}

func tableModel(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	table := newFieldTable(testSeed(r))
	model := map[string]string{}
	type frozen struct {
		table *fieldTable
		want  map[string]string
	}
	var snaps []frozen
	space := []int{30, 600, 5000}[seed%3]
	for step := range 20000 {
		f := fmt.Sprint("f", r.IntN(space))
		if r.IntN(50) == 0 {
			f += string(make([]byte, r.IntN(900)))
		}
		shrinking := step/4000%2 == 1
		switch op := r.IntN(10); {
		case op < 3 || shrinking && op < 8:
			_, there := model[f]
			if got := table.delete([]byte(f)); got != there {
				t.Fatalf("step %d: delete %.20q: %v, want %v", step, f, got, there)
			}
			delete(model, f)
		case op == 9 && r.IntN(1000) == 0:
			snaps = append(snaps, frozen{table, maps.Clone(model)})
			table = table.clone()
		default:
			v := randomString(r)
			_, there := model[f]
			if got := table.set([]byte(f), []byte(v)); got == there {
				t.Fatalf("step %d: set %.20q: new %v, want %v", step, f, got, !there)
			}
			model[f] = v
		}
	}
	checkTable(t, "table", table, model)
	for i, f := range snaps {
		checkTable(t, fmt.Sprint("clone ", i), f.table, f.want)
	}
	for f := range model {
		table.delete([]byte(f))
	}
	checkTable(t, "emptied", table, nil)
	if table.depth != 0 {
		t.Fatalf("emptied table keeps 1<<%d places", table.depth)
	}
}

// What is there during a whole scan is seen, once, whatever else comes and goes.
func TestFieldTableScanKeepsItsPromise(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	table := newFieldTable(testSeed(r))
	for i := range 3000 {
		table.set(fmt.Appendf(nil, "stay%d", i), nil)
	}
	for round := range 5 {
		seen := map[string]int{}
		cursor := uint64(0)
		for {
			cursor = table.scan(cursor, 1+r.IntN(30), func(f, _ []byte) { seen[string(f)]++ })
			if cursor == 0 {
				break
			}
			for range r.IntN(200) {
				f := fmt.Appendf(nil, "go%d", r.IntN(20000))
				if round%2 == 0 {
					table.set(f, nil)
				} else {
					table.delete(f)
				}
			}
		}
		for i := range 3000 {
			if n := seen[fmt.Sprint("stay", i)]; n != 1 {
				t.Fatalf("round %d: stay%d was seen %d times", round, i, n)
			}
		}
	}
}

func TestFieldTableRandomIsFair(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	table := newFieldTable(testSeed(r))
	const n, picks = 1000, 200_000
	for i := range 3 * n {
		table.set(fmt.Append(nil, i), nil)
	}
	for i := range 2 * n {
		table.delete(fmt.Append(nil, n+i))
	}
	counts := map[string]int{}
	for range picks {
		f, _ := table.random(r)
		counts[string(f)]++
	}
	// Chi-squared with 999 degrees of freedom: mean 999, deviation 45.
	x := 0.0
	for i := range n {
		d := float64(counts[fmt.Sprint(i)]) - picks/n
		x += d * d / (picks / n)
	}
	if x > 999+6*45 {
		t.Fatalf("chi-squared %.0f, want about 999", x)
	}
}

func TestIntsetAgainstMap(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 3))
		model := map[int64]bool{}
		p := intsetNew(nil)
		for range 2000 {
			v := int64(r.Uint64()) >> r.IntN(64)
			if seed%2 == 0 {
				v = int64(r.IntN(100)) - 50
			}
			var done bool
			if r.IntN(3) > 0 {
				p, done = intsetAdd(p, v)
				if done == model[v] {
					t.Fatalf("seed %d: add %d: %v", seed, v, done)
				}
				model[v] = true
			} else {
				p, done = intsetRemove(p, v)
				if done != model[v] {
					t.Fatalf("seed %d: remove %d: %v", seed, v, done)
				}
				delete(model, v)
			}
		}
		want := slices.Sorted(maps.Keys(model))
		if !intsetCheck(p) || intsetLen(p) != len(want) {
			t.Fatalf("seed %d: %d numbers, want %d", seed, intsetLen(p), len(want))
		}
		for i, v := range want {
			if intsetAt(p, i) != v {
				t.Fatalf("seed %d: number %d is %d, want %d", seed, i, intsetAt(p, i), v)
			}
		}
	}
}

func TestZsetAgainstSlice(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { zsetModel(t, seed) })
	}
}

func zsetModel(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 4))
	z := newZset(testSeed(r))
	model := map[string]float64{}
	type frozen struct {
		z    *zset
		want map[string]float64
	}
	var snaps []frozen
	space := []int{50, 1000, 8000}[seed%3]
	scores := []float64{math.Inf(-1), math.Inf(1), 0, math.Copysign(0, -1), 1.5}
	for step := range 20000 {
		m := fmt.Sprint("m", r.IntN(space))
		switch op := r.IntN(10); {
		case op < 3 || step/5000%2 == 1 && op < 7:
			_, there := model[m]
			if got := z.delete([]byte(m)); got != there {
				t.Fatalf("step %d: delete %q: %v, want %v", step, m, got, there)
			}
			delete(model, m)
		case op == 9 && r.IntN(500) == 0:
			snaps = append(snaps, frozen{z, maps.Clone(model)})
			z = z.Clone().(*zset)
		default:
			score := float64(r.IntN(100))
			switch r.IntN(10) {
			case 0:
				score = scores[r.IntN(len(scores))]
			case 1:
				score = float64(step)
			}
			_, there := model[m]
			if got := z.set([]byte(m), score); got == there {
				t.Fatalf("step %d: set %q: new %v, want %v", step, m, got, !there)
			}
			model[m] = score
		}
	}
	checkZset(t, "zset", z, model)
	for i, f := range snaps {
		checkZset(t, fmt.Sprint("clone ", i), f.z, f.want)
	}
}

func checkZset(t *testing.T, what string, z *zset, model map[string]float64) {
	t.Helper()
	want := make([]scored, 0, len(model))
	for m, s := range model {
		want = append(want, scored{s, m})
	}
	slices.SortFunc(want, func(a, b scored) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	if z.len() != len(want) || z.order.len() != len(want) {
		t.Fatalf("%s: %d and %d members, want %d", what, z.len(), z.order.len(), len(want))
	}
	for i, x := range want {
		if got := z.order.at(i); got != x {
			t.Fatalf("%s: at %d: %v, want %v", what, i, got, x)
		}
		if got := z.order.rank(x); got != i {
			t.Fatalf("%s: rank of %v: %d, want %d", what, x, got, i)
		}
		if s, ok := z.score([]byte(x.member)); !ok || s != x.score {
			t.Fatalf("%s: score of %q: %v %v, want %v", what, x.member, s, ok, x.score)
		}
	}
	for from := 0; from <= len(want); from += 1 + len(want)/7 {
		i := from
		z.order.ascend(from, func(x scored) bool {
			if x != want[i] {
				t.Fatalf("%s: ascend from %d: %v at %d, want %v", what, from, x, i, want[i])
			}
			i++
			return true
		})
		if i != len(want) {
			t.Fatalf("%s: ascend from %d ended at %d of %d", what, from, i, len(want))
		}
		if from == len(want) {
			break
		}
		z.order.descend(from, func(x scored) bool {
			i--
			if at := from - (len(want) - 1 - i); x != want[at] {
				t.Fatalf("%s: descend from %d: %v, want %v", what, from, x, want[at])
			}
			return true
		})
		if i != len(want)-from-1 {
			t.Fatalf("%s: descend from %d ended early", what, from)
		}
	}
	checkCodec(t, what, z, encodeZset, decodeZset)
}

func FuzzDecodeValue(f *testing.F) {
	r := rand.New(rand.NewPCG(9, 9))
	l, table, z := newList(listLimitsOf(-2)), newFieldTable(testSeed(r)), newZset(testSeed(r))
	for range 300 {
		s := []byte(fmt.Sprint(r.IntN(1000)))
		l.pushBack(s)
		table.set(s, s)
		z.set(s, r.Float64())
	}
	f.Add(encodeList(nil, l))
	f.Add(encodeTable(nil, table))
	f.Add(encodeZset(nil, z))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := decodeList(b); err == nil {
			checkCodec(t, "list", o, encodeList, decodeList)
		}
		if o, err := decodeTable(b); err == nil {
			checkCodec(t, "table", o, encodeTable, decodeTable)
		}
		if o, err := decodeZset(b); err == nil {
			checkCodec(t, "zset", o, encodeZset, decodeZset)
		}
	})
}

func BenchmarkBigCollections(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	keys := make([][]byte, 200_000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "element:%012d", i)
	}
	table, z := newFieldTable(testSeed(r)), newZset(testSeed(r))
	b.Run("table.set", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			table.set(keys[i%len(keys)], keys[0])
		}
	})
	b.Run("table.get", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			table.get(keys[r.IntN(len(keys))])
		}
	})
	b.Run("table.random", func(b *testing.B) {
		for range b.N {
			table.random(r)
		}
	})
	b.Run("zset.set", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			z.set(keys[i%len(keys)], float64(r.IntN(1e6)))
		}
	})
	b.Run("zset.rank", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			z.order.at(r.IntN(z.len()))
		}
	})
}
