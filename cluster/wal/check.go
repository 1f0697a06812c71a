package wal

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Report is what Check found in a directory.
type Report struct {
	Segments  []SegmentReport
	Spares    int
	Groups    []RecoveredGroup
	Node      []byte // what SetMeta stored for NodeMeta, as far as the log is readable
	Snapshots []SnapReport
	// Torn says where an unfinished append lies that the next start will cut.
	TornFile   string
	TornOffset int64
	// LogError is why the log can't be used, nil if it can. A *DamageError
	// names the file and the offset.
	LogError error
}

// SegmentReport describes one segment, up to its first invalid record.
type SegmentReport struct {
	File     string
	Sequence uint64
	Records  int64
	Entries  int64
	Used     int64 // bytes up to the end of the last valid record
	Size     int64
	Sealed   bool
}

// SnapReport describes one snapshot file.
type SnapReport struct {
	File string
	Info SnapInfo // zero if Error is not nil
	Err  error
}

// Damaged says whether anything is wrong.
func (r *Report) Damaged() bool {
	if r.LogError != nil {
		return true
	}
	for i := range r.Snapshots {
		if r.Snapshots[i].Err != nil {
			return true
		}
	}
	return false
}

// Check reads and verifies every record and every block of the log and the
// snapshots in dir, and changes nothing. The directory should not be in use.
// The error says that it could not be done, not what was found.
func Check(fs FS, dir string) (*Report, error) {
	rep := &Report{}
	l := &Log{fs: fs, dir: dir, groups: map[uint32]*group{}}
	l.opt.setDefaults()
	byName := map[string]*SegmentReport{}
	rp := &replay{l: l, open: fs.OpenRead}
	rp.each = func(s *segment, off int64, h *header) {
		r := byName[s.name]
		if r == nil {
			r = &SegmentReport{File: s.name, Sequence: s.seq, Size: s.size}
			byName[s.name] = r
		}
		r.Records++
		if h.entry() {
			r.Entries++
		}
		r.Sealed = h.kind == kindSeal
		r.Used = off + recordSize(int64(h.length))
	}
	rep.LogError = rp.run()
	if rp.unused != nil {
		l.segs = append(l.segs, rp.unused)
	}
	for _, s := range l.segs {
		if r := byName[s.name]; r != nil {
			rep.Segments = append(rep.Segments, *r)
		} else {
			rep.Segments = append(rep.Segments, SegmentReport{File: s.name, Sequence: s.seq, Size: s.size, Used: min(s.size, segmentHeader)})
		}
		if s.file != nil {
			if err := s.file.Close(); err != nil {
				return nil, fmt.Errorf("wal: check: %w", err)
			}
		}
	}
	rep.Spares = len(l.spares)
	rep.TornFile, rep.TornOffset = rp.rec.TornFile, rp.rec.TornOffset
	rep.Node = l.Meta(NodeMeta)
	if rep.LogError == nil {
		rep.Groups = l.recoveredGroups()
	}
	return rep, rep.checkSnaps(fs, dir)
}

func (rep *Report) checkSnaps(fs FS, dir string) error {
	names, err := fs.List(dir)
	if err != nil {
		return fmt.Errorf("wal: check: %w", err)
	}
	for _, name := range names {
		if _, _, _, ok := parseSnapName(name); !ok || strings.HasSuffix(name, tmpSuffix) {
			continue
		}
		r := SnapReport{File: filepath.Join(dir, name)}
		f, err := fs.OpenRead(r.File)
		if err != nil {
			return fmt.Errorf("wal: check: %w", err)
		}
		info, err := verifySnap(f, r.File)
		if err == nil && snapName(info.Group, info.Term, info.Index) != name {
			err = &DamageError{File: r.File, Reason: "the header is that of " + snapName(info.Group, info.Term, info.Index)}
		}
		if r.Err = err; err == nil {
			r.Info = *info
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("wal: check: %w", err)
		}
		rep.Snapshots = append(rep.Snapshots, r)
	}
	return nil
}

// IsDamage says whether an error is, or wraps, a *DamageError.
func IsDamage(err error) bool {
	var d *DamageError
	return errors.As(err, &d)
}

// String tells it line by line.
func (r *Report) String() string {
	var b strings.Builder
	for _, s := range r.Segments {
		fmt.Fprintf(&b, "%s: %d records, %d entries, %d of %d bytes used\n", s.File, s.Records, s.Entries, s.Used, s.Size)
	}
	for _, g := range r.Groups {
		fmt.Fprintf(&b, "group %d: entries %d to %d, term %d, committed up to %d at least\n", g.Group, g.First, g.Last, g.HardState.GetTerm(), g.HardState.GetCommit())
	}
	for _, s := range r.Snapshots {
		if s.Err != nil {
			fmt.Fprintf(&b, "%s: %v\n", s.File, s.Err)
			continue
		}
		fmt.Fprintf(&b, "%s: group %d up to entry %d, good\n", s.File, s.Info.Group, s.Info.Index)
	}
	if r.TornFile != "" {
		fmt.Fprintf(&b, "%s: an unfinished append at offset %d, which the next start cuts off\n", r.TornFile, r.TornOffset)
	}
	if r.LogError != nil {
		fmt.Fprintln(&b, r.LogError)
	}
	return b.String()
}
