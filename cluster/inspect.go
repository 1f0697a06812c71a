package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// Directory is what a stopped node's directory holds.
type Directory struct {
	Log         *wal.Report
	NodeID      string // empty: the log does not say, or is too damaged to
	Number      uint64
	Others      []Addr // last known members but the node itself
	Quarantined error  // not nil: the node's state must not be served

	fs  wal.FS
	dir string
	own Addr
}

// Inspect verifies everything in a directory and changes nothing: each record,
// each block of each snapshot, that the snapshot which the log begins behind is
// there, and that the state machines can read the snapshots; newMachine makes
// one for a data group. own is the node's address. The error says that it could not be done, not what was found.
func Inspect(fsys wal.FS, dir string, own Addr, newMachine func(group uint32) StateMachine) (*Directory, error) {
	rep, err := wal.Check(fsys, dir)
	if err != nil {
		return nil, err
	}
	d := &Directory{Log: rep, fs: fsys, dir: dir, own: own}
	for i := range rep.Snapshots {
		s := &rep.Snapshots[i]
		var sm StateMachine = newMeta()
		if s.Info.Group != 0 {
			sm = newMachine(s.Info.Group)
		}
		if s.Err == nil {
			s.Err = tryState(fsys, s.File, sm)
		}
	}
	for _, g := range rep.Groups {
		m := g.Snapshot
		if m.GetIndex() > bootstrapIndex && !slices.ContainsFunc(rep.Snapshots, func(s wal.SnapReport) bool {
			return s.Info.Group == g.Group && s.Info.Term == m.GetTerm() && s.Info.Index == m.GetIndex() || s.Err != nil
		}) {
			rep.LogError = missingSnapshot(wal.SnapFile(dir, g.Group, m.GetTerm(), m.GetIndex()))
		}
	}
	return d, d.whose(rep.Node)
}

func missingSnapshot(file string) error {
	return &wal.DamageError{File: file, Reason: "the log begins behind this snapshot, which is missing"}
}

// tryState lets a state machine of its own read a snapshot.
func tryState(fsys wal.FS, file string, sm StateMachine) error {
	r, err := wal.OpenSnapFile(fsys, file)
	if err != nil {
		return err
	}
	defer r.Close()
	_, _, err = readState(r, file, sm)
	return err
}

// whose reads the node's identity, as far as it is readable, and else what it
// remembers of the others.
func (d *Directory) whose(meta []byte) error {
	var id identity
	if len(meta) > 0 && meta[0] == identityVersion {
		if err := json.Unmarshal(meta[1:], &id); err != nil {
			return fmt.Errorf("cluster: identity: %w", err)
		}
	}
	d.NodeID, d.Number = id.NodeID, id.Number
	if id.Quarantined != nil {
		d.Quarantined = id.Quarantined
	}
	for _, number := range slices.Sorted(maps.Keys(id.Peers)) {
		if number != id.Number {
			d.Others = append(d.Others, id.Peers[number])
		}
	}
	if len(d.Others) > 0 {
		return nil
	}
	var err error
	if d.Others, err = recall(d.fs, d.dir, d.own); err != nil && d.NodeID == "" {
		return fmt.Errorf("cluster: members: %w", err)
	}
	return nil
}

// Damaged says whether a node may not start from the directory.
func (d *Directory) Damaged() bool { return d.Quarantined != nil || d.Log.Damaged() }

// ErrNotDamaged is SetAside's refusal of a directory that a node can start from.
var ErrNotDamaged = errors.New("nothing is wrong with the directory")

// ErrNoOthers is SetAside's refusal where nobody else has the data.
var ErrNoOthers = errors.New("no other member of the cluster is known: there is nobody to be filled from")

// asideSuffix is added to the names of files that are kept and never read.
const asideSuffix = ".damaged"

// SetAside makes room for a new node in a directory that none can start from:
// logs and snapshots are renamed, and the other members are remembered, so that
// the next start asks them for a place, as a new member instead of the old one
// (I9). It returns the new names.
func (d *Directory) SetAside(others []Addr) (names []string, err error) {
	switch {
	case !d.Damaged():
		return nil, ErrNotDamaged
	case len(others) == 0:
		return nil, ErrNoOthers
	}
	lock, err := d.fs.Lock(d.dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := writeMembers(d.fs, d.dir, filepath.Join(d.dir, membersFile(d.own)), others); err != nil {
		return nil, fmt.Errorf("cluster: members: %w", err)
	}
	list, err := d.fs.List(d.dir)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, name := range list {
		taken[name] = true
	}
	slices.Reverse(list) // the newest segment first: without it the log opens for nobody
	for _, name := range list {
		if !wal.IsFile(name) {
			continue
		}
		to := name + asideSuffix
		for n := 2; taken[to]; n++ {
			to = fmt.Sprintf("%s%s-%d", name, asideSuffix, n)
		}
		if err := d.fs.Rename(filepath.Join(d.dir, name), filepath.Join(d.dir, to)); err != nil {
			return names, err
		}
		if err := d.fs.SyncDir(d.dir); err != nil {
			return names, err
		}
		names = append(names, filepath.Join(d.dir, to))
	}
	return names, nil
}

// String tells it line by line.
func (d *Directory) String() string {
	var b strings.Builder
	if d.NodeID != "" {
		var others []string
		for _, a := range d.Others {
			others = append(others, a.Client())
		}
		if len(others) == 0 {
			others = []string{"none"}
		}
		fmt.Fprintf(&b, "node %s, number %d, other members: %s\n", d.NodeID, d.Number, strings.Join(others, " "))
	}
	if d.Quarantined != nil {
		fmt.Fprintln(&b, d.Quarantined)
	}
	return b.String() + d.Log.String()
}
