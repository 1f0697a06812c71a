package script

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Backend is what a script runs against. It is used by one goroutine, for one
// run of one script, and begins with an empty database.
type Backend interface {
	// Do sends a command on a connection, which exists from its first use on.
	// waiting means that the command blocks: its reply comes with Next.
	Do(conn string, args [][]byte) (v Value, waiting bool, err error)
	// Next takes the next thing that a connection receives, and waits for it.
	Next(conn string) (Value, error)
	// Proto sets the protocol of all connections, also of those to come;
	// 0 is the backend's own choice.
	Proto(version int) error
	Sleep(d time.Duration) error
	Restart() error
	Snapshot() error
	Kill(target string) error
}

// ErrEnd is returned by a Backend that cannot do what a directive asks (a
// sleep that would take too long). The run ends there, without a failure.
var ErrEnd = errors.New("the rest of the script is not for this backend")

// Options of a run. The zero value is the plain run.
type Options struct {
	Redis bool // the backend is redis-server: steps marked @noredis are left out
	Bare  bool // the backend has no sessions: steps marked @server are left out
	// RESP3: the backend speaks it unless the script says otherwise. Pairs may
	// come nested where RESP2 has them flat, as with WITHSCORES, and a map where
	// RESP2 has an array of pairs, as with XREAD.
	RESP3 bool
	// Between, if set, is called between steps while no connection has
	// anything open: no MULTI, no WATCH, no blocked command, no subscription.
	Between func() error
	// Record, if set, gets what each step printed, by line; nothing is judged.
	Record map[int]string
}

// Mismatch is a reply that is not the expected one.
type Mismatch struct {
	File      string
	Line      int
	Text      string
	Want, Got string
}

func (m *Mismatch) Error() string {
	return fmt.Sprintf("%s:%d: %s\nwant:\n%sgot:\n%s", m.File, m.Line, m.Text, indent(m.Want), indent(m.Got))
}

func indent(s string) string {
	if s == "" {
		return "    (nothing)\n"
	}
	return "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
}

// Report says how a run went.
type Report struct {
	Steps      int // run
	Skipped    int // left out by markers, or after ErrEnd
	Mismatches []*Mismatch
}

// Run runs a script. The error is about the backend or the script, not about
// replies: these are in the Report.
func (f *File) Run(b Backend, opt Options) (Report, error) {
	r := run{opt: opt, open: map[string]bool{}}
	if opt.Redis && f.NoRedis != "" {
		r.report.Skipped = len(f.Steps)
		return r.report, nil
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if opt.Redis && s.NoRedis != "" || opt.Bare && s.Server != "" {
			r.report.Skipped++
			continue
		}
		err := r.step(f, b, s)
		if errors.Is(err, ErrEnd) {
			r.report.Skipped += len(f.Steps) - i
			break
		}
		if err != nil {
			return r.report, fmt.Errorf("%s:%d: %s: %w", f.Name, s.Line, s.Text, err)
		}
		r.report.Steps++
		if opt.Between != nil && len(r.open) == 0 {
			if err := opt.Between(); err != nil {
				return r.report, fmt.Errorf("%s:%d: after %s: %w", f.Name, s.Line, s.Text, err)
			}
		}
	}
	return r.report, nil
}

type run struct {
	opt    Options
	report Report
	raw    bool            // replies are shown in the protocol's own form
	open   map[string]bool // connections with something open
}

func (r *run) step(f *File, b Backend, s *Step) error {
	switch s.Op {
	case OpSleep:
		return b.Sleep(s.Sleep)
	case OpRestart:
		clear(r.open)
		return b.Restart()
	case OpSnapshot:
		return b.Snapshot()
	case OpKill:
		clear(r.open)
		return b.Kill(s.Target)
	case OpProto:
		r.raw = s.Proto == 3
		return b.Proto(s.Proto)
	}
	var v Value
	var waiting bool
	var err error
	if s.Op == OpNext {
		v, err = b.Next(s.Conn)
		delete(r.open, s.Conn)
	} else {
		v, waiting, err = b.Do(s.Conn, s.Args)
		r.note(s, v, waiting)
	}
	if err != nil {
		return err
	}
	got, full := "", v
	if !waiting {
		if !r.raw {
			v = v.RESP2()
		}
		got = v.String()
	}
	if r.opt.Record != nil {
		r.opt.Record[s.Line] = got
		return nil
	}
	ok, err := s.judge(got)
	if pairs, nested := v.pairs(); !ok && err == nil && nested && r.opt.RESP3 && !r.raw {
		ok, err = s.judge(pairs.String())
	}
	if nested, isMap := full.nested(); !ok && err == nil && isMap && r.opt.RESP3 && !r.raw {
		ok, err = s.judge(nested.String())
	}
	if !ok && err == nil {
		r.report.Mismatches = append(r.report.Mismatches, &Mismatch{f.Name, s.Line, s.Text, s.Want, got})
	}
	return err
}

// note keeps track of what a connection has open, from what it was asked.
func (r *run) note(s *Step, v Value, waiting bool) {
	if waiting {
		r.open[s.Conn] = true
		return
	}
	if v.Kind == Error && !strings.HasPrefix(string(v.Str), "EXECABORT") {
		return
	}
	switch strings.ToUpper(string(s.Args[0])) {
	case "MULTI", "WATCH", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "CLIENT":
		r.open[s.Conn] = true // for good in the case of subscriptions and CLIENT: rare
	case "EXEC", "DISCARD", "RESET", "UNWATCH":
		if v.Kind != Status || string(v.Str) != "QUEUED" {
			delete(r.open, s.Conn)
		}
	}
}
