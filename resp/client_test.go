package resp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// peerNode is the far end of a Client: a handful of commands over one map, that
// can fail in the ways that matter.
type peerNode struct {
	l     net.Listener
	store *peerStore
	// fault, if set, is asked before each command: what it returns is sent
	// instead of the reply; "close" closes the connection without one,
	// "apply+close" does so after the command.
	fault func(name string) string
	wg    sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

type peerStore struct {
	sync.Mutex
	data map[string]string
	sets int
}

func startPeer(t testing.TB, store *peerStore, fault func(string) string) *peerNode {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peerNode{l: l, store: store, fault: fault, conns: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(p.stop)
	return p
}

func (p *peerNode) addr() string { return p.l.Addr().String() }

func (p *peerNode) stop() {
	p.l.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *peerNode) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.conns == nil {
			c.Close()
		} else {
			p.conns[c] = true
			p.wg.Go(func() { p.serve(c) })
		}
		p.mu.Unlock()
	}
}

func (p *peerNode) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		v, err := wire.ReadReply(r, 0)
		if err != nil {
			return
		}
		var words []string
		for _, e := range v.Elems {
			words = append(words, e.Str)
		}
		fault := ""
		if p.fault != nil {
			fault = p.fault(words[0])
		}
		if fault == "close" {
			return
		}
		reply := fault
		if fault == "" || fault == "apply+close" {
			reply = p.store.do(words)
		}
		if fault == "apply+close" {
			return
		}
		if _, err := c.Write([]byte(reply)); err != nil {
			return
		}
	}
}

func (s *peerStore) do(words []string) string {
	s.Lock()
	defer s.Unlock()
	switch words[0] {
	case "PING":
		return "+PONG\r\n"
	case "AUTH", "SELECT":
		return "+OK\r\n"
	case "SET":
		s.data[words[1]] = words[2]
		s.sets++
		return "+OK\r\n"
	case "GET":
		v, ok := s.data[words[1]]
		if !ok {
			return "$-1\r\n"
		}
		return fmt.Sprintf("$%d\r\n%s\r\n", len(v), v)
	case "DEL":
		n := 0
		for _, k := range words[1:] {
			if _, ok := s.data[k]; ok {
				n++
			}
			delete(s.data, k)
		}
		return fmt.Sprintf(":%d\r\n", n)
	}
	return "-ERR unknown command\r\n"
}

func newPeerStore() *peerStore { return &peerStore{data: map[string]string{}} }

