package wal

import (
	"errors"
	"fmt"
)

// ErrNoSpace reports that the disk is full. Nothing of the batch is in the log,
// and the same batch may be appended again when space has returned.
var ErrNoSpace = errors.New("wal: no space left on the disk")

// ErrTooBig reports an entry or a batch above the format's limits. Nothing of
// the batch is in the log.
var ErrTooBig = errors.New("wal: entry or batch too big")

// ErrClosed is returned by a log that was closed.
var ErrClosed = errors.New("wal: closed")

// DamageError says that bytes which were durable are not what was written. The
// node must not go on with them; it can be refilled from its peers.
type DamageError struct {
	File   string
	Offset int64
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("wal: DAMAGED %s offset %d: %s", e.File, e.Offset, e.Reason)
}

// VersionError says that a file was written by a version whose format this one
// does not know.
type VersionError struct {
	File      string
	Got, Want uint32
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("wal: %s has format version %d, this program reads up to %d", e.File, e.Got, e.Want)
}

// FatalError is a failed sync, or a failed write that is not a full disk. The
// log refuses everything after it: the node must stop.
type FatalError struct {
	Op   string // "sync", "write", ...
	File string
	Err  error
}

func (e *FatalError) Error() string {
	return fmt.Sprintf("wal: %s %s: %v (the log cannot be trusted any more, the node must stop)", e.Op, e.File, e.Err)
}

func (e *FatalError) Unwrap() error { return e.Err }

// LockedError says that another process uses the directory.
type LockedError struct {
	Dir string
	PID int // 0 if unknown
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("wal: directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("wal: directory %s is in use by process %d", e.Dir, e.PID)
}
