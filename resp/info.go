package resp

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// infoSection writes one section of INFO, whose names and fields are Redis';
// what is always 0 here stands in infoNever.
type infoSection struct {
	name  string
	title string
	usual bool // shown by INFO without arguments
	write func(s *Server, i *infoText)
}

func infoSections() []infoSection {
	return []infoSection{
		{"server", "Server", true, infoServer},
		{"clients", "Clients", true, infoClients},
		{"memory", "Memory", true, infoMemory},
		{"persistence", "Persistence", true, infoPersistence},
		{"stats", "Stats", true, infoStats},
		{"replication", "Replication", true, infoReplication},
		{"cpu", "CPU", true, infoCPU},
		{"modules", "Modules", true, func(*Server, *infoText) {}},
		{"commandstats", "Commandstats", false, infoCommandstats},
		{"errorstats", "Errorstats", true, infoErrorstats},
		{"latencystats", "Latencystats", false, infoLatencystats},
		{"cluster", "Cluster", true, infoCluster},
		{"keyspace", "Keyspace", true, infoKeyspace},
		{"raft", "Raft", true, infoRaft},
	}
}

// infoText is the answer being written.
type infoText struct {
	strings.Builder
	face   *Face
	status Status
	stats  engine.Stats
}

func (i *infoText) line(name string, v any) { fmt.Fprintf(&i.Builder, "%s:%v\r\n", name, v) }

// bytes writes name and, as Redis does, name_human beside it.
func (i *infoText) bytes(name string, n uint64) {
	i.line(name, n)
	i.line(name+"_human", humanBytes(n))
}

func humanBytes(n uint64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%dB", n)
	case n < 1<<20:
		return fmt.Sprintf("%.2fK", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.2fM", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.2fG", float64(n)/(1<<30))
}

func cmdInfo(c *Conn, args [][]byte, r engine.Reply) {
	wanted := map[string]bool{}
	all, usual := false, len(args) == 1
	for _, a := range args[1:] {
		switch name := strings.ToLower(string(clip(a))); name {
		case "all", "everything":
			all = true
		case "default":
			usual = true
		default:
			wanted[name] = true
		}
	}
	s := c.srv
	text := &infoText{face: c.face, status: s.replica.Status()}
	if e := s.engine(); e != nil {
		text.stats = e.Stats()
	}
	for _, sec := range infoSections() {
		if !all && !(usual && sec.usual) && !wanted[sec.name] {
			continue
		}
		if text.Len() > 0 {
			text.WriteString("\r\n")
		}
		text.WriteString("# " + sec.title + "\r\n")
		sec.write(s, text)
		for _, field := range infoNever[sec.name] {
			text.line(field, 0)
		}
	}
	r.Verbatim("txt", []byte(text.String()))
}

func infoServer(s *Server, i *infoText) {
	uptime := int64((s.now.Mono - s.started.Mono).Seconds())
	i.line("redis_version", redisVersion)
	i.line("foxtail_version", s.version)
	i.line("redis_git_sha1", "00000000")
	i.line("redis_git_dirty", 0)
	i.line("redis_build_id", "0")
	i.line("redis_mode", i.face.Kind.Mode())
	i.line("os", runtime.GOOS+" "+runtime.GOARCH)
	i.line("arch_bits", 32<<(^uint(0)>>63))
	i.line("monotonic_clock", "go")
	i.line("multiplexing_api", multiplexing())
	i.line("go_version", runtime.Version())
	i.line("process_supervised", "no")
	i.line("process_id", os.Getpid())
	i.line("run_id", s.runID)
	i.line("tcp_port", s.cfg.Int("port"))
	i.line("server_time_usec", s.now.UnixMs*1000)
	i.line("uptime_in_seconds", uptime)
	i.line("uptime_in_days", uptime/86400)
	i.line("hz", s.cfg.Int("hz"))
	i.line("configured_hz", s.cfg.Int("hz"))
	i.line("lru_clock", s.now.UnixMs/1000&(1<<24-1))
	if exe, err := os.Executable(); err == nil {
		i.line("executable", filepath.Clean(exe))
	}
	i.line("config_file", s.cfg.File())
	i.line("io_threads_active", 0)
}

func infoClients(s *Server, i *infoText) {
	var in, out int
	s.eachConn(func(c *Conn) {
		in, out = max(in, c.in.BufferSize()), max(out, c.out.BufferSize())
	})
	i.line("connected_clients", len(s.conns))
	i.line("cluster_connections", 0)
	i.line("maxclients", s.lim.maxClients)
	i.line("client_recent_max_input_buffer", in)
	i.line("client_recent_max_output_buffer", out)
	i.line("blocked_clients", len(s.blocked)+s.pause.waiting())
	i.line("pubsub_clients", s.pubsub.clients)
	i.line("cluster_blocked_clients", s.engine().Blocked()) // on all nodes
	i.line("cluster_blocked_absent", s.engine().BlockedAbsent())
	i.line("tracking_clients", s.tracking.clients)
	i.line("clients_in_timeout_table", 0)
	keys, gone := s.engine().BlockedKeys()
	i.line("total_blocking_keys", keys)
	i.line("total_blocking_keys_on_nokey", gone)
}

