// Usage: node bullmq.js PORT [SECONDS]   (in a directory where bullmq and ioredis are installed)
//
// Plain, delayed, prioritised and failing jobs through one queue, over RESP2 and
// RESP3: each is done exactly once, a failing one after its retries, and the
// queue ends empty. With SECONDS jobs are added for so long; what is not known to
// have been added is added again under its ID. A job may then run twice, as with
// any job queue when the database goes away between its end and the word of it.
const { Queue, QueueEvents, Worker } = require("bullmq");
const Redis = require("ioredis");
const assert = require("node:assert/strict");

const long = Number(process.argv[3] || 0) * 1000;
// Errors that README documents for the time in which a leader is lost.
const passing = (e) => /^(UNCERTAIN|MASTERDOWN|LOADING)|Connection is closed|ECONN/.test(e.message);

async function insist(f) {
  for (;;) {
    try {
      return await f();
    } catch (e) {
      if (!passing(e)) throw e;
      await new Promise((r) => setTimeout(r, 20));
    }
  }
}
const plain = 100;

async function run(protocol) {
  const connection = { host: "127.0.0.1", port: Number(process.argv[2]), maxRetriesPerRequest: null, protocol };
  const admin = new Redis(connection);
  await admin.flushdb();
  const queue = new Queue("work", { connection });
  queue.setMaxListeners(0); // every awaited job listens for the end of the queue
  const events = new QueueEvents("work", { connection });
  await events.waitUntilReady();
  for (const each of [queue, events]) each.on("error", () => {}); // calls tell their own errors

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
    // A job in the hands of a worker that lost its connection is soon another's.
    long ? { connection, stalledInterval: 500, lockDuration: 2000, maxStalledCount: 9 } : { connection },
  );
  worker.on("error", (e) => {
    if (!long || !passing(e)) throw e;
  });
  for (const end = Date.now() + long; Date.now() < end; ) {
    const jobId = `long-${jobs.length}`;
    jobs.push(await insist(() => queue.add("plain", {}, { jobId })));
  }
  for (const end = Date.now() + 20000; (await insist(() => queue.getCompletedCount())) < jobs.length; ) {
    assert.ok(Date.now() < end, `${runs.size} of ${jobs.length} jobs have run`);
    await new Promise((r) => setTimeout(r, 20));
  }
  if (!long) {
    const results = await Promise.all(jobs.map((j) => j.waitUntilFinished(events, 20000)));
    assert.deepEqual(results, jobs.map((j) => j.name));
    for (const j of jobs) assert.equal(runs.get(j.id), j.name === "flaky" ? 3 : 1, `runs of ${j.name} ${j.id}`);
    assert.deepEqual(ranked, [1, 2, 3]);
  }
  for (const j of jobs) assert.ok(runs.get(j.id) >= 1, `${j.name} ${j.id} never ran`);
  assert.deepEqual(await queue.getJobCounts("completed", "failed", "waiting", "active", "delayed", "prioritized"), {
    completed: jobs.length, failed: 0, waiting: 0, active: 0, delayed: 0, prioritized: 0,
  });
  await worker.close();
  await events.close();
  await queue.close();
  await admin.quit();
}

(async () => {
  await run(2);
  await run(3);
  console.log("bullmq: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
