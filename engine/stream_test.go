package engine

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// streamModel is a stream as plain as can be.
type streamModel struct {
	entries []modelEntry
	groups  map[string]map[streamID]string // pending entries with their consumers
}

type modelEntry struct {
	id    streamID
	pairs string
}

func (m *streamModel) clone() streamModel {
	c := streamModel{entries: slices.Clone(m.entries), groups: map[string]map[streamID]string{}}
	for name, pending := range m.groups {
		c.groups[name] = maps.Clone(pending)
	}
	return c
}

func (m *streamModel) between(from, to streamID) (out []modelEntry) {
	for _, e := range m.entries {
		if !e.id.before(from) && !to.before(e.id) {
			out = append(out, e)
		}
	}
	return out
}

func (m *streamModel) remove(id streamID) bool {
	i := slices.IndexFunc(m.entries, func(e modelEntry) bool { return e.id == id })
	if i >= 0 {
		m.entries = slices.Delete(m.entries, i, i+1)
	}
	return i >= 0
}

func entryText(e streamEntry) modelEntry {
	var b bytes.Buffer
	e.each(func(field, value element) { fmt.Fprintf(&b, "%s=%s ", field.append(nil), value.append(nil)) })
	return modelEntry{e.id, b.String()}
}

func checkStream(t *testing.T, what string, r *rand.Rand, s *stream, m *streamModel) {
	t.Helper()
	from, to := streamID{uint64(r.IntN(300)), uint64(r.IntN(3))}, streamID{uint64(r.IntN(300)), uint64(r.IntN(3))}
	for _, ends := range [][2]streamID{{from, to}, {{}, streamIDMax}} {
		var got, reversed []modelEntry
		s.ascend(ends[0], ends[1], func(e streamEntry) bool { got = append(got, entryText(e)); return true })
		s.descend(ends[0], ends[1], func(e streamEntry) bool { reversed = append(reversed, entryText(e)); return true })
		want := m.between(ends[0], ends[1])
		slices.Reverse(reversed)
		if !slices.Equal(got, want) || !slices.Equal(reversed, want) {
			t.Fatalf("%s: from %v to %v: %d entries, backwards %d, want %d", what, ends[0], ends[1], len(got), len(reversed), len(want))
		}
		if n := s.count(ends[0], ends[1], 1<<30); n != len(want) {
			t.Fatalf("%s: count from %v to %v is %d, want %d", what, ends[0], ends[1], n, len(want))
		}
		if n := s.count(ends[0], ends[1], 3); n != min(len(want), 3) {
			t.Fatalf("%s: count up to 3 is %d of %d", what, n, len(want))
		}
	}
	var first, last streamID
	if n := len(m.entries); n > 0 {
		first, last = m.entries[0].id, m.entries[n-1].id
	}
	if s.first != first || s.lastAlive() != last || s.length != len(m.entries) {
		t.Fatalf("%s: %v to %v, %d entries, want %v to %v, %d", what, s.first, s.lastAlive(), s.length, first, last, len(m.entries))
	}
	for name, want := range m.groups {
		checkGroup(t, what, s.group([]byte(name)), want)
	}
	checkCodec(t, what, s, encodeStream, decodeStream)
}

func checkGroup(t *testing.T, what string, g *streamGroup, want map[streamID]string) {
	t.Helper()
	owned := 0
	g.consumers.Scan(func(x streamConsumerItem) bool {
		x.consumer.pending.Scan(func(id streamID) bool {
			if owned++; want[id] != x.name {
				t.Fatalf("%s: %v is pending for %q, want %q", what, id, x.name, want[id])
			}
			return true
		})
		return true
	})
	g.pending.Scan(func(p pendingEntry) bool {
		if want[p.id] != p.consumer {
			t.Fatalf("%s: the group has %v for %q, want %q", what, p.id, p.consumer, want[p.id])
		}
		return true
	})
	if owned != len(want) || g.pending.Len() != len(want) {
		t.Fatalf("%s: %d pending, %d of consumers, want %d", what, g.pending.Len(), owned, len(want))
	}
}

func TestStreamAgainstSlice(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { streamModelRun(t, seed) })
	}
}

