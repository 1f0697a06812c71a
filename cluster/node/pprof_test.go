package node

import (
	"net"
	"net/http"
	"testing"
)

func TestPprofShowsProfilesButNoCommandLine(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	if _, err := servePprof(addr); err == nil {
		t.Error("a port that is taken: no error")
	}
	free.Close()
	stop, err := servePprof(addr)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"": 200, "heap": 200, "goroutine": 200, "profile?seconds=1": 200, "cmdline": 404} {
		r, err := http.Get("http://" + addr + "/debug/pprof/" + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%q: got %s, want %d", path, r.Status, want)
		}
	}
	stop()
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("it listens after stop")
	}
}
