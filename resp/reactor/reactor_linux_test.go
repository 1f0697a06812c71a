package reactor

import (
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func openFiles(t testing.TB) int {
	t.Helper()
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(dir)
}

// When the process may open no more files, waiting connections are refused
// rather than reported for ever, and service goes on when files are closed.
func TestOutOfFiles(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := listen(t, r, "tcp", "127.0.0.1:0")
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	const clients, spare = 8, 4
	var peers []net.Conn
	for range clients {
		peers = append(peers, dial(t, l)) // the kernel accepts for us
	}
	low := old
	low.Cur = uint64(openFiles(t) - 1 + spare)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
			t.Error(err)
		}
	}
	defer restore()

	var conns []*Conn
	start, before := time.Now(), cpuTime(t)
	for time.Since(start) < 250*time.Millisecond {
		events, err := r.Wait(start.Add(250 * time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events {
			if ev.Listener != nil {
				conns = append(conns, ev.Conn)
			}
		}
	}
	if cpu := cpuTime(t) - before; cpu > 100*time.Millisecond {
		t.Errorf("%v of processor time while out of files", cpu)
	}
	restore()
	refused := 0
	for _, nc := range peers {
		nc.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := nc.Read(make([]byte, 1)); err == io.EOF || isReset(err) {
			refused++
		}
	}
	if len(conns) == 0 || refused == 0 || len(conns)+refused != clients {
		t.Errorf("%d accepted and %d refused of %d", len(conns), refused, clients)
	}
	for _, c := range conns {
		c.Close()
	}
	nc := dial(t, l)
	c := accept(t, r)
	c.Write([]byte("x"))
	nc.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := nc.Read(make([]byte, 1)); n != 1 {
		t.Error("no service afterwards:", err)
	}
}

func isReset(err error) bool {
	return err != nil && strings.Contains(err.Error(), syscall.ECONNRESET.Error())
}

// Even without a spare file the loop does not spin, and tries again.
func TestOutOfFilesWithoutSpare(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := listen(t, r, "tcp", "127.0.0.1:0")
	dial(t, l)
	p := r.poll.(*epoll)
	unix.Close(p.spareFd)
	p.spareFd = -1
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	low := old
	low.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	start, waits := time.Now(), 0
	for time.Since(start) < 150*time.Millisecond {
		if events, err := r.Wait(start.Add(150 * time.Millisecond)); err != nil || len(events) > 0 {
			t.Errorf("%+v, %v", events, err)
		}
		waits++
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if waits > 20 {
		t.Errorf("woken %d times", waits)
	}
	accept(t, r)
}

func TestIdle(t *testing.T) {
	each(t, func(t *testing.T, r *Reactor) {
		l := listen(t, r, "tcp", "127.0.0.1:0")
		for range 50 {
			dial(t, l)
			accept(t, r)
		}
		runtime.GC()
		before := cpuTime(t)
		events, err := r.Wait(time.Now().Add(300 * time.Millisecond))
		if err != nil || len(events) != 0 {
			t.Fatal(events, err)
		}
		if cpu := cpuTime(t) - before; cpu > 20*time.Millisecond {
			t.Errorf("%v of processor time in 300 ms of nothing", cpu)
		}
	})
}

// The heap that an idle connection costs.
func TestIdleMemory(t *testing.T) {
	const clients = 5000
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 2*clients+100 {
		t.Skipf("only %d files may be open", limit.Cur)
	}
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l := listen(t, r, "tcp", "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(l.Addr())
	to := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	to.Port, _ = strconv.Atoi(port)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	before := heap()
	accepted := 0
	for i := range clients {
		// Bare descriptors: the clients' own memory must not count.
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.Connect(fd, to); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 {
			turn(t, r, func(*Event) { accepted++ }, func() bool { return accepted > i })
		}
	}
	per := (heap() - before) / clients
	t.Logf("%d bytes per idle connection", per)
	if per > 1024 {
		t.Errorf("%d bytes per idle connection", per)
	}
}