func streamModelRun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 5))
	limits := EncodingLimits{StreamNodeMaxBytes: []int{0, 100, 4096}[r.IntN(3)], StreamNodeMaxEntries: []int{0, 3, 20}[r.IntN(3)]}
	type frozen struct {
		s *stream
		m streamModel
	}
	var clones []frozen
	s, m := newStream(), streamModel{groups: map[string]map[streamID]string{}}
	for range 1500 {
		group := []byte{"gh"[r.IntN(2)]}
		id := streamID{uint64(r.IntN(int(s.last.ms) + 2)), uint64(r.IntN(3))}
		switch op := r.IntN(20); {
		case op == 0:
			m.remove(id)
			s.remove(id)
		case op == 1 && r.IntN(4) == 0:
			keep := int64(r.IntN(s.length + 1))
			n := s.trim(&streamTrim{byLength: true, maxLen: keep, approx: r.IntN(2) == 0})
			m.entries = slices.Clone(m.entries[n:])
			if int64(len(m.entries)) < keep {
				t.Fatalf("trimmed to %d, want at least %d", len(m.entries), keep)
			}
		case op == 2 && r.IntN(4) == 0:
			n := s.trim(&streamTrim{byID: true, minID: id})
			m.entries = slices.DeleteFunc(slices.Clone(m.entries), func(e modelEntry) bool { return e.id.before(id) })
			if len(m.entries) != s.length {
				t.Fatalf("trimmed by ID: %d removed, %d left, want %d", n, s.length, len(m.entries))
			}
		case op == 3 && r.IntN(5) == 0:
			clones = append(clones, frozen{s, m.clone()})
			s = s.Clone().(*stream)
		case op == 4:
			if s.addGroup(group, streamID{}, 0) != nil {
				m.groups[string(group)] = map[streamID]string{}
			}
		case op < 10 && s.group(group) != nil:
			groupStep(r, s, s.mineGroup(s.group(group)), id, m.groups[string(group)])
		default:
			id = streamID{s.last.ms, s.last.seq + 1}
			if r.IntN(3) > 0 {
				id = streamID{s.last.ms + uint64(r.IntN(2)) + 1, uint64(r.IntN(2))}
			}
			pairs := [][]byte{[]byte("f"), fmt.Appendf(nil, "%d", r.IntN(1e6)), []byte("g"), []byte(randomString(r))}
			if r.IntN(4) == 0 {
				pairs = pairs[:2]
			}
			s.append(id, pairs, &limits)
			var text strings.Builder
			for i := 0; i < len(pairs); i += 2 {
				fmt.Fprintf(&text, "%s=%s ", pairs[i], pairs[i+1])
			}
			m.entries = append(m.entries, modelEntry{id, text.String()})
		}
	}
	checkStream(t, "stream", r, s, &m)
	for i, f := range clones {
		checkStream(t, fmt.Sprint("clone ", i), r, f.s, &f.m)
	}
}

func groupStep(r *rand.Rand, s *stream, g *streamGroup, id streamID, pending map[streamID]string) {
	name := []byte{"abc"[r.IntN(3)]}
	u := g.consumer(name)
	switch {
	case u == nil:
		s.addConsumer(g, name, 5)
	case r.IntN(30) == 0:
		s.dropConsumer(g, u)
		maps.DeleteFunc(pending, func(_ streamID, owner string) bool { return owner == string(name) })
	case r.IntN(3) == 0:
		s.acknowledge(g, id)
		delete(pending, id)
	default:
		s.deliver(g, g.mineConsumer(u), pendingEntry{id: id, deliveredMs: 7, deliveries: 1})
		pending[id] = string(name)
	}
}

func FuzzDecodeStream(f *testing.F) {
	s := newStream()
	limits := defaultEncodingLimits()
	for i := range 150 {
		s.append(streamID{uint64(i + 1), 0}, [][]byte{[]byte("field"), fmt.Append(nil, i)}, &limits)
	}
	s.remove(streamID{3, 0})
	s.addGroup([]byte("g"), streamID{2, 0}, readUnknown)
	g := s.group([]byte("g"))
	s.deliver(g, s.addConsumer(g, []byte("c"), 1), pendingEntry{id: streamID{2, 0}})
	f.Add(encodeStream(nil, s))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeStream(b)
		if err != nil {
			return
		}
		checkCodec(t, "stream", o, encodeStream, decodeStream)
		s := o.(*stream)
		n := 0
		s.descend(streamID{}, streamIDMax, func(e streamEntry) bool {
			n++
			return entryText(e).id == e.id
		})
		if n != s.length {
			t.Fatalf("%d entries backwards, %d counted", n, s.length)
		}
		if id, ok := s.last.next(); ok {
			s.append(id, [][]byte{[]byte("field"), []byte("x")}, &limits)
		}
		s.trim(&streamTrim{byLength: true, maxLen: 1})
	})
}

