package wal

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"go.etcd.io/raft/v3/raftpb"
)

// Recovered is what Open found.
type Recovered struct {
	Fresh    bool // there was no log: this Open made one
	Groups   []RecoveredGroup
	Segments int
	Records  int64
	Bytes    int64 // of records

	// A torn tail that was cut: the end of an append that was under way when the
	// process or the machine stopped, never synced. TornFile is "" if there was none.
	TornFile   string
	TornOffset int64
}

// RecoveredGroup is one group's state at Open.
type RecoveredGroup struct {
	Group     uint32
	HardState *raftpb.HardState
	Snapshot  *raftpb.SnapshotMetadata // Index 0: none
	First     uint64                   // first entry in the log
	Last      uint64                   // last entry; First-1 if there is none
	Meta      []byte
}

// Open locks dir, reads and checks the log in it (or makes an empty one), cuts
// a torn tail, and makes what is left durable.
func Open(fs FS, dir string, opt Options) (*Log, *Recovered, error) {
	opt.setDefaults()
	if err := fs.MkdirAll(dir); err != nil {
		return nil, nil, fmt.Errorf("wal: %w", err)
	}
	lock, err := fs.Lock(dir)
	if err != nil {
		return nil, nil, err
	}
	l := &Log{fs: fs, dir: dir, opt: opt, lock: lock, tailLimit: opt.TailBytes, groups: map[uint32]*group{}, zeros: make([]byte, min(opt.ExtendBytes, 1<<20))}
	rec, err := l.open()
	if err != nil {
		for _, s := range l.segs {
			if s.file != nil {
				s.file.Close()
			}
		}
		lock.Close()
		return nil, nil, err
	}
	return l, rec, nil
}

func (l *Log) open() (*Recovered, error) {
	rp := &replay{l: l, open: l.fs.Open}
	if err := rp.run(); err != nil {
		return nil, err
	}
	if rp.unused != nil {
		if err := l.dropUnused(rp.unused); err != nil {
			return nil, err
		}
	}
	if err := l.dropOldSpares(); err != nil {
		return nil, err
	}
	rec := &rp.rec
	if len(l.segs) == 0 {
		rec.Fresh = true
		l.id = l.opt.Rand()
		s, err := l.newSegment(1)
		if err != nil {
			return nil, fmt.Errorf("wal: make the first segment: %w", err)
		}
		l.segs = append(l.segs, s)
		l.chain = s.crc
	}
	s := l.active()
	if k := len(l.segs); k > 1 && s.used == segmentHeader {
		if err := l.keepTail(l.segs[k-2]); err != nil { // its seal may be what was not synced (W3)
			return nil, err
		}
	}
	if err := l.keepTail(s); err != nil {
		return nil, err
	}
	if err := l.fs.SyncDir(l.dir); err != nil {
		return nil, l.fatal("sync", l.dir, err)
	}
	l.synced, l.broken, l.reclaim = s.used, true, false
	for _, s := range l.segs {
		s.checkpointed = s.used > segmentHeader
	}
	if err := l.release(); err != nil {
		return nil, err
	}
	rec.Segments = len(l.segs)
	rec.Groups = l.recoveredGroups()
	return rec, nil
}

// keepTail makes the records of a segment durable (W5). What no record says is
// durable is written again: if the process died of a failed sync, these bytes
// are those of the page cache, which the system counts as clean though the
// disk may not have them, so that a sync alone would do nothing.
func (l *Log) keepTail(s *segment) error {
	from, end := max(int64(s.durable), segmentHeader), min(s.used, s.size)
	buf := make([]byte, min(max(end-from, 0), 1<<20))
	for from < end {
		b := buf[:min(int64(len(buf)), end-from)]
		if _, err := s.file.ReadAt(b, from); err != nil {
			return fmt.Errorf("wal: read %s: %w", s.name, err)
		}
		if _, err := s.file.WriteAt(b, from); err != nil {
			return l.fatal("write", s.name, err)
		}
		from += int64(len(b))
	}
	if err := s.file.Sync(); err != nil {
		return l.fatal("sync", s.name, err)
	}
	return nil
}

// dropUnused makes a spare of a segment whose rotation was not completed.
func (l *Log) dropUnused(s *segment) error {
	if err := l.giveUp(s); err != nil {
		return err
	}
	return nil
}

