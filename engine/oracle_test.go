package engine

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// oracle is a connection to a real redis-server, the reference for replies.
type oracle struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// newOracle starts a redis-server for the test, or skips where there is none.
func newOracle(t testing.TB, proto int) *oracle {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server to compare with")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &oracle{t: t}
	t.Cleanup(func() {
		if o.conn != nil {
			_ = o.conn.Close()
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if o.conn, err = net.Dial("tcp", addr); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server does not answer: %v", err)
		}
	}
	o.in = bufio.NewReader(o.conn)
	if proto == 3 {
		o.do([][]byte{[]byte("HELLO"), []byte("3")})
	}
	return o
}

// send writes a command without waiting for its answer.
func (o *oracle) send(args [][]byte) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := o.conn.Write(b.Bytes()); err != nil {
		o.t.Fatal(err)
	}
}

// do runs a command and returns the bytes of its answer.
func (o *oracle) do(args [][]byte) string {
	o.t.Helper()
	o.send(args)
	return o.receive()
}

func (o *oracle) receive() string {
	o.t.Helper()
	var b bytes.Buffer
	if _, err := readReply(io.TeeReader(o.in, &b), ""); err != nil {
		o.t.Fatalf("redis-server: %v after %q", err, b.Bytes())
	}
	return b.String()
}

// tree is a parsed answer.
type tree struct {
	kind byte
	text string
	sub  []string // rendered elements; of a map: pairs
}

func (t tree) String() string {
	if t.sub == nil {
		return fmt.Sprintf("%c%q", t.kind, t.text)
	}
	return fmt.Sprintf("%c[\n %s\n]", t.kind, strings.ReplaceAll(strings.Join(t.sub, "\n"), "\n", "\n "))
}

// readReply parses one answer, byte by byte so that r is not read too far.
// The elements of the kinds of aggregates in sorted are put into order.
func readReply(r io.Reader, sorted string) (tree, error) {
	line, err := readLine(r)
	if err != nil {
		return tree{}, err
	}
	if line == "" {
		return tree{}, fmt.Errorf("an empty line")
	}
	t := tree{kind: line[0], text: line[1:]}
	n, _ := strconv.Atoi(t.text)
	switch t.kind {
	case '$', '=':
		if n < 0 {
			return t, nil
		}
		b := make([]byte, n+2)
		_, err = io.ReadFull(r, b)
		t.text = string(b[:n])
		return t, err
	case '*', '~', '%', '>':
		each := 1
		if t.kind == '%' {
			each = 2
		}
		t.sub = []string{}
		for range n {
			var parts []string
			for range each {
				e, err := readReply(r, sorted)
				if err != nil {
					return t, err
				}
				parts = append(parts, e.String())
			}
			t.sub = append(t.sub, strings.Join(parts, " => "))
		}
		if strings.IndexByte(sorted, t.kind) >= 0 {
			sort.Strings(t.sub)
		}
	}
	return t, nil
}

func readLine(r io.Reader) (string, error) {
	var line []byte
	var one [1]byte
	for {
		if _, err := io.ReadFull(r, one[:]); err != nil {
			return "", err
		}
		line = append(line, one[0])
		if bytes.HasSuffix(line, []byte("\r\n")) {
			return string(line[:len(line)-2]), nil
		}
	}
}

// canonical renders an answer with the aggregates of the sorted kinds in order.
func canonical(t testing.TB, wire, sorted string) string {
	t.Helper()
	got, err := readReply(strings.NewReader(wire), sorted)
	if err != nil {
		t.Fatalf("%v in %q", err, wire)
	}
	return got.String()
}

// sortReply puts the elements of the outermost aggregate in order, in groups
// of some.
func sortReply(reply string, group int) string {
	if reply == "" || !strings.ContainsRune("*~%", rune(reply[0])) {
		return reply
	}
	if reply[0] == '%' {
		group = 2
	}
	head, rest, _ := strings.Cut(reply, "\n")
	var items []string
	for rest != "" {
		item := ""
		for range group {
			n := replyLen(rest)
			item += rest[:n]
			rest = rest[n:]
		}
		items = append(items, item)
	}
	slices.Sort(items)
	return head + "\n" + strings.Join(items, "")
}

// replyLen is the length of the first reply in s.
func replyLen(s string) int {
	end := strings.IndexByte(s, '\n') + 1
	if end == 0 {
		return len(s)
	}
	n, _ := strconv.Atoi(strings.TrimSpace(s[1:end]))
	switch s[0] {
	case '$', '=':
		if n >= 0 {
			end += n + 2
		}
	case '%':
		n *= 2
		fallthrough
	case '*', '~', '>':
		for range max(n, 0) {
			end += replyLen(s[end:])
		}
	}
	return min(end, len(s))
}
