package resp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// idleTrusted is how long an unused connection is taken without asking: a
// server that went away meanwhile would leave a write in doubt for nothing.
const idleTrusted = 500 * time.Millisecond

// pool keeps connections to one node, and moves on to the next node when that
// one fails.
type pool struct {
	addrs []string
	opt   ClientOptions
	slots chan struct{} // one per connection in use
	done  chan struct{} // closed by close

	mu struct {
		sync.Mutex
		node   int // index of addrs, where new connections go
		idle   []*clientConn
		closed bool
		inUse  map[*clientConn]struct{}
	}
}

// clientConn is one connection, used by one call at a time.
type clientConn struct {
	conn     net.Conn
	r        *bufio.Reader
	node     int
	lastUsed time.Time
}

func (p *pool) init(addrs []string, opt ClientOptions) {
	p.addrs, p.opt = addrs, opt
	p.slots = make(chan struct{}, opt.ConnsMax)
	p.done = make(chan struct{})
	p.mu.inUse = map[*clientConn]struct{}{}
}

// take gives a connection that answered lately, or a new one.
func (p *pool) take(ctx context.Context) (*clientConn, error) {
	select {
	case p.slots <- struct{}{}:
	case <-p.done:
		return nil, ErrClientClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a connection: %w", ctx.Err())
	}
	for {
		c, node, err := p.pop()
		if err == nil && c == nil {
			c, err = p.connect(ctx, node)
			if err == nil && !p.use(c) {
				c.conn.Close()
				err = ErrClientClosed
			}
		} else if err == nil && time.Since(c.lastUsed) > idleTrusted && !c.alive(ctx) {
			p.drop(c)
			continue
		}
		if err != nil {
			<-p.slots
			return nil, err
		}
		return c, nil
	}
}

// pop gives an idle connection to the present node; nil if there is none.
func (p *pool) pop() (c *clientConn, node int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.closed {
		return nil, 0, ErrClientClosed
	}
	if n := len(p.mu.idle); n > 0 {
		c = p.mu.idle[n-1]
		p.mu.idle = p.mu.idle[:n-1]
		p.mu.inUse[c] = struct{}{}
	}
	return c, p.mu.node, nil
}

func (p *pool) use(c *clientConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.mu.closed {
		p.mu.inUse[c] = struct{}{}
	}
	return !p.mu.closed
}

// put gives a connection back. If it is not fit for more, the node is left.
func (p *pool) put(c *clientConn, fit bool) {
	c.lastUsed = time.Now()
	p.mu.Lock()
	delete(p.mu.inUse, c)
	keep := fit && !p.mu.closed && c.node == p.mu.node
	if keep {
		p.mu.idle = append(p.mu.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		c.conn.Close()
	}
	if !fit {
		p.leave(c.node)
	}
	<-p.slots
}

// drop forgets a connection that was found dead before its use.
func (p *pool) drop(c *clientConn) {
	p.mu.Lock()
	delete(p.mu.inUse, c)
	p.mu.Unlock()
	c.conn.Close()
	p.leave(c.node)
}

// leave makes the node after this one the present one, unless another call
// has done so.
func (p *pool) leave(node int) {
	p.mu.Lock()
	var idle []*clientConn
	if p.mu.node == node {
		p.mu.node = (node + 1) % len(p.addrs)
		idle, p.mu.idle = p.mu.idle, nil
	}
	p.mu.Unlock()
	for _, c := range idle {
		c.conn.Close()
	}
}

func (p *pool) close() {
	p.mu.Lock()
	if p.mu.closed {
		p.mu.Unlock()
		return
	}
	p.mu.closed = true
	conns := p.mu.idle
	for c := range p.mu.inUse {
		conns = append(conns, c)
	}
	p.mu.idle = nil
	p.mu.Unlock()
	close(p.done)
	for _, c := range conns {
		c.conn.Close()
	}
}

// connect dials a node and introduces itself.
func (p *pool) connect(ctx context.Context, node int) (*clientConn, error) {
	d := net.Dialer{Timeout: p.opt.DialTimeout}
	conn, err := d.DialContext(ctx, "tcp", p.addrs[node])
	if err != nil {
		p.leave(node)
		return nil, err
	}
	c := &clientConn{conn: conn, r: bufio.NewReader(conn), node: node, lastUsed: time.Now()}
	for _, words := range p.greeting() {
		v, _, err := c.roundTrip(ctx, wire.AppendCommand(nil, words...))
		if err == nil && v.IsError() {
			err = fmt.Errorf("%s: %w", words[0], ReplyError(v.Str))
		}
		if err != nil {
			conn.Close()
			p.leave(node)
			return nil, err
		}
	}
	return c, nil
}

func (p *pool) greeting() (cmds [][]string) {
	if p.opt.Password != "" {
		user := p.opt.Username
		if user == "" {
			user = "default"
		}
		cmds = append(cmds, []string{"AUTH", user, p.opt.Password})
	}
	if p.opt.DB != 0 {
		cmds = append(cmds, []string{"SELECT", strconv.Itoa(p.opt.DB)})
	}
	return cmds
}

var pingRequest = wire.AppendCommand(nil, "PING")

func (c *clientConn) alive(ctx context.Context) bool {
	v, _, err := c.roundTrip(ctx, pingRequest)
	return err == nil && v.Str == "PONG"
}

// roundTrip sends a request and reads its reply, no longer than the context
// lasts. After an error the connection is of no more use.
func (c *clientConn) roundTrip(ctx context.Context, request []byte) (v wire.Value, sent bool, err error) {
	if err := ctx.Err(); err != nil {
		return v, false, err
	}
	deadline, _ := ctx.Deadline()
	if err := c.conn.SetDeadline(deadline); err != nil {
		return v, false, err
	}
	// A context that is cancelled before its deadline ends the wait as well.
	past := time.Unix(1, 0)
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(past) }) // fails only on a closed connection
	defer func() {
		if !stop() && err == nil {
			// The deadline may be set after this: the connection ends here.
			c.conn.Close()
		}
	}()
	n, err := c.conn.Write(request)
	if err == nil {
		v, err = wire.ReadReply(c.r, 0)
	}
	if err != nil && isTimeout(err) {
		// Every deadline of the connection is the context's, whose own timer may
		// be a moment later.
		<-ctx.Done()
		err = ctx.Err()
	}
	return v, n > 0, err
}
