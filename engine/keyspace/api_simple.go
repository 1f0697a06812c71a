package keyspace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math/bits"
	"sort"
)

type entry struct {
	key, value []byte
	obj        Object
	typ, enc   uint8
	version    uint64
	deadline   int64
	hash       uint32
}

// Record is one key with its value, as found by Get or a walk. It is a small value; its bytes are borrowed.
type Record struct{ e *entry }

// Key returns the key.
func (r Record) Key() []byte { return r.e.key }

// Value returns the bytes of a value set by Set, nil for an object.
func (r Record) Value() []byte { return r.e.value }

// Type returns the 4-bit type; 0 is the string.
func (r Record) Type() uint8 { return r.e.typ }

// Encoding returns the 4-bit encoding the value was set with.
func (r Record) Encoding() uint8 { return r.e.enc }

// Object returns the object set by SetObject, nil for bytes. It must not be changed: see Space.Mutate.
func (r Record) Object() Object { return r.e.obj }

// Version returns the log index of the key's last change.
func (r Record) Version() uint64 { return r.e.version }

// DeadlineMs returns the unix milliseconds at which the key expires, if it does.
func (r Record) DeadlineMs() (int64, bool) { return r.e.deadline, r.e.deadline != 0 }

// recordOverhead is what Size adds for a key's share of index, order and header.
const recordOverhead = 40

// Size returns the memory the key stands for, computed from lengths alone, so equal on all replicas (K5).
func (r Record) Size() int {
	n := recordOverhead + len(r.e.key) + len(r.e.value)
	if r.e.obj != nil {
		n += r.e.obj.Bytes()
	}
	return n
}

// Space is one logical database.
type Space struct {
	seed   [4]uint64
	m      map[string]*entry
	sorted []*entry
	del    []uint64
	floor  uint64
}

// New returns an empty space whose hash is keyed by seed: four random words, the same on all replicas (K6).
func New(seed [4]uint64) *Space { return &Space{seed: seed, m: map[string]*entry{}} }

// Seed returns the words given to New.
func (s *Space) Seed() [4]uint64 { return s.seed }

func (s *Space) hash(key []byte) uint32 {
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, s.seed)
	_, _ = h.Write(key)
	x := h.Sum64()
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return uint32(x >> 32)
}

// Len returns the number of keys.
func (s *Space) Len() int { return len(s.m) }

// Expires returns the number of keys with a deadline.
func (s *Space) Expires() int {
	n := 0
	for _, e := range s.m {
		if e.deadline != 0 {
			n++
		}
	}
	return n
}

// DeadlineSumMs returns the sum of all deadlines in milliseconds, for the average time to live.
// The 128-bit sum is returned as high and low words.
func (s *Space) DeadlineSumMs() (hi, lo uint64) {
	for _, e := range s.m {
		var c uint64
		lo, c = bits.Add64(lo, uint64(e.deadline), 0)
		hi += c
	}
	return hi, lo
}

// DataBytes returns the sum of Record.Size over all keys. It is equal on all replicas (K5).
func (s *Space) DataBytes() int {
	n := 0
	for _, e := range s.m {
		n += Record{e}.Size()
	}
	return n
}

// Memory is what a Space occupies on this process, by part, in bytes.
type Memory struct {
	Arena, Index, Order, Deadlines, Side, Objects, Pinned, Deletions int
}

// Total returns the sum of the parts. Pinned is a share of Arena and not added again.
func (m Memory) Total() int {
	return m.Arena + m.Index + m.Order + m.Deadlines + m.Side + m.Objects + m.Deletions
}

// Memory returns what the space occupies on this process (K5: never decide replicated things by it).
func (s *Space) Memory() Memory { return Memory{Arena: s.DataBytes()} }

// MemoryUsage returns Memory().Total().
func (s *Space) MemoryUsage() int { return s.Memory().Total() }

// Get finds a key.
func (s *Space) Get(key []byte) (Record, bool) {
	e := s.m[string(key)]
	return Record{e}, e != nil
}

