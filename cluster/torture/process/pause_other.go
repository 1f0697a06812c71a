//go:build !unix

package process

import "errors"

var errPause = errors.New("processes can't be paused on this system")

// Pause stops the process in its tracks, until Resume.
func (n *Node) Pause() error { return errPause }

// Resume lets a paused process go on.
func (n *Node) Resume() error { return errPause }
