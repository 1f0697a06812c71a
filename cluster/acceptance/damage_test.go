package acceptance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"

	"github.com/laurocaetano/foxtail/cluster/acceptance/harness"
	"github.com/laurocaetano/foxtail/cluster/wal"
)

// flip damages a byte in the middle of a stopped node's newest file of that kind.
func flip(t *testing.T, n *harness.Node, pattern string) (file string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(n.Dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v, %v", pattern, names, err)
	}
	file = names[len(names)-1]
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := min(len(b)/2, 6000)
	b[at] ^= 0x10
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// check runs foxtail check on a stopped node.
func check(t *testing.T, n *harness.Node, wantCode int) string {
	t.Helper()
	cmd := exec.Command(harness.Binary(t), "check", n.Dir)
	out, _ := cmd.CombinedOutput() // the exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != wantCode {
		t.Errorf("foxtail check: exit code %d, want %d:\n%s", code, wantCode, out)
	}
	return string(out)
}

// refuses: the node ends, and says these words.
func refuses(t *testing.T, n *harness.Node, words ...string) {
	t.Helper()
	before := len(n.Log())
	n.Launch()
	if err := n.WaitExit(); err == nil {
		t.Error("it ended as if all were well")
	}
	for _, w := range words {
		if said := n.Log()[before:]; !strings.Contains(said, w) {
			t.Errorf("it does not say %q:\n%s", w, said)
		}
	}
}

// refill starts a node as foxtail refill and waits until it has everything,
// then checks that an ordinary start finds it well.
func refill(t *testing.T, c *harness.Cluster, n *harness.Node) {
	t.Helper()
	n.Verb = "refill"
	n.Start()
	n.WaitReady()
	c.WaitVoters(3)
	if got := do(t, n, "GET", "lag:499"); !strings.HasPrefix(got, "value") {
		t.Errorf("the refilled node answers %q", got)
	}
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	refuses(t, n, "nothing is wrong")
	n.Verb = ""
	if out := check(t, n, 0); !strings.Contains(out, "good") {
		t.Error(out)
	}
	n.Start()
	n.WaitReady()
}

// A damaged log (and, with -long, a damaged snapshot): the node does not start, names the
// file and says what to do, which then works.
func TestDamagedNodeIsRefilled(t *testing.T) {
	c := harness.Start(t, 3)
	l := startLoad(t, c)
	fill(t, c.Leader(), "lag", 500)
	n := c.Followers()[0]
	for _, pattern := range []string{"wal-*.seg", "snap-00000001-*"}[:rounds(1, 2)] {
		do(t, n, "RAFT", "SNAPSHOT", "NOW")
		n.Kill()
		file := flip(t, n, pattern)
		refuses(t, n, file, "offset", "foxtail refill")
		if out := check(t, n, 1); !strings.Contains(out, file) {
			t.Error(out)
		}
		refill(t, c, n)
		l.waitProgress(20)
	}
	l.end(n)
}

// A node whose state is not that of the others stops by itself, does not start
// again, and is refilled. It has the same log as the others but for the data of
// one entry, as if it had been applied wrongly.
func TestDivergedNodeIsRefilled(t *testing.T) {
	c := harness.Start(t, 3, "--state-check-period", "1")
	fill(t, c.Leader(), "lag", 500)
	n := c.Followers()[0]
	do(t, n, "SET", "truth", "aaaaaaaa")
	n.Kill()
	rewrite(t, n, "aaaaaaaa", "bbbbbbbb")
	n.Start()
	n.WaitReady()
	l := startLoad(t, c) // an idle state is not compared
	if err := n.WaitExit(); err == nil {
		t.Error("it ended as if all were well")
	}
	if log := n.Log(); !strings.Contains(log, "QUARANTINED") {
		t.Errorf("it does not say why:\n%s", log)
	}
	if info := do(t, c.Leader(), "INFO", "raft"); !strings.Contains(info, "raft_state_differs:") {
		t.Errorf("the leader does not know:\n%s", info)
	}
	refuses(t, n, "QUARANTINED", "foxtail refill")
	check(t, n, 1)
	refill(t, c, n)
	if got := do(t, n, "GET", "truth"); got != "aaaaaaaa" {
		t.Errorf("the refilled node answers %q", got)
	}
	l.end(n)
}

// rewrite changes the data of the last entry that has these bytes in it, in the
// log of a stopped node.
func rewrite(t *testing.T, n *harness.Node, from, to string) {
	t.Helper()
	log, _, err := wal.Open(wal.OS, n.Dir, wal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	st := log.Storage(1)
	first, _ := st.FirstIndex() // they never fail
	last, _ := st.LastIndex()
	for i := last; i >= first; i-- {
		list, err := st.Entries(i, last+1, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(list[0].GetData(), []byte(from)) {
			continue
		}
		list = append([]*raftpb.Entry(nil), list...)
		list[0].Data = bytes.Replace(list[0].GetData(), []byte(from), []byte(to), 1)
		if err := log.Append([]wal.Update{{Group: 1, Entries: list}}); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no entry has %q", from)
}