func multiplexing() string {
	if runtime.GOOS == "linux" {
		return "epoll"
	}
	return "go"
}

// memoryUse is what the Go runtime says: heap in use, and all it took from the
// system and did not give back.
func memoryUse() (heap, total uint64) {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	for i := range samples {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0, 0
		}
	}
	return samples[0].Value.Uint64(), samples[1].Value.Uint64() - samples[2].Value.Uint64()
}

func infoMemory(s *Server, i *infoText) {
	heap, held := memoryUse()
	rss := residentBytes()
	if rss == 0 {
		rss = held
	}
	s.peak = max(s.peak, heap)
	clients := 0
	s.eachConn(func(c *Conn) { clients += c.memory() })
	i.bytes("used_memory", heap)
	i.bytes("used_memory_rss", rss)
	i.bytes("used_memory_peak", s.peak)
	i.line("used_memory_peak_perc", fmt.Sprintf("%.2f%%", float64(heap)/float64(max(s.peak, 1))*100))
	i.line("used_memory_overhead", max(int64(heap)-int64(i.stats.MemoryBytes), 0))
	i.line("used_memory_dataset", i.stats.MemoryBytes)
	i.line("used_memory_dataset_perc", fmt.Sprintf("%.2f%%", float64(i.stats.MemoryBytes)/float64(max(heap, 1))*100))
	i.bytes("maxmemory", uint64(s.cfg.Int("maxmemory")))
	i.line("maxmemory_policy", s.cfg.Str("maxmemory-policy"))
	i.bytes("total_system_memory", systemMemory())
	i.line("allocator_allocated", heap)
	i.line("allocator_active", held)
	i.line("allocator_resident", rss)
	i.line("allocator_frag_ratio", fmt.Sprintf("%.2f", float64(held)/float64(max(heap, 1))))
	i.line("allocator_frag_bytes", int64(held)-int64(heap))
	i.line("allocator_rss_ratio", fmt.Sprintf("%.2f", float64(rss)/float64(max(held, 1))))
	i.line("allocator_rss_bytes", int64(rss)-int64(held))
	i.line("mem_fragmentation_ratio", fmt.Sprintf("%.2f", float64(rss)/float64(max(heap, 1))))
	i.line("mem_fragmentation_bytes", int64(rss)-int64(heap))
	scripts := s.engine().ScriptStats()
	i.line("number_of_cached_scripts", scripts.Cached)
	i.line("number_of_functions", scripts.Functions)
	i.line("number_of_libraries", scripts.Libraries)
	i.bytes("used_memory_scripts", uint64(scripts.Bytes))
	i.line("mem_clients_slaves", 0)
	i.line("mem_clients_normal", clients)
	i.line("mem_allocator", "go")
}

func infoPersistence(s *Server, i *infoText) {
	st := &i.status
	i.line("loading", b2i(s.loading))
	i.line("async_loading", 0)
	g := st.group(1)
	i.line("rdb_changes_since_last_save", g.Applied-min(g.Applied, max(g.FirstIndex, 1)-1)) // entries that no snapshot holds
	i.line("rdb_bgsave_in_progress", b2i(st.SnapshotInProgress))
	saved := st.SnapshotLastUnixMs / 1000
	if saved == 0 {
		saved = s.started.UnixMs / 1000
	}
	i.line("rdb_last_save_time", saved)
	status := "ok"
	if st.SnapshotLastError != "" {
		status = "err"
	}
	i.line("rdb_last_bgsave_status", status)
	i.line("aof_enabled", b2i(st.AppendOnly))
	i.line("aof_rewrite_in_progress", b2i(st.SnapshotInProgress))
	i.line("aof_last_bgrewrite_status", status)
	for _, took := range []string{"rdb_last_bgsave_time_sec", "rdb_current_bgsave_time_sec", "aof_last_rewrite_time_sec", "aof_current_rewrite_time_sec"} {
		i.line(took, -1) // not measured
	}
	write := "ok"
	if st.DiskError != "" || s.refusal != "" {
		write = "err"
	}
	i.line("aof_last_write_status", write)
	i.line("aof_current_size", st.LogBytes)
}

