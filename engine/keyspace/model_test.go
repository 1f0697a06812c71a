package keyspace

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"sort"
	"testing"
	"time"
)

// list is a test object: copied on Clone.
type list struct{ items []int }

func (l *list) Clone() Object { return &list{slices.Clone(l.items)} }
func (l *list) Bytes() int    { return 8 * len(l.items) }

type modelEntry struct {
	value    []byte
	items    []int
	isObject bool
	typ, enc uint8
	version  uint64
	deadline int64
}

type modelSnapshot struct {
	sn   *Snapshot
	m    map[string]modelEntry
	dels []byte
}

type model struct {
	t     *testing.T
	rnd   *rand.Rand
	s     *Space
	m     map[string]modelEntry
	gone  map[string]uint64 // last deletion of keys that were there
	snaps []modelSnapshot
	keys  func() []byte
	ahead [][]byte // keys of steps to come
	v     uint64

	scan   map[string]bool // keys there since the scan began
	seen   map[string]int
	cursor uint64
}

func newModel(t *testing.T, seed int64, keys func(*rand.Rand) []byte) *model {
	rnd := rand.New(rand.NewSource(seed))
	return &model{t: t, rnd: rnd, s: New(testSeed), m: map[string]modelEntry{}, gone: map[string]uint64{},
		keys: func() []byte { return keys(rnd) }, v: 1}
}

func (m *model) value() []byte {
	n := m.rnd.Intn(24)
	switch m.rnd.Intn(200) {
	case 0:
		n = m.rnd.Intn(3000)
	case 1:
		n = valueInlineMax - 3 + m.rnd.Intn(6)
	case 2, 3, 4, 5, 6, 7, 8, 9:
		n = 200 + m.rnd.Intn(400)
	}
	b := make([]byte, n)
	m.rnd.Read(b)
	return b
}

func (m *model) options() SetOptions {
	o := SetOptions{Type: uint8(m.rnd.Intn(16)), Encoding: uint8(m.rnd.Intn(16)), Version: m.v, KeepDeadline: m.rnd.Intn(4) == 0}
	if m.rnd.Intn(4) == 0 {
		o.DeadlineMs = int64(1 + m.rnd.Intn(1000))
	}
	return o
}

func (m *model) setModel(k []byte, e modelEntry, o SetOptions) {
	e.typ, e.enc, e.version, e.deadline = o.Type, o.Encoding, o.Version, o.DeadlineMs
	if old, ok := m.m[string(k)]; ok && o.KeepDeadline {
		e.deadline = old.deadline
	}
	m.m[string(k)] = e
}

func (m *model) del(k string) {
	delete(m.m, k)
	m.gone[k] = m.v
	delete(m.scan, k)
}

// nextKey chooses a key; often it is one of a run that was looked ahead for.
func (m *model) nextKey() []byte {
	if len(m.ahead) == 0 {
		for range 1 + m.rnd.Intn(AheadMax+2) {
			m.ahead = append(m.ahead, m.keys())
		}
		if m.rnd.Intn(4) > 0 {
			m.s.LookAhead(m.ahead, m.rnd.Intn(4) > 0)
		}
	}
	k := m.ahead[0]
	m.ahead = m.ahead[1:]
	return k
}

func (m *model) step() {
	if m.rnd.Intn(3) > 0 {
		m.v++
	}
	k := m.nextKey()
	e, ok := m.m[string(k)]
	switch op := m.rnd.Intn(100); {
	case op < 35:
		v, o := m.value(), m.options()
		m.s.Set(k, v, o)
		m.setModel(k, modelEntry{value: v}, o)
	case op < 40:
		o := m.options()
		items := []int{m.rnd.Int()}
		m.s.SetObject(k, &list{slices.Clone(items)}, o)
		m.setModel(k, modelEntry{items: items, isObject: true}, o)
	case op < 60:
		if m.s.Delete(k, m.v) != ok {
			m.t.Fatalf("Delete(%.40q): want %v", k, ok)
		}
		if ok {
			m.del(string(k))
		}
	case op < 64:
		m.extend(k, e, ok)
	case op < 68:
		obj, got := m.s.Mutate(k, m.v)
		if got != (ok && e.isObject) {
			m.t.Fatalf("Mutate(%.40q): %v", k, got)
		}
		if got {
			x := m.rnd.Int()
			l := obj.(*list)
			l.items = append(l.items, x)
			e.items = append(slices.Clone(e.items), x)
			e.version = m.v
			m.m[string(k)] = e
		}
	case op < 72:
		ms := int64(m.rnd.Intn(1000)) * int64(m.rnd.Intn(2))
		if m.s.SetDeadline(k, ms, m.v) != ok {
			m.t.Fatal("SetDeadline")
		}
		if ok {
			e.deadline, e.version = ms, m.v
			m.m[string(k)] = e
		}
	case op < 74:
		if m.s.Touch(k, m.v) != ok {
			m.t.Fatal("Touch")
		}
		if ok {
			e.version = m.v
			m.m[string(k)] = e
		}
	case op < 77:
		m.rename(k, e, ok)
	case op < 78:
		m.popDue()
	case op < 82:
		m.scanStep()
	case op < 92:
		m.get(k)
	case op < 93:
		m.walkRange()
	case op < 97:
		m.s.Maintain(1 + m.rnd.Intn(40))
	default:
		m.snapshotStep()
	}
}

