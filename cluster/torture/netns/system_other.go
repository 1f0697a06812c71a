//go:build !linux

package netns

import (
	"errors"
	"os/exec"
)

type system struct{}

func (system) close() {}

var errSystem = errors.New("network namespaces are Linux'")

// New is an error on this system.
func New(int, uint64) (*Net, error) { return nil, errSystem }

// Addr is "" on this system.
func (n *Net) Addr(int) string { return "" }

// Start is an error on this system.
func (n *Net) Start(int, *exec.Cmd) error { return errSystem }
