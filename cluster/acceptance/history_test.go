package acceptance

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// opKind is what a client asked of one key.
type opKind int

const (
	opRead opKind = iota
	opWrite
	opSwap // WATCH, GET (saw from), MULTI, SET to, EXEC
	opIncr
)

// input is what was asked.
type input struct {
	kind     opKind
	from, to string
}

// output is what was answered. unknown: the call may have been applied, at any
// time after it began, even after the history's end.
type output struct {
	value   string // opRead, opIncr
	applied bool   // opSwap
	unknown bool
}

// history gathers what clients did, by key. Safe for concurrent use.
type history struct {
	begin time.Time
	mu    sync.Mutex
	keys  map[string][]porcupine.Operation
	size  int
}

func newHistory() *history {
	return &history{begin: time.Now(), keys: map[string][]porcupine.Operation{}}
}

func (h *history) now() int64 { return int64(time.Since(h.begin)) }

// add notes a call. Reads of unknown outcome say nothing and are left out.
func (h *history) add(client int, key string, in input, out output, call, ret int64) {
	if out.unknown {
		if in.kind == opRead {
			return
		}
		ret = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.size++
	h.keys[key] = append(h.keys[key], porcupine.Operation{ClientId: client, Input: in, Output: out, Call: call, Return: ret})
}

// key is a register: a string, "" when absent.
var register = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, in, out any) (bool, any) {
		return step(state.(string), in.(input), out.(output))
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %+v", in, out) },
}

// step says whether a key of this value can answer so, and its next value.
func step(state string, in input, out output) (bool, any) {
	switch in.kind {
	case opRead:
		return state == out.value, state
	case opWrite:
		return true, in.to
	case opSwap:
		switch {
		case out.unknown && state != in.from:
			return true, state
		case out.unknown || out.applied:
			return state == in.from, in.to
		}
		return true, state // EXEC may refuse for any change, also of a change back
	case opIncr:
		n := 0
		if state != "" {
			var err error
			if n, err = strconv.Atoi(state); err != nil {
				return false, state
			}
		}
		next := strconv.Itoa(n + 1)
		return out.unknown || out.value == next, next
	}
	panic(fmt.Sprintf("operation %d", in.kind))
}

// check proves that each key's history is linearizable.
func (h *history) check(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.size == 0 {
		t.Fatal("the history is empty: nothing is proven")
	}
	for key, ops := range h.keys {
		switch porcupine.CheckOperationsTimeout(register, ops, 30*time.Second) {
		case porcupine.Illegal:
			t.Errorf("%s: %d operations are not linearizable", key, len(ops))
			for _, op := range ops {
				t.Logf("%s: client %d: %12d %12d %+v -> %+v", key, op.ClientId, op.Call, op.Return, op.Input, op.Output)
			}
		case porcupine.Unknown:
			t.Errorf("%s: no verdict on %d operations", key, len(ops))
		}
	}
	t.Logf("%d operations on %d keys are linearizable", h.size, len(h.keys))
}

// The checker must find what it is there for.
func TestHistoryCheckerFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
		ops  []porcupine.Operation
	}{
		{"stale read", false, []porcupine.Operation{
			{Input: input{kind: opWrite, to: "1"}, Output: output{}, Call: 0, Return: 1},
			{Input: input{kind: opWrite, to: "2"}, Output: output{}, Call: 2, Return: 3},
			{Input: input{kind: opRead}, Output: output{value: "1"}, Call: 4, Return: 5},
		}},
		{"lost increment", false, []porcupine.Operation{
			{Input: input{kind: opIncr}, Output: output{value: "1"}, Call: 0, Return: 1},
			{Input: input{kind: opIncr}, Output: output{value: "1"}, Call: 2, Return: 3},
		}},
		{"two winners", false, []porcupine.Operation{
			{Input: input{kind: opSwap, from: "", to: "1"}, Output: output{applied: true}, Call: 0, Return: 5},
			{Input: input{kind: opSwap, from: "", to: "2"}, Output: output{applied: true}, Call: 1, Return: 5},
		}},
		{"write of unknown fate, seen later", true, []porcupine.Operation{
			{Input: input{kind: opWrite, to: "1"}, Output: output{unknown: true}, Call: 0, Return: math.MaxInt64},
			{Input: input{kind: opRead}, Output: output{value: ""}, Call: 2, Return: 3},
			{Input: input{kind: opRead}, Output: output{value: "1"}, Call: 4, Return: 5},
		}},
		{"write of unknown fate, never seen", true, []porcupine.Operation{
			{Input: input{kind: opSwap, from: "", to: "1"}, Output: output{unknown: true}, Call: 0, Return: math.MaxInt64},
			{Input: input{kind: opRead}, Output: output{value: ""}, Call: 4, Return: 5},
		}},
		{"seen and gone again", false, []porcupine.Operation{
			{Input: input{kind: opWrite, to: "1"}, Output: output{unknown: true}, Call: 0, Return: math.MaxInt64},
			{Input: input{kind: opRead}, Output: output{value: "1"}, Call: 2, Return: 3},
			{Input: input{kind: opRead}, Output: output{value: ""}, Call: 4, Return: 5},
		}},
	} {
		if got := porcupine.CheckOperations(register, c.ops); got != c.ok {
			t.Errorf("%s: linearizable: %v, want %v", c.name, got, c.ok)
		}
	}
}
