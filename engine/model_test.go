package engine

import (
	"bytes"
	"fmt"
	"math"
	"sort"
	"strconv"
	"testing"
)

// modelKey is a key of the plain model that the engine is held against.
type modelKey struct {
	value    string
	deadline int64
}

// model is the simplest database that could be right: a Go map.
type model struct {
	keys  map[string]modelKey
	nowMs int64
}

func (m *model) expire() {
	for k, v := range m.keys {
		if v.deadline != 0 && v.deadline <= m.nowMs {
			delete(m.keys, k)
		}
	}
}

// do runs one command and returns its answer as RESP2.
func (m *model) do(a []string) string {
	bulk := func(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }
	number := func(n int64) string { return fmt.Sprintf(":%d\r\n", n) }
	key := a[1]
	old, found := m.keys[key]
	switch a[0] {
	case "SET":
		m.keys[key] = modelKey{value: a[2]}
		return "+OK\r\n"
	case "SETEX":
		s, _ := strconv.ParseInt(a[2], 10, 64)
		m.keys[key] = modelKey{a[3], m.nowMs + s*1000}
		return "+OK\r\n"
	case "GET":
		if !found {
			return "$-1\r\n"
		}
		return bulk(old.value)
	case "DEL":
		delete(m.keys, key)
		return number(map[bool]int64{true: 1}[found])
	case "APPEND":
		m.keys[key] = modelKey{old.value + a[2], old.deadline}
		return number(int64(len(old.value) + len(a[2])))
	case "INCR":
		n := int64(0)
		if found {
			var ok bool
			if n, ok = ParseInt([]byte(old.value)); !ok {
				return "-" + string(ErrNotInt) + "\r\n"
			}
			if n == math.MaxInt64 {
				return "-ERR increment or decrement would overflow\r\n"
			}
		}
		m.keys[key] = modelKey{strconv.FormatInt(n+1, 10), old.deadline}
		return number(n + 1)
	case "PEXPIRE":
		if !found {
			return number(0)
		}
		ms, _ := strconv.ParseInt(a[2], 10, 64)
		if old.deadline = m.nowMs + ms; ms <= 0 {
			delete(m.keys, key)
		} else {
			m.keys[key] = old
		}
		return number(1)
	case "PERSIST":
		had := found && old.deadline != 0
		if had {
			m.keys[key] = modelKey{value: old.value}
		}
		return number(map[bool]int64{true: 1}[had])
	case "PTTL":
		switch {
		case !found:
			return number(-2)
		case old.deadline == 0:
			return number(-1)
		}
		return number(old.deadline - m.nowMs)
	case "RENAME":
		if !found {
			return "-ERR no such key\r\n"
		}
		delete(m.keys, key)
		m.keys[a[2]] = old
		return "+OK\r\n"
	case "KEYS":
		var keys []string
		for k := range m.keys {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		out := fmt.Sprintf("*%d\r\n", len(keys))
		for _, k := range keys {
			out += bulk(k)
		}
		return out
	case "FLUSHDB":
		clear(m.keys)
		return "+OK\r\n"
	}
	panic(a[0])
}

// TestAgainstMap runs random commands on the engine, stored and restored on
// the way, and on a map. It needs no server to compare with.
func TestAgainstMap(t *testing.T) {
	r := testRand(t)
	n := newNode(t)
	m := &model{keys: map[string]modelKey{}}
	forms := []string{
		"SET k v", "SET k v", "GET k", "GET k", "DEL k", "APPEND k v", "INCR k", "SETEX k s v", "PEXPIRE k ms", "PERSIST k", "PTTL k",
		"RENAME k k", "KEYS *",
	}
	rounds := 20_000
	if *long {
		rounds = 2_000_000
	}
	for i := range rounds {
		form := forms[r.IntN(len(forms))]
		if r.IntN(2000) == 0 {
			form = "FLUSHDB SYNC"
		}
		var a []string
		for _, word := range bytes.Fields([]byte(form)) {
			switch string(word) {
			case "k":
				a = append(a, fmt.Sprintf("key:%d", r.IntN(200)))
			case "v":
				a = append(a, []string{"", "7", "text", string(bytes.Repeat([]byte("x"), r.IntN(2000))), "9223372036854775807"}[r.IntN(5)])
			case "s":
				a = append(a, strconv.Itoa(1+r.IntN(5)))
			case "ms":
				a = append(a, strconv.Itoa(r.IntN(3000)-100))
			default:
				a = append(a, string(word))
			}
		}
		n.nowMs += int64(r.IntN(10))
		m.nowMs = n.nowMs
		n.apply() // moves the clock: reads judge by it
		m.expire()
		var line [][]byte
		for _, s := range a {
			line = append(line, []byte(s))
		}
		if got, want := n.do(line), m.do(a); got != want {
			t.Fatalf("command %d: %.200q\n got %.300q\nwant %.300q", i, a, got, want)
		}
		n.log = n.log[:0]
		if r.IntN(5000) == 0 {
			n.e = mustRestore(t, snapshotBytes(t, n.e))
		}
		if n.e.Maintain(5); len(m.keys) != n.e.dbs[0].len() {
			t.Fatalf("command %d: %d keys, want %d", i, n.e.dbs[0].len(), len(m.keys))
		}
	}
}
