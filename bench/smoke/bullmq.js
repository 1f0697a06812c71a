// Usage: node bullmq.js PORT   (in a directory where bullmq and ioredis are installed)
//
// Plain, delayed, prioritised and failing jobs through one queue: each is done
// exactly once, a failing one after its retries, and the queue ends empty.
const { Queue, QueueEvents, Worker } = require("bullmq");
const Redis = require("ioredis");
const assert = require("node:assert/strict");

const connection = { host: "127.0.0.1", port: Number(process.argv[2]), maxRetriesPerRequest: null };
const plain = 100;

(async () => {
  const admin = new Redis(connection);
  await admin.flushdb();
  const queue = new Queue("work", { connection });
  queue.setMaxListeners(0); // every awaited job listens for the end of the queue
  const events = new QueueEvents("work", { connection });
  await events.waitUntilReady();

  const jobs = await queue.addBulk(
    Array.from({ length: plain }, (_, i) => ({ name: "plain", data: { i } })),
  );
  jobs.push(await queue.add("flaky", {}, { attempts: 3, backoff: { type: "fixed", delay: 20 } }));
  jobs.push(await queue.add("later", { due: Date.now() + 300 }, { delay: 300 }));
  for (const priority of [3, 1, 2]) jobs.push(await queue.add("ranked", { priority }, { priority }));

  const runs = new Map();
  const ranked = [];
  const worker = new Worker(
    "work",
    async (job) => {
      runs.set(job.id, (runs.get(job.id) || 0) + 1);
      if (job.name === "flaky" && runs.get(job.id) < 3) throw new Error("not yet");
      if (job.name === "ranked") ranked.push(job.data.priority);
      // Two clocks' milliseconds may be rounded differently by one.
      if (job.name === "later") assert.ok(Date.now() >= job.data.due - 1, "a delayed job came early");
      return job.name;
    },
    { connection },
  );
  const results = await Promise.all(jobs.map((j) => j.waitUntilFinished(events, 20000)));
  assert.deepEqual(results, jobs.map((j) => j.name));
  assert.equal(runs.size, jobs.length);
  for (const j of jobs) assert.equal(runs.get(j.id), j.name === "flaky" ? 3 : 1, `runs of ${j.name} ${j.id}`);
  assert.deepEqual(ranked, [1, 2, 3]);
  assert.deepEqual(await queue.getJobCounts("completed", "failed", "waiting", "active", "delayed", "prioritized"), {
    completed: jobs.length, failed: 0, waiting: 0, active: 0, delayed: 0, prioritized: 0,
  });
  await worker.close();
  await events.close();
  await queue.close();
  await admin.quit();
  console.log("bullmq: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
