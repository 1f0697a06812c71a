package script

import (
	"bufio"
	"net"
	"strconv"
	"testing"
)

// serveReplies answers the command "7" with the wire form of renderings[7],
// and HELLO with an empty map. It returns the port.
func serveReplies(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answer(c)
			c.Close()
		}
	}()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func answer(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		// A command has the form of a reply: an array of strings.
		v, err := ReadValue(r)
		if err != nil || len(v.Elems) == 0 {
			return
		}
		text := "%0\r\n"
		if word := string(v.Elems[0].Str); word != "HELLO" {
			i, err := strconv.Atoi(word)
			if err != nil || i >= len(renderings) {
				return
			}
			text = renderings[i].wire
		}
		if _, err := c.Write([]byte(text)); err != nil {
			return
		}
	}
}
