package wal

import "errors"

// writer gathers the records of one batch.
type writer struct {
	seg   *segment
	buf   []byte
	at    int64 // where buf goes
	next  int64 // where the next record goes
	chain uint32
	err   error // of a payload already written by itself

	durable int64 // up to where seg was when the batch began (W2)
}

// sealBytes is kept free behind the records of a segment.
const sealBytes = recordHeader + 16

// nonceBytes is a nonce record: its random number is the header's index.
const nonceBytes = recordHeader

// write makes room for size bytes of records, lets put encode them, and writes
// them. The log in memory is unchanged but for where the next record goes.
func (l *Log) write(size int64, urgent bool, put func()) error {
	undoTo, err := l.beginWrite(size, urgent)
	if err != nil {
		return err
	}
	put()
	l.flush()
	return l.endWrite(undoTo)
}

// beginWrite makes room, and begins with what a batch may need in front of its
// records. It returns the size for endWrite.
func (l *Log) beginWrite(size int64, urgent bool) (undoTo int64, err error) {
	undoTo, err = l.makeRoom(size, urgent)
	if err != nil {
		if errors.Is(err, ErrNoSpace) {
			l.stats.NoSpace++
		}
		return 0, err
	}
	s := l.active()
	l.beginBatch(s)
	if s.used == segmentHeader {
		l.put(&header{kind: kindCheckpoint}, l.encodeCheckpoint())
	}
	if l.broken {
		l.put(&header{kind: kindNonce, index: l.opt.Rand()}, nil)
	}
	return undoTo, nil
}

// beginBatch points the writer behind the last record.
func (l *Log) beginBatch(s *segment) {
	w := &l.w
	w.seg, w.buf, w.at, w.next, w.chain, w.err = s, w.buf[:0], s.used, s.used, l.chain, nil
	w.durable = l.synced
}

// endWrite takes note of the records that were written, or takes them back.
func (l *Log) endWrite(undoTo int64) error {
	if l.w.err != nil {
		return l.undo(undoTo)
	}
	s := l.w.seg
	l.stats.BytesWritten += uint64(l.w.next - s.used)
	s.used, l.chain, l.broken, l.marked = l.w.next, l.w.chain, false, false
	s.size = max(s.size, s.used)
	if cap(l.w.buf) > 8<<20 {
		l.w.buf = nil
	}
	return nil
}

// undo leaves the log as it was before a write that failed, durably: the caller
// will say that nothing of the batch was done, so no restart may find it. What
// reached the file behind the log has no valid first record any more, and the
// broken chain keeps the rest from being read behind later ones (W1).
func (l *Log) undo(size int64) error {
	s := l.active()
	err := l.w.err
	l.broken = true
	if !errors.Is(err, ErrNoSpace) {
		return l.fatal("write", s.name, err)
	}
	l.stats.NoSpace++
	_, zerr := s.file.WriteAt(zeroHeader[:min(recordHeader, size-s.used)], s.used)
	if errors.Is(zerr, ErrNoSpace) { // a disk that never writes in place
		size, zerr = s.used, nil
	}
	if zerr != nil {
		return l.fatal("write", s.name, zerr)
	}
	if terr := s.file.Truncate(size); terr != nil {
		return l.fatal("truncate", s.name, terr)
	}
	s.size = size
	if serr := s.file.Sync(); serr != nil {
		return l.fatal("sync", s.name, serr)
	}
	return err
}

// put encodes a record behind the others of the batch, and returns its offset.
// Between beginWrite and endWrite it and flush touch the writer alone.
func (l *Log) put(h *header, payload []byte) (off int64) {
	w, s := &l.w, l.w.seg
	off = w.next
	h.prev = w.chain
	h.durable = uint64(w.durable)
	h.length = uint32(len(payload))
	h.payloadCRC = payloadCRC(payload)
	n := len(w.buf)
	w.buf = append(w.buf, zeroHeader[:]...)
	w.chain = h.encode(w.buf[n:], s.salt, off)
	w.next = off + recordSize(int64(len(payload)))
	if len(payload) > copyMax {
		l.flush()
		if w.err == nil {
			_, w.err = s.file.WriteAt(payload, w.at)
		}
		w.at += int64(len(payload))
	} else {
		w.buf = append(w.buf, payload...)
	}
	w.buf = append(w.buf, zeroHeader[:w.next-w.at-int64(len(w.buf))]...)
	return off
}

var zeroHeader [recordHeader]byte

// flush writes what is gathered.
func (l *Log) flush() {
	w := &l.w
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.seg.file.WriteAt(w.buf, w.at)
	}
	w.at += int64(len(w.buf))
	w.buf = w.buf[:0]
}

// makeRoom sees to it that size bytes of records fit, beginning a new segment if
// the last one is full. It returns the size to cut the file back to should the
// write fail.
func (l *Log) makeRoom(size int64, urgent bool) (restore int64, err error) {
	s := l.active()
	need := size + l.overhead()
	if s.used+need+sealBytes > l.opt.SegmentBytes && s.used > segmentHeader && size > 0 {
		err := l.rotate()
		switch {
		case err == nil:
			s = l.active()
			need = size + l.overhead()
		case !errors.Is(err, ErrNoSpace) || !urgent:
			return 0, err
		}
	}
	need += sealBytes
	want := s.used + need
	if !urgent {
		want += l.opt.ReserveBytes
	}
	restore = s.size
	if want <= s.size {
		return restore, nil
	}
	if need > l.opt.ExtendBytes {
		// Zeros first would double the work of a big batch. Only the reserve
		// behind it is written ahead; what lies before it is a hole until the
		// records are there.
		s.size = max(s.size, s.used+need)
		if err = l.extend(s, want); err == nil {
			return restore, nil
		}
		if terr := s.file.Truncate(restore); terr != nil {
			return 0, l.fatal("truncate", s.name, terr)
		}
		s.size = restore
	} else {
		err = l.extend(s, max(want, min(s.size+l.opt.ExtendBytes, l.opt.SegmentBytes)))
		if err == nil || s.size >= want {
			return s.size, nil
		}
	}
	if !errors.Is(err, ErrNoSpace) {
		return 0, l.fatal("write", s.name, err)
	}
	if urgent && s.used+need <= s.size {
		return s.size, nil
	}
	return 0, err
}

// overhead is what the next write carries besides its own records.
func (l *Log) overhead() (n int64) {
	if l.active().used == segmentHeader {
		n += recordSize(int64(len(l.encodeCheckpoint())))
	}
	if l.broken {
		n += nonceBytes
	}
	return n
}
