package config

import (
	"io"
	"log/slog"
	"math"
	"os"
	"strconv"
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

// WritePidFile writes this process' id to where pidfile says, if it does.
func (c *Config) WritePidFile() error {
	path := c.Str("pidfile")
	if path == "" {
		return nil
	}
	return os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
}
