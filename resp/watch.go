package resp

import (
	"encoding/binary"

	"github.com/laurocaetano/foxtail/engine"
)

// What a connection may watch: all of it travels with its EXEC.
const (
	watchesMax     = 1 << 16
	watchBytesMax  = 64 << 20
	watchesScanned = 16 // up to so many, looking through the list is the quickest
)

// watchList is what WATCH has named since the last EXEC.
type watchList struct {
	list  []engine.Watch
	set   map[string]struct{} // of the list, once it is long
	bytes int
}

// add notes a key. The earlier WATCH of a key is the stricter one and stays.
func (w *watchList) add(db int, key []byte, index uint64) (ok bool) {
	if w.has(db, key) {
		return true
	}
	if len(w.list) >= watchesMax || w.bytes+len(key) > watchBytesMax {
		return false
	}
	w.list = append(w.list, engine.Watch{DB: db, Key: append([]byte(nil), key...), Index: index})
	w.bytes += len(key)
	switch {
	case len(w.list) < watchesScanned:
	case w.set == nil:
		w.set = make(map[string]struct{}, 4*watchesScanned)
		for i := range w.list {
			w.set[watchID(w.list[i].DB, w.list[i].Key)] = struct{}{}
		}
	default:
		w.set[watchID(db, key)] = struct{}{}
	}
	return true
}

func (w *watchList) has(db int, key []byte) bool {
	if w.set != nil {
		_, ok := w.set[watchID(db, key)]
		return ok
	}
	for i := range w.list {
		if x := &w.list[i]; x.DB == db && string(x.Key) == string(key) {
			return true
		}
	}
	return false
}

func watchID(db int, key []byte) string {
	return string(append(binary.AppendUvarint(make([]byte, 0, 8+len(key)), uint64(db)), key...))
}

// memory is about what the list holds: its keys, and for a long list their set.
func (w *watchList) memory() int {
	n := w.bytes + len(w.list)*48
	if w.set != nil {
		n += w.bytes + len(w.set)*32
	}
	return n
}
