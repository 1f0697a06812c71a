package resp

// infoNever are fields of Redis that count or measure what does not happen here,
// so that 0 is the truth: forks, replication by another stream, defragmentation,
// I/O threads, eviction. Tools that read them get a number.
var infoNever = map[string][]string{
	"memory": {
		"used_memory_startup", "used_memory_lua", "used_memory_vm_eval", "used_memory_vm_functions", "used_memory_vm_total", "mem_not_counted_for_evict",
		"mem_replication_backlog", "mem_total_replication_buffers", "mem_cluster_links", "mem_aof_buffer", "active_defrag_running",
		"lazyfree_pending_objects", "lazyfreed_objects",
	},
	"persistence": {
		"current_cow_peak", "current_cow_size", "current_cow_size_age", "current_fork_perc", "current_save_keys_processed", "current_save_keys_total",
		"rdb_last_cow_size", "rdb_last_load_keys_expired", "aof_rewrite_scheduled", "aof_last_cow_size",
		"module_fork_in_progress", "module_fork_last_cow_size",
	},
	"stats": {
		"total_net_repl_input_bytes", "total_net_repl_output_bytes", "instantaneous_input_repl_kbps", "instantaneous_output_repl_kbps",
		"sync_full", "sync_partial_ok", "sync_partial_err", "expired_stale_perc", "expired_time_cap_reached_count",
		"total_eviction_exceeded_time", "current_eviction_exceeded_time", "latest_fork_usec", "total_forks", "migrate_cached_sockets",
		"slave_expires_tracked_keys", "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses",
		"total_active_defrag_time", "current_active_defrag_time", "unexpected_error_replies", "dump_payload_sanitizations",
		"io_threaded_reads_processed", "io_threaded_writes_processed", "reply_buffer_shrinks", "reply_buffer_expands",
	},
	"replication": {"repl_backlog_size", "repl_backlog_first_byte_offset", "repl_backlog_histlen"},
	"cpu":         {"used_cpu_sys_children", "used_cpu_user_children"},
}
