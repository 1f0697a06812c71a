// Usage: node node-redis.js PORT   (in a directory where redis is installed)
// Over RESP2 and RESP3.
const { createClient, WatchError } = require("redis");
const assert = require("node:assert/strict");

async function run(protocol) {
  const c = await createClient({ url: `redis://127.0.0.1:${process.argv[2]}`, RESP: protocol }).connect();
  await c.flushDb();
  assert.equal(await c.set("a", "1", { EX: 60 }), "OK");
  assert.equal(await c.get("a"), "1");
  assert.equal(await c.del(["a", "b"]), 1);
  assert.equal(await c.get("a"), null);

  // Commands of one turn of the event loop go out as one pipeline.
  const keys = Array.from({ length: 500 }, (_, i) => `key:${i}`);
  const replies = await Promise.all(keys.map((k) => c.set(k, "x")));
  assert.ok(replies.every((r) => r === "OK"));
  const seen = new Set();
  for await (const found of c.scanIterator({ MATCH: "key:*", COUNT: 50 })) [found].flat().forEach((k) => seen.add(k));
  assert.deepEqual([...seen].sort(), [...keys].sort());

  await c.watch("n");
  assert.deepEqual(await c.multi().incr("n").incr("n").exec(), [1, 2]);
  const other = await c.duplicate().connect();
  await c.watch("n");
  await other.set("n", "9");
  await assert.rejects(c.multi().incr("n").exec(), WatchError);
  assert.equal(await c.get("n"), "9");
  await Promise.all([c.close(), other.close()]);
}

(async () => {
  await run(2);
  await run(3);
  console.log("node-redis: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
