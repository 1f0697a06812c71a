package engine

// work is memory that commands on small collections use again and again: one
// for writes, one for reads, which may run between the writes of an entry.
type work struct {
	blob []byte // a blob being built
	list workList
}

// workBytesMax is the greatest buffer kept from one command to the next.
const workBytesMax = 64 << 10

func (c *Call) work() *work {
	if c.applying {
		return &c.e.works[0]
	}
	return &c.e.works[1]
}

// blobCopy copies a blob so that it can be changed. It is the only one at a
// time: the next call takes the same memory.
func (c *Call) blobCopy(b []byte) []byte { return append(c.work().blob[:0], b...) }

// putBlob stores a blob built from blobCopy or from work().blob.
func (c *Call) putBlob(key []byte, t Type, encoding uint8, blob []byte) {
	c.keepBlob(blob)
	c.Put(key, t, encoding, blob)
}

// keepBlob gives a buffer back for the next command.
func (c *Call) keepBlob(blob []byte) {
	if cap(blob) <= workBytesMax {
		c.work().blob = blob[:0]
	}
}

// tableSeed is the hash seed for a new table, the same on all nodes.
func (c *Call) tableSeed() *[4]uint64 { return &c.e.seed }
