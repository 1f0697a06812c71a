// Usage: node limiter.js PORT   (in a directory where rate-limiter-flexible and ioredis are installed)
// Over RESP2 and RESP3.
//
// Of many requests at once from two connections exactly as many pass as the
// limit allows, and the window's end opens it again.
const { RateLimiterRedis } = require("rate-limiter-flexible");
const Redis = require("ioredis");
const assert = require("node:assert/strict");

async function run(protocol) {
  const clients = [1, 2].map(() => new Redis(Number(process.argv[2]), "127.0.0.1", { protocol }));
  await clients[0].flushdb();
  const limiters = clients.map((storeClient) => new RateLimiterRedis({ storeClient, points: 25, duration: 5 }));
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => limiters[i % 2].consume("user")));
  assert.equal(outcomes.filter((o) => o.status === "fulfilled").length, 25);
  for (const o of outcomes) {
    if (o.status === "rejected") assert.ok(o.reason.msBeforeNext > 0 && o.reason.msBeforeNext <= 5000, String(o.reason));
  }
  assert.equal((await limiters[1].get("user")).consumedPoints, 100);

  const brief = clients.map((storeClient) => new RateLimiterRedis({ storeClient, points: 1, duration: 1, keyPrefix: "brief" }));
  await brief[0].consume("user");
  const refused = await brief[1].consume("user").then(() => null, (r) => r);
  assert.ok(refused && refused.msBeforeNext > 0, "a second request passed");
  const end = Date.now() + 5000;
  while ((await brief[1].get("user")) !== null) assert.ok(Date.now() < end, "the window never ends");
  assert.equal((await brief[1].consume("user")).consumedPoints, 1);
  await Promise.all(clients.map((c) => c.quit()));
}

(async () => {
  await run(2);
  await run(3);
  console.log("rate-limiter-flexible: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