// dropOldSpares keeps as many spares as wanted.
func (l *Log) dropOldSpares() error {
	for len(l.spares) > max(l.opt.SparesMax, 0) {
		if err := l.fs.Remove(filepath.Join(l.dir, l.spares[0])); err != nil {
			return fmt.Errorf("wal: remove a spare: %w", err)
		}
		l.spares = l.spares[1:]
	}
	return nil
}

func (l *Log) recoveredGroups() []RecoveredGroup {
	var list []RecoveredGroup
	for _, id := range l.ids {
		if id == NodeMeta {
			continue
		}
		g := l.groups[id]
		r := RecoveredGroup{Group: id, First: g.base + 1, Last: g.last, Meta: g.meta, HardState: g.hardState(), Snapshot: g.snapshotMeta()}
		list = append(list, r)
	}
	return list
}

// replay reads the segments of a directory into a log.
type replay struct {
	l      *Log
	open   func(string) (File, error)
	unused *segment // a segment made by a rotation that was not completed
	rec    Recovered
	each   func(s *segment, off int64, h *header) // for Check; may be nil
}

func (rp *replay) run() error {
	if err := rp.list(); err != nil {
		return err
	}
	l := rp.l
	for i := 0; i < len(l.segs); i++ {
		if err := rp.segment(i); err != nil {
			return err
		}
	}
	for _, id := range l.ids {
		if err := rp.settle(l.groups[id]); err != nil {
			return err
		}
	}
	return nil
}

// list opens the segments and checks that the chain has no gap.
func (rp *replay) list() error {
	l := rp.l
	names, err := l.fs.List(l.dir)
	if err != nil {
		return fmt.Errorf("wal: %w", err)
	}
	for _, name := range names {
		seq, spare, ok := parseName(name)
		switch {
		case !ok:
			continue
		case spare:
			l.spares = append(l.spares, name)
			continue
		}
		s := &segment{seq: seq, name: filepath.Join(l.dir, name), used: segmentHeader}
		if n := len(l.segs); n > 0 && l.segs[n-1].seq+1 != seq {
			missing := filepath.Join(l.dir, segmentName(l.segs[n-1].seq+1))
			return &DamageError{File: missing, Reason: "the segment is missing"}
		}
		if s.file, err = rp.open(s.name); err != nil {
			return fmt.Errorf("wal: open: %w", err)
		}
		l.segs = append(l.segs, s)
		if s.size, err = s.file.Size(); err != nil {
			return fmt.Errorf("wal: size of %s: %w", s.name, err)
		}
		id, err := s.readSegmentHeader()
		if err != nil {
			return err
		}
		if len(l.segs) == 1 {
			l.id = id
		} else if id != l.id {
			return s.damage(16, "the segment belongs to another log")
		}
	}
	return nil
}

// segment replays segment i of the chain.
func (rp *replay) segment(i int) error {
	l := rp.l
	s := l.segs[i]
	sc := &scanner{s: s, l: l}
	l.chain = s.crc
	var stop string
	var h header
	for {
		off := s.used
		var ok bool
		if h, ok, stop = sc.next(off, l.chain); !ok {
			if sc.err != nil {
				return sc.err
			}
			break
		}
		if (off == segmentHeader) != (h.kind == kindCheckpoint) {
			return s.damage(off, "a checkpoint is the first record of a segment, and only that")
		}
		if err := rp.record(s, off, &h, sc.payload); err != nil {
			return err
		}
		s.used = off + recordSize(int64(h.length))
		s.durable = max(s.durable, h.durable)
		l.chain = h.crc
		rp.rec.Records++
		if rp.each != nil {
			rp.each(s, off, &h)
		}
		if h.kind == kindSeal {
			break
		}
	}
	rp.rec.Bytes += s.used - segmentHeader
	if stop == "" {
		return rp.sealed(i, sc)
	}
	return rp.stopped(i, sc, stop)
}

