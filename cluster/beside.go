package cluster

import (
	"errors"

	"github.com/laurocaetano/foxtail/cluster/wal"
)

// besideBytesMin: an append of more bytes is written beside the loop. To write
// and sync a value of 100 MB takes longer than an election timeout, and a
// leader that is silent for that long is none any more. Smaller ones are
// quicker written in the turn than handed to another goroutine and back.
const besideBytesMin = 4 << 20

// persistBeside starts to write n.updates in Background. Heartbeats, reads and
// applying go on; what is to be written meanwhile waits, as on a full disk.
func (n *Node) persistBeside(sync bool) (full bool, err error) {
	run, done, err := n.log.StartAppend(n.updates, sync)
	clear(n.updates)
	if err != nil {
		if errors.Is(err, wal.ErrNoSpace) {
			return true, nil
		}
		return false, err
	}
	n.writing = true
	n.cfg.Background(run, func() {
		n.writing = false
		if err := n.writtenBeside(done(), sync); err != nil {
			n.fail(err)
		}
		n.runUnwritten()
	})
	return false, nil
}

// whenWritten runs f once nothing is written beside the loop: what f writes to
// the log would have to wait for it, and everybody with it.
func (n *Node) whenWritten(f func()) {
	if n.writing {
		n.unwritten = append(n.unwritten, f)
		return
	}
	f()
}

func (n *Node) runUnwritten() {
	fs := n.unwritten
	n.unwritten = nil
	for _, f := range fs {
		if n.fatal == nil {
			f()
		}
	}
}

func (n *Node) writtenBeside(err error, synced bool) error {
	full := errors.Is(err, wal.ErrNoSpace)
	if err != nil && !full {
		return err
	}
	n.setNoSpace(full)
	if full {
		return nil // the messages are still there, to be tried again
	}
	n.updatesAppended()
	if synced {
		n.synced()
	}
	return n.storedAll()
}
