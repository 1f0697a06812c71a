package config

import (
	"net"
	"strings"
)

// busPortOffset is added to port where no cluster-port is given.
const busPortOffset = 10000

// BusPort is the port that this node's peers' link listens on.
func (c *Config) BusPort() int {
	if n := c.Int("cluster-port"); n != 0 {
		return int(n)
	}
	return c.peersPort() + busPortOffset
}

// peersPort is the clients' port that other nodes use.
func (c *Config) peersPort() int {
	if plain := int(c.Int("port")); plain != 0 && !c.PeersUseTLS() {
		return plain
	}
	return int(c.Int("tls-port"))
}

// Bind is one address of the bind directive.
type Bind struct {
	Network, Host string // Host is empty for every address
	Optional      bool   // -ADDRESS: it may be missing on this machine
}

// Binds are the addresses to listen at: all of them if bind is empty.
func (c *Config) Binds() []Bind {
	hosts := c.Words("bind")
	if len(hosts) == 0 {
		hosts = []string{"*", "-::*"}
	}
	var out []Bind
	for _, host := range hosts {
		host, optional := strings.CutPrefix(host, "-")
		b := Bind{Network: "tcp4", Host: strings.TrimSuffix(strings.TrimSuffix(host, "::*"), "*"), Optional: optional}
		if strings.Contains(host, ":") {
			b.Network = "tcp6"
		}
		out = append(out, b)
	}
	return out
}

// Announce is where others reach this node: what cluster-announce-* say, or
// else what it is bound to.
func (c *Config) Announce() (host string, port, busPort int) {
	host, port, busPort = c.Str("cluster-announce-ip"), int(c.Int("cluster-announce-port")), int(c.Int("cluster-announce-bus-port"))
	if c.PeersUseTLS() {
		port = int(c.Int("cluster-announce-tls-port"))
	}
	if host == "" {
		host = ownHost(c.Words("bind"))
	}
	if port == 0 {
		port = c.peersPort()
	}
	if busPort == 0 {
		busPort = c.BusPort()
	}
	return host, port, busPort
}

// ownHost is the first address that is bound to; if that is every address, the
// machine's first one that others can reach.
func ownHost(bind []string) string {
	for _, host := range bind {
		ip := net.ParseIP(strings.TrimPrefix(host, "-"))
		if ip != nil && !ip.IsUnspecified() {
			return ip.String()
		}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "127.0.0.1"
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return "127.0.0.1"
}
