package wal

import "sync"

// pendingAppend is an append under way on another goroutine. Until it is
// settled, the writer (Log.w, places, vote) is its own.
type pendingAppend struct {
	updates []Update
	undoTo  int64 // the size to cut the segment back to if the write fails
	once    sync.Once
	write   func()       // on any goroutine, once
	finish  func() error // on the log's own, after write
	settled bool
	err     error // of the whole append; valid once settled
}

// StartAppend is Append, with Sync after it if sync is set, in two parts: run may
// be called on another goroutine; done, after it, on the log's own. Both must be
// called, once. The log in memory changes with done. What else would write waits
// for run's end, or runs it itself, so no caller has to hold anything back; but
// there is no second StartAppend before done.
//
// done's error, or err, is what Append and Sync would have returned.
func (l *Log) StartAppend(updates []Update, sync bool) (run func(), done func() error, err error) {
	if l.pending != nil {
		panic("wal: an append is started while another one is under way")
	}
	if l.failed != nil {
		return nil, nil, l.failed
	}
	if l.fs == nil {
		return func() {}, func() error { return nil }, l.Append(updates)
	}
	size, urgent, err := l.measure(updates)
	if err != nil {
		return nil, nil, err
	}
	undoTo, err := l.beginWrite(size, urgent)
	if err != nil {
		return nil, nil, err
	}
	l.places = l.places[:0]
	p := &pendingAppend{updates: append([]Update(nil), updates...), undoTo: undoTo}
	var synced error
	p.write = func() {
		for i := range p.updates {
			l.putUpdate(&p.updates[i])
		}
		if l.flush(); l.w.err == nil && sync {
			synced = l.w.seg.file.Sync()
		}
	}
	l.pending = p
	run = func() { p.once.Do(p.write) }
	done = func() error {
		l.settle()
		l.pending = nil
		return p.err
	}
	p.finish = func() error {
		if l.failed != nil {
			return l.failed
		}
		if err := l.endWrite(p.undoTo); err != nil {
			return err
		}
		if synced != nil {
			return l.fatal("sync", l.w.seg.name, synced)
		}
		l.rememberAll(p.updates)
		if !sync {
			return nil
		}
		l.stats.Syncs++
		return l.nowDurable(l.w.seg, l.w.seg.used)
	}
	return run, done, nil
}

// settle finishes the append under way, if there is one.
func (l *Log) settle() {
	p := l.pending
	if p == nil || p.settled {
		return
	}
	p.once.Do(p.write) // waits for it if it runs
	p.settled = true
	p.err = p.finish()
}
