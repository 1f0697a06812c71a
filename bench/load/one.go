package load

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"time"

	"github.com/laurocaetano/foxtail/bench/wire"
	"golang.org/x/sys/unix"
)

// One is one client that sends a request and waits for its answer, on a thread
// and a blocking socket of its own: no scheduler of the generator's stands
// between it and the kernel.
func One(ctx context.Context, addr string, cmd Command, d time.Duration) (r Result, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return r, err
	}
	f, err := conn.(*net.TCPConn).File() // a copy of the socket, blocking
	err = errors.Join(err, conn.Close())
	if err != nil {
		return r, err
	}
	defer f.Close()
	fd := int(f.Fd())
	defer context.AfterFunc(ctx, func() { unix.Shutdown(fd, unix.SHUT_RDWR) })()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	replies, rnd := wire.NewReader(rawReader(fd)), newRand()
	r.Latency = histogram()
	var buf []byte
	began := time.Now()
	for now := began; now.Sub(began) < d && ctx.Err() == nil; {
		buf = cmd(buf[:0], rnd)
		if _, err := unix.Write(fd, buf); err != nil {
			return r, err
		}
		if err := r.tally(replies.Skip()); err != nil {
			return r, err
		}
		done := time.Now()
		record(r.Latency, done.Sub(now))
		now = done
	}
	r.Elapsed = time.Since(began)
	return r, ctx.Err()
}

// rawReader reads a blocking descriptor.
type rawReader int

func (fd rawReader) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(fd), p)
		switch {
		case err == unix.EINTR:
			continue
		case err == nil && n == 0:
			return 0, io.EOF
		}
		return max(n, 0), err
	}
}
