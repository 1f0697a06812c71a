package node

import (
	"crypto/tls"
	"sync/atomic"

	"github.com/laurocaetano/foxtail/resp/config"
)

// security is TLS as the configuration has it; CONFIG SET replaces it for the
// connections to come. Any goroutine may use it.
type security struct {
	current atomic.Pointer[config.TLS] // nil inside: nothing uses TLS
	peers   bool                       // nodes speak TLS with each other
}

// follow reads the directives, now and whenever one of them changes.
func (s *security) follow(cfg *config.Config) error {
	s.peers = cfg.PeersUseTLS()
	read := func(string) error {
		now, err := cfg.TLS()
		if err == nil {
			s.current.Store(now)
		}
		return err
	}
	for _, name := range config.TLSDirectives {
		cfg.OnChange(name, read)
	}
	return read("")
}

// serve makes each handshake ask for the configuration as it is then.
func (s *security) serve(which func(*config.TLS) *tls.Config) *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return which(s.current.Load()), nil
	}}
}

func (s *security) clients() *tls.Config {
	return s.serve(func(t *config.TLS) *tls.Config { return t.Clients })
}

// listenPeers is nil where nodes don't speak TLS with each other.
func (s *security) listenPeers() *tls.Config {
	if !s.peers {
		return nil
	}
	return s.serve(func(t *config.TLS) *tls.Config { return t.Peers })
}

// dialPeers is nil where nodes don't speak TLS with each other.
func (s *security) dialPeers() *tls.Config {
	if !s.peers {
		return nil
	}
	return s.current.Load().Dial
}
