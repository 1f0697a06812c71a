package load

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/process"
)

// gap measures how long no write comes through.
type gap struct {
	progress atomic.Int64 // probes that came through
	mu       sync.Mutex
	last     time.Time // when one did
	longest  time.Duration
}

const probePace = 2 * time.Millisecond

// probe writes again and again, as a client does that retries at the next node
// whatever happens.
func (l *Load) probe() {
	var conn *process.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for node, n := 0, 0; !l.stopped(); n++ {
		if conn == nil {
			var err error
			if conn, err = process.Dial(l.opt.Addrs[node%len(l.opt.Addrs)]); err != nil {
				conn = nil
				node++
				time.Sleep(probePace)
				continue
			}
			conn.Timeout = time.Second
		}
		v, err := conn.Do("SET", "probe", strconv.Itoa(n))
		if err != nil || v.IsError() {
			conn.Close()
			conn = nil
			node++
			continue
		}
		l.gap.mu.Lock()
		now := time.Now()
		l.gap.longest = max(l.gap.longest, now.Sub(l.gap.last))
		l.gap.last = now
		l.gap.mu.Unlock()
		l.gap.progress.Add(1)
		time.Sleep(probePace)
	}
}

// Progress is how many probes came through: writes of a client that retries.
func (l *Load) Progress() int64 { return l.gap.progress.Load() }

// TakeGap returns the longest time between two writes that came through since
// the last call.
func (l *Load) TakeGap() time.Duration {
	l.gap.mu.Lock()
	defer l.gap.mu.Unlock()
	longest := max(l.gap.longest, time.Since(l.gap.last))
	l.gap.longest = 0
	return longest
}
