package config

import (
	"io"
	"log/slog"
	"math"
	"os"
)

// OpenLog makes the logger that loglevel and logfile ask for.
func (c *Config) OpenLog() (log *slog.Logger, done func(), err error) {
	level := map[string]slog.Level{
		"debug": slog.LevelDebug, "verbose": slog.LevelInfo, "notice": slog.LevelInfo, "warning": slog.LevelWarn, "nothing": math.MaxInt32,
	}
	var now slog.LevelVar
	now.Set(level[c.Str("loglevel")])
	c.OnChange("loglevel", func(v string) error { now.Set(level[v]); return nil })
	out, done := io.Writer(os.Stderr), func() {}
	if path := c.Str("logfile"); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, nil, err
		}
		out, done = f, func() { f.Close() }
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: &now})), done, nil
}
