package resp

import "slices"

// bcast is CLIENT TRACKING's BCAST mode: clients that want to know about every
// change of keys with a prefix. They are told once a turn.
type bcast struct {
	prefixes map[string]*trackedPrefix
	lengths  []int            // of the prefixes, each once, ascending
	counts   map[int]int      // of prefixes by their length
	pending  []*trackedPrefix // with changes to tell, in the order of the first one
}

// trackedPrefix is a prefix that clients listen to.
type trackedPrefix struct {
	name    string
	clients []*Conn          // in the order in which they came
	changed map[string]*Conn // keys of this turn, and who changed them; nil: several, or nobody here
	order   []string         // of changed
}

func newBcast() bcast { return bcast{prefixes: map[string]*trackedPrefix{}, counts: map[int]int{}} }

func (b *bcast) join(c *Conn, name string) {
	p := b.prefixes[name]
	if p == nil {
		p = &trackedPrefix{name: name, changed: map[string]*Conn{}}
		b.prefixes[name] = p
		if b.counts[len(name)]++; b.counts[len(name)] == 1 {
			i, _ := slices.BinarySearch(b.lengths, len(name))
			b.lengths = slices.Insert(b.lengths, i, len(name))
		}
	}
	p.clients = append(p.clients, c)
}

func (b *bcast) leave(c *Conn, name string) {
	p := b.prefixes[name]
	i := slices.Index(p.clients, c)
	p.clients = slices.Delete(p.clients, i, i+1)
	if len(p.clients) > 0 {
		return
	}
	delete(b.prefixes, name)
	if b.counts[len(name)]--; b.counts[len(name)] == 0 {
		delete(b.counts, len(name))
		i, _ := slices.BinarySearch(b.lengths, len(name))
		b.lengths = slices.Delete(b.lengths, i, i+1)
	}
}

// change notes a change of a key for the clients of its prefixes.
func (b *bcast) change(key []byte, writer *Conn) {
	for _, n := range b.lengths {
		if n > len(key) {
			return
		}
		p := b.prefixes[string(key[:n])]
		if p == nil {
			continue
		}
		by, known := p.changed[string(key)]
		switch {
		case known && by != writer:
			p.changed[string(key)] = nil // by several: it concerns each of them
		case !known:
			if len(p.order) == 0 {
				b.pending = append(b.pending, p)
			}
			name := string(key)
			p.changed[name] = writer
			p.order = append(p.order, name)
		}
	}
}

// tell tells the clients what has changed in this turn.
//
// REQUIRES: no connection is in the middle of an answer.
func (b *bcast) tell() {
	for i, p := range b.pending {
		all := p.keys(nil)
		for _, c := range p.clients {
			keys := all
			if c.track.noloop {
				keys = p.keys(c)
			}
			if keys != nil {
				c.invalid(keys)
			}
		}
		clear(p.changed)
		p.order = nil
		b.pending[i] = nil
	}
	b.pending = b.pending[:0]
}

// keys is the array of changed keys without those that one client changed; nil:
// there are none.
func (p *trackedPrefix) keys(without *Conn) []byte {
	n := 0
	var keys []byte
	for _, name := range p.order {
		if by := p.changed[name]; by == nil || by != without {
			keys = appendBulkString(keys, name)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return append(appendArray(nil, n), keys...)
}