func (m *model) extend(k []byte, e modelEntry, ok bool) {
	n := len(e.value) + m.rnd.Intn(20)
	if m.rnd.Intn(30) == 0 {
		n = m.rnd.Intn(2 * valueInlineMax)
	}
	enc := uint8(m.rnd.Intn(16))
	b, got := m.s.Extend(k, n, enc, m.v)
	if got != (ok && !e.isObject) {
		m.t.Fatalf("Extend(%.40q): %v", k, got)
	}
	if !got {
		return
	}
	want := make([]byte, max(n, len(e.value)))
	copy(want, e.value)
	if !bytes.Equal(b, want) {
		m.t.Fatalf("Extend(%.40q): %d bytes, want %d, or other content", k, len(b), len(want))
	}
	if len(b) > 0 {
		i := m.rnd.Intn(len(b))
		b[i]++
		want[i]++
	}
	e.value, e.enc, e.version = want, enc, m.v
	m.m[string(k)] = e
}

func (m *model) rename(k []byte, e modelEntry, ok bool) {
	to := m.keys()
	if m.s.Rename(k, to, m.v) != ok {
		m.t.Fatal("Rename")
	}
	if !ok {
		return
	}
	e.version = m.v
	if !bytes.Equal(k, to) {
		m.del(string(k))
		if _, there := m.m[string(to)]; !there {
			delete(m.scan, string(to))
		}
	}
	m.m[string(to)] = e
}

func (m *model) popDue() {
	if m.rnd.Intn(4) > 0 { // the model is slow at it
		return
	}
	now, limit := int64(m.rnd.Intn(300)), m.rnd.Intn(20)
	next, some := m.s.NextDeadline()
	least, any := int64(0), false
	var due []string
	for k, e := range m.m {
		if e.deadline == 0 {
			continue
		}
		if !any || e.deadline < least {
			least, any = e.deadline, true
		}
		if e.deadline <= now {
			due = append(due, k)
		}
	}
	if some != any || next != least {
		m.t.Fatalf("NextDeadline: %d %v, want %d %v", next, some, least, any)
	}
	sort.Slice(due, func(i, j int) bool {
		a, b := m.m[due[i]], m.m[due[j]]
		if a.deadline != b.deadline {
			return a.deadline < b.deadline
		}
		if x, y := m.s.hashOf([]byte(due[i])), m.s.hashOf([]byte(due[j])); x != y {
			return x < y
		}
		return due[i] < due[j]
	})
	due = due[:min(limit, len(due))]
	var preview, got []string
	m.s.Due(now, limit, func(r Record) bool { preview = append(preview, string(r.Key())); return true })
	n := m.s.PopDue(now, limit, m.v, func(r Record) { got = append(got, string(r.Key())) })
	if n != len(got) || !slices.Equal(got, due) || !slices.Equal(got, preview) {
		m.t.Fatalf("PopDue(%d, %d): %d %.200q, want %.200q", now, limit, n, got, due)
	}
	for _, k := range due {
		m.del(k)
	}
}