func (s *Space) put(key []byte, o SetOptions) *entry {
	s.sorted = nil
	old := s.m[string(key)]
	e := &entry{key: bytes.Clone(key), typ: o.Type, enc: o.Encoding, version: o.Version, deadline: o.DeadlineMs, hash: s.hash(key)}
	if e.key == nil {
		e.key = []byte{}
	}
	if o.KeepDeadline && old != nil {
		e.deadline = old.deadline
	}
	s.m[string(key)] = e
	return e
}

// Set stores a copy of value under key.
func (s *Space) Set(key, value []byte, o SetOptions) {
	s.put(key, o).value = append([]byte{}, value...)
}

// SetObject stores obj under key; the Space owns it from now on. An object of another key, or of this space's Record, must be
// cloned first: one object never has two keys.
func (s *Space) SetObject(key []byte, obj Object, o SetOptions) { s.put(key, o).obj = obj }

// Extend returns the value bytes of key for writing in place, grown with zeros to newLen if they are shorter, and sets encoding
// and version. Growth is amortized. It returns false if the key is absent or holds an object.
// The bytes may be written until the next call of any method of s.
func (s *Space) Extend(key []byte, newLen int, encoding uint8, version uint64) ([]byte, bool) {
	e := s.m[string(key)]
	if e == nil || e.obj != nil {
		return nil, false
	}
	c := *e
	c.value = make([]byte, max(newLen, len(e.value)))
	copy(c.value, e.value)
	c.enc, c.version = encoding, version
	s.m[string(key)] = &c
	s.sorted = nil
	return c.value, true
}

// Mutate returns the object of key for change in place, cloned first if a live snapshot may see it, and sets the version. It
// returns false if the key is absent or holds bytes. The object may be changed until the next call of any method of s.
func (s *Space) Mutate(key []byte, version uint64) (Object, bool) {
	e := s.m[string(key)]
	if e == nil || e.obj == nil {
		return nil, false
	}
	c := *e
	c.obj, c.version = e.obj.Clone(), version
	s.m[string(key)] = &c
	s.sorted = nil
	return c.obj, true
}

// Touch sets the version of key. It returns false if the key is absent.
func (s *Space) Touch(key []byte, version uint64) bool {
	e := s.m[string(key)]
	if e == nil {
		return false
	}
	c := *e
	c.version = version
	s.m[string(key)] = &c
	s.sorted = nil
	return true
}

// SetDeadline sets the deadline of key, or removes it if ms is 0, and sets the version. It returns false if the key is absent.
func (s *Space) SetDeadline(key []byte, ms int64, version uint64) bool {
	if !s.Touch(key, version) {
		return false
	}
	s.m[string(key)].deadline = ms
	return true
}

// Delete removes key and notes version as the index of its deletion. It returns false if the key is absent.
func (s *Space) Delete(key []byte, version uint64) bool {
	if s.m[string(key)] == nil {
		return false
	}
	delete(s.m, string(key))
	s.sorted = nil
	if s.del == nil {
		s.del = make([]uint64, 1<<16)
	}
	slot := &s.del[s.hash(key)>>16]
	*slot = max(*slot, version)
	return true
}

// Rename moves the value, type, encoding and deadline of from to to, replacing what is there, and sets the version. An object
// is moved, not cloned. It returns false if from is absent.
func (s *Space) Rename(from, to []byte, version uint64) bool {
	e := s.m[string(from)]
	if e == nil {
		return false
	}
	if bytes.Equal(from, to) {
		return s.Touch(from, version)
	}
	c := *e
	c.version, c.key, c.hash = version, append([]byte{}, to...), s.hash(to)
	s.Delete(from, version)
	s.m[string(to)] = &c
	return true
}

// Version returns the log index of the last change of key. For an absent key it is the index of the last deletion of any key
// in the same one of 64 Ki slots by hash, or of DeleteAll: never less than the key's own deletion.
func (s *Space) Version(key []byte) uint64 {
	if e := s.m[string(key)]; e != nil {
		return e.version
	}
	if s.del == nil {
		return s.floor
	}
	return max(s.floor, s.del[s.hash(key)>>16])
}

