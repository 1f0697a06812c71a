package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/laurocaetano/foxtail/bench/wire"
	"golang.org/x/sys/unix"
)

// Open is an open loop: Rate requests a second are sent on a fixed schedule,
// spread over Clients connections, whether or not answers come. Latency counts
// from the moment the schedule names, so a server that stalls is charged for
// every request that it kept from being sent (no coordinated omission).
type Open struct {
	Addr    string
	Clients int
	Rate    float64 // per second
	Command Command
	For     time.Duration
	Skip    time.Duration // at the beginning, not recorded
}

const (
	// answerLimit is how long answers are waited for after the last request.
	answerLimit = 10 * time.Second
	// unansweredMax requests may be under way on one connection before the sender waits.
	unansweredMax = 1 << 16
)

// Run runs it. Elapsed is the time of the schedule.
func (l Open) Run(ctx context.Context) (Result, error) {
	conns, err := dial(l.Addr, l.Clients)
	if err != nil {
		return Result{}, err
	}
	defer closeAll(conns)
	defer context.AfterFunc(ctx, func() { closeAll(conns) })()
	began := time.Now()
	lines := make([]*line, len(conns))
	var wg sync.WaitGroup
	for i, c := range conns {
		lines[i] = &line{conn: c, due: make(chan time.Duration, unansweredMax), latency: histogram()}
		wg.Go(func() { lines[i].receive(began, l.Skip) })
	}
	sent, err := l.send(lines, began)
	for _, line := range lines {
		close(line.due)
		err = errors.Join(err, line.conn.SetReadDeadline(time.Now().Add(answerLimit)))
	}
	wg.Wait()
	sum := Result{Elapsed: l.For}
	var parts []*hdrhistogram.Histogram
	for _, line := range lines {
		sum.add(line.Result)
		parts = append(parts, line.latency)
		err = errors.Join(err, line.err)
	}
	sum.Latency, sum.Unclaimed = merge(parts), sent-sum.Ops
	if err == nil && sum.Unclaimed > 0 {
		err = fmt.Errorf("%d of %d requests were not answered within %s", sum.Unclaimed, sent, answerLimit)
	}
	return sum, err
}

// send keeps the schedule, on a thread of its own: Go's timers may be late by a
// millisecond, nanosleep by some ten microseconds.
func (l Open) send(lines []*line, began time.Time) (sent int64, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	defer unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // the thread's default again
	rnd, step := newRand(), float64(time.Second)/l.Rate
	var buf []byte
	for {
		due := time.Duration(float64(sent) * step)
		if due >= l.For {
			return sent, nil
		}
		if wait := due - time.Since(began); wait > 0 {
			ts := unix.NsecToTimespec(wait.Nanoseconds())
			if err := unix.Nanosleep(&ts, nil); err != nil && err != unix.EINTR {
				return sent, err
			}
			continue // it may have been interrupted
		}
		line := lines[int(sent)%len(lines)]
		buf = l.Command(buf[:0], rnd)
		line.due <- due
		if _, err := line.conn.Write(buf); err != nil {
			return sent, err
		}
		sent++
	}
}

// line is one connection of an open loop.
type line struct {
	conn    net.Conn
	due     chan time.Duration // when each request under way should have been sent
	latency *hdrhistogram.Histogram
	err     error
	Result
}

func (l *line) receive(began time.Time, skip time.Duration) {
	replies := wire.NewReader(l.conn)
	for due := range l.due {
		if l.err == nil {
			if err := l.tally(replies.Skip()); err != nil {
				l.Ops--
				l.err = err
			}
		}
		if l.err == nil && due >= skip {
			record(l.latency, time.Since(began)-due)
		}
	}
}
