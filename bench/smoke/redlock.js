// Usage: node redlock.js PORT   (in a directory where redlock and ioredis are installed)
//
// Many want one lock: one at a time has it. A lock is extended, and a lost one
// is noticed.
const { default: Redlock } = require("redlock");
const Redis = require("ioredis");
const assert = require("node:assert/strict");

(async () => {
  const clients = [1, 2].map(() => new Redis(Number(process.argv[2]), "127.0.0.1"));
  await clients[0].flushdb();
  const locks = clients.map((c) => new Redlock([c], { retryCount: 2000, retryDelay: 5, retryJitter: 5 }));
  let inside = 0;
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const lock = await locks[i % 2].acquire(["door"], 10000);
      assert.equal(++inside, 1, "two have the lock");
      await new Promise((r) => setTimeout(r, 2));
      inside--;
      await lock.release();
    }),
  );
  const once = new Redlock([clients[0]], { retryCount: 0 });
  let lock = await once.acquire(["a", "b"], 1000);
  lock = await lock.extend(20000);
  assert.ok((await clients[0].pttl("a")) > 10000);
  await clients[1].del("a");
  await assert.rejects(lock.release(), "a lost lock was given back");
  await Promise.all(clients.map((c) => c.quit()));
  console.log("redlock: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
