package reactor

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epollConn is a non-blocking socket.
type epollConn struct {
	Conn
	p      *epoll
	fd     int
	mask   uint32        // interest: EPOLLIN, EPOLLOUT
	parted bool          // taken out of the epoll set after Closed was reported
	remote unix.Sockaddr // nil until asked for
	local  unix.Sockaddr
	unix   string // path of the Unix socket, else ""
}

// conn watches a socket.
func (p *epoll) conn(r *Reactor, fd int) (*epollConn, error) {
	c := &epollConn{p: p, fd: fd, mask: unix.EPOLLIN}
	c.Conn = Conn{r: r, s: c}
	if err := p.watch(fd, watched{conn: c}, c.mask); err != nil {
		p.forget(fd)
		return nil, err
	}
	// Fails on Unix sockets, which have no such delay.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	r.register(&c.Conn)
	return c, nil
}

func (p *epoll) adopt(r *Reactor, nc net.Conn) (*Conn, bool, error) {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil, false, nil
	}
	fd, err := dup(nc.(syscall.Conn))
	if err != nil {
		return nil, false, err
	}
	c, err := p.conn(r, fd)
	if err != nil {
		return nil, false, errors.Join(err, unix.Close(fd))
	}
	if u, ok := nc.RemoteAddr().(*net.UnixAddr); ok {
		c.unix = u.Name
	}
	// The copy lives on; an error in closing the original loses nothing.
	_ = nc.Close()
	return &c.Conn, true, nil
}

func (c *epollConn) dispatch(r *Reactor, mask uint32) {
	ev := Event{
		Conn:     &c.Conn,
		Readable: mask&unix.EPOLLIN != 0 && c.mask&unix.EPOLLIN != 0,
		Writable: mask&unix.EPOLLOUT != 0 && c.mask&unix.EPOLLOUT != 0,
	}
	if mask&(unix.EPOLLHUP|unix.EPOLLERR) != 0 && !ev.Readable && !ev.Writable {
		// The kernel would report this for ever, whatever the interest.
		ev.Closed = true
		c.parted = true
		_ = c.p.control(unix.EPOLL_CTL_DEL, c.fd, 0)
	}
	r.add(ev)
}

func (c *epollConn) read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(c.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch {
		case errno == 0 && n == 0:
			return 0, io.EOF
		case errno == 0:
			return int(n), nil
		case errno == unix.EAGAIN:
			return 0, nil
		case errno != unix.EINTR:
			return 0, os.NewSyscallError("read", errno)
		}
	}
}

func (c *epollConn) write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(c.fd), uintptr(unsafe.Pointer(&p[sent])), uintptr(len(p)-sent))
		switch {
		case errno == 0:
			sent += int(n)
			// A short write means full; asking again would only say so.
			return sent, nil
		case errno == unix.EAGAIN:
			return sent, nil
		case errno != unix.EINTR:
			return sent, os.NewSyscallError("write", errno)
		}
	}
	return sent, nil
}

func (c *epollConn) want(read, on bool) {
	bit := uint32(unix.EPOLLOUT)
	if read {
		bit = unix.EPOLLIN
	}
	mask := c.mask &^ bit
	if on {
		mask |= bit
	}
	if mask == c.mask {
		return
	}
	c.mask = mask
	op := unix.EPOLL_CTL_MOD
	if c.parted {
		if !on {
			return
		}
		op, c.parted = unix.EPOLL_CTL_ADD, false
	}
	// Adding can only fail for want of kernel memory; then the peer's silence
	// ends the connection through the owner's timeouts.
	_ = c.p.control(op, c.fd, mask)
}

func (c *epollConn) close() error {
	c.name() // the owner may still print the addresses
	c.p.forget(c.fd)
	return os.NewSyscallError("close", unix.Close(c.fd))
}

// name asks for the addresses, once. REQUIRES: fd open. A peer that is gone has
// none any more.
func (c *epollConn) name() {
	if c.remote == nil {
		c.remote, _ = unix.Getpeername(c.fd)
	}
	if c.local == nil {
		c.local, _ = unix.Getsockname(c.fd)
	}
}

func (c *epollConn) setKeepAlive(seconds int) error {
	return setKeepAlive(c.fd, seconds)
}

func setKeepAlive(fd, seconds int) error {
	if domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil || domain == unix.AF_UNIX {
		return os.NewSyscallError("getsockopt", err)
	}
	if seconds <= 0 {
		return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0))
	}
	return os.NewSyscallError("setsockopt", errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, max(1, seconds/3)),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3),
	))
}

func (c *epollConn) remoteAddr() string {
	if !c.closed {
		c.name()
	}
	return addrString(c.remote, c.unix)
}

func (c *epollConn) localAddr() string {
	if !c.closed {
		c.name()
	}
	return addrString(c.local, c.unix)
}

// addrString prints an address as Redis does; one end of a Unix socket has no
// name, so both are shown as the path.
func addrString(sa unix.Sockaddr, path string) string {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)).String()
	case *unix.SockaddrInet6:
		addr := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.ZoneId != 0 && addr.Is6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(sa.ZoneId), 10))
		}
		return netip.AddrPortFrom(addr, uint16(sa.Port)).String()
	case *unix.SockaddrUnix:
		if sa.Name != "" {
			path = sa.Name
		}
		return path + ":0"
	}
	return ""
}
