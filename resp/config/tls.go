package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PeersUseTLS says whether nodes speak TLS with each other: over their links,
// and when they join at a member's port for clients. Redis tells the two apart
// (tls-cluster, tls-replication); here either means both.
func (c *Config) PeersUseTLS() bool { return c.Bool("tls-cluster") || c.Bool("tls-replication") }

// TLSDirectives are those that CONFIG SET may change: TLS is then to be made anew.
var TLSDirectives = []string{
	"tls-cert-file", "tls-key-file", "tls-client-cert-file", "tls-client-key-file", "tls-ca-cert-file", "tls-ca-cert-dir",
	"tls-auth-clients", "tls-protocols", "tls-session-caching",
}

// TLS is what the tls-* directives and their files say, as of its making.
type TLS struct {
	Clients *tls.Config // how clients are served
	Peers   *tls.Config // how other nodes are served
	Dial    *tls.Config // how other nodes are called; they are judged by our CA, whatever their name
}

// TLS reads the files; nil if nothing uses TLS.
func (c *Config) TLS() (*TLS, error) {
	if c.Int("tls-port") == 0 {
		if c.PeersUseTLS() {
			return nil, errors.New("tls-cluster and tls-replication need a tls-port, at which other nodes join")
		}
		return nil, nil
	}
	cert, err := keyPair(c.Str("tls-cert-file"), c.Str("tls-key-file"))
	if err != nil {
		return nil, fmt.Errorf("tls-cert-file, tls-key-file: %w", err)
	}
	own := cert
	if c.Str("tls-client-cert-file") != "" {
		if own, err = keyPair(c.Str("tls-client-cert-file"), c.Str("tls-client-key-file")); err != nil {
			return nil, fmt.Errorf("tls-client-cert-file, tls-client-key-file: %w", err)
		}
	}
	auth := map[string]tls.ClientAuthType{
		"no": tls.NoClientCert, "yes": tls.RequireAndVerifyClientCert, "optional": tls.VerifyClientCertIfGiven,
	}[c.Str("tls-auth-clients")]
	var roots *x509.CertPool
	if auth != tls.NoClientCert || c.PeersUseTLS() {
		if roots, err = c.authorities(); err != nil {
			return nil, err
		}
	}
	base := tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13}
	if p := c.Words("tls-protocols"); len(p) > 0 {
		base.MinVersion, base.MaxVersion = tlsVersions[p[0]], tlsVersions[p[len(p)-1]]
	}
	server := base.Clone()
	server.Certificates, server.ClientCAs = []tls.Certificate{cert}, roots
	server.SessionTicketsDisabled = !c.Bool("tls-session-caching")
	t := &TLS{Clients: server, Peers: server.Clone(), Dial: base.Clone()}
	t.Clients.ClientAuth, t.Peers.ClientAuth = auth, tls.RequireAndVerifyClientCert
	t.Dial.Certificates = []tls.Certificate{own}
	t.Dial.InsecureSkipVerify = true // of the name; VerifyConnection judges the rest
	t.Dial.VerifyConnection = func(s tls.ConnectionState) error {
		between := x509.NewCertPool()
		for _, cert := range s.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
	return t, nil
}

func keyPair(cert, key string) (tls.Certificate, error) {
	if cert == "" || key == "" {
		return tls.Certificate{}, errors.New("a certificate and its key are needed")
	}
	return tls.LoadX509KeyPair(cert, key)
}

// authorities are those whose certificates are believed.
func (c *Config) authorities() (*x509.CertPool, error) {
	file, dir := c.Str("tls-ca-cert-file"), c.Str("tls-ca-cert-dir")
	if file == "" && dir == "" {
		return nil, errors.New("Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!")
	}
	var files []string
	if file != "" {
		files = append(files, file)
	}
	if dir != "" {
		inside, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			return nil, err
		}
		files = append(files, inside...)
	}
	pool, found := x509.NewCertPool(), false
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		ok := pool.AppendCertsFromPEM(text)
		if found = found || ok; !ok && f == file {
			return nil, fmt.Errorf("%s: no certificate in it", f)
		}
	}
	if !found {
		return nil, fmt.Errorf("%s: no certificate in it", dir)
	}
	return pool, nil
}

var tlsVersions = map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

// checkProtocols reads a list of TLS versions and returns it in their order.
func checkProtocols(v string) (string, error) {
	var found []string
	for _, name := range []string{"TLSv1.2", "TLSv1.3"} {
		for _, w := range strings.Fields(v) {
			if strings.EqualFold(w, name) && (len(found) == 0 || found[len(found)-1] != name) {
				found = append(found, name)
			}
		}
	}
	for _, w := range strings.Fields(v) {
		if !strings.EqualFold(w, "TLSv1.2") && !strings.EqualFold(w, "TLSv1.3") {
			return "", errors.New("argument must be of TLSv1.2 and TLSv1.3: older ones are not safe")
		}
	}
	return strings.Join(found, " "), nil
}
