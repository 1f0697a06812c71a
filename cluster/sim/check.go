package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// check is made when all is over: the logs, then every key's history.
func (w *world) check() {
	for _, b := range w.books {
		b.check()
	}
	for _, h := range w.load.order {
		h.check()
	}
	if w.stats.Acked < 20 || w.stats.Reads < 20 {
		w.failf("only %d writes and %d reads went through: nothing was tested", w.stats.Acked, w.stats.Reads)
	}
}

// checkLimit bounds the search for a legal order, in real time. It is not
// reached but by a history that is wrong in a way that takes long to prove.
const checkLimit = 60 * time.Second

// check asks whether there is an order of the key's requests that explains all
// answers. A write of unknown fate is looked for in the log. If it is not there
// it never happened (by now all nodes have applied all there is), else before
// its entry was first applied; a call that waits for an element may get it at any
// time later. Where nobody ever saw what it wrote, it makes no difference.
func (h *history) check() {
	w := h.book.w
	var ops []porcupine.Operation
	var seen strings.Builder
	seen.WriteByte(' ')
	for _, o := range h.ops {
		if o.state == done {
			seen.WriteString(o.out)
			seen.WriteByte(' ')
		}
		if o.kind == opGet && o.state == done && o.out != wordNull && len(o.out) > len(h.longest) {
			h.longest = o.out
		}
	}
	h.missing = map[string]bool{}
	for _, o := range h.ops {
		if o.kind == opPush && !strings.Contains(seen.String(), " "+o.arg+" ") {
			h.missing[o.arg] = true
		}
	}
	for _, o := range h.ops {
		ret := int64(o.ret)
		switch {
		case o.state == done && !o.reads() && o.traced() && o.out != wordFail && h.book.in(o) == 0:
			w.failf("node %d answered %s %s %s, which is in no entry: %s", o.p.i, opNames[o.kind], h.key, short(o.arg), short(o.out))
		case o.state == done:
		case o.state == void, o.state == unknown && o.traced() && h.book.in(o) == 0:
			continue
		case o.state == unknown && (h.kind == 'a' || h.kind == 'p' || h.kind == 'e') && !strings.Contains(seen.String(), o.arg):
			continue
		case o.state == unknown && o.traced() && o.kind != opWaitPop:
			ret = max(int64(o.call), int64(h.book.entries[h.book.in(o)].at))
		case o.state == unknown:
			ret = math.MaxInt64
		default:
			w.failf("%s %s at node %d, sent at %v, was never answered", opNames[o.kind], h.key, o.p.i, o.call)
		}
		ops = append(ops, porcupine.Operation{ClientId: o.by(), Input: o, Output: o, Call: int64(o.call), Return: ret})
	}
	rank(ops)
	switch porcupine.CheckOperationsTimeout(models[h.kind], ops, checkLimit) {
	case porcupine.Illegal:
		w.failf("the history of group %d key %s is not linearizable:\n%s", h.book.group, h.key, h)
	case porcupine.Unknown:
		w.failf("the history of group %d key %s could not be checked in %v:\n%s", h.book.group, h.key, checkLimit, h)
	}
}

// rank numbers what each session asked of the key and was answered.
func rank(ops []porcupine.Operation) {
	var last [clientsCount + 1]int
	inOrder := slices.SortedFunc(func(yield func(*op) bool) {
		for _, p := range ops {
			if o := p.Output.(*op); o.session != nil && o.state == done && !yield(o) {
				return
			}
		}
	}, func(a, b *op) int { return cmp.Compare(a.seq, b.seq) })
	for _, o := range inOrder {
		last[o.by()]++
		o.rank = last[o.by()]
	}
}

func (h *history) String() string {
	var s strings.Builder
	for _, o := range h.ops {
		fmt.Fprintf(&s, "%12.6f .. %12.6f n%d client %-2d %-8s %-8q state %d entry %d -> %q\n",
			o.call.Seconds(), o.ret.Seconds(), o.p.i, o.by(), opNames[o.kind], short(o.arg), o.state, h.book.in(o), short(o.out))
	}
	return s.String()
}

func short(s string) string {
	if len(s) > 200 {
		return s[:80] + "..." + s[len(s)-100:]
	}
	return s
}

// models say what each kind of key answers, by the state before.
var models = map[byte]porcupine.Model{
	'r': model(stepRegister), 'c': model(stepCounter), 'a': model(stepAppend), 'p': model(stepPair), 'e': model(stepExpiring), 'q': model(stepQueue),
}