// DeleteAll notes that every key there was has been deleted at version. A flush makes a new Space, then calls this.
func (s *Space) DeleteAll(version uint64) { s.floor = max(s.floor, version) }

func (s *Space) order() []*entry {
	if s.sorted == nil {
		s.sorted = make([]*entry, 0, len(s.m))
		for _, e := range s.m {
			s.sorted = append(s.sorted, e)
		}
		sort.Slice(s.sorted, func(i, j int) bool { return bytes.Compare(s.sorted[i].key, s.sorted[j].key) < 0 })
	}
	return s.sorted
}

func (s *Space) due() []*entry {
	var d []*entry
	for _, e := range s.order() {
		if e.deadline != 0 {
			d = append(d, e)
		}
	}
	sort.SliceStable(d, func(i, j int) bool {
		if d[i].deadline != d[j].deadline {
			return d[i].deadline < d[j].deadline
		}
		return d[i].hash < d[j].hash
	})
	return d
}

// NextDeadline returns the earliest deadline.
func (s *Space) NextDeadline() (int64, bool) {
	d := s.due()
	if len(d) == 0 {
		return 0, false
	}
	return d[0].deadline, true
}

// Due calls f for at most max keys whose deadline is not after nowMs, in the order (ms, hash, key) (K8). f must not change s.
func (s *Space) Due(nowMs int64, max int, f func(Record) bool) {
	for i, e := range s.due() {
		if i >= max || e.deadline > nowMs || !f(Record{e}) {
			return
		}
	}
}

// PopDue removes at most max keys whose deadline is not after nowMs, in the order (ms, hash, key) (K8), and returns how many.
// f, if not nil, sees each record before it is removed and must not change s.
func (s *Space) PopDue(nowMs int64, max int, version uint64, f func(Record)) int {
	n := 0
	for _, e := range s.due() {
		if n >= max || e.deadline > nowMs {
			break
		}
		if f != nil {
			f(Record{e})
		}
		s.Delete(e.key, version)
		n++
	}
	return n
}

// Scan calls f for about count keys from cursor on and returns the next cursor, 0 at the end. The cursor is a position in hash
// order below 2^53: a key that is there during the whole scan is seen exactly once (K4). f must not change s.
func (s *Space) Scan(cursor uint64, count int, f func(Record)) uint64 {
	es := append([]*entry{}, s.order()...)
	sort.SliceStable(es, func(i, j int) bool { return es[i].hash < es[j].hash })
	n := 0
	for i, e := range es {
		if uint64(e.hash) < cursor {
			continue
		}
		if n >= count && es[i-1].hash != e.hash {
			return uint64(e.hash)
		}
		f(Record{e})
		n++
	}
	return 0
}

// RandomKey returns a key chosen by the random number r, each with about the same chance; false only if there is none.
func (s *Space) RandomKey(r uint64) (Record, bool) {
	es := s.order()
	if len(es) == 0 {
		return Record{}, false
	}
	return Record{es[r%uint64(len(es))]}, true
}

// Range calls f for the keys k with from <= k < to in ascending order, or descending if reverse, until f returns false. A nil
// bound is open. f must not change s.
func (s *Space) Range(from, to []byte, reverse bool, f func(Record) bool) {
	walk(s.order(), from, to, reverse, f)
}

// Prefix calls f for the keys that begin with p in ascending order until f returns false. f must not change s.
func (s *Space) Prefix(p []byte, f func(Record) bool) {
	s.Range(p, prefixEnd(p), false, f)
}

// prefixEnd returns the least key above all keys that begin with p, nil if there is none.
func prefixEnd(p []byte) []byte {
	for n := len(p); n > 0; n-- {
		if p[n-1] != 0xff {
			end := append([]byte{}, p[:n]...)
			end[n-1]++
			return end
		}
	}
	return nil
}

