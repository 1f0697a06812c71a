package cluster

import "errors"

// What an owner of a proposal, a read or a request of an operator may hear.
// ErrDropped, ErrNoSpace, ErrTooBig and ErrNoLeader promise that nothing was or will be
// applied; ErrUncertain promises nothing at all and must never be retried by
// itself.
var (
	ErrDropped      = errors.New("surely not applied")
	ErrUncertain    = errors.New("the write may have been applied")
	ErrNoSpace      = errors.New("no space left for the log")
	ErrTooBig       = errors.New("the entry is too big for the log")
	ErrNoLeader     = errors.New("no leader")
	ErrNotMember    = errors.New("this node is not a member of the cluster")
	ErrUnknownNode  = errors.New("no such node")
	ErrAddressInUse = errors.New("a live member has this address")
	ErrRefused      = errors.New("refused")
	ErrNotMoved     = errors.New("leadership was not moved: no other voter took the transfer in time")
	ErrBusy         = errors.New("another change is under way")
	ErrStopped      = errors.New("the node is stopping")
)
