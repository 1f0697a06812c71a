package engine

import "math"

// A script pays for what its commands do beyond what they answer, from the
// same budget of steps: a step for an element, or 64 bytes, that a command
// goes through. The prices are functions of the state, so that a script ends
// at the same call on every node.

// The price of a command that goes through all its keys hold; times that for
// an element.
var throughKeys = map[string]int{
	"sinter": 1, "sintercard": 1, "sinterstore": 1, "sunion": 1, "sunionstore": 1, "sdiff": 1, "sdiffstore": 1,
	"zunion": 2, "zunionstore": 2, "zinter": 2, "zinterstore": 2, "zintercard": 1, "zdiff": 2, "zdiffstore": 2,
	"sort": 4, "sort_ro": 4, "lrem": 1, "lpos": 1, "linsert": 1, "copy": 1, "dump": 2, "usage": 1,
	"bitcount": 1, "bitop": 1, "bitpos": 1, "pfcount": 1, "pfmerge": 1,
	"geosearch": 1, "geosearchstore": 1, "georadius": 1, "georadius_ro": 1, "georadiusbymember": 1, "georadiusbymember_ro": 1,
}

// workBefore is the price of a call before it is made, in steps.
func (h *scriptHost) workBefore(cmd *Command, args [][]byte) int {
	db := &h.caller.e.dbs[h.db]
	switch cmd.Name {
	case "keys":
		return db.len()
	case "scan", "sscan", "hscan", "zscan":
		for i := 2; i+1 < len(args); i++ {
			if n, ok := ParseInt(args[i+1]); ok && EqualFold(args[i], "count") {
				size := db.len()
				if cmd.Name != "scan" {
					size = h.sizeOf(args[1])
				}
				return int(max(0, min(n, int64(size))))
			}
		}
		return 0
	case "zrangestore": // what is replaced, as much as it may be
		return h.sizeOf(args[1])
	case "lcs":
		const byteSteps = 64 // that are one step of the others
		return cost(h.sizeOf(args[1])+1, (h.sizeOf(args[2])+1)*byteSteps/8)
	}
	times := throughKeys[cmd.Name]
	if times == 0 {
		return 0
	}
	keys, _ := cmd.KeysOf(args, nil)
	n := 0
	for _, key := range keys {
		n += h.sizeOf(key)
	}
	if cmd.Name == "sort" || cmd.Name == "sort_ro" { // every GET is a look at each element
		times += len(args) / 2
	}
	return cost(n, times)
}

func cost(n, times int) int {
	if n > math.MaxInt32/max(times, 1) {
		return math.MaxInt32
	}
	return n * times
}

// storedSize is what the first key of a command that stores holds: what a call
// adds to it is paid when it is known.
func (h *scriptHost) storedSize(cmd *Command, args [][]byte) int {
	if cmd.Flags&DenyOOM == 0 || len(args) < 2 {
		return 0
	}
	return h.sizeOf(args[1])
}

// sizeOf is how much a key holds: elements, or 64 bytes of a string.
func (h *scriptHost) sizeOf(key []byte) int {
	d := h.caller.e.dbs[h.db]
	if d.space == nil {
		return 0
	}
	rec, found := d.space.Get(key)
	if !found {
		return 0
	}
	switch typeOf(rec) {
	case TypeList:
		if l, ok := rec.Object().(*list); ok {
			return l.len()
		}
		return packLen(rec.Value())
	case TypeSet:
		s := setOf(rec, true)
		return s.len()
	case TypeHash:
		s := hashOf(rec, true)
		return s.len()
	case TypeZset:
		s := zsetOf(rec, true)
		return s.len()
	case TypeStream:
		return rec.Object().(*stream).length
	}
	return len(rec.Value()) / 64
}
