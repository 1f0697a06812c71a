package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagsWinOverEnvironmentOverFileOverDefault(t *testing.T) {
	file := write(t, "foxtail.conf", "port 1\ntimeout 1\nmaxclients 1\n")
	c, err := Load([]string{file, "--port", "3"}, []string{"FOXTAIL_PORT=2", "FOXTAIL_TIMEOUT=2", "HOME=/"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"port": 3, "timeout": 2, "maxclients": 1, "databases": 16} {
		if got := c.Int(name); got != want {
			t.Errorf("%s = %d, want %d", name, got, want)
		}
	}
	if !c.Given("port") || c.Given("databases") {
		t.Error("Given must tell what the user set")
	}
}

func TestLoadErrorsNameThePlaceAndTheReason(t *testing.T) {
	for _, test := range []struct {
		name, file string
		args, env  []string
		want       string
	}{
		{"unknown in file", "# x\n\nprot 1\n", nil, nil, `foxtail.conf:3: 'prot 1': unknown directive`},
		{"bad number", "port abc\n", nil, nil, `foxtail.conf:1: 'port abc': argument couldn't be parsed into an integer`},
		{"out of range", "port 70000\n", nil, nil, "argument must be between 0 and 65535 inclusive"},
		{"too many words", "port 1 2\n", nil, nil, "wrong number of arguments"},
		{"unbalanced", "dir \"x\n", nil, nil, "unbalanced quotes in configuration line"},
		{"secret stays out", "requirepass a b\n", nil, nil, `'requirepass ...': wrong number`},
		{"unknown flag", "", []string{"--nope", "1"}, nil, "flag --nope: unknown directive"},
		{"flag without value", "", []string{"--port"}, nil, "flag --port: wrong number of arguments"},
		{"not a flag", "", []string{"--port", "1", "--dir", "a", "-p"}, nil, "wrong number of arguments"},
		{"bad environment", "", nil, []string{"FOXTAIL_APPENDONLY=maybe"}, "FOXTAIL_APPENDONLY: argument must be 'yes' or 'no'"},
		{"bad enum", "", []string{"--appendfsync", "never"}, nil, "argument(s) must be one of the following: everysec, always, no"},
		{"bad join", "", []string{"--join", "host"}, nil, "argument must be HOST:PORT"},
		{"bad memory", "", []string{"--maxmemory", "1x"}, nil, "argument must be a memory value"},
		{"redis cluster", "", []string{"--cluster-enabled", "yes"}, nil, "not supported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{write(t, "foxtail.conf", test.file)}, test.args...)
			_, err := Load(args, test.env)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Load([]string{"/nonexistent/foxtail.conf"}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
}

func TestValuesTakeTheirCanonicalForm(t *testing.T) {
	c, err := Load([]string{"--maxmemory", "1gb", "--proto-max-bulk-len", "2mb", "--loglevel", "WARNING", "--unixsocketperm", "700",
		"--client-output-buffer-limit", "replica", "1kb", "2k", "3", "--notify-keyspace-events", "KEg$lshzxetdm", "--appendonly"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"maxmemory": "1073741824", "proto-max-bulk-len": "2097152", "loglevel": "warning", "unixsocketperm": "700",
		"client-output-buffer-limit": "normal 0 0 0 slave 1024 2000 3 pubsub 33554432 8388608 60",
		"notify-keyspace-events":     "AKEm", "appendonly": "yes",
	} {
		if got := c.Str(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestFilesIncludeOthersAndGatherRepeatedLines(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.conf": "include more/*.conf\nsave 900 1\nsave 300 10\n", "more/b.conf": "port 9\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load([]string{filepath.Join(dir, "a.conf")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Int("port") != 9 || c.Str("save") != "900 1 300 10" {
		t.Errorf("port %s, save %q", c.Str("port"), c.Str("save"))
	}
	loop := write(t, "loop.conf", "include loop.conf\n")
	if _, err := Load([]string{loop}, nil); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("files that include themselves: got %v", err)
	}
}

func TestSetChangesAllOrNothing(t *testing.T) {
	c := New()
	var seen []string
	c.OnChange("timeout", func(v string) error { seen = append(seen, v); return nil })
	c.OnChange("maxclients", func(v string) error {
		if v == "7" {
			return errors.New("no room for 7")
		}
		return nil
	})
	for _, test := range []struct {
		pairs []Pair
		want  string
	}{
		{[]Pair{{"timeout", "5"}, {"nope", "1"}}, "Unknown option or number of arguments for CONFIG SET - 'nope'"},
		{[]Pair{{"timeout", "5"}, {"port", "1"}}, "CONFIG SET failed (possibly related to argument 'port') - can't set immutable config"},
		{[]Pair{{"timeout", "5"}, {"TIMEOUT", "6"}}, "CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter"},
		{[]Pair{{"timeout", "5"}, {"maxclients", "x"}}, "CONFIG SET failed (possibly related to argument 'maxclients') - argument couldn't be parsed into an integer"},
	} {
		if err := c.Set(test.pairs); err == nil || err.Error() != test.want {
			t.Errorf("Set(%v) = %v, want %q", test.pairs, err, test.want)
		}
	}
	if len(seen) != 0 || c.Str("timeout") != "0" {
		t.Fatalf("a refused Set must change nothing: told %v, timeout %s", seen, c.Str("timeout"))
	}
	if err := c.Set([]Pair{{"timeout", "5"}, {"maxclients", "7"}}); err == nil || !strings.Contains(err.Error(), "no room for 7") {
		t.Errorf("got %v", err)
	}
	if strings.Join(seen, " ") != "5 0" || c.Str("timeout") != "0" || c.Str("maxclients") != "10000" {
		t.Errorf("a failed change must be taken back: told %v, timeout %s", seen, c.Str("timeout"))
	}
	if err := c.Set([]Pair{{"timeout", "5"}, {"slave-priority", "3"}}); err != nil || c.Int("timeout") != 5 || c.Int("replica-priority") != 3 {
		t.Errorf("Set: %v", err)
	}
}

func TestBindsAndAnnouncedAddress(t *testing.T) {
	c, err := Load([]string{"--bind", "10.0.0.1", "-::1", "*", "--port", "7000"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Bind{{"tcp4", "10.0.0.1", false}, {"tcp6", "::1", true}, {"tcp4", "", false}}
	if got := c.Binds(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if host, port, busPort := c.Announce(); host != "10.0.0.1" || port != 7000 || busPort != 17000 {
		t.Errorf("announced %s %d %d", host, port, busPort)
	}
	c, err = Load([]string{"--bind", "*", "--cluster-announce-ip", "1.2.3.4", "--cluster-announce-port", "1", "--cluster-announce-bus-port", "2"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host, port, busPort := c.Announce(); host != "1.2.3.4" || port != 1 || busPort != 2 {
		t.Errorf("announced %s %d %d", host, port, busPort)
	}
}

func TestGetShowsAliases(t *testing.T) {
	got := New().Get(func(name string) bool { return strings.HasPrefix(name, "hash-max") })
	if len(got) != 4 || got[0].Name != "hash-max-listpack-entries" || got[2].Name != "hash-max-ziplist-entries" || got[0].Value != got[2].Value {
		t.Errorf("got %v", got)
	}
}

func TestRewriteKeepsCommentsAndReadsBack(t *testing.T) {
	text := "# my server\nport 7000\ntimeout 1\n\n# twice\ntimeout 2\nsave 900 1\n"
	file := write(t, "foxtail.conf", text)
	c, err := Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := "a \"b\" \\ # \x01ä"
	if err := c.Set([]Pair{{"timeout", "30"}, {"requirepass", secret}, {"save", ""}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Rewrite(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "# my server\nport 7000\ntimeout 30\n\n# twice\nsave \"\"\n" + rewriteSignature + "\n"; !strings.HasPrefix(string(got), want) {
		t.Errorf("got:\n%s\nwant it to begin with:\n%s", got, want)
	}
	again, err := Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Str("requirepass") != secret || again.Int("timeout") != 30 || again.Int("port") != 7000 || again.Str("save") != "" {
		t.Errorf("read back: %q", again.values)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file's mode must stay: %v %v", info.Mode(), err)
	}
	if err := New().Rewrite(); err == nil {
		t.Error("no file, no rewrite")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("port 1\nsave 1 2\n# c\nrequirepass \"\\x00\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "include") {
			return // reads other files
		}
		c, err := Load([]string{write(t, "f.conf", text)}, nil)
		if err == nil && len(c.values) != len(table) {
			t.Errorf("a load must neither add nor lose directives: %d", len(c.values))
		}
	})
}
