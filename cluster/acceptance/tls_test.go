package acceptance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// authority makes certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	file string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	made int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.file, _ = a.issue("authority")
	return a
}

// issue makes a certificate and its key, signed by the authority, or by itself
// if that is what is being made.
func (a *authority) issue(name string) (certFile, keyFile string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.made++
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(a.made), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: a.cert == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = cert, key
		a.cert, a.key = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(a.dir, name+".crt"), filepath.Join(a.dir, name+".key")
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// client is the TLS of a client with a certificate of that name, or without any.
func (a *authority) client(name string) *tls.Config {
	a.t.Helper()
	text, err := os.ReadFile(a.file)
	if err != nil {
		a.t.Fatal(err)
	}
	cfg := &tls.Config{RootCAs: x509.NewCertPool()}
	cfg.RootCAs.AppendCertsFromPEM(text)
	if name != "" {
		pair, err := tls.LoadX509KeyPair(a.issue(name))
		if err != nil {
			a.t.Fatal(err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg
}

// askTLS is one PING over a connection of its own, and who answered.
func askTLS(addr string, cfg *tls.Config) (server string, err error) {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: harness.WaitMax}, "tcp", addr, cfg)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(harness.WaitMax)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return "", err
	}
	answer := make([]byte, len("+PONG\r\n"))
	if _, err := c.Read(answer); err != nil {
		return "", err
	}
	if string(answer) != "+PONG\r\n" {
		return "", fmt.Errorf("PING answers %q", answer)
	}
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// Three nodes that speak TLS with each other and with clients: strangers get
// nowhere, big values pass, and a leader may die.
func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	cert, key := ca.issue("server")
	var c *harness.Cluster
	var ports []string
	for i := range 3 {
		ports = append(ports, fmt.Sprint(harness.FreePort(t)))
		args := []string{"--tls-port", ports[i], "--tls-cluster", "yes", "--tls-ca-cert-file", ca.file, "--tls-cert-file", cert, "--tls-key-file", key}
		if i == 0 {
			c = harness.Start(t, 1, args...)
			continue
		}
		c.Add(append(args, "--join", "127.0.0.1:"+ports[0])...)
	}
	secure := map[*harness.Node]string{}
	for i, n := range c.Nodes {
		secure[n] = "127.0.0.1:" + ports[i]
	}
	c.WaitVoters(3)
	leader, follower := c.Leader(), c.Followers()[0]

	client := redis.NewClient(&redis.Options{Addr: secure[follower], TLSConfig: ca.client("fox")})
	defer client.Close()
	ctx := t.Context()
	big := bytes.Repeat([]byte("fox\r\n\x00"), 1<<18)
	set := func(key string, value any) {
		t.Helper()
		for {
			err := client.Set(ctx, key, value, 0).Err()
			if err == nil {
				return
			}
			if !strings.HasPrefix(err.Error(), "UNCERTAIN") { // on a machine so busy that elections are held
				t.Fatal(err)
			}
		}
	}
	set("big", big)
	if got, err := client.Get(ctx, "big").Bytes(); err != nil || !bytes.Equal(got, big) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}

	for name, test := range map[string]struct {
		addr string
		cfg  *tls.Config
		want string
	}{
		"known":                 {secure[leader], ca.client("someone"), ""},
		"without a certificate": {secure[leader], ca.client(""), "certificate required"},
		"another's certificate": {secure[leader], &tls.Config{InsecureSkipVerify: true, Certificates: other.client("x").Certificates}, "unknown certificate authority"},
		"TLS 1.1":               {secure[leader], &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "protocol version"},
		"the peers' port":       {fmt.Sprint("127.0.0.1:", leader.Bus), &tls.Config{InsecureSkipVerify: true, Certificates: other.client("y").Certificates}, "unknown certificate authority"},
	} {
		if who, err := askTLS(test.addr, test.cfg); test.want == "" && (err != nil || who != "server") || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %q, %v; want %q", name, who, err, test.want)
		}
	}
	if v, err := harness.Ask(secure[leader], "PING"); err == nil {
		t.Errorf("without TLS: got %v", v)
	}

	leader.Kill()
	set("after", "x")
	leader.Start()
	leader.WaitReady()
	if got, err := harness.Ask(leader.Addr(), "STRLEN", "big"); err != nil || int(got.Int) != len(big) {
		t.Errorf("after the restart: got %v, %v", got, err)
	}
}

// CONFIG SET takes a new certificate for new connections, and a wrong one not
// at all.
func TestTLSCertificateIsReplaced(t *testing.T) {
	ca := newAuthority(t)
	cert, key := ca.issue("first")
	port := harness.FreePort(t)
	c := harness.Start(t, 1, "--tls-port", fmt.Sprint(port), "--tls-auth-clients", "no", "--tls-cert-file", cert, "--tls-key-file", key)
	addr := fmt.Sprint("127.0.0.1:", port)
	expect := func(want string) {
		t.Helper()
		if who, err := askTLS(addr, ca.client("")); who != want || err != nil {
			t.Errorf("got %q, %v, want %q", who, err, want)
		}
	}
	expect("first")
	cert, key = ca.issue("second")
	if _, err := harness.Ask(c.Nodes[0].Addr(), "CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key); err != nil {
		t.Fatal(err)
	}
	expect("second")
	otherCert, _ := ca.issue("third")
	if v, err := harness.Ask(c.Nodes[0].Addr(), "CONFIG", "SET", "tls-cert-file", otherCert); err == nil {
		t.Errorf("a certificate without its key: got %v", v)
	}
	expect("second")
}
