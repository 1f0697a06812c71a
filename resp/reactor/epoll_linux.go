package reactor

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	epollEventsMax = 1024 // per wait; the kernel goes on with the others next time
	acceptsMax     = 128  // per listener and wait
	// acceptPause is how long a listener rests when the process may open no more
	// files and not even the spare one helps.
	acceptPause = 100 * time.Millisecond
)

// epoll watches the descriptors of plain sockets.
type epoll struct {
	fd, wakeFd int
	spareFd    int // given up for a moment to accept and refuse when files run out
	ready      [epollEventsMax]unix.EpollEvent
	byFd       []watched
	generation int32
	resumeAt   time.Time // when resting listeners try again
	resting    []*epollListener
}

// watched is what a descriptor stands for. The generation in an event tells a
// descriptor from an earlier one with the same number.
type watched struct {
	generation int32
	conn       *epollConn
	listener   *epollListener
}

func newPoller() (poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	p := &epoll{fd: fd, spareFd: openSpare()}
	if p.wakeFd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	if err := p.watch(p.wakeFd, watched{}, unix.EPOLLIN); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func openSpare() int {
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
}

func (p *epoll) watch(fd int, w watched, mask uint32) error {
	for fd >= len(p.byFd) {
		p.byFd = append(p.byFd, make([]watched, 64)...)
	}
	p.generation++
	w.generation = p.generation
	p.byFd[fd] = w
	return p.control(unix.EPOLL_CTL_ADD, fd, mask)
}

func (p *epoll) control(op, fd int, mask uint32) error {
	ev := unix.EpollEvent{Events: mask, Fd: int32(fd), Pad: p.byFd[fd].generation}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &ev))
}

// forget is called before fd is closed, which takes it out of the epoll set.
func (p *epoll) forget(fd int) { p.byFd[fd] = watched{} }

func (p *epoll) wake() {
	one := [8]byte{7: 1}
	// The counter cannot overflow, and EAGAIN would mean it is set already.
	_, _ = unix.Write(p.wakeFd, one[:])
}

// poll asks without blocking: as it cannot sleep, the scheduler is not told.
func (p *epoll) poll() (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.ready[0])), epollEventsMax, 0, 0, 0)
	if errno == unix.EINTR {
		return 0, nil
	}
	if errno != 0 {
		return 0, os.NewSyscallError("epoll_wait", errno)
	}
	return int(n), nil
}

// block waits. It tells the scheduler, so that other goroutines get the
// processor meanwhile.
func (p *epoll) block(timeout time.Duration) (int, error) {
	ms := -1
	if timeout >= 0 {
		// Rounded up: a timer that fires early would only spin.
		ms = int(min((timeout+time.Millisecond-1)/time.Millisecond, 1<<30))
	}
	n, err := unix.EpollWait(p.fd, p.ready[:], ms)
	if err == unix.EINTR {
		return 0, nil
	}
	return n, os.NewSyscallError("epoll_wait", err)
}

func (p *epoll) wait(r *Reactor, timeout time.Duration) error {
	p.resume(&timeout)
	var n int
	var err error
	if timeout == 0 {
		n, err = p.poll()
	} else {
		n, err = p.block(timeout)
	}
	if err != nil {
		return err
	}
	for i := range p.ready[:n] {
		p.dispatch(r, &p.ready[i])
	}
	return nil
}

func (p *epoll) dispatch(r *Reactor, ev *unix.EpollEvent) {
	w := &p.byFd[ev.Fd]
	switch {
	case w.generation != ev.Pad:
	case w.conn != nil:
		w.conn.dispatch(r, ev.Events)
	case w.listener != nil:
		w.listener.accept(r)
	case int(ev.Fd) == p.wakeFd:
		var counter [8]byte
		_, _ = unix.Read(p.wakeFd, counter[:]) // only the wake-up matters
	}
}

