package reactor

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// The clients of the benchmarks are a process of their own, so that the
// processor time measured is the server's.
const echoClientsEnv = "REACTOR_ECHO_CLIENTS"

func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv(echoClientsEnv)); err == nil {
		runEchoClients(os.Args[1], os.Args[2], n)
		return
	}
	os.Exit(m.Run())
}

// runEchoClients plays ping-pong count times over n connections.
func runEchoClients(addr, count string, n int) {
	total, _ := strconv.Atoi(count)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				panic(err)
			}
			defer nc.Close()
			buf := make([]byte, 64)
			for range total/n + min(1, max(0, total%n-i)) {
				if _, err := nc.Write(buf); err != nil {
					panic(err)
				}
				if _, err := io.ReadFull(nc, buf); err != nil {
					panic(err)
				}
			}
		})
	}
	wg.Wait()
}

// benchmarkEcho runs the clients against addr; serve returns when they are gone.
func benchmarkEcho(b *testing.B, clients int, addr string, serve func()) {
	cmd := exec.Command(os.Args[0], addr, strconv.Itoa(max(b.N, clients)))
	cmd.Env = append(os.Environ(), echoClientsEnv+"="+strconv.Itoa(clients))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	before, start := cpuTime(b), time.Now()
	serve()
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(b.N), "ns/op")
	b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

func benchmarkReactor(b *testing.B, clients int, newReactor func() (*Reactor, error)) {
	r, err := newReactor()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	l := listen(b, r, "tcp", "127.0.0.1:0")
	benchmarkEcho(b, clients, l.Addr(), func() {
		buf := make([]byte, 64<<10)
		for gone := 0; gone < clients; {
			events, err := r.Wait(time.Time{})
			if err != nil {
				b.Fatal(err)
			}
			for i := range events {
				c := events[i].Conn
				if c == nil || events[i].Listener != nil {
					continue
				}
				n, err := c.Read(buf)
				if err != nil {
					c.Close()
					gone++
					continue
				}
				if n > 0 {
					if _, err := c.Write(buf[:n]); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
}

// benchmarkNet is what Go programs usually do: a goroutine per connection.
func benchmarkNet(b *testing.B, clients int) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	benchmarkEcho(b, clients, ln.Addr().String(), func() {
		var wg sync.WaitGroup
		for range clients {
			nc, err := ln.Accept()
			if err != nil {
				b.Fatal(err)
			}
			wg.Go(func() {
				defer nc.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := nc.Read(buf)
					if err != nil {
						return
					}
					if _, err := nc.Write(buf[:n]); err != nil {
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

func BenchmarkEcho1System(b *testing.B)    { benchmarkReactor(b, 1, New) }
func BenchmarkEcho1Portable(b *testing.B)  { benchmarkReactor(b, 1, NewPortable) }
func BenchmarkEcho1Net(b *testing.B)       { benchmarkNet(b, 1) }
func BenchmarkEcho50System(b *testing.B)   { benchmarkReactor(b, 50, New) }
func BenchmarkEcho50Portable(b *testing.B) { benchmarkReactor(b, 50, NewPortable) }
func BenchmarkEcho50Net(b *testing.B)      { benchmarkNet(b, 50) }
