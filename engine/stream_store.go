package engine

// readStream finds a stream to be read only; nil if absent. ok false: the key
// holds another type, and that has been answered.
func (c *Call) readStream(key []byte) (s *stream, ok bool) {
	rec, found, ok := c.Find(key, TypeStream)
	if !found || !ok {
		return nil, ok
	}
	return rec.Object().(*stream), true
}

// editStream makes a stream that is there changeable. Nobody who waits for the
// key is told: new entries and the end of a group are signalled by signal.
func (c *Call) editStream(key []byte) *stream {
	obj, _ := c.space().Mutate(key, c.e.index)
	return obj.(*stream)
}

// makeStream puts an empty stream under a key that is not there.
func (c *Call) makeStream(key []byte) *stream {
	s := newStream()
	c.PutObject(key, TypeStream, 0, s)
	return s
}

func streamEncoding(record) string { return "stream" }