func walk(es []*entry, from, to []byte, reverse bool, f func(Record) bool) {
	for i := range es {
		e := es[i]
		if reverse {
			e = es[len(es)-1-i]
		}
		if from != nil && bytes.Compare(e.key, from) < 0 || to != nil && bytes.Compare(e.key, to) >= 0 {
			continue
		}
		if !f(Record{e}) {
			return
		}
	}
}

// Snapshot is the state of a Space at one moment.
type Snapshot struct {
	seed [4]uint64
	es   []*entry
	del  []byte
}

// Snapshot returns the present state in O(1).
func (s *Space) Snapshot() *Snapshot {
	return &Snapshot{seed: s.seed, es: s.order(), del: s.AppendDeletions(nil)}
}

// Len returns the number of keys.
func (sn *Snapshot) Len() int { return len(sn.es) }

// Seed returns the hash seed of the space.
func (sn *Snapshot) Seed() [4]uint64 { return sn.seed }

// Each calls f for every key in ascending order until f returns false. Any goroutine may call it, beside changes of the space.
func (sn *Snapshot) Each(f func(Record) bool) { walk(sn.es, nil, nil, false, f) }

// AppendDeletions appends the table of deleted versions as it was, for LoadDeletions.
func (sn *Snapshot) AppendDeletions(dst []byte) []byte { return append(dst, sn.del...) }

// Release gives the snapshot up. The owner calls it, once; no walk may be going on. What only the snapshot held is freed in
// slices by Maintain.
func (sn *Snapshot) Release() {}

// Maintain does a slice of upkeep, about budget records: frees what released snapshots held and compacts the arena. It changes
// no visible state. It reports whether work remains.
func (s *Space) Maintain(budget int) bool { return false }

// ErrUnsorted is returned by Load for a stream whose keys are not strictly ascending.
var ErrUnsorted = errors.New("keyspace: load: keys not strictly ascending")

// ErrNotEmpty is returned by Load on a space that holds keys.
var ErrNotEmpty = errors.New("keyspace: load: space is not empty")

// Load fills an empty space from a stream of strictly ascending keys, until next returns false. After an error the space is of
// no use.
func (s *Space) Load(next func() (Item, bool)) error {
	if len(s.m) > 0 {
		return ErrNotEmpty
	}
	var last []byte
	for n := 0; ; n++ {
		it, ok := next()
		if !ok {
			return nil
		}
		if n > 0 && bytes.Compare(last, it.Key) >= 0 {
			return ErrUnsorted
		}
		last = append(last[:0], it.Key...)
		o := SetOptions{Type: it.Type, Encoding: it.Encoding, Version: it.Version, DeadlineMs: it.DeadlineMs}
		if it.Object != nil {
			s.SetObject(it.Key, it.Object, o)
		} else {
			s.Set(it.Key, it.Value, o)
		}
	}
}

// ErrDeletions is returned by LoadDeletions for bytes that AppendDeletions can't have made.
var ErrDeletions = errors.New("keyspace: malformed table of deletions")

// AppendDeletions appends the table of deleted versions, compact if mostly empty: floor, count, then (gap, version) pairs, all
// as varints.
func (s *Space) AppendDeletions(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, s.floor)
	n := 0
	for _, v := range s.del {
		if v != 0 {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	last := -1
	for i, v := range s.del {
		if v != 0 {
			dst = binary.AppendUvarint(dst, uint64(i-last))
			dst = binary.AppendUvarint(dst, v)
			last = i
		}
	}
	return dst
}

// LoadDeletions replaces the table of deleted versions by one that AppendDeletions made.
func (s *Space) LoadDeletions(b []byte) error {
	bad := false
	read := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return v
	}
	floor, count := read(), read()
	if bad || count > 1<<16 {
		return ErrDeletions
	}
	del := make([]uint64, 1<<16)
	at := -1
	for range count {
		gap, v := read(), read()
		if bad || gap == 0 || gap > 1<<16 || at+int(gap) >= 1<<16 || v == 0 {
			return ErrDeletions
		}
		at += int(gap)
		del[at] = v
	}
	if len(b) != 0 {
		return ErrDeletions
	}
	s.floor, s.del = floor, del
	return nil
}
