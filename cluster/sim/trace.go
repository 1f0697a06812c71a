package sim

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// trace is everything that happened, as a hash, and the last of it as text.
// Two runs of one seed must have the same hash.
type trace struct {
	w     *world
	hash  uint64
	lines []line // a ring
	n     int
}

// line is formatted only if somebody wants to see it.
type line struct {
	at     time.Duration
	node   int
	what   string
	format string
	args   []any
}

const tailLines = 400

func (t *trace) init(w *world) {
	t.w, t.hash, t.lines = w, 14695981039346656037, make([]line, tailLines)
}

func (t *trace) String(l line) string {
	who := "  -"
	if l.node > 0 {
		who = fmt.Sprintf(" n%d", l.node)
	}
	return strings.TrimRight(fmt.Sprintf("%12.6f%s %-9s %s", l.at.Seconds(), who, l.what, fmt.Sprintf(l.format, l.args...)), " ")
}

// add notes what happened at a node (0: nowhere). Its arguments must not change
// afterwards.
func (t *trace) add(node int, what, format string, args ...any) {
	l := line{t.w.now, node, what, format, args}
	t.mix(uint64(l.at))
	t.mix(uint64(node))
	t.text(what)
	t.keep(l)
}

func (t *trace) keep(l line) {
	t.lines[t.n%len(t.lines)] = l
	t.n++
	if t.w.opt.Trace != nil {
		fmt.Fprintln(t.w.opt.Trace, t.String(l))
	}
}

// mix adds a number to the hash only: for what happens too often for a line.
func (t *trace) mix(v uint64) {
	t.hash ^= v
	t.hash *= 0x9E3779B97F4A7C15
	t.hash ^= t.hash >> 29
}

func (t *trace) text(s string) {
	for i := range len(s) {
		t.hash = (t.hash ^ uint64(s[i])) * 1099511628211
	}
}

func (t *trace) tail() (out []string) {
	for i := max(0, t.n-len(t.lines)); i < t.n; i++ {
		out = append(out, t.String(t.lines[i%len(t.lines)]))
	}
	return out
}

// logger is what a node logs to: the trace's lines, not its hash.
func (t *trace) logger(node int) *slog.Logger { return slog.New(&logHandler{t: t, node: node}) }

type logHandler struct {
	t     *trace
	node  int
	attrs []slog.Attr
}

func (h *logHandler) Enabled(_ context.Context, l slog.Level) bool {
	return l > slog.LevelDebug || h.t.w.opt.Debug
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Message)
	for _, a := range h.attrs {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
	}
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	})
	h.t.keep(line{h.t.w.now, h.node, "log", "%s", []any{b.String()}})
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.t, h.node, append(append([]slog.Attr(nil), h.attrs...), attrs...)}
}

func (h *logHandler) WithGroup(string) slog.Handler { return h }