// sealed checks that the segment a seal names is there.
func (rp *replay) sealed(i int, sc *scanner) error {
	s := rp.l.segs[i]
	if len(sc.payload) != 16 {
		return s.damage(s.used, "the seal has no successor")
	}
	d := sc.payload
	seq, salt := leU64(d), leU64(d[8:])
	if i+1 == len(rp.l.segs) {
		return &DamageError{File: filepath.Join(rp.l.dir, segmentName(seq)), Reason: "the segment is missing: " + s.name + " says that it follows"}
	}
	if next := rp.l.segs[i+1]; next.seq != seq || next.salt != salt {
		return next.damage(32, "the segment is not the one that "+s.name+" says follows")
	}
	return nil
}

// stopped decides what an invalid record means (W2, W3).
func (rp *replay) stopped(i int, sc *scanner, reason string) error {
	l := rp.l
	s := l.segs[i]
	if i+2 == len(l.segs) {
		// A rotation makes the next segment before it seals this one.
		next := l.segs[i+1]
		found, err := (&scanner{s: next, l: l}).anyAfter(segmentHeader, func(*header) bool { return true })
		if err != nil {
			return err
		}
		if !found {
			rp.unused = next
			l.segs = l.segs[:i+1]
		}
	}
	if i+1 < len(l.segs) {
		return s.damage(s.used, reason+", in a segment that was complete")
	}
	torn := false
	lost, err := sc.anyAfter(s.used, func(h *header) bool { torn = true; return h.claims(s.used) })
	if err != nil {
		return err
	}
	if lost {
		return s.damage(s.used, reason+", though later records say that it was durable")
	}
	if torn {
		rp.rec.TornFile, rp.rec.TornOffset = s.name, s.used
	}
	return nil
}

// record replays one record.
func (rp *replay) record(s *segment, off int64, h *header, payload []byte) error {
	l := rp.l
	if h.kind == kindCheckpoint {
		return rp.checkpoint(s, off, payload)
	}
	if h.kind == kindNonce || h.kind == kindSeal {
		return nil
	}
	if h.kind == kindRemove {
		if g := l.groups[h.group]; g != nil {
			l.removeGroup(g)
		}
		return nil
	}
	g := l.groupOf(h.group)
	bad := func(format string, args ...any) error {
		return s.damage(off, fmt.Sprintf("group %d: ", h.group)+fmt.Sprintf(format, args...))
	}
	switch h.kind {
	case kindEntry:
		if h.index <= g.base || h.index > g.last+1 {
			return bad("entry %d does not follow a log of (%d, %d]", h.index, g.base, g.last)
		}
		l.place(g, h.index, h.term, loc{seq: uint32(s.seq), off8: uint32(off / 8), size: h.length})
	case kindMoved:
		if t, ok := g.term(h.index); h.index <= g.base || h.index > g.last || ok && t != h.term {
			return bad("entry %d of term %d moved within a log of (%d, %d]", h.index, h.term, g.base, g.last)
		}
		l.move(g, h.index, h.term, loc{seq: uint32(s.seq), off8: uint32(off / 8), size: h.length})
	case kindHardState:
		if len(payload) != 8 {
			return bad("hard state of %d bytes", len(payload))
		}
		g.hard = hardState{term: h.term, commit: h.index, vote: leU64(payload)}
	case kindSnapshot:
		if _, err := decodeConf(payload); err != nil {
			return bad("conf state: %v", err)
		}
		replaces := h.sub == 1
		if h.index == ^uint64(0) || replaces && h.index < g.base || !replaces && h.index > g.last {
			return bad("snapshot %d of a log of (%d, %d]", h.index, g.base, g.last)
		}
		l.installed(g, snapMeta{index: h.index, term: h.term, conf: append([]byte(nil), payload...)}, replaces)
	case kindCompact:
		if h.index > g.last || h.index > g.snap.index {
			return bad("compacted to %d a log of (%d, %d], snapshot %d", h.index, g.base, g.last, g.snap.index)
		}
		l.compact(g, h.index, h.term)
	case kindMeta:
		g.meta = append([]byte(nil), payload...)
	}
	return nil
}

// checkpoint starts the groups of the first segment, and is compared with what
// the segments before gave in the others.
func (rp *replay) checkpoint(s *segment, off int64, payload []byte) error {
	l := rp.l
	if s != l.segs[0] {
		if string(l.encodeCheckpoint()) != string(payload) {
			return s.damage(off, "the checkpoint does not agree with the segments before it")
		}
		return nil
	}
	list, err := decodeCheckpoint(payload)
	if err != nil {
		return s.damage(off, "checkpoint: "+err.Error())
	}
	for _, g := range list {
		l.groups[g.id] = g
		l.ids = append(l.ids, g.id)
	}
	return nil
}

