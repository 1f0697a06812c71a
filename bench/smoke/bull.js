// Usage: node bull.js PORT   (in a directory where bull is installed)
//
// Plain, delayed and failing jobs, and one that stalls in the hands of a worker
// that is gone: each is done.
const Queue = require("bull");
const { EventEmitter } = require("node:events");
const assert = require("node:assert/strict");

const options = { redis: { host: "127.0.0.1", port: Number(process.argv[2]) }, settings: { stalledInterval: 300, lockDuration: 600 } };

(async () => {
  EventEmitter.defaultMaxListeners = 0; // every awaited job listens for the end of the queue
  const queue = new Queue("work", options);
  await (await queue.isReady()).client.flushdb();
  const jobs = await queue.addBulk(Array.from({ length: 100 }, (_, i) => ({ data: { i } })));
  jobs.push(await queue.add({ flaky: true }, { attempts: 3, backoff: 20 }));
  jobs.push(await queue.add({ due: Date.now() + 300 }, { delay: 300 }));
  // Its lock runs out with nobody working on it.
  const stalled = await queue.getNextJob();
  await queue.client.del(stalled.lockKey());

  const runs = new Map();
  queue.process(4, async (job) => {
    runs.set(job.id, (runs.get(job.id) || 0) + 1);
    if (job.data.flaky && runs.get(job.id) < 3) throw new Error("not yet");
    if (job.data.due) assert.ok(Date.now() >= job.data.due - 1, "a delayed job came early");
    return job.id;
  });
  assert.deepEqual(await Promise.all(jobs.map((j) => j.finished())), jobs.map((j) => j.id));
  for (const j of jobs) assert.equal(runs.get(j.id), j.data.flaky ? 3 : 1, `runs of ${j.id}`);
  const counts = await queue.getJobCounts();
  assert.equal(counts.completed, jobs.length);
  assert.equal(counts.waiting + counts.active + counts.delayed + counts.failed, 0);
  await queue.close();
  console.log("bull: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
