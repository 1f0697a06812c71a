package torture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// noQuota is a quota that is never reached: it is there so that it can be lowered.
const noQuota = "1000gb"

// fill leaves little of a node's disk.
func (s *step) fill(i int) error {
	n, used := s.nodes[i], int64(0)
	err := filepath.WalkDir(n.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			used += info.Size()
		} else if errors.Is(err, fs.ErrNotExist) {
			err = nil // given up while we look
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.mend(func() error { return s.tell(i, "CONFIG", "SET", "dir-quota", noQuota) })
	return s.tell(i, "CONFIG", "SET", "dir-quota", fmt.Sprint(used+int64(s.rng.IntN(64<<10))))
}

// ballast writes big values, so that what the log has set aside runs out.
func (s *step) ballast() error {
	conn, err := process.Dial(s.nodes[s.rng.IntN(len(s.nodes))].Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.Timeout = ballastTime
	value := strings.Repeat("x", 256<<10)
	for until := time.Now().Add(ballastTime); time.Now().Before(until); {
		v, err := conn.Do("SET", "ballast", value)
		switch {
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case err != nil || v.IsError():
			return nil // full, or no leader
		}
	}
	return nil
}

const ballastTime = 2 * time.Second

func (s *step) diskFull() error {
	i := s.rng.IntN(len(s.nodes))
	s.note("the disk of node %d is full", i+1)
	return errors.Join(s.fill(i), s.ballast())
}

func (s *step) disksFull() error {
	s.note("all disks are full")
	for i := range s.nodes {
		if err := s.fill(i); err != nil {
			return err
		}
	}
	return s.ballast()
}

// joinAgain makes a stopped node a new member, without its data.
func (s *step) joinAgain(i int) error {
	n := s.nodes[i]
	if err := n.Wipe(); err != nil {
		return err
	}
	n.Join = s.nodes[(i+1)%len(s.nodes)].Addr()
	return s.startNode(i)
}

func (s *step) wipe() error {
	i, err := s.follower()
	if err != nil {
		return err
	}
	s.note("a follower, node %d, loses its directory", i+1)
	if err := s.kill(i); err != nil {
		return err
	}
	return s.joinAgain(i)
}

func (s *step) remove() error {
	leader, err := s.leader()
	if err != nil {
		return err
	}
	i := (leader + 1 + s.rng.IntN(len(s.nodes)-1)) % len(s.nodes)
	s.note("a follower, node %d, is removed", i+1)
	members, err := s.nodes[leader].Members()
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Addr == s.nodes[i].Addr() {
			_, err = process.Ask(s.nodes[leader].Addr(), "RAFT", "SERVER", "REMOVE", m.ID)
		}
	}
	if trouble(err) != nil {
		return err
	}
	// It is taken out a little later, and goes on as one that is no member.
	if err := process.Until("the removal", func() error {
		members, err := s.nodes[(i+1)%len(s.nodes)].Members()
		if err == nil && len(members) != len(s.nodes)-1 {
			err = fmt.Errorf("%d members", len(members))
		}
		return err
	}); err != nil {
		return err
	}
	if s.nodes[i].Running() {
		if err := s.kill(i); err != nil {
			return err
		}
	}
	return s.joinAgain(i)
}

// damaged flips a byte of a follower's files. It must not start with them, or
// must say what it did about them.
func (s *step) damaged() error {
	i, err := s.follower()
	if err != nil {
		return err
	}
	n := s.nodes[i]
	if err := s.kill(i); err != nil {
		return err
	}
	before, err := n.Log()
	if err != nil {
		return err
	}
	name, at, err := s.flip(n)
	if err != nil {
		return err
	}
	s.note("byte %d of %s of node %d is flipped", at, name, i+1)
	if err := s.launch(i); err != nil {
		return err
	}
	if err := process.Until("the node to find the damage", func() error {
		if !n.Running() {
			return nil
		}
		_, err := process.Ask(n.Addr(), "EXISTS", "x")
		return err
	}); err != nil {
		return err
	}
	log, err := n.Log()
	if err != nil {
		return err
	}
	if said := log[len(before):]; !strings.Contains(said, name) {
		return fmt.Errorf("T2: %s does not name the damaged file %s:\n%s", n.Name, name, process.LogEnd(said))
	}
	if n.Running() {
		if err := s.kill(i); err != nil {
			return err
		}
	} else if n.Ended() == nil {
		return fmt.Errorf("T2: %s ended as if all were well", n.Name)
	}
	s.net.Down(i)
	return s.joinAgain(i)
}

// flip flips a bit of a stopped node's log that foxtail check misses: not all
// of a segment is in use, and an unfinished append may end it.
func (s *step) flip(n *process.Node) (name string, at int, err error) {
	segments, err := filepath.Glob(filepath.Join(n.Dir, "wal-*.seg"))
	if err != nil || len(segments) == 0 {
		return "", 0, fmt.Errorf("%s: %d segments: %w", n.Dir, len(segments), err)
	}
	for range 100 {
		path := segments[s.rng.IntN(len(segments))]
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return "", 0, err
		}
		st, err := f.Stat()
		if err != nil {
			return "", 0, errors.Join(err, f.Close())
		}
		at := s.rng.IntN(int(st.Size()>>s.rng.IntN(12)) + 1)
		bit := byte(1) << s.rng.IntN(8)
		if err := errors.Join(flipBit(f, int64(at), bit), f.Sync()); err != nil {
			return "", 0, errors.Join(err, f.Close())
		}
		_, missed := s.check(n)
		if missed == nil {
			err = flipBit(f, int64(at), bit)
		}
		if err = errors.Join(err, f.Close()); err != nil || missed != nil {
			return filepath.Base(path), at, err
		}
	}
	return "", 0, fmt.Errorf("%s: of 100 bits none is missed", n.Dir)
}

func flipBit(f *os.File, at int64, bit byte) error {
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		return err
	}
	b[0] ^= bit
	_, err := f.WriteAt(b[:], at)
	return err
}

// check is foxtail check of a stopped node's directory.
func (r *run) check(n *process.Node) (string, error) {
	out, err := exec.Command(r.opt.Exe, "check", n.Dir).CombinedOutput()
	return string(out), err
}
