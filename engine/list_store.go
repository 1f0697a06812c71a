package engine

// How lists are kept in the keyspace: short ones as a blob in the record,
// others as an object.

// listBlobMax is the longest blob: each change copies it twice.
const listBlobMax = 1024

// workList is a list over memory that is used again, for a list kept as a blob.
type workList struct {
	list  list
	owner owner
	spine [1]*listBlock
	block listBlock
	buf   []byte
}

// over makes a list of one block over a blob.
func (w *workList) over(blob []byte, limits listLimits) *list {
	n := packLen(blob)
	w.block = listBlock{owner: &w.owner, buf: blob, head: packHead, n: n}
	w.spine[0] = &w.block
	w.list = list{owner: &w.owner, spine: w.spine[:], count: n, bytes: len(blob) - packHead, limits: limits}
	return &w.list
}

func (c *Call) listLimits() listLimits {
	return listLimitsOf(c.e.opt.Encoding.ListMaxListpackSize)
}

// readList finds a list to be read only; nil if absent. ok false: the key
// holds another type, and that has been answered.
func (c *Call) readList(key []byte) (l *list, ok bool) {
	rec, found, ok := c.Find(key, TypeList)
	if !found || !ok {
		return nil, ok
	}
	return c.listOf(rec), true
}

func (c *Call) listOf(rec record) *list {
	if obj := rec.Object(); obj != nil {
		return obj.(*list)
	}
	return c.work().list.over(rec.Value(), c.listLimits())
}

// editList makes the list of a record changeable, or a new one if found is
// false. Positions found by readList hold in it. saveList must follow.
func (c *Call) editList(key []byte, rec record, found bool) *list {
	w := &c.work().list
	switch {
	case !found:
		return w.over(packNew(w.buf), c.listLimits())
	case rec.Object() != nil:
		l := c.Mutate(key).(*list)
		l.limits = c.listLimits()
		return l
	}
	return w.over(append(w.buf[:0], rec.Value()...), c.listLimits())
}

// saveList stores what editList gave, or deletes the key if the list is empty,
// which it tells.
func (c *Call) saveList(key []byte, l *list) (gone bool) {
	w := &c.work().list
	if cap(w.block.buf) <= workBytesMax && l == &w.list {
		w.buf = w.block.buf[:0]
	}
	switch {
	case l.len() == 0:
		c.Delete(key)
		c.Notify(NotifyGeneric, "del", key)
		return true
	case l != &w.list:
	case !l.quick && len(l.blocks()) == 1 && l.bytes <= listBlobMax:
		b := l.blocks()[0]
		blob := b.buf[b.head-packHead:]
		packSetLen(blob, b.n)
		c.Put(key, TypeList, 0, blob)
	default:
		c.PutObject(key, TypeList, 0, w.detach())
	}
	return false
}

// detach makes an object of the list, which owns its memory.
func (w *workList) detach() *list {
	l := newList(w.list.limits)
	l.quick, l.count, l.bytes = w.list.quick, w.list.count, w.list.bytes
	for _, b := range w.list.blocks() {
		if b == &w.block {
			b = l.newBlock(2 * w.block.size())
			b.buf = append(b.buf, w.block.buf[w.block.head:]...)
			b.n = w.block.n
		}
		b.owner = l.owner
		l.spine = append(l.spine, b)
	}
	w.list = list{}
	return l
}

func listEncoding(rec record) string {
	if obj := rec.Object(); obj != nil && obj.(*list).quick {
		return "quicklist"
	}
	return "listpack"
}
