package acceptance

import (
	"bufio"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
)

// The demo says how to start a node again that died, and a second one does not
// take the first one's nodes for its own.
func TestDemo(t *testing.T) {
	port := harness.FreePort(t)
	for port+10002 >= 32768 { // where outgoing connections get theirs
		port = harness.FreePort(t)
	}
	demo := func() *exec.Cmd { return exec.Command(harness.Binary(t), "demo", "--port", fmt.Sprint(port)) }
	first := demo()
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := first.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := first.Wait(); err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(out)
	until := func(pattern string) []string {
		t.Helper()
		for lines.Scan() {
			if m := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text()); m != nil {
				return m
			}
		}
		t.Fatalf("the demo ended without %q", pattern)
		return nil
	}
	pid := until(`kill -9 (\d+)`)[1]
	until("Ctrl-C")
	if said, err := demo().CombinedOutput(); err == nil || !strings.Contains(string(said), "another demo?") {
		t.Errorf("a second demo: %v, %q", err, said)
	}
	if err := exec.Command("kill", "-9", pid).Run(); err != nil {
		t.Fatal(err)
	}
	until("has ended: signal: killed")
	words := strings.Fields(until(`^  (\S+ --port .*)$`)[1])
	again := exec.Command(words[0], words[1:]...)
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := again.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = again.Wait() // killed: the error says so
	}()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) { // between questions; the answer decides
		_, err := harness.Ask(fmt.Sprint("127.0.0.1:", port), "EXISTS", "a")
		if err == nil {
			break
		}
		if time.Since(begin) > harness.WaitMax {
			t.Fatal(err)
		}
	}
}
