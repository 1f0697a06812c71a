package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

// hello is what a dialler that is found at a port sends first.
func hello(port int) []byte {
	frame := func(kind byte, payload []byte) []byte {
		b := binary.LittleEndian.AppendUint32(nil, uint32(2+len(payload)))
		return append(append(b, 0, 0, 0, 0, kind, 1), payload...)
	}
	auth := append(make([]byte, authFixed), fmt.Sprintf(`{"host":"127.0.0.1","port":1,"bus_port":%d}`, port)...)
	return append(frame(1, make([]byte, 16)), frame(authType, auth)...)
}

// pair is two nodes, of which node 0 has dialled node 1 through its proxy.
func pair(t *testing.T) (n *Net, dialler, acceptor net.Conn) {
	t.Helper()
	behind, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { behind.Close() })
	front, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	port := front.Addr().(*net.TCPAddr).Port
	front.Close()
	n = New([]int{1, port}, []int{1, behind.Addr().(*net.TCPAddr).Port})
	if err := n.Up(1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	if dialler, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialler.Close() })
	if acceptor, err = behind.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { acceptor.Close() })
	send(t, dialler, string(hello(1)))
	want(t, acceptor, string(hello(1)))
	if err := n.Strange(); err != nil {
		t.Fatal(err)
	}
	return n, dialler, acceptor
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, c net.Conn, text string) {
	t.Helper()
	b := make([]byte, len(text))
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for got := 0; got < len(b); {
		k, err := c.Read(b[got:])
		if err != nil {
			t.Fatalf("%d of %d bytes: %v", got, len(b), err)
		}
		got += k
	}
	if string(b) != text {
		t.Fatalf("got %q, want %q", b, text)
	}
}

func wantNothing(t *testing.T, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if k, err := c.Read(make([]byte, 100)); k > 0 || err == nil {
		t.Fatalf("%d bytes came through", k)
	} else if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the connection ended: %v", err)
	}
}

// One direction is cut: the other goes on, and what was held back comes when
// the link is healed.
func TestOneWayCutHoldsBack(t *testing.T) {
	n, dialler, acceptor := pair(t)
	n.Set(0, 1, Condition{Cut: true})
	send(t, dialler, "forward")
	wantNothing(t, acceptor)
	send(t, acceptor, "back")
	want(t, dialler, "back")
	n.Set(1, 0, Condition{Cut: true})
	send(t, acceptor, "again")
	wantNothing(t, dialler)
	n.Heal()
	want(t, acceptor, "forward")
	want(t, dialler, "again")
}

func TestSlowLink(t *testing.T) {
	n, dialler, acceptor := pair(t)
	n.Set(0, 1, Condition{Delay: 60 * time.Millisecond})
	began := time.Now()
	send(t, dialler, "slow")
	want(t, acceptor, "slow")
	if took := time.Since(began); took < 60*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

// Down and Break end connections; a node that is down is not dialled.
func TestDownBreaks(t *testing.T) {
	n, dialler, _ := pair(t)
	n.Break(1, 0)
	dialler.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := dialler.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the broken connection goes on: %v", err)
	}
	n.Down(1)
	if c, err := net.Dial("tcp", dialler.RemoteAddr().String()); err == nil {
		c.Close()
		t.Error("a node that is down takes connections")
	}
}

func TestStrangersAreReported(t *testing.T) {
	n, dialler, _ := pair(t)
	c, err := net.Dial("tcp", dialler.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send(t, c, string(hello(77)))
	for n.Strange() == nil {
		time.Sleep(time.Millisecond)
	}
}
