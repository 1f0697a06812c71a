// Usage: node bee-queue.js PORT   (in a directory where bee-queue is installed)
//
// Plain, delayed and failing jobs; each is done exactly once, a failing one after
// its retries, and the queue tells who waits for them.
const Queue = require("bee-queue");
const Redis = require("ioredis");
const assert = require("node:assert/strict");

(async () => {
  const redis = { host: "127.0.0.1", port: Number(process.argv[2]) };
  const admin = new Redis(redis);
  await admin.flushdb();
  const queue = new Queue("work", { redis, activateDelayedJobs: true, nearTermWindow: 2000 });
  await queue.ready();
  const runs = new Map();
  queue.process(4, async (job) => {
    runs.set(job.id, (runs.get(job.id) || 0) + 1);
    if (job.data.flaky && runs.get(job.id) < 3) throw new Error("not yet");
    return job.data.n;
  });
  const done = (job) => new Promise((resolve) => job.on("succeeded", resolve));
  const jobs = Array.from({ length: 100 }, (_, n) => queue.createJob({ n }));
  jobs.push(queue.createJob({ n: 100, flaky: true }).retries(5));
  jobs.push(queue.createJob({ n: 101 }).delayUntil(Date.now() + 300));
  const results = jobs.map(done);
  await Promise.all(jobs.map((j) => j.save()));
  assert.deepEqual(await Promise.all(results), jobs.map((_, n) => n));
  for (const j of jobs) assert.equal(runs.get(j.id), j.data.flaky ? 3 : 1);
  const health = await queue.checkHealth();
  assert.equal(health.waiting + health.active + health.delayed + health.failed, 0);
  await queue.close();
  await admin.quit();
  console.log("bee-queue: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
