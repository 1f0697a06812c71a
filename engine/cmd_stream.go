package engine

import "math"

const (
	errStreamIDNotAbove  Error = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	errStreamIDZero      Error = "ERR The ID specified in XADD must be greater than 0-0"
	errStreamIDExhausted Error = "ERR The stream has exhausted the last possible ID, unable to add more items"
	errStreamTooLarge    Error = "ERR Elements are too large to be stored"
	errTrimBoth          Error = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	errTrimLimitAlone    Error = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	errTrimLimitExact    Error = "ERR syntax error, LIMIT cannot be used without the special ~ option"
)

// xaddOptions are those of XADD before the ID, and the ID.
type xaddOptions struct {
	trim       streamTrim
	limited    bool
	noMkstream bool
	given      bool // an ID is given; else it is "*"
	autoSeq    bool // "ms-*"
	id         streamID
}

// parseXadd reads the options of XADD, up to the ID, or of XTRIM. at is where
// the ID is. ok false: the error has been answered.
func (c *Call) parseXadd(o *xaddOptions, xadd bool) (at int, ok bool) {
	i := 2
options:
	for ; i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		switch {
		case xadd && len(c.Args[i]) == 1 && c.Args[i][0] == '*':
			break options
		case more && (c.ArgIs(i, "maxlen") || c.ArgIs(i, "minid")):
			if i, ok = c.parseTrim(o, i); !ok {
				return 0, false
			}
		case more && c.ArgIs(i, "limit"):
			i++
			if o.trim.limit, ok = c.ArgInt(i); !ok {
				return 0, false
			}
			if o.trim.limit < 0 {
				c.Err("ERR The LIMIT argument must be >= 0.")
				return 0, false
			}
			o.limited = true
		case xadd && c.ArgIs(i, "nomkstream"):
			o.noMkstream = true
		case xadd:
			if o.id, o.autoSeq, ok = parseAutoStreamID(c.Args[i], 0); !ok {
				c.Err(errStreamID)
				return 0, false
			}
			o.given = true
			break options
		default:
			c.Err(ErrSyntax)
			return 0, false
		}
	}
	return i, c.checkTrim(o)
}

// parseTrim reads MAXLEN or MINID at argument i and gives where it ends.
func (c *Call) parseTrim(o *xaddOptions, i int) (int, bool) {
	t := &o.trim
	if t.byLength || t.byID {
		c.Err(errTrimBoth)
		return 0, false
	}
	byLength := c.ArgIs(i, "maxlen")
	i++
	if b := c.Args[i]; i+1 < len(c.Args) && len(b) == 1 && (b[0] == '~' || b[0] == '=') {
		t.approx = b[0] == '~'
		i++
	}
	var ok bool
	if byLength {
		t.byLength = true
		if t.maxLen, ok = c.ArgInt(i); ok && t.maxLen < 0 {
			c.Err("ERR The MAXLEN argument must be >= 0.")
			ok = false
		}
	} else {
		t.byID = true
		t.minID, ok = c.argStreamID(i, 0)
	}
	return i, ok
}

// How many entries approximate trimming removes at once if nothing else is
// said: a hundred nodes, within bounds.
const (
	trimNodesMax     = 100
	trimLimitDefault = 10_000
	trimLimitMax     = 1_000_000
)

func (c *Call) checkTrim(o *xaddOptions) bool {
	t := &o.trim
	switch {
	case t.limit != 0 && !t.byLength && !t.byID:
		c.Err(errTrimLimitAlone)
		return false
	case o.limited && !t.approx:
		c.Err(errTrimLimitExact)
		return false
	case !o.limited && t.approx:
		t.limit = int64(trimNodesMax * c.e.opt.Encoding.StreamNodeMaxEntries)
		if t.limit <= 0 {
			t.limit = trimLimitDefault
		}
		t.limit = min(t.limit, trimLimitMax)
	}
	return true
}

func cmdXadd(c *Call) {
	var o xaddOptions
	at, ok := c.parseXadd(&o, true)
	if !ok {
		return
	}
	if at+2 >= len(c.Args) || (len(c.Args)-at)%2 == 0 {
		c.Err(errArity(c.cmd))
		return
	}
	if o.given && !o.autoSeq && o.id.isZero() {
		c.Err(errStreamIDZero)
		return
	}
	key, pairs := c.Args[1], c.Args[at+1:]
	s, ok := c.readStream(key)
	if !ok {
		return
	}
	if s == nil && o.noMkstream {
		c.Null()
		return
	}
	id, fault := c.xaddID(&o, s)
	if fault == "" && entryBytes(pairs) > streamEntryBytesMax {
		fault = errStreamTooLarge
	}
	if fault != "" {
		c.Err(fault)
		return
	}
	if s == nil {
		s = c.makeStream(key)
	} else {
		s = c.editStream(key)
		c.signal(c.db, key)
	}
	s.append(id, pairs, &c.e.opt.Encoding)
	c.streamID(id)
	c.Notify(NotifyStream, "xadd", key)
	if s.trim(&o.trim) > 0 {
		c.Notify(NotifyStream, "xtrim", key)
	}
}

// xaddID is the ID of a new entry of s, which is nil if it is to be made.
func (c *Call) xaddID(o *xaddOptions, s *stream) (streamID, Error) {
	var last streamID
	if s != nil {
		last = s.last
	}
	if last == streamIDMax {
		return last, errStreamIDExhausted
	}
	id := o.id
	switch {
	case !o.given && uint64(c.nowMs) > last.ms:
		id = streamID{uint64(c.nowMs), 0}
	case !o.given:
		id, _ = last.next()
	case o.autoSeq && id.ms == last.ms:
		if last.seq == math.MaxUint64 {
			return last, errStreamIDNotAbove
		}
		id.seq = last.seq + 1
	}
	if !last.before(id) {
		return last, errStreamIDNotAbove
	}
	return id, ""
}

