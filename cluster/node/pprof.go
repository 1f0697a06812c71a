package node

import (
	"net"
	"net/http"
	"net/http/pprof"
	"runtime"
	"time"
)

// servePprof serves the runtime's profiles at addr, HOST:PORT, on goroutines of
// its own, until stop is called; an empty addr serves nothing. Whoever reaches
// addr sees them: there is no password. The command line is not among them,
// since it may hold one.
func servePprof(addr string) (stop func(), err error) {
	if addr == "" {
		runtime.MemProfileRate = 0 // nobody will ask for a heap profile
		return func() {}, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go s.Serve(l) // returns when s is closed
	return func() { s.Close() }, nil
}
