//go:build unix

package process

import "syscall"

// Pause stops the process in its tracks, until Resume.
func (n *Node) Pause() error { return n.Signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (n *Node) Resume() error { return n.Signal(syscall.SIGCONT) }
