// Usage: node ioredis.js PORT   (in a directory where ioredis is installed)
// Over RESP2 and RESP3.
const Redis = require("ioredis");
const assert = require("node:assert/strict");

async function run(protocol) {
  const c = new Redis(Number(process.argv[2]), "127.0.0.1", { protocol });
  await c.flushdb();
  assert.equal(await c.set("a", "1", "EX", 60), "OK");
  assert.equal(await c.get("a"), "1");
  assert.equal(await c.del("a", "b"), 1);
  assert.equal(await c.get("a"), null);

  const p = c.pipeline();
  const keys = new Set();
  for (let i = 0; i < 500; i++) {
    keys.add(`key:${i}`);
    p.set(`key:${i}`, i);
  }
  for (const [err, reply] of await p.exec()) {
    assert.equal(err, null);
    assert.equal(reply, "OK");
  }
  const seen = new Set();
  for await (const found of c.scanStream({ match: "key:*", count: 50 })) found.forEach((k) => seen.add(k));
  assert.deepEqual([...seen].sort(), [...keys].sort());

  await c.watch("n");
  assert.deepEqual(await c.multi().incr("n").incr("n").exec(), [[null, 1], [null, 2]]);
  const other = c.duplicate();
  await c.watch("n");
  await other.set("n", "9");
  assert.equal(await c.multi().incr("n").exec(), null);
  assert.equal(await c.get("n"), "9");
  await Promise.all([c.quit(), other.quit()]);
}

(async () => {
  await run(2);
  await run(3);
  console.log("ioredis: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
