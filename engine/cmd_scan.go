package engine

import (
	"encoding/binary"
	"strconv"
)

// Commands that walk the keyspace.

// scanWork bounds the keys looked at by one SCAN, whatever COUNT says: the
// turn that serves it serves everybody.
const scanWork = 10_000

func cmdScan(c *Call) {
	cursor, isInt := ParseCursor(c.Args[1])
	if !isInt {
		c.Err(ErrInvalidCursor)
		return
	}
	o, ok := c.parseScanOptions(2)
	if !ok {
		return
	}
	want, filter := TypeNone, o.typeName != nil
	if filter {
		want = typeNamed(o.typeName)
	}
	keys, next := c.collect(cursor, o.count, func(key []byte, rec record) bool {
		return (o.pattern == nil || Match(o.pattern, key)) && (!filter || typeOf(rec) == want)
	})
	c.Array(2)
	c.BulkString(strconv.FormatUint(next, 10))
	c.Array(len(keys))
	for _, k := range keys {
		c.Bulk(k)
	}
}

// scanOptions are the options of SCAN and, without typeName, of HSCAN, SSCAN
// and ZSCAN.
type scanOptions struct {
	count    int
	pattern  []byte // nil: everything
	typeName []byte // nil: every type
}

func (c *Call) parseScanOptions(i int) (o scanOptions, ok bool) {
	o.count = 10
	for ; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch a := c.Args[i]; {
		case more && EqualFold(a, "count"):
			n, isInt := c.ArgInt(i + 1)
			if !isInt {
				return o, false
			}
			if n < 1 {
				c.Err(ErrSyntax)
				return o, false
			}
			o.count = int(min(n, scanWork))
		case more && EqualFold(a, "match"):
			o.pattern = c.Args[i+1]
			if string(o.pattern) == "*" {
				o.pattern = nil
			}
		case more && EqualFold(a, "type") && c.cmd.Name == "scan":
			o.typeName = c.Args[i+1]
		default:
			c.Err(ErrSyntax)
			return o, false
		}
	}
	return o, true
}

// cmdKeys answers in key order. A pattern's literal beginning narrows the
// walk to the keys that share it.
func cmdKeys(c *Call) {
	pattern := c.Args[1]
	var keys names
	prefix, exact := literalPrefix(pattern)
	if exact {
		if c.Exists(pattern) {
			keys.add(pattern)
		}
	} else if c.beside(c.e.dbs[c.db].len()) {
		return
	} else {
		c.eachWithPrefix(prefix, func(key []byte) {
			if Match(pattern, key) {
				keys.add(key)
			}
		})
	}
	c.Array(keys.n)
	keys.each(c.Bulk)
}

// names are many byte strings, in chunks without pointers: a slice of a million
// slices, each time it grows while the collector works, holds up every goroutine
// for a tenth of a second.
type names struct {
	chunks [][]byte // of: length, as a uvarint; bytes
	n      int
}

const namesChunk = 64 << 10

func (s *names) add(name []byte) {
	k, need := len(s.chunks)-1, len(name)+binary.MaxVarintLen64
	if k < 0 || cap(s.chunks[k])-len(s.chunks[k]) < need {
		size := 512
		if k >= 0 {
			size = min(2*cap(s.chunks[k]), namesChunk)
		}
		s.chunks = append(s.chunks, make([]byte, 0, max(size, need)))
		k++
	}
	s.chunks[k] = append(binary.AppendUvarint(s.chunks[k], uint64(len(name))), name...)
	s.n++
}

func (s *names) each(f func(name []byte)) {
	for _, b := range s.chunks {
		for len(b) > 0 {
			n, k := binary.Uvarint(b)
			f(b[k : k+int(n)])
			b = b[k+int(n):]
		}
	}
}

func cmdRandomkey(c *Call) {
	if key, ok := c.randomKey(); ok {
		c.Bulk(key)
		return
	}
	c.Null()
}