func infoStats(s *Server, i *infoText) {
	st := &s.stats
	i.line("total_connections_received", st.connections)
	i.line("total_commands_processed", st.commands)
	i.line("instantaneous_ops_per_sec", st.ops.rate())
	i.line("total_net_input_bytes", st.netIn)
	i.line("total_net_output_bytes", st.netOut)
	i.line("instantaneous_input_kbps", fmt.Sprintf("%.2f", float64(st.in.rate())/1024))
	i.line("instantaneous_output_kbps", fmt.Sprintf("%.2f", float64(st.out.rate())/1024))
	i.line("rejected_connections", st.rejected)
	i.line("expired_keys", i.stats.ExpiredKeys)
	i.line("evicted_keys", 0)
	i.line("evicted_clients", st.evicted)
	i.line("keyspace_hits", i.stats.Hits)
	i.line("keyspace_misses", i.stats.Misses)
	i.line("pubsub_channels", len(s.pubsub.topics[channelTopic]))
	i.line("pubsub_patterns", len(s.pubsub.patterns))
	i.line("pubsubshard_channels", len(s.pubsub.topics[shardTopic]))
	i.line("tracking_total_keys", len(s.tracking.keys))
	i.line("tracking_total_items", s.tracking.items)
	i.line("tracking_total_prefixes", len(s.tracking.bcast.prefixes))
	i.line("client_query_buffer_limit_disconnections", st.queryLimit)
	i.line("client_output_buffer_limit_disconnections", st.outputLimit)
	i.line("total_error_replies", st.errors)
	i.line("acl_access_denied_auth", s.acl.denied["auth"])
	i.line("acl_access_denied_cmd", s.acl.denied["command"])
	i.line("acl_access_denied_key", s.acl.denied["key"])
	i.line("acl_access_denied_channel", s.acl.denied["channel"])
	i.line("proposed_batches", st.batches)
}

func infoReplication(_ *Server, i *infoText) {
	st := &i.status
	g := st.group(1)
	if st.isMaster() {
		i.line("role", "master")
		i.line("connected_slaves", max(len(g.Members)-1, 0))
		n := 0
		for k := range g.Members {
			m := &g.Members[k]
			if m.Number == st.Number {
				continue
			}
			state := "online"
			if !m.Active {
				state = "offline"
			}
			i.line(fmt.Sprintf("slave%d", n), fmt.Sprintf("ip=%s,port=%d,state=%s,offset=%d,lag=%d", m.Host, m.Port, state, m.Match, m.Lag))
			n++
		}
	} else {
		i.line("role", "slave")
		host, port, link := "", 0, "down"
		if m := g.member(g.Leader); m != nil {
			host, port, link = m.Host, m.Port, "up"
		}
		i.line("master_host", host)
		i.line("master_port", port)
		i.line("master_link_status", link)
		i.line("master_last_io_seconds_ago", map[bool]int{true: 0, false: -1}[link == "up"])
		i.line("master_sync_in_progress", 0)
		i.line("slave_repl_offset", g.Applied)
		i.line("slave_priority", 100)
		i.line("slave_read_only", 0) // any node takes any command
		i.line("connected_slaves", 0)
	}
	i.line("master_failover_state", "no-failover")
	i.line("master_replid", st.NodeID)
	i.line("master_replid2", strings.Repeat("0", 40))
	i.line("master_repl_offset", g.Commit)
	i.line("second_repl_offset", -1)
	i.line("repl_backlog_active", 0)
}

func infoCPU(_ *Server, i *infoText) {
	user, sys := cpuSeconds()
	i.line("used_cpu_sys", fmt.Sprintf("%.6f", sys))
	i.line("used_cpu_user", fmt.Sprintf("%.6f", user))
}

// infoCommandstats: usec of cheap commands, and of what scripts call, is estimated
// from the calls that were timed; a command of which none was yet shows none.
func infoCommandstats(s *Server, i *infoText) {
	s.table.each(func(c *command) {
		var scripts engine.ScriptCalls
		if e := s.engine(); e != nil {
			scripts = e.ScriptCalls(c.name)
		}
		if c.calls+scripts.Calls == 0 && c.rejected+scripts.Rejected == 0 {
			return
		}
		usec, perCall, _ := c.usec(c.calls + scripts.Calls)
		i.line("cmdstat_"+c.name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			c.calls+scripts.Calls, usec, perCall, c.rejected+scripts.Rejected, c.failed+scripts.Failed))
	})
}

func infoErrorstats(s *Server, i *infoText) {
	codes := make([]string, 0, len(s.stats.errorCodes))
	for code := range s.stats.errorCodes {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		i.line("errorstat_"+code, fmt.Sprintf("count=%d", *s.stats.errorCodes[code]))
	}
}

func infoLatencystats(s *Server, i *infoText) {
	if !s.cfg.Bool("latency-tracking") {
		return
	}
	percentiles := s.cfg.Words("latency-tracking-info-percentiles")
	s.table.each(func(c *command) {
		if c.latency.total == 0 {
			return
		}
		parts := make([]string, 0, len(percentiles))
		for _, p := range percentiles {
			var f float64
			if _, err := fmt.Sscan(p, &f); err != nil {
				continue // the settings' own check lets none through
			}
			parts = append(parts, fmt.Sprintf("p%s=%.3f", p, float64(c.latency.percentile(f))/1000))
		}
		i.line("latency_percentiles_usec_"+c.name, strings.Join(parts, ","))
	})
}

func infoCluster(_ *Server, i *infoText) { i.line("cluster_enabled", b2i(i.face.Kind == ClusterFace)) }

func infoKeyspace(_ *Server, i *infoText) {
	for _, db := range i.stats.DBs {
		i.line(fmt.Sprintf("db%d", db.DB), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", db.Keys, db.Expires, db.AvgTTLMs))
	}
}

func infoRaft(_ *Server, i *infoText) {
	for _, kv := range i.status.raftInfo() {
		i.line(kv[0], kv[1])
	}
}
