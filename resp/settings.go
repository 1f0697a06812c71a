package resp

import (
	"fmt"
	"strconv"
	"time"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/wire"
)

// limits are the settings that are looked at for every command or connection.
type limits struct {
	maxClients  int
	timeout     time.Duration
	keepAlive   int
	queryBuffer int64
	output      outputLimit
	pubsub      outputLimit
	notify      notifySettings
	trackedKeys int // tracking-table-max-keys
	password    string
	protected   bool
	debug       string // enable-debug-command
	databases   int
	maxMemory   int
	clientBytes int // maxmemory-clients
}

// outputLimit is client-output-buffer-limit of one class of clients.
type outputLimit struct {
	hard, soft int64
	softFor    time.Duration
}

// followConfig reads the settings, now and whenever CONFIG SET changes them.
func (s *Server) followConfig() {
	c := s.cfg
	for _, name := range []string{
		"maxclients", "timeout", "tcp-keepalive", "client-query-buffer-limit", "client-output-buffer-limit", "requirepass",
		"protected-mode", "enable-debug-command", "databases", "proto-max-bulk-len", "slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold", "maxmemory",
		"notify-keyspace-events", "tracking-table-max-keys", "maxmemory-clients",
		"list-max-listpack-size", "hash-max-listpack-entries", "hash-max-listpack-value", "set-max-intset-entries", "set-max-listpack-entries",
		"set-max-listpack-value", "zset-max-listpack-entries", "zset-max-listpack-value",
	} {
		c.OnChange(name, func(string) error { return s.readConfig() })
	}
	if err := s.readConfig(); err != nil {
		// The table judged every value already.
		panic("resp: configuration: " + err.Error())
	}
}

func (s *Server) readConfig() error {
	c := s.cfg
	output, err := parseOutputLimit(c.Words("client-output-buffer-limit"), "normal")
	if err != nil {
		return err
	}
	pubsub, err := parseOutputLimit(c.Words("client-output-buffer-limit"), "pubsub")
	if err != nil {
		return err
	}
	s.lim = limits{
		maxClients:  int(c.Int("maxclients")),
		timeout:     time.Duration(c.Int("timeout")) * time.Second,
		keepAlive:   int(c.Int("tcp-keepalive")),
		queryBuffer: c.Int("client-query-buffer-limit"),
		output:      output,
		pubsub:      pubsub,
		notify:      parseNotify(c.Str("notify-keyspace-events")),
		trackedKeys: int(c.Int("tracking-table-max-keys")),
		password:    c.Str("requirepass"),
		protected:   c.Bool("protected-mode"),
		debug:       c.Str("enable-debug-command"),
		databases:   int(c.Int("databases")),
		maxMemory:   int(c.Int("maxmemory")),
		clientBytes: int(c.Int("maxmemory-clients")),
	}
	s.recount()
	s.scratch.Limits.BulkSizeMax = c.Int("proto-max-bulk-len")
	s.scratch.Limits.UnsentMax = max(wire.DefaultLimits.UnsentMax, 2*int(c.Int("proto-max-bulk-len")))
	if output.hard > 0 {
		s.scratch.Limits.UnsentMax = int(min(int64(s.scratch.Limits.UnsentMax), output.hard))
	}
	s.monitor.threshold = time.Duration(c.Int("latency-monitor-threshold")) * time.Millisecond
	s.setSlowlog(c.Int("slowlog-log-slower-than"), c.Int("slowlog-max-len"))
	s.listen()
	s.boundTracking()
	return nil
}

// encodingLimits are the sizes by which OBJECT ENCODING names a value.
func (s *Server) encodingLimits() engine.EncodingLimits {
	n := func(name string) int { return int(s.cfg.Int(name)) }
	return engine.EncodingLimits{
		ListMaxListpackSize:    n("list-max-listpack-size"),
		HashMaxListpackEntries: n("hash-max-listpack-entries"), HashMaxListpackValue: n("hash-max-listpack-value"),
		SetMaxIntsetEntries:   n("set-max-intset-entries"),
		SetMaxListpackEntries: n("set-max-listpack-entries"), SetMaxListpackValue: n("set-max-listpack-value"),
		ZsetMaxListpackEntries: n("zset-max-listpack-entries"), ZsetMaxListpackValue: n("zset-max-listpack-value"),
	}
}

// parseOutputLimit finds a class of clients in the stored form: groups of class,
// hard, soft, seconds.
func parseOutputLimit(words []string, class string) (outputLimit, error) {
	for i := 0; i+3 < len(words); i += 4 {
		if words[i] != class {
			continue
		}
		var n [3]int64
		for j := range n {
			var err error
			if n[j], err = strconv.ParseInt(words[i+1+j], 10, 64); err != nil {
				return outputLimit{}, fmt.Errorf("client-output-buffer-limit: %w", err)
			}
		}
		return outputLimit{n[0], n[1], time.Duration(n[2]) * time.Second}, nil
	}
	return outputLimit{}, nil
}