func entryBytes(pairs [][]byte) (n int) {
	for _, p := range pairs {
		n += len(p)
	}
	return n
}

// streamID answers an ID.
func (c *Call) streamID(id streamID) {
	c.Bulk(id.append(c.scratch()))
}

// entry answers an entry: its ID, and its fields with their values.
func (c *Call) entry(e streamEntry) {
	c.Array(2)
	c.streamID(e.id)
	c.Array(2 * e.fields())
	e.each(func(field, value element) {
		c.element(field)
		c.element(value)
	})
}

// entries answers up to limit entries between two IDs; 0: all.
func (c *Call) entries(s *stream, from, to streamID, limit int64, reverse bool) {
	if limit <= 0 {
		limit = math.MaxInt
	}
	left := s.count(from, to, int(limit))
	c.Array(left)
	if left == 0 {
		return
	}
	each := s.ascend
	if reverse {
		each = s.descend
	}
	each(from, to, func(e streamEntry) bool {
		c.entry(e)
		left--
		return left > 0
	})
}

func cmdXlen(c *Call) {
	s, ok := c.readStream(c.Args[1])
	switch {
	case !ok:
	case s == nil:
		c.Int(0)
	default:
		c.Int(int64(s.length))
	}
}

func cmdXrange(c *Call)    { c.xrange(2, 3, false) }
func cmdXrevrange(c *Call) { c.xrange(3, 2, true) }

func (c *Call) xrange(low, high int, reverse bool) {
	from, to, ok := c.argStreamRange(low, high)
	if !ok {
		return
	}
	count := int64(-1)
	for i := 4; i < len(c.Args); i += 2 {
		if !c.ArgIs(i, "count") || i+1 == len(c.Args) {
			c.Err(ErrSyntax)
			return
		}
		if count, ok = c.ArgInt(i + 1); !ok {
			return
		}
		count = max(count, 0)
	}
	s, ok := c.readStream(c.Args[1])
	switch {
	case !ok:
	case s == nil:
		c.Array(0)
	case count == 0:
		c.NullArray()
	default:
		if s.length > stepsMax && (count < 0 || count > stepsMax) && c.beside(s.count(from, to, stepsMax+1)) {
			return
		}
		c.entries(s, from, to, count, reverse)
	}
}

// argStreamIDs reads the arguments from i on as IDs; false: the error has been
// answered.
func (c *Call) argStreamIDs(i int) ([]streamID, bool) {
	ids := make([]streamID, 0, len(c.Args)-i)
	for ; i < len(c.Args); i++ {
		id, ok := c.argStreamID(i, 0)
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

func cmdXdel(c *Call) {
	key := c.Args[1]
	s, ok := c.readStream(key)
	if !ok {
		return
	}
	if s == nil {
		c.Int(0)
		return
	}
	ids, ok := c.argStreamIDs(2)
	if !ok {
		return
	}
	n := int64(0)
	for _, id := range ids {
		if _, found := s.find(id); !found {
			continue
		}
		if n == 0 {
			s = c.editStream(key)
		}
		s.remove(id)
		n++
	}
	if n > 0 {
		c.Notify(NotifyStream, "xdel", key)
	}
	c.Int(n)
}

func cmdXtrim(c *Call) {
	var o xaddOptions
	if _, ok := c.parseXadd(&o, false); !ok {
		return
	}
	key := c.Args[1]
	s, ok := c.readStream(key)
	if !ok {
		return
	}
	n := int64(0)
	if s != nil && o.trim.applies(s) {
		if n = c.editStream(key).trim(&o.trim); n > 0 {
			c.Notify(NotifyStream, "xtrim", key)
		}
	}
	c.Int(n)
}

func cmdXsetid(c *Call) {
	last, ok := c.argStreamID(2, 0)
	if !ok {
		return
	}
	added, maxRemoved := int64(-1), streamID{}
	for i := 3; i < len(c.Args); i += 2 {
		switch more := i+1 < len(c.Args); {
		case more && c.ArgIs(i, "entriesadded"):
			if added, ok = c.ArgInt(i + 1); !ok {
				return
			}
			if added < 0 {
				c.Err("ERR entries_added must be positive")
				return
			}
		case more && c.ArgIs(i, "maxdeletedid"):
			if maxRemoved, ok = c.argStreamID(i+1, 0); !ok {
				return
			}
			if last.before(maxRemoved) {
				c.Err("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
				return
			}
		default:
			c.Err(ErrSyntax)
			return
		}
	}
	key := c.Args[1]
	s, ok := c.readStream(key)
	switch {
	case !ok:
	case s == nil:
		c.Err(ErrNoSuchKey)
	case last.before(s.maxRemoved):
		c.Err("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
	case s.length > 0 && last.before(s.lastAlive()):
		c.Err("ERR The ID specified in XSETID is smaller than the target stream top item")
	case s.length > 0 && added != -1 && int64(s.length) > added:
		c.Err("ERR The entries_added specified in XSETID is smaller than the target stream length")
	default:
		s = c.editStream(key)
		s.last = last
		if added != -1 {
			s.added = added
		}
		if !maxRemoved.isZero() {
			s.maxRemoved = maxRemoved
		}
		c.OK()
		c.Notify(NotifyStream, "xsetid", key)
	}
}