// A damaged stream is refused or readable, never more.
func TestDamagedStreamsAreRefused(t *testing.T) {
	s := newStream()
	limits := EncodingLimits{StreamNodeMaxEntries: 3}
	for i := range 8 {
		s.append(streamID{uint64(i + 1), 0}, [][]byte{[]byte("f"), []byte("v"), fmt.Appendf(nil, "f%d", i%3), []byte("w")}, &limits)
	}
	g := s.addGroup([]byte("g"), streamID{}, 0)
	s.deliver(g, s.addConsumer(g, []byte("c"), 1), pendingEntry{id: streamID{1, 0}, deliveries: 1})
	data := encodeStream(nil, s)
	r := rand.New(rand.NewPCG(3, 3))
	for range 30_000 {
		b := bytes.Clone(data)
		b[r.IntN(len(b))] = byte(r.IntN(256))
		if o, err := decodeStream(b); err == nil {
			checkCodec(t, fmt.Sprintf("%x", b), o, encodeStream, decodeStream)
			o.(*stream).descend(streamID{}, streamIDMax, func(e streamEntry) bool { entryText(e); return true })
		}
	}
}

// A snapshot of streams and groups, written by another goroutine while
// commands change them, is the state of its moment.
func TestSnapshotOfStreamsBesideWrites(t *testing.T) {
	n := newNode(t)
	n.do(args("XGROUP CREATE s g 0 MKSTREAM"))
	change := func() {
		for i := range 300 {
			n.batch.Command(0, args(fmt.Sprintf("XADD s MAXLEN ~ 2000 * f %d", i)))
			n.batch.Command(0, args(fmt.Sprintf("XREADGROUP GROUP g c%d COUNT 1 STREAMS s >", i%5)))
			n.batch.Command(0, args(fmt.Sprintf("XAUTOCLAIM s g c%d 0 0 COUNT 2", i%3)))
			n.batch.Command(0, args(fmt.Sprintf("XACK s g %d-%d", n.nowMs, i/2)))
			n.batch.Command(0, args(fmt.Sprintf("XDEL s %d-%d", n.nowMs, i/3)))
		}
		n.apply()
		n.nowMs += 10
	}
	for range 4 {
		change()
		want := snapshotBytes(t, n.e)
		snap := n.e.Snapshot()
		got := make(chan []byte)
		go func() {
			var b bytes.Buffer
			if _, err := snap.WriteTo(&b); err != nil {
				t.Error(err)
			}
			got <- b.Bytes()
		}()
		change()
		if b := <-got; !bytes.Equal(b, want) {
			t.Fatalf("the snapshot has %d other bytes, want %d", len(b), len(want))
		}
		snap.Release()
		if again := snapshotBytes(t, mustRestore(t, want)); !bytes.Equal(again, want) {
			t.Fatal("the snapshot of the restored state differs")
		}
	}
}

func TestStreamCommandsHardlyAllocate(t *testing.T) {
	n := newNode(t)
	n.do(args("XADD s MAXLEN 1000 * field value"))
	run := applier(t, n, []string{"XADD s MAXLEN ~ 1000 * field value other 12345"})
	for range 2000 {
		run()
	}
	// A node of a hundred entries is allocated now and then.
	if a := testing.AllocsPerRun(2000, run); a >= 1 {
		t.Errorf("XADD allocates %v times", a)
	}
}

// BenchmarkStream applies entries of 64 commands; an operation is one command.
func BenchmarkStream(b *testing.B) {
	for _, c := range []struct{ name, line string }{
		{"XADD", "XADD mystream * field value:0000000001"},
		{"XADD/trim", "XADD mystream MAXLEN ~ 10000 * field value:0000000001"},
		{"XRANGE", "XRANGE mystream - + COUNT 10"},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := newNode(b)
			for range 1000 {
				n.do(args(c.line))
				n.do(args("XADD mystream * field value:0000000001"))
			}
			var batch Batch
			for range 64 {
				batch.Command(0, args(c.line))
			}
			var sink Sink = oneReply{Discard}
			index := n.e.Applied()
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += 64 {
				index++
				if err := n.e.Apply(Entry{Index: index, UnixMs: testStartMs + int64(index), Seed: index, Data: batch.Bytes()}, sink); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("queue", func(b *testing.B) { // XADD, XREADGROUP and XACK of one entry
		n := newNode(b)
		n.do(args("XGROUP CREATE q g 0 MKSTREAM"))
		var batch Batch
		var sink Sink = oneReply{Discard}
		b.ReportAllocs()
		for i := range b.N {
			id := fmt.Sprintf("%d-1", i+1)
			batch.Reset()
			batch.Command(0, args("XADD q MAXLEN ~ 1000 "+id+" job x"))
			batch.Command(0, args("XREADGROUP GROUP g c COUNT 1 STREAMS q >"))
			batch.Command(0, args("XACK q g "+id))
			index := n.e.Applied() + 1
			if err := n.e.Apply(Entry{Index: index, UnixMs: testStartMs, Seed: index, Data: batch.Bytes()}, sink); err != nil {
				b.Fatal(err)
			}
		}
	})
}