// settle checks a group after the last record.
func (rp *replay) settle(g *group) error {
	l := rp.l
	if g.have != g.base+1 {
		return &DamageError{File: l.segs[0].name, Reason: fmt.Sprintf("group %d: entries %d to %d are missing from the log", g.id, g.base+1, g.have-1)}
	}
	if g.hard.commit > g.last {
		return &DamageError{File: l.active().name, Offset: l.active().used, Reason: fmt.Sprintf("group %d: committed up to %d, but the log ends at %d", g.id, g.hard.commit, g.last)}
	}
	return nil
}

// scanner reads records of a segment through a window.
type scanner struct {
	s       *segment
	l       *Log
	win     []byte
	winOff  int64
	payload []byte // of the last record, if it is not an entry
	err     error  // of the disk
}

const windowBytes = 1 << 20

// bytes returns n bytes at off, or fewer at the end of the file.
// REQUIRES: n <= windowBytes.
func (sc *scanner) bytes(off int64, n int) []byte {
	if off >= sc.winOff && off+int64(n) <= sc.winOff+int64(len(sc.win)) {
		return sc.win[off-sc.winOff:][:n]
	}
	want := min(int64(windowBytes), sc.s.size-off)
	if want <= 0 {
		return nil
	}
	if cap(sc.win) < int(want) {
		sc.win = make([]byte, want)
	}
	sc.win, sc.winOff = sc.win[:want], off
	k, err := sc.s.file.ReadAt(sc.win, off)
	if err != nil && !errors.Is(err, io.EOF) {
		sc.err = fmt.Errorf("wal: read %s offset %d: %w", sc.s.name, off, err)
		k = 0
	}
	sc.win = sc.win[:k]
	return sc.win[:min(n, k)]
}

// next reads the record at off that follows the chain. ok is false if there is
// none; reason then says what is there instead.
func (sc *scanner) next(off int64, chain uint32) (h header, ok bool, reason string) {
	b := sc.bytes(off, recordHeader)
	if sc.err != nil {
		return h, false, "unreadable"
	}
	h, ok = decodeHeader(b, sc.s.salt, off)
	switch {
	case !ok:
		return h, false, "no valid record header"
	case h.prev != chain:
		return h, false, "the record does not follow the one before it"
	case off+recordHeader+int64(h.length) > sc.s.size:
		return h, false, "the record is longer than the file"
	case !h.entry() && h.length > 64<<20:
		return h, false, "the record is too long for its kind"
	}
	if !sc.checkPayload(off+recordHeader, &h) {
		return h, false, "checksum of the payload does not match"
	}
	return h, true, ""
}

// checkPayload compares the payload's checksum, a window at a time, and keeps
// the payload of records that are not entries.
func (sc *scanner) checkPayload(off int64, h *header) bool {
	sc.payload = sc.payload[:0]
	var crc uint32
	for left := int64(h.length); left > 0; {
		b := sc.bytes(off, int(min(left, windowBytes)))
		if len(b) == 0 {
			return false
		}
		crc = updateCRC(crc, b)
		if !h.entry() {
			sc.payload = append(sc.payload, b...)
		}
		off += int64(len(b))
		left -= int64(len(b))
	}
	return crc == h.payloadCRC
}

// anyAfter says whether a valid header at off or behind it, in whatever chain,
// satisfies want.
func (sc *scanner) anyAfter(off int64, want func(*header) bool) (bool, error) {
	for off+recordHeader <= sc.s.size {
		b := sc.bytes(off, int(min(windowBytes, sc.s.size-off)))
		if sc.err != nil {
			return false, sc.err
		}
		if len(b) < recordHeader {
			return false, nil
		}
		i := 0
		for ; i+recordHeader <= len(b); i += 8 {
			if b[i+17] != recordVersion { // most bytes are zeros
				continue
			}
			if h, ok := decodeHeader(b[i:], sc.s.salt, off+int64(i)); ok && want(&h) {
				return true, nil
			}
		}
		off += int64(i)
	}
	return false, nil
}
