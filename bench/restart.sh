#!/usr/bin/env bash
# Five million keys (16-byte keys, 64-byte values) loaded into Foxtail and into
# redis-server, both killed and started again: time to the first GET, memory.
# usage: bench/restart.sh FOXTAIL-BINARY [KEYS]; needs redis-server, redis-cli, bc.
set -euo pipefail
foxtail=$1 keys=${2:-5000000}
dir=$(mktemp -d); trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
ours=7605 theirs=7606

start_foxtail() { "$foxtail" --port $ours --dir "$dir/foxtail" --loglevel warning & pid_ours=$!; }
start_redis() { mkdir -p "$dir/redis"; redis-server --port $theirs --save '' --dir "$dir/redis" --loglevel warning >/dev/null & pid_theirs=$!; }
wait_for() { until [ "$(redis-cli -p "$1" "${@:3}" 2>/dev/null)" = "$2" ]; do sleep 0.02; done; }
seconds() { local s; s=$(date +%s.%N); "${@:2}"; echo "$1: $(echo "$(date +%s.%N) - $s" | bc) s"; }
load() { redis-cli -p "$1" --pipe <"$dir/commands" >/dev/null; }
rss() { echo "$1: $(awk '/VmRSS/ {print $2 * 1024}' "/proc/$2/status") bytes resident"; }
last=$(printf '%064d' 5) key=key:000000000005
first_get() { "$2"; wait_for "$1" "$last" GET $key; }

awk -v n="$keys" 'BEGIN {for (i = 0; i < n; i++) printf "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$64\r\n%064d\r\n", i, i}' >"$dir/commands"
start_foxtail; start_redis
wait_for $ours PONG PING; wait_for $theirs PONG PING
seconds "foxtail: load, every write on disk" load $ours
seconds "redis: load, in memory" load $theirs
sleep 5
rss "foxtail" $pid_ours; rss "redis" $pid_theirs
redis-cli -p $theirs SAVE >/dev/null
kill -9 $pid_ours $pid_theirs; wait $pid_ours $pid_theirs 2>/dev/null || true
seconds "foxtail: start to first GET, after kill -9" first_get $ours start_foxtail
seconds "redis: start to first GET, from its RDB" first_get $theirs start_redis
rss "foxtail, restarted" $pid_ours