// value is the state of a key.
type value struct {
	v       string // as GET shows it; of a queue: its elements, each with a space behind it
	watched [clientsCount + 1]watched
	rank    [clientsCount + 1]int // of the last request of each client's session
}

// watched is what a key is for a client.
type watched byte

const (
	not       watched = iota
	unchanged         // since the client began to watch it
	changed
)

func (s *value) set(v string) {
	s.v = v
	for i, w := range s.watched {
		if w == unchanged {
			s.watched[i] = changed
		}
	}
}

// model adds to a key's model that the requests of a session happen in their
// order, as far as they are answered. It is the next one or none: a search that may
// leave one out finds out only when it is too late for that one, and then tries
// all orders of all others.
func model(step func(s *value, o *op) bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return value{v: wordNull} },
		Step: func(state, _, output any) (bool, any) {
			s, o := state.(value), output.(*op)
			if o.session != nil && o.state == done {
				if o.rank != s.rank[o.by()]+1 {
					return false, s
				}
				s.rank[o.by()]++
			}
			ok := step(&s, o)
			return ok, s
		},
		DescribeOperation: func(_, output any) string {
			o := output.(*op)
			return fmt.Sprintf("%s %s -> %s", opNames[o.kind], o.arg, o.out)
		},
	}
}

// says: an answer is as expected, or there was none to be held to.
func (o *op) says(want string) bool { return o.state != done || o.out == want }

func stepRegister(s *value, o *op) bool {
	switch o.kind {
	case opGet:
		if o.client != nil {
			s.watched[o.by()] = unchanged
		}
		return o.says(s.v)
	case opWatch:
		s.watched[o.by()] = unchanged
		return o.says(wordOK)
	case opSet:
		s.set(o.arg)
		return o.says(wordOK)
	case opRecreate:
		there := "1"
		if s.v == wordNull {
			there = "0"
		}
		s.set(o.arg)
		return o.says("*2 " + there + " " + wordOK)
	}
	if s.watched[o.by()] != unchanged || s.v == wordNull && o.state == done && o.out == wordFail {
		return o.says(wordFail) // of absent keys EXEC may see a change where another key was deleted
	}
	s.set(o.arg)
	return o.says("*1 " + wordOK)
}

func stepCounter(s *value, o *op) bool {
	if o.kind == opGet {
		return o.says(s.v)
	}
	n := 0
	if s.v != wordNull {
		n, _ = strconv.Atoi(s.v) // made by the line below
	}
	by, _ := strconv.Atoi(o.arg) // so is this
	s.v = strconv.Itoa(n + by)
	return o.says(s.v)
}

func stepAppend(s *value, o *op) bool {
	if o.kind == opGet {
		return o.says(s.v)
	}
	if s.v == wordNull {
		s.v = ""
	}
	s.v += o.arg
	// What was longer once began with it, which tells the order of calls without answers.
	if h := o.history; !strings.HasPrefix(h.longest, s.v) && !strings.HasPrefix(s.v, h.longest) {
		return false
	}
	return o.says(strconv.Itoa(len(s.v)))
}

func stepPair(s *value, o *op) bool {
	if o.kind == opGetPair {
		return o.says("*2 " + s.v + " " + s.v)
	}
	s.v = o.arg
	return o.says("*2 " + wordOK + " " + wordOK)
}

// stepExpiring: a value may be gone at any time, as clocks jump, but for good.
func stepExpiring(s *value, o *op) bool {
	if o.kind == opGet {
		if o.out == wordNull {
			s.v = wordNull
		}
		return o.says(s.v)
	}
	s.v = o.arg
	return o.says(wordOK)
}

func stepQueue(s *value, o *op) bool {
	if s.v == wordNull {
		s.v = ""
	}
	n := strings.Count(s.v, " ")
	head, rest, _ := strings.Cut(s.v, " ")
	switch {
	case o.kind == opPush:
		s.v += o.arg + " "
		return o.says(strconv.Itoa(n + 1))
	case o.kind == opRange:
		return o.says(strings.TrimRight("*"+strconv.Itoa(n)+" "+s.v, " "))
	case n == 0 && o.kind == opPop:
		return o.says(wordNull)
	case n == 0:
		return o.says(wordFail)
	}
	if o.state != done && !o.history.missing[head] {
		return true // it came too late, or not at all: somebody else got the element
	}
	s.v = rest
	if o.kind == opWaitPop {
		head = "*2 " + o.history.key + " " + head
	}
	return o.says(head)
}