// resume lets resting listeners try again and shortens the wait to their time.
func (p *epoll) resume(timeout *time.Duration) {
	if len(p.resting) == 0 {
		return
	}
	rest := time.Until(p.resumeAt)
	if rest > 0 {
		if *timeout < 0 || *timeout > rest {
			*timeout = rest
		}
		return
	}
	for _, l := range p.resting {
		if l.fd >= 0 {
			// A failure leaves the listener deaf, which the next round repairs.
			_ = p.control(unix.EPOLL_CTL_MOD, l.fd, unix.EPOLLIN)
		}
	}
	p.resting = p.resting[:0]
}

func (p *epoll) rest(l *epollListener) {
	_ = p.control(unix.EPOLL_CTL_MOD, l.fd, 0)
	p.resting = append(p.resting, l)
	p.resumeAt = time.Now().Add(acceptPause)
}

func (p *epoll) close() error {
	errs := []error{unix.Close(p.fd), unix.Close(p.wakeFd)}
	if p.spareFd >= 0 {
		errs = append(errs, unix.Close(p.spareFd))
	}
	return errors.Join(errs...)
}

// epollListener accepts on a descriptor of its own.
type epollListener struct {
	p     *epoll
	owner *Listener
	fd    int
	unix  string // path, else ""
}

func (l *epollListener) setOwner(owner *Listener) { l.owner = owner }

func (p *epoll) listen(_ *Reactor, ln net.Listener) (listener, error) {
	sc, ok := ln.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("listen: %T has no descriptor", ln)
	}
	l := &epollListener{p: p}
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
		l.unix = ln.Addr().String()
	}
	var err error
	if l.fd, err = dup(sc); err != nil {
		return nil, err
	}
	if err := p.watch(l.fd, watched{listener: l}, unix.EPOLLIN); err != nil {
		return nil, errors.Join(err, unix.Close(l.fd))
	}
	return l, ln.Close()
}

// dup copies the descriptor out of a Go socket: Go's own poller lets it go when
// the original is closed.
func dup(sc syscall.Conn) (int, error) {
	raw, err := sc.SyscallConn()
	if err != nil {
		return -1, err
	}
	var fd int
	var dupErr error
	if err := raw.Control(func(old uintptr) {
		fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return -1, err
	}
	return fd, os.NewSyscallError("dup", dupErr)
}

func (l *epollListener) close() error {
	fd := l.fd
	l.fd = -1
	l.p.forget(fd)
	err := unix.Close(fd)
	if l.unix != "" {
		if gone := os.Remove(l.unix); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// accept takes waiting connections in. When the process may open no more files
// it refuses one for each that waits, else the kernel would report them for ever.
func (l *epollListener) accept(r *Reactor) {
	for range acceptsMax {
		fd, sa, err := unix.Accept4(l.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			l.accepted(r, fd, sa)
		case unix.EINTR, unix.ECONNABORTED:
		case unix.EMFILE, unix.ENFILE:
			if !l.refuse() {
				l.p.rest(l)
				return
			}
		case unix.EAGAIN:
			return
		default: // no memory, or a network that fails: try again later
			l.p.rest(l)
			return
		}
	}
}

func (l *epollListener) refuse() bool {
	p := l.p
	if p.spareFd < 0 {
		p.spareFd = openSpare()
		return p.spareFd >= 0
	}
	unix.Close(p.spareFd)
	fd, _, err := unix.Accept4(l.fd, unix.SOCK_CLOEXEC)
	if err == nil {
		unix.Close(fd)
	}
	p.spareFd = openSpare()
	return err == nil && p.spareFd >= 0
}

func (l *epollListener) accepted(r *Reactor, fd int, sa unix.Sockaddr) {
	c, err := l.p.conn(r, fd)
	if err != nil {
		unix.Close(fd)
		return
	}
	c.remote, c.unix = sa, l.unix
	r.add(Event{Conn: &c.Conn, Listener: l.owner})
}
