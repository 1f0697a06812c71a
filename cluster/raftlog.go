package cluster

import (
	"context"
	"fmt"
	"log/slog"
)

// raftLogger passes raft's talk on at the debug level: in steady state, and in
// an ordinary election, a node logs nothing of its own accord.
type raftLogger struct{ l *slog.Logger }

func (r raftLogger) Debug(v ...any)              {}
func (r raftLogger) Debugf(f string, v ...any)   {}
func (r raftLogger) Info(v ...any)               { r.l.Debug(fmt.Sprint(v...)) }
func (r raftLogger) Infof(f string, v ...any)    { r.infof(f, v...) }
func (r raftLogger) Warning(v ...any)            { r.l.Debug(fmt.Sprint(v...)) }
func (r raftLogger) Warningf(f string, v ...any) { r.infof(f, v...) }
func (r raftLogger) Error(v ...any)              { r.l.Warn(fmt.Sprint(v...)) }
func (r raftLogger) Errorf(f string, v ...any)   { r.l.Warn(fmt.Sprintf(f, v...)) }
func (r raftLogger) Fatal(v ...any)              { panic(fmt.Sprint(v...)) }
func (r raftLogger) Fatalf(f string, v ...any)   { panic(fmt.Sprintf(f, v...)) }
func (r raftLogger) Panic(v ...any)              { panic(fmt.Sprint(v...)) }
func (r raftLogger) Panicf(f string, v ...any)   { panic(fmt.Sprintf(f, v...)) }

func (r raftLogger) infof(f string, v ...any) {
	if r.l.Enabled(context.Background(), slog.LevelDebug) {
		r.l.Debug(fmt.Sprintf(f, v...))
	}
}
