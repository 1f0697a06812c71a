package resp

import (
	"errors"
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// rawConn is a client of redis-server.
type rawConn struct {
	net.Conn
	raw syscall.RawConn
	buf []byte
}

func dialRaw(t *testing.T, addr string) *rawConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return &rawConn{Conn: conn, raw: raw}
}

// encode appends a command.
func encode(b []byte, words []string) []byte {
	head := func(kind byte, n int) {
		b = append(strconv.AppendInt(append(b, kind), int64(n), 10), "\r\n"...)
	}
	head('*', len(words))
	for _, w := range words {
		head('$', len(w))
		b = append(append(b, w...), "\r\n"...)
	}
	return b
}

func (c *rawConn) send(t *testing.T, b []byte) {
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

// arrived takes in what has arrived.
func (c *rawConn) arrived(t *testing.T) {
	t.Helper()
	var n int
	var err error
	for {
		if len(c.buf) == cap(c.buf) {
			c.buf = append(c.buf, make([]byte, max(4096, len(c.buf)))...)[:len(c.buf)]
		}
		if e := c.raw.Control(func(fd uintptr) { n, err = syscall.Read(int(fd), c.buf[len(c.buf):cap(c.buf)]) }); e != nil {
			t.Fatal(e)
		}
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return
		case err != nil || n == 0:
			t.Fatalf("redis-server: %v after %q", err, c.buf)
		default:
			c.buf = c.buf[:len(c.buf)+n]
		}
	}
}

// fence returns when redis-server has worked off all that was sent to it before
// and has written every answer, up to 64 KB: what comes with the second PING was
// ready before the first was read.
func (d *differ) fence() {
	if err := d.redis.conn.SetDeadline(time.Now().Add(10 * time.Minute)); err != nil { // the machine may stop us for others
		d.t.Fatal(err)
	}
	d.redis.do("PING")
	d.redis.do("PING")
}

// received is what a client of redis-server has received; as many replies as
// were expected are waited for, with patience for long ones.
func (d *differ) received(i, expected int) string {
	c := d.theirs[i]
	for range 1000 {
		c.arrived(d.t)
		if n, whole := replies(c.buf); whole && n >= expected {
			break
		}
		d.fence()
	}
	got := string(c.buf)
	c.buf = c.buf[:0]
	return got
}

// replies counts replies, and tells whether the last is not cut off.
func replies(b []byte) (n int, whole bool) {
	for len(b) > 0 {
		k := replyLen(b)
		if k == 0 {
			return n, false
		}
		b = b[k:]
		n++
	}
	return n, true
}

func countReplies(s string) int {
	n, _ := replies([]byte(s))
	return n
}