func dialPeers(t *testing.T, opt ClientOptions, peers ...*peerNode) *Client {
	t.Helper()
	var addrs []string
	for _, p := range peers {
		addrs = append(addrs, p.addr())
	}
	c, err := Dial(t.Context(), addrs, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestClientPutGetDelete(t *testing.T) {
	c := dialPeers(t, ClientOptions{DB: 3, Password: "x"}, startPeer(t, newPeerStore(), nil))
	ctx := t.Context()
	if v, err := c.Get(ctx, "a"); v != nil || err != nil {
		t.Errorf("absent: got %q, %v", v, err)
	}
	if err := c.Put(ctx, "a", []byte("")); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Get(ctx, "a"); v == nil || len(v) != 0 || err != nil {
		t.Errorf("empty: got %v, %v", v, err)
	}
	if n, err := c.Delete(ctx, "a", "b"); n != 1 || err != nil {
		t.Errorf("Delete: got %d, %v", n, err)
	}
	_, err := c.Do(ctx, "NOSUCH", 1, int64(2), 3.5, []byte("x"))
	var reply ReplyError
	if !errors.As(err, &reply) || reply.Code() != "ERR" {
		t.Errorf("error reply: got %v", err)
	}
	for _, args := range [][]any{{}, {"SELECT", 1}, {"SET", "a", struct{}{}}} {
		if _, err := c.Do(ctx, args...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

func TestClientMovesToAnotherNode(t *testing.T) {
	store := newPeerStore()
	first, second := startPeer(t, store, nil), startPeer(t, store, nil)
	c := dialPeers(t, ClientOptions{}, first, second)
	if err := c.Put(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	first.stop()
	if v, err := c.Get(t.Context(), "a"); string(v) != "1" || err != nil {
		t.Errorf("read after the node died: got %q, %v", v, err)
	}
	if err := c.Put(t.Context(), "a", []byte("2")); err != nil {
		t.Errorf("write after the node died: %v", err)
	}
}

// A write whose connection breaks is never sent again, applied or not.
func TestClientDoesNotRepeatAWriteInDoubt(t *testing.T) {
	for _, fault := range []string{"close", "apply+close", "-UNCERTAIN the write may have been applied\r\n"} {
		store := newPeerStore()
		var writes atomic.Int32
		breaks := func(name string) string {
			if name == "SET" {
				writes.Add(1)
				return fault
			}
			return ""
		}
		c := dialPeers(t, ClientOptions{}, startPeer(t, store, breaks), startPeer(t, store, breaks))
		err := c.Put(t.Context(), "a", []byte("1"))
		var uncertain *UncertainError
		if !errors.As(err, &uncertain) || uncertain.Command != "SET" {
			t.Errorf("%q: got %v, want an UncertainError", fault, err)
		}
		if n := writes.Load(); n != 1 {
			t.Errorf("%q: the write was sent %d times", fault, n)
		}
	}
}

func TestClientRepeatsWhatSurelyWasNotApplied(t *testing.T) {
	for _, fault := range []string{"-LOADING\r\n", "-MASTERDOWN no leader\r\n", "-TRYAGAIN\r\n"} {
		store := newPeerStore()
		var n atomic.Int32
		c := dialPeers(t, ClientOptions{}, startPeer(t, store, func(name string) string {
			if name == "SET" && n.Add(1) <= 2 {
				return fault
			}
			return ""
		}))
		if err := c.Put(t.Context(), "a", []byte("1")); err != nil || store.sets != 1 {
			t.Errorf("%q: got %v, %d writes applied", fault, err, store.sets)
		}
	}
}

func TestClientRepeatsReads(t *testing.T) {
	store := newPeerStore()
	var n atomic.Int32
	c := dialPeers(t, ClientOptions{}, startPeer(t, store, func(name string) string {
		if name == "GET" && n.Add(1) == 1 {
			return "close"
		}
		return ""
	}))
	if v, err := c.Get(t.Context(), "a"); v != nil || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
}

func TestClientEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c := &Client{opt: ClientOptions{}.withDefaults()}
	c.pool.init([]string{silent.Addr().String()}, c.opt)
	defer c.Close()
	for name, ctxOf := range map[string]func() (context.Context, context.CancelFunc){
		"deadline": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 30*time.Millisecond)
		},
		"cancel": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(30*time.Millisecond, cancel)
			return ctx, cancel
		},
	} {
		ctx, cancel := ctxOf()
		_, err := c.Get(ctx, "a")
		if err == nil || ctx.Err() == nil {
			t.Errorf("%s: read: got %v", name, err)
		}
		cancel()
		ctx, cancel = ctxOf()
		err = c.Put(ctx, "a", nil)
		var uncertain *UncertainError
		if !errors.As(err, &uncertain) || !errors.Is(err, ctx.Err()) {
			t.Errorf("%s: write: got %v", name, err)
		}
		cancel()
	}
}

func TestClientClose(t *testing.T) {
	entered := make(chan struct{}, 1)
	release := make(chan struct{})
	p := startPeer(t, newPeerStore(), func(name string) string {
		if name == "GET" {
			entered <- struct{}{}
			<-release
		}
		return ""
	})
	c := dialPeers(t, ClientOptions{ConnsMax: 1}, p)
	result := make(chan error, 1)
	go func() {
		_, err := c.Get(t.Context(), "a")
		result <- err
	}()
	<-entered
	c.Close()
	if err := <-result; !errors.Is(err, ErrClientClosed) {
		t.Errorf("the call under way: got %v", err)
	}
	close(release)
	if _, err := c.Get(t.Context(), "a"); !errors.Is(err, ErrClientClosed) {
		t.Errorf("a call after Close: got %v", err)
	}
}

func TestClientConcurrent(t *testing.T) {
	c := dialPeers(t, ClientOptions{ConnsMax: 4}, startPeer(t, newPeerStore(), nil))
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			key, value := fmt.Sprint("k", i), []byte(strings.Repeat("x", i))
			for range 50 {
				if err := c.Put(t.Context(), key, value); err != nil {
					t.Error(err)
					return
				}
				if v, err := c.Get(t.Context(), key); string(v) != string(value) || err != nil {
					t.Errorf("%s: got %q, %v", key, v, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func ExampleClient() {
	ctx := context.Background()
	// Any node takes any command; name several, and one may die.
	c, err := Dial(ctx, exampleNodes(), ClientOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	if err := c.Put(ctx, "greeting", []byte("hello")); err != nil {
		var uncertain *UncertainError
		if errors.As(err, &uncertain) {
			fmt.Println("read it back before writing it again")
		}
		return
	}
	value, err := c.Get(ctx, "greeting")
	fmt.Printf("%s %v\n", value, err)
	n, err := c.Delete(ctx, "greeting")
	fmt.Println(n, err)
	value, err = c.Get(ctx, "greeting")
	fmt.Println(value == nil, err)
	// Output:
	// hello <nil>
	// 1 <nil>
	// true <nil>
}

var exampleStore = newPeerStore()

// exampleNodes are two nodes over one store, which live as long as the test
// binary.
func exampleNodes() []string {
	var addrs []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		p := &peerNode{l: l, store: exampleStore, conns: map[net.Conn]bool{}}
		go p.accept()
		addrs = append(addrs, p.addr())
	}
	return addrs
}