func (m *model) scanStep() {
	if m.scan == nil {
		m.scan, m.seen, m.cursor = map[string]bool{}, map[string]int{}, 0
		for k := range m.m {
			m.scan[k] = true
		}
	}
	m.cursor = m.s.Scan(m.cursor, 1+m.rnd.Intn(200), func(r Record) { m.seen[string(r.Key())]++ })
	if m.cursor >= 1<<53 {
		m.t.Fatalf("cursor %d", m.cursor)
	}
	if m.cursor != 0 {
		return
	}
	for k := range m.scan {
		if m.seen[k] != 1 {
			m.t.Fatalf("scan saw %.40q %d times", k, m.seen[k])
		}
	}
	m.scan = nil
}

func (m *model) get(k []byte) {
	r, got := m.s.Get(k)
	e, ok := m.m[string(k)]
	if got != ok {
		m.t.Fatalf("Get(%.40q): %v, want %v", k, got, ok)
	}
	v := m.s.Version(k)
	if ok {
		m.same(r, string(k), e)
		if v != e.version {
			m.t.Fatalf("Version(%.40q): %d, want %d", k, v, e.version)
		}
	} else if v < m.gone[string(k)] {
		m.t.Fatalf("Version of deleted %.40q: %d, want at least %d", k, v, m.gone[string(k)])
	}
}

func (m *model) same(r Record, k string, e modelEntry) {
	m.t.Helper()
	ms, has := r.DeadlineMs()
	if string(r.Key()) != k || r.Type() != e.typ || r.Encoding() != e.enc || r.Version() != e.version || ms != e.deadline || has != (e.deadline != 0) {
		m.t.Fatalf("record %.40q %d %d v%d %d, want %.40q %+v", r.Key(), r.Type(), r.Encoding(), r.Version(), ms, k, e)
	}
	if e.isObject {
		if l, ok := r.Object().(*list); !ok || !slices.Equal(l.items, e.items) || r.Value() != nil {
			m.t.Fatalf("record %.40q: object %v, want %v", k, r.Object(), e.items)
		}
	} else if !bytes.Equal(r.Value(), e.value) || r.Object() != nil {
		m.t.Fatalf("record %.40q: %d bytes, want %d", k, len(r.Value()), len(e.value))
	}
}

func sortedKeys(m map[string]modelEntry) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (m *model) walkRange() {
	if m.rnd.Intn(4) > 0 { // the model is slow at it
		return
	}
	from, to, reverse := m.keys(), m.keys(), m.rnd.Intn(2) == 0
	if m.rnd.Intn(4) == 0 {
		from = nil
	}
	if m.rnd.Intn(4) == 0 {
		to = nil
	}
	var want, got []string
	for _, k := range sortedKeys(m.m) {
		if k >= string(from) && (to == nil || k < string(to)) {
			want = append(want, k)
		}
	}
	if reverse {
		slices.Reverse(want)
	}
	limit := 1 + m.rnd.Intn(700)
	want = want[:min(limit, len(want))]
	m.s.Range(from, to, reverse, func(r Record) bool {
		got = append(got, string(r.Key()))
		return len(got) < limit
	})
	if !slices.Equal(got, want) {
		m.t.Fatalf("Range(%.40q, %.40q, %v): %d keys, want %d", from, to, reverse, len(got), len(want))
	}
	p := m.keys()
	p = p[:m.rnd.Intn(len(p)+1)]
	n, wantN := 0, 0
	m.s.Prefix(p, func(r Record) bool {
		if !bytes.HasPrefix(r.Key(), p) {
			m.t.Fatalf("Prefix(%.40q): %.40q", p, r.Key())
		}
		n++
		return true
	})
	for k := range m.m {
		if len(k) >= len(p) && k[:len(p)] == string(p) {
			wantN++
		}
	}
	if n != wantN {
		m.t.Fatalf("Prefix(%.40q): %d keys, want %d", p, n, wantN)
	}
}

func (m *model) snapshotStep() {
	switch {
	case len(m.snaps) < 4 && m.rnd.Intn(3) == 0:
		c := make(map[string]modelEntry, len(m.m))
		for k, e := range m.m {
			c[k] = e
		}
		m.snaps = append(m.snaps, modelSnapshot{m.s.Snapshot(), c, m.s.AppendDeletions(nil)})
	case len(m.snaps) > 0:
		i := m.rnd.Intn(len(m.snaps))
		m.checkSnapshot(m.snaps[i])
		if m.rnd.Intn(3) == 0 {
			m.snaps[i].sn.Release()
			m.snaps = slices.Delete(m.snaps, i, i+1)
		}
	}
}

