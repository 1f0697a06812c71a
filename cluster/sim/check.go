package sim

import (
	"fmt"
	"math"
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
		if h.kind != 'e' {
			h.check()
		}
	}
	if w.stats.Acked < 20 || w.stats.Reads < 20 {
		w.failf("only %d writes and %d reads went through: nothing was tested", w.stats.Acked, w.stats.Reads)
	}
}

// checkLimit bounds the search for a legal order, in real time. It is not
// reached but by a history that is wrong in a way that takes long to prove.
const checkLimit = 60 * time.Second

// check asks whether there is an order of the key's requests that explains all
// answers. A write of unknown fate whose proposal is in the log may have
// happened at any time after it was sent; one that is not, never did (by now
// all nodes have applied all there is).
func (h *history) check() {
	w := h.book.w
	var ops []porcupine.Operation
	for _, o := range h.ops {
		ret := int64(o.ret)
		switch {
		case o.state == done:
		case o.state == unknown && o.batch != nil && h.book.proposals[o.batch.id-1].index != 0:
			ret = math.MaxInt64
		case o.state == unknown, o.state == void:
			continue
		default:
			w.failf("%s %s at node %d, sent at %v, was never answered", opNames[o.kind], h.key, o.p.i, o.call)
		}
		id := clientsCount
		if o.client != nil {
			id = o.client.id
		}
		ops = append(ops, porcupine.Operation{ClientId: id, Input: o, Output: o, Call: int64(o.call), Return: ret})
	}
	switch porcupine.CheckOperationsTimeout(models[h.kind], ops, checkLimit) {
	case porcupine.Illegal:
		w.failf("the history of group %d key %s is not linearizable:\n%s", h.book.group, h.key, h)
	case porcupine.Unknown:
		w.failf("the history of group %d key %s could not be checked in %v:\n%s", h.book.group, h.key, checkLimit, h)
	}
}

func (h *history) String() string {
	var s strings.Builder
	for _, o := range h.ops {
		entry := uint64(0)
		if o.batch != nil {
			entry = h.book.proposals[o.batch.id-1].index
		}
		fmt.Fprintf(&s, "%12.6f .. %12.6f n%d %-8s %-8q old %q state %d entry %d -> %q\n",
			o.call.Seconds(), o.ret.Seconds(), o.p.i, opNames[o.kind], short(o.arg), short(o.old), o.state, entry, short(o.out))
	}
	return s.String()
}

func short(s string) string {
	if len(s) > 200 {
		return s[:80] + "..." + s[len(s)-100:]
	}
	return s
}

// models say what each kind of key answers, by the state before. The state is
// the value as GET shows it.
var models = map[byte]porcupine.Model{
	'r': model(stepRegister), 'c': model(stepCounter), 'a': model(stepAppend), 'p': model(stepPair),
}

func model(step func(value string, o *op) (ok bool, next string)) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return wordNull },
		Step: func(state, _, output any) (bool, any) {
			ok, next := step(state.(string), output.(*op))
			return ok, next
		},
		DescribeOperation: func(_, output any) string {
			o := output.(*op)
			return fmt.Sprintf("%s %s -> %s", opNames[o.kind], o.arg, o.out)
		},
	}
}

// says: an answer is as expected, or there was none to be held to.
func (o *op) says(want string) bool { return o.state != done || o.out == want }

func stepRegister(v string, o *op) (bool, string) {
	switch {
	case o.kind == opGet:
		return o.says(v), v
	case o.kind == opSet:
		return o.says(wordOK), o.arg
	case v == o.old: // values are unique, so the key has not changed since
		return o.says("*1 " + wordOK), o.arg
	}
	return o.says(wordFail), v
}

func stepCounter(v string, o *op) (bool, string) {
	if o.kind == opGet {
		return o.says(v), v
	}
	n := 0
	if v != wordNull {
		n, _ = strconv.Atoi(v) // made by the line below
	}
	next := strconv.Itoa(n + 1)
	return o.says(next), next
}

func stepAppend(v string, o *op) (bool, string) {
	if o.kind == opGet {
		return o.says(v), v
	}
	next := o.arg
	if v != wordNull {
		next = v + o.arg
	}
	return o.says(strconv.Itoa(len(next))), next
}

func stepPair(v string, o *op) (bool, string) {
	if o.kind == opGetPair {
		return o.says("*2 " + v + " " + v), v
	}
	return o.says("*2 " + wordOK + " " + wordOK), o.arg
}
