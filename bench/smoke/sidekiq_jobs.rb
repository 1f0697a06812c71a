# Usage: ruby sidekiq_jobs.rb PORT [SECONDS]   (with Sidekiq installed)
#
# A Sidekiq process of its own does plain, delayed, failing and many jobs at
# once. With SECONDS jobs are added for so long; what is not known to have been
# added is added again under its ID.
require "sidekiq"
require "sidekiq/api"

PORT = Integer(ENV["SMOKE_PORT"] || ARGV[0])
OPTIONS = { url: "redis://127.0.0.1:#{PORT}/0" }
Redis.silence_deprecations = true
Sidekiq.logger.level = Logger::WARN
Sidekiq.configure_client { |c| c.redis = OPTIONS }
Sidekiq.configure_server do |c|
  c.redis = OPTIONS
  c.options[:poll_interval_average] = 0.1
end

# Errors that README documents for the time in which a leader is lost.
def passing?(error)
  error.is_a?(Redis::BaseConnectionError) || error.message.start_with?("UNCERTAIN", "MASTERDOWN", "LOADING")
end

def insist
  yield
rescue Redis::BaseError => e
  raise unless passing?(e)
  sleep 0.05
  retry
end

class Plain
  include Sidekiq::Worker
  def perform(i)
    insist { Sidekiq.redis { |r| r.sadd("done", i.to_s) } }
  end
end

class Later
  include Sidekiq::Worker
  def perform(due)
    insist { Sidekiq.redis { |r| r.sadd("done", Time.now.to_f >= due ? "later" : "early") } }
  end
end

class Flaky
  include Sidekiq::Worker
  sidekiq_retry_in { 1 }
  def perform
    runs = Sidekiq.redis { |r| r.incr("flaky") }
    raise "not yet" if runs < 3
    Sidekiq.redis { |r| r.sadd("done", "flaky") }
  end
end

if $PROGRAM_NAME == __FILE__
  seconds = Integer(ARGV[1] || 0)
  redis = Redis.new(**OPTIONS)
  redis.flushdb
  server = Process.spawn({ "SMOKE_PORT" => PORT.to_s }, "sidekiq", "-r", File.expand_path(__FILE__), "-c", "5", "-e", "production", out: File::NULL)
  begin
    want = %w[later flaky]
    Later.perform_in(1, Time.now.to_f + 1)
    Flaky.perform_async
    Sidekiq::Client.push_bulk("class" => Plain, "args" => (0...100).map { |i| [i] })
    want += (0...100).map(&:to_s)
    finish = Time.now + seconds
    i = 100
    while Time.now < finish
      insist { Sidekiq::Client.push("class" => Plain, "args" => [i], "jid" => "job%020d" % i) }
      want << i.to_s
      i += 1
    end
    finish = Time.now + 40
    sleep 0.05 until insist { redis.scard("done") } >= want.size || Time.now > finish
    missing = want - redis.smembers("done")
    abort "#{missing.size} of #{want.size} jobs are not done: #{missing.first(5)}" unless missing.empty?
    abort "the failing job ran #{redis.get('flaky')} times" unless redis.get("flaky") == "3"
    # A job that ran is counted a little after it has said that it ran.
    finish = Time.now + 10
    sleep 0.05 until Sidekiq::Stats.new.processed >= want.size || Time.now > finish
    stats = Sidekiq::Stats.new
    abort "#{stats.processed} processed of #{want.size}" if seconds.zero? && stats.processed < want.size
    abort "left: #{stats.enqueued}, #{stats.retry_size}, #{stats.scheduled_size}" unless [stats.enqueued, stats.retry_size, stats.scheduled_size].all?(&:zero?)
  ensure
    Process.kill("TERM", server)
    Process.wait(server)
  end
  puts "sidekiq: ok"
end
