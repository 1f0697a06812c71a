package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/laurocaetano/foxtail/bench/wire"
)

// Each sends request 0 to n-1 through one connection, pipelined as far as its
// buffers go. An error reply fails it.
func Each(ctx context.Context, addr string, n int, request func(buf []byte, i int) []byte) error {
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	sent := make(chan error, 1)
	go func() {
		const chunk = 32 << 10
		buf := make([]byte, 0, 2*chunk)
		for i := range n {
			if buf = request(buf, i); len(buf) >= chunk || i == n-1 {
				if _, err := c.Write(buf); err != nil {
					sent <- err
					return
				}
				buf = buf[:0]
			}
		}
		sent <- nil
	}()
	replies := wire.NewReader(c)
	for i := range n {
		if err := replies.Skip(); err != nil {
			c.Close()
			<-sent
			return fmt.Errorf("request %d of %d: %w", i, n, err)
		}
	}
	return <-sent
}

// Fill sets keys 0 to keys-1, in their order or in another.
func Fill(ctx context.Context, addr string, keys, size int, shuffled bool) error {
	head, value := append(wire.Array(nil, 3), "$3\r\nSET\r\n"...), Value(size)
	order := Order(keys, shuffled)
	return Each(ctx, addr, keys, func(buf []byte, i int) []byte {
		return append(AppendKey(append(buf, head...), order(i)), value...)
	})
}

// Order is a permutation of 0 to n-1: each in its place, or scattered.
func Order(n int, shuffled bool) func(i int) uint64 {
	if !shuffled {
		return func(i int) uint64 { return uint64(i) }
	}
	// Encrypting the place with a Feistel network over the next power of four
	// and walking on while the result is out of range permutes without memory.
	half := uint(1)
	for 1<<(2*half) < n {
		half++
	}
	mask, keys := uint64(1)<<half-1, [4]uint64{}
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range keys {
		keys[i] = rnd.Uint64()
	}
	return func(i int) uint64 {
		x := uint64(i)
		for {
			l, r := x>>half, x&mask
			for _, k := range keys {
				l, r = r, l^((r^k)*0x9e3779b97f4a7c15>>32)&mask
			}
			if x = l<<half | r; x < uint64(n) {
				return x
			}
		}
	}
}
