package history

import (
	"fmt"
	"strconv"
	"strings"
)

// gone is the state of an Expiring key that has vanished: it stays away.
const gone = "\x00gone"

// step says whether a key in this state can answer so, and its next state.
func (t Type) step(state string, c *Call) (ok bool, next string) {
	answers := func(want string) bool { return c.Unknown || c.Value == want }
	switch c.Kind {
	case Read:
		if t == Expiring && c.Value == "" && state != "" {
			return true, gone
		}
		return answers(state), state
	case Write:
		return true, c.Arg
	case Swap, Replace:
		return stepSwap(state, c)
	case Incr:
		n := 0
		if state != "" {
			var err error
			if n, err = strconv.Atoi(state); err != nil {
				return false, state
			}
		}
		next = strconv.Itoa(n + 1)
		return answers(next), next
	case Append:
		if t == Text {
			next = state + c.Arg
			return answers(strconv.Itoa(len(next))), next
		}
		if next = c.Arg; state != "" {
			next = state + "," + c.Arg
		}
		return answers(strconv.Itoa(1 + strings.Count(next, ","))), next
	}
	panic(fmt.Sprintf("call of kind %d", c.Kind))
}

func stepSwap(state string, c *Call) (ok bool, next string) {
	switch {
	case c.Unknown && state != c.Old:
		return true, state
	case c.Unknown, !c.Refused:
		return state == c.Old, c.Arg
	}
	return c.Kind == Swap || state != c.Old, state
}
