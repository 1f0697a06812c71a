// Package history holds what clients asked of one key and were answered, and
// proves, with porcupine, that some order of the calls explains every answer.
//
//	h := history.New("register:1", history.Register)
//	h.Add(history.Call{Client: 1, Kind: history.Write, Arg: "a", Begin: 0, End: 10})
//	verdict := h.Check(10 * time.Second)
//
// A call of unknown fate counts as one that never returned: it may have
// happened at any time after it began, even after the end of the history.
package history

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Type is what a key holds, and so what its calls may answer. A state is a
// string, "" when the key is absent.
type Type int

const (
	Register Type = iota // Read, Write, Swap, Replace
	Counter              // Read, Incr
	List                 // Read (elements joined by commas), Append (answers their number)
	Text                 // Read, Append (answers the length in bytes)
	Pair                 // two registers that are always written together: Read (equal halves only), Write
	Expiring             // a register that is written once and vanishes by itself, for good: Read, Write
)

// Kind is what was asked.
type Kind int

const (
	Read Kind = iota
	Write
	Swap    // from Old to Arg by WATCH, MULTI and EXEC: refused after any change, also of a change back
	Replace // from Old to Arg in a script: refused if the value is another one
	Incr
	Append
)

var kindNames = [...]string{"read", "write", "swap", "replace", "incr", "append"}

// Call is one call and its answer.
type Call struct {
	Client     int
	Kind       Kind
	Arg, Old   string
	Value      string // the answer
	Refused    bool   // answer of Swap and Replace: it changed nothing
	Unknown    bool   // no answer, or that its fate is unknown; Value and Refused mean nothing
	Begin, End int64  // ns
}

// String is how a call is drawn.
func (c Call) String() string {
	s := kindNames[c.Kind]
	if c.Arg != "" {
		s += " " + c.Arg
	}
	if c.Kind == Swap || c.Kind == Replace {
		s += fmt.Sprintf(" for %q", c.Old)
	}
	switch {
	case c.Unknown:
		s += ": unknown"
	case c.Refused:
		s += ": refused"
	case c.Kind != Write:
		s += fmt.Sprintf(": %q", c.Value)
	}
	return s
}

// History is the calls on one key. Safe for concurrent use.
type History struct {
	Key  string
	Type Type

	mu      sync.Mutex
	calls   []porcupine.Operation
	unknown int
}

// New returns an empty history.
func New(key string, t Type) *History { return &History{Key: key, Type: t} }

// Add notes a call that has ended. Reads of unknown outcome say nothing and
// are left out.
func (h *History) Add(c Call) {
	if c.Unknown && c.Kind == Read {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Unknown {
		c.End = math.MaxInt64
		h.unknown++
	}
	h.calls = append(h.calls, porcupine.Operation{ClientId: c.Client, Input: &c, Output: &c, Call: c.Begin, Return: c.End})
}

// Unknown is the number of calls of unknown fate, with which the work of Check
// grows.
func (h *History) Unknown() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unknown
}

// Len is the number of calls.
func (h *History) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls)
}

// Verdict on a history.
type Verdict = porcupine.CheckResult

// The verdicts. Undecided: the search for an order took too long.
const (
	Legal     = porcupine.Ok
	Illegal   = porcupine.Illegal
	Undecided = porcupine.Unknown
)

// Check looks for an order that explains all answers, for so long at most.
func (h *History) Check(limit time.Duration) Verdict {
	h.mu.Lock()
	defer h.mu.Unlock()
	return porcupine.CheckOperationsTimeout(h.model(), h.calls, limit)
}

// Draw writes the history, and how far an order could be found, as an HTML page.
func (h *History) Draw(path string, limit time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.model()
	_, info := porcupine.CheckOperationsVerbose(m, h.calls, limit)
	return porcupine.VisualizePath(m, info, path)
}

// String lists the calls in the order in which they ended.
func (h *History) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var s strings.Builder
	for _, op := range h.calls {
		end := "never"
		if op.Return != math.MaxInt64 {
			end = strconv.FormatFloat(float64(op.Return)/1e9, 'f', 6, 64)
		}
		fmt.Fprintf(&s, "%12.6f .. %12s client %-3d %v\n", float64(op.Call)/1e9, end, op.ClientId, op.Input)
	}
	return s.String()
}

func (h *History) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, in, _ any) (bool, any) {
			ok, next := h.Type.step(state.(string), in.(*Call))
			return ok, next
		},
		DescribeOperation: func(in, _ any) string { return in.(*Call).String() },
		DescribeState:     func(state any) string { return state.(string) },
	}
}
