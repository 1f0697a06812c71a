package netns

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// namespaces is two nodes, or skips the test.
func namespaces(t *testing.T) *Net {
	n, err := New(2, 1)
	if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

// connected is a connection from the clients' end to node 0.
func connected(t *testing.T, n *Net) (client, server net.Conn) {
	t.Helper()
	var l net.Listener
	err := n.spaces[0].do(func() (err error) {
		l, err = net.Listen("tcp", n.Addr(0)+":7000")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	deadline := time.Now().Add(30 * time.Second)
	if err := errors.Join(client.SetDeadline(deadline), server.SetDeadline(deadline)); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// TCP brings everything through a network that loses, doubles, delays and spoils
// packets.
func TestStream(t *testing.T) {
	n := namespaces(t)
	client, server := connected(t, n)
	n.SetAll(0, Condition{Lose: 0.02, Double: 0.1, Corrupt: 0.02, Jitter: 2 * time.Millisecond})
	data := make([]byte, 100<<10)
	if _, err := rand.Read(data); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		_, err := client.Write(data)
		sent <- err
	}()
	got := make([]byte, len(data))
	if _, err := io.ReadFull(server, got); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil || !bytes.Equal(got, data) {
		t.Errorf("not what was sent: %v", err)
	}
}

// One end hears of a reset, the other when it sends again.
func TestHalfOpen(t *testing.T) {
	n := namespaces(t)
	client, server := connected(t, n)
	n.Break(n.Clients(), 0)
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the end that is told: %v", err)
	}
	if err := client.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the end that is not told: %v", err)
	}
	if err := client.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after it sent again: %v", err)
	}
}

// A process that is started in a namespace sees that only, and Close leaves no device.
func TestProcessAndClose(t *testing.T) {
	n := namespaces(t)
	cmd := exec.Command("cat", "/proc/net/dev")
	var out strings.Builder
	cmd.Stdout = &out
	if err := n.Start(1, cmd); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "eth0:") || strings.Contains(got, "fox") {
		t.Errorf("the devices of node 1 are\n%s", got)
	}
	gone, err := setUp(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	addr := gone.Addr(gone.Clients())
	gone.Close()
	l, err := net.Listen("tcp", addr+":0")
	if err == nil {
		l.Close()
		t.Errorf("%s is still there", addr)
	}
}
