package cluster

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// A node whose log is in memory, or was damaged and set aside, has no identity:
// when it comes back it is a new member. But it must not come back as the first
// member of a new cluster, at an address where clients expect the old one's
// data. So each node remembers on disk, in a small file of its directory, where
// the other members are, and one without a log asks them for a place as if it
// had been told to join.
//
//	magic "foxtail members " | version 1 | CRC-32C of the rest 4 | JSON
const (
	membersMagic   = "foxtail members "
	membersVersion = 1
)

// membersFile bears the node's own peers' address: nodes in memory that happen
// to share a directory must not take each other's clusters for their own.
func membersFile(own Addr) string {
	return "members-" + strings.ReplaceAll(own.Bus(), ":", "_")
}

var membersTable = crc32.MakeTable(crc32.Castagnoli)

// Remembered are the client addresses of the members that a node without a log
// knew in its last life, by number.
func (n *Node) Remembered() []string { return n.remembered }

// remember writes down the other members. A node that is alone, or was
// removed, has none.
func (n *Node) remember() error {
	if n.Number == 0 || n.cfg.Dir == "" {
		return nil
	}
	var others []Addr
	for _, number := range slices.Sorted(maps.Keys(n.Peers)) {
		if number != n.Number {
			others = append(others, n.Peers[number])
		}
	}
	name := filepath.Join(n.cfg.Dir, membersFile(n.cfg.Announce))
	if len(others) == 0 || n.removedAnywhere() {
		err := n.cfg.FS.Remove(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return writeMembers(n.cfg.FS, n.cfg.Dir, name, others)
}

func writeMembers(disk wal.FS, dir, name string, members []Addr) error {
	body, err := json.Marshal(members)
	if err != nil {
		return err
	}
	b := append([]byte(membersMagic), membersVersion)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(body, membersTable))
	b = append(b, body...)
	if err := disk.MkdirAll(dir); err != nil {
		return err
	}
	f, err := disk.Create(name + ".tmp")
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = disk.Rename(name+".tmp", name)
	}
	if err == nil {
		err = disk.SyncDir(dir)
	}
	return err
}

// recall reads what an earlier life remembered; nothing if there was none.
func recall(disk wal.FS, dir string, own Addr) ([]Addr, error) {
	name := filepath.Join(dir, membersFile(own))
	f, err := disk.OpenRead(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > 1<<20 {
		return nil, fmt.Errorf("%s: damaged: %d bytes are too many", name, size)
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, err
	}
	members, err := parseMembers(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; remove it only if this node is to begin a new cluster", name, err)
	}
	return members, nil
}

func parseMembers(b []byte) (members []Addr, err error) {
	const header = len(membersMagic) + 1 + 4
	if len(b) < header || string(b[:len(membersMagic)]) != membersMagic {
		return nil, errors.New("damaged: not a list of members")
	}
	if v := b[len(membersMagic)]; v != membersVersion {
		return nil, fmt.Errorf("version %d is not known to this version of the program", v)
	}
	if crc32.Checksum(b[header:], membersTable) != binary.LittleEndian.Uint32(b[header-4:]) {
		return nil, errors.New("damaged: the checksum does not match")
	}
	return members, json.Unmarshal(b[header:], &members)
}