func (m *model) checkSnapshot(sn modelSnapshot) {
	m.t.Helper()
	keys, i := sortedKeys(sn.m), 0
	sn.sn.Each(func(r Record) bool {
		if i < len(keys) {
			m.same(r, keys[i], sn.m[keys[i]])
		}
		i++
		return true
	})
	if i != len(keys) || sn.sn.Len() != len(keys) || !bytes.Equal(sn.sn.AppendDeletions(nil), sn.dels) {
		m.t.Fatalf("snapshot: %d keys, Len %d, want %d; or deletions", i, sn.sn.Len(), len(keys))
	}
}

func (m *model) checkAll() {
	m.t.Helper()
	check(m.t, m.s)
	keys, i := sortedKeys(m.m), 0
	m.s.Range(nil, nil, false, func(r Record) bool {
		m.same(r, keys[i], m.m[keys[i]])
		i++
		return true
	})
	if i != len(keys) || m.s.Len() != len(keys) {
		m.t.Fatalf("%d keys, Len %d, want %d", i, m.s.Len(), len(keys))
	}
	for _, sn := range m.snaps {
		m.checkSnapshot(sn)
	}
}

// keyShapes are the populations of keys the model runs on.
var keyShapes = map[string]func(*rand.Rand) []byte{
	"short":   func(r *rand.Rand) []byte { return fmt.Appendf(nil, "%d", r.Intn(3000)) },
	"tiny":    func(r *rand.Rand) []byte { return fmt.Appendf(nil, "%x", r.Intn(40))[:r.Intn(2)] },
	"decimal": func(r *rand.Rand) []byte { return fmt.Appendf(nil, "key:%012d", r.Intn(20000)) },
	"nested": func(r *rand.Rand) []byte {
		return fmt.Appendf(nil, "application:production:user:%d:field:%d", r.Intn(100), r.Intn(100))
	},
	"binary": func(r *rand.Rand) []byte {
		b := make([]byte, r.Intn(5))
		for i := range b {
			b[i] = []byte{0, 1, 'a', 0xff}[r.Intn(4)]
		}
		return append(b, make([]byte, r.Intn(20))...)
	},
	"long": func(r *rand.Rand) []byte {
		b := bytes.Repeat([]byte{'k'}, []int{3, 70, 254, 300, keyInlineMax - 1, keyInlineMax + 100}[r.Intn(6)])
		return fmt.Appendf(b, "%d", r.Intn(60))
	},
}

func TestModel(t *testing.T) {
	steps, seed := 6000, time.Now().UnixNano()
	if *long {
		steps = 60000
	}
	for name, keys := range keyShapes {
		t.Run(name, func(t *testing.T) {
			t.Logf("seed %d", seed)
			m := newModel(t, seed, keys)
			for i := range steps {
				m.step()
				if i%(steps/10) == 0 {
					m.checkAll()
				}
			}
			m.checkAll()
			for _, sn := range m.snaps {
				sn.sn.Release()
			}
			m.snaps = nil
			for m.s.Maintain(100) {
			}
			m.checkAll()
			m.reload()
			for _, k := range sortedKeys(m.m) {
				if !m.s.Delete([]byte(k), m.v) {
					t.Fatalf("Delete(%.40q)", k)
				}
				m.del(k)
			}
			m.checkAll()
		})
	}
}

// reload replaces the space by one loaded from its stream, which must be equal.
func (m *model) reload() {
	m.t.Helper()
	l := New(m.s.Seed())
	var items []Item
	m.s.Range(nil, nil, false, func(r Record) bool {
		ms, _ := r.DeadlineMs()
		items = append(items, Item{r.Key(), r.Value(), r.Object(), r.Type(), r.Encoding(), r.Version(), ms})
		return true
	})
	i := 0
	if err := l.Load(func() (Item, bool) {
		if i == len(items) {
			return Item{}, false
		}
		i++
		return items[i-1], true
	}); err != nil {
		m.t.Fatal(err)
	}
	if err := l.LoadDeletions(m.s.AppendDeletions(nil)); err != nil {
		m.t.Fatal(err)
	}
	if l.DataBytes() != m.s.DataBytes() {
		m.t.Fatalf("DataBytes after Load: %d, want %d", l.DataBytes(), m.s.DataBytes())
	}
	m.s = l
	m.checkAll()
	for range 3000 {
		m.step()
	}
	m.checkAll()
	for _, sn := range m.snaps {
		sn.sn.Release()
	}
	m.snaps = nil
}
