# Usage: ruby redis_rb.rb PORT   (with the gem redis installed)
require "redis"

r = Redis.new(port: Integer(ARGV[0]))
r.flushdb

def check(what, got, want)
  abort "#{what}: got #{got.inspect}, want #{want.inspect}" unless got == want
end

# A lock is taken once, and given back by its holder only.
unlock = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
check "lock", r.set("lock", "me", nx: true, px: 60_000), true
check "lock again", r.set("lock", "you", nx: true, px: 60_000), false
check "unlock", [r.eval(unlock, ["lock"], ["you"]), r.eval(unlock, ["lock"], ["me"])], [0, 1]

check "pipeline", r.pipelined { |p| 100.times { |i| p.set("key:#{i}", i) } }, ["OK"] * 100
check "scan", r.scan_each(match: "key:*").to_a.uniq.size, 100
outcome = r.watch("n") do
  r.incr("n") # behind the transaction's back
  r.multi { |m| m.set("n", 0) }
end
check "watched", outcome, nil
check "multi", r.multi { |m| m.incr("n"); m.get("n") }, [2, "2"]

got = []
ready = Queue.new
listener = Thread.new do
  sub = Redis.new(port: Integer(ARGV[0]))
  sub.subscribe("news") do |on|
    on.subscribe { ready << true }
    on.message { |_, m| m == "stop" ? sub.unsubscribe : got << m }
  end
end
ready.pop
10.times { |i| r.publish("news", i) }
r.publish("news", "stop")
listener.join
check "messages", got, (0...10).map(&:to_s)

popper = Thread.new { Redis.new(port: Integer(ARGV[0])).blpop("list", timeout: 20) }
r.rpush("list", "x")
check "blpop", popper.value, %w[list x]
r.zadd("z", [[1.5, "a"], [2, "b"]])
check "zrange", r.zrange("z", 0, -1, with_scores: true), [["a", 1.5], ["b", 2.0]]
r.xgroup(:create, "s", "g", "$", mkstream: true)
id = r.xadd("s", { "f" => "v" })
check "xreadgroup", r.xreadgroup("g", "me", "s", ">"), { "s" => [[id, { "f" => "v" }]] }
check "xack", r.xack("s", "g", id), 1
puts "redis-rb: ok"
