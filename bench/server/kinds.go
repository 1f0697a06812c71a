package server

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/laurocaetano/foxtail/bench/wire"
)

// Server is one process that answers at an address.
type Server struct {
	*Process
	Addr string
	Port int
	Dir  string
}

const startLimit = 2 * time.Minute // with millions of keys to load

// Ready waits until the server answers PING.
func (s *Server) Ready(ctx context.Context) error {
	return s.waitFor(ctx, startLimit, func(ctx context.Context) bool {
		pong, err := s.Ask(ctx, "PING")
		return err == nil && pong == "PONG"
	})
}

// Ask sends one command over a connection of its own.
func (s *Server) Ask(ctx context.Context, args ...string) (string, error) {
	return wire.Ask(ctx, s.Addr, args...)
}

// StartFoxtail starts one node and waits until it is ready.
func (f *Fleet) StartFoxtail(ctx context.Context, directives ...string) (*Server, error) {
	ports, err := f.Ports(2)
	if err != nil {
		return nil, err
	}
	dir, err := f.Dir("foxtail")
	if err != nil {
		return nil, err
	}
	args := append([]string{"--port", strconv.Itoa(ports[0]), "--cluster-port", strconv.Itoa(ports[1]), "--dir", dir, "--loglevel", "warning"}, directives...)
	p, err := f.Start(dir, f.Foxtail, args...)
	if err != nil {
		return nil, err
	}
	s := &Server{p, Local(ports[0]), ports[0], dir}
	return s, s.Ready(ctx)
}

// StartThree starts a cluster of three nodes and returns them, the leader first.
func (f *Fleet) StartThree(ctx context.Context, directives ...string) ([]*Server, error) {
	var nodes []*Server
	for i := range 3 {
		args := directives
		if i > 0 {
			args = append([]string{"--join", nodes[0].Addr}, directives...)
		}
		n, err := f.StartFoxtail(ctx, args...)
		if err != nil {
			return nodes, err
		}
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		if err := n.Joined(ctx, len(nodes)); err != nil {
			return nodes, err
		}
	}
	for i, n := range nodes {
		if r, err := n.Raft(ctx); err == nil && r["role"] == "leader" {
			nodes[0], nodes[i] = nodes[i], nodes[0]
			return nodes, nil
		}
	}
	return nodes, fmt.Errorf("none of %d nodes leads", len(nodes))
}

// Raft is INFO raft of a node, by field without "raft_".
func (s *Server) Raft(ctx context.Context) (map[string]string, error) {
	text, err := s.Ask(ctx, "INFO", "raft")
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			m[strings.TrimPrefix(name, "raft_")] = value
		}
	}
	return m, nil
}

// Term is the node's Raft term, 0 if it does not say.
func (s *Server) Term(ctx context.Context) int {
	r, err := s.Raft(ctx)
	if err != nil {
		return 0
	}
	term, err := strconv.Atoi(r["term"])
	if err != nil {
		return 0
	}
	return term
}

// Joined waits until the node knows a leader and that many voters, and has
// applied what it knows to be committed.
func (s *Server) Joined(ctx context.Context, voters int) error {
	return s.waitFor(ctx, startLimit, func(ctx context.Context) bool {
		r, err := s.Raft(ctx)
		return err == nil && r["leader"] != "" && r["voters"] == strconv.Itoa(voters) && r["applied_index"] == r["commit_index"]
	})
}

// StartRedis starts redis-server without snapshots of its own and waits until
// it is ready.
func (f *Fleet) StartRedis(ctx context.Context, directives ...string) (*Server, error) {
	ports, err := f.Ports(1)
	if err != nil {
		return nil, err
	}
	dir, err := f.Dir("redis")
	if err != nil {
		return nil, err
	}
	args := append([]string{"--bind", "127.0.0.1", "--port", strconv.Itoa(ports[0]), "--save", "", "--dir", dir}, directives...)
	p, err := f.Start(dir, "redis-server", args...)
	if err != nil {
		return nil, err
	}
	s := &Server{p, Local(ports[0]), ports[0], dir}
	return s, s.Ready(ctx)
}

// StartEtcd starts a cluster of etcd members and waits until each is reached.
func (f *Fleet) StartEtcd(ctx context.Context, members int) ([]*Server, error) {
	ports, err := f.Ports(2 * members)
	if err != nil {
		return nil, err
	}
	var all []string
	for i := range members {
		all = append(all, fmt.Sprintf("m%d=http://%s", i, Local(ports[2*i+1])))
	}
	var servers []*Server
	for i := range members {
		dir, err := f.Dir("etcd")
		if err != nil {
			return servers, err
		}
		client, peer := "http://"+Local(ports[2*i]), "http://"+Local(ports[2*i+1])
		p, err := f.Start(dir, "etcd", "--name", fmt.Sprintf("m%d", i), "--data-dir", dir, "--log-level", "error",
			"--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
			"--initial-advertise-peer-urls", peer, "--initial-cluster", strings.Join(all, ","), "--initial-cluster-state", "new")
		if err != nil {
			return servers, err
		}
		servers = append(servers, &Server{p, Local(ports[2*i]), ports[2*i], dir})
	}
	for _, s := range servers {
		err := s.waitFor(ctx, startLimit, func(ctx context.Context) bool {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		if err != nil {
			return servers, err
		}
	}
	return servers, nil
}

// Installed says whether a program is on the PATH, and in which version.
func Installed(program string) (version string, ok bool) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", false
	}
	out, err := exec.Command(path, "--version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	return first, err == nil
}

// KillAll ends several servers.
func KillAll(servers ...*Server) error {
	for _, s := range servers {
		if err := s.Kill(); err != nil {
			return err
		}
	}
	return nil
}
