package engine

import (
	"bytes"
	"strings"
)

// KeysOf appends the keys among args to dst. It answers false where the
// arguments do not fit the command's key specs (a count of keys that is no
// number or larger than what follows).
func (c *Command) KeysOf(args [][]byte, dst [][]byte) ([][]byte, bool) {
	for i := range c.Keys {
		first, last, step, ok := c.Keys[i].find(args)
		if !ok {
			return dst, false
		}
		for k := first; k <= last; k += step {
			dst = append(dst, args[k])
		}
	}
	return dst, true
}

// KeyFlags are the flags of a key spec for these arguments: SET and BITFIELD may
// do less than they could.
func (c *Command) KeyFlags(spec int, args [][]byte) KeyFlags {
	flags := c.Keys[spec].Flags
	switch {
	case flags&KeyVariable == 0:
	case c.Name == "set":
		for i := 3; i < len(args); i++ {
			if EqualFold(args[i], "get") {
				return flags &^ KeyVariable
			}
		}
		return KeyOW | KeyUpdate
	case c.Name == "bitfield":
		for i := 2; i < len(args); i++ {
			switch left := len(args) - i - 1; {
			case EqualFold(args[i], "get") && left >= 2:
				i += 2
			case EqualFold(args[i], "overflow") && left >= 1:
				i++
			default:
				return flags &^ KeyVariable
			}
		}
		return KeyRO | KeyAccess
	}
	return flags
}

// find answers the positions of the spec's keys; last < first: there are none.
func (k *KeySpec) find(args [][]byte) (first, last, step int, ok bool) {
	const none = -1
	if k.Sorted {
		if at := readSortWords(args).store; at > 0 {
			return at, at, 1, true
		}
	}
	if k.Unknown || k.Flags&KeyNotKey != 0 {
		return 0, none, 1, true
	}
	first = k.Index
	if k.Keyword != "" {
		if first = k.findKeyword(args); first == none {
			return 0, none, 1, true
		}
	}
	step = max(k.Step, 1)
	switch {
	case k.KeyNum:
		at := first + k.KeyNumIndex
		if at >= len(args) {
			return 0, none, 1, false
		}
		n, isInt := ParseInt(args[at])
		if !isInt || n < 0 || n > int64(len(args)) {
			return 0, none, 1, false
		}
		first += k.FirstKey
		last = first + (int(n)-1)*step
	case k.Last >= 0:
		last = first + k.Last
	case k.Limit <= 1:
		last = len(args) + k.Last
	default:
		last = first + (len(args)-first)/k.Limit + k.Last
	}
	return first, last, step, last < len(args)
}

// findKeyword answers the position after the keyword, or -1.
func (k *KeySpec) findKeyword(args [][]byte) int {
	from, end, step := k.From, len(args)-1, 1
	if from < 0 {
		from, end, step = len(args)+from, 0, -1
	}
	for i := from; i > 0 && i < len(args) && i != end; i += step {
		if strings.EqualFold(string(args[i]), k.Keyword) {
			return i + 1
		}
	}
	return -1
}

// sortWords are where the options of SORT stand that name keys; 0: nowhere.
type sortWords struct{ store, by, get int }

// readSortWords finds them as SORT itself does: the last STORE and BY count. BY
// is one that weighs by other keys.
func readSortWords(args [][]byte) (w sortWords) {
	for i := 2; i < len(args); i++ {
		more := i+1 < len(args)
		switch {
		case EqualFold(args[i], "limit"):
			i += 2
		case more && EqualFold(args[i], "by"):
			i++
			if bytes.IndexByte(args[i], '*') >= 0 {
				w.by = i
			}
		case more && EqualFold(args[i], "get"):
			i++
			w.get = i
		case more && EqualFold(args[i], "store"):
			i++
			w.store = i
		}
	}
	return w
}
