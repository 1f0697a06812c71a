// Usage: node sessions.js PORT   (in a directory where connect-redis, express-session and redis are installed)
//
// A web server's sessions: they hold what was put in, are listed, touched, run
// out and are destroyed. Over RESP2 and RESP3.
const { RedisStore } = require("connect-redis");
const session = require("express-session");
const { createClient } = require("redis");
const assert = require("node:assert/strict");
const http = require("node:http");

async function run(RESP) {
  const client = await createClient({ url: `redis://127.0.0.1:${process.argv[2]}`, RESP }).connect();
  await client.flushDb();
  const store = new RedisStore({ client });
  const middleware = session({ store, secret: "fox", resave: false, saveUninitialized: false, cookie: { maxAge: 60000 } });
  const server = http.createServer((req, res) =>
    middleware(req, res, () => {
      if (req.url === "/out") return req.session.destroy(() => res.end("out"));
      req.session.n = (req.session.n || 0) + 1;
      res.end(String(req.session.n));
    }),
  );
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  let cookie = "";
  const visit = async (path) => {
    const res = await fetch(url + path, { headers: { cookie } });
    cookie = (res.headers.get("set-cookie") || cookie).split(";")[0];
    return res.text();
  };
  for (const n of ["1", "2", "3"]) assert.equal(await visit("/"), n);
  assert.equal((await store.ids()).length, 1);
  assert.equal(await store.length(), 1);
  const [key] = await client.keys("sess:*");
  assert.ok((await client.pTTL(key)) > 50000);
  assert.equal(await visit("/out"), "out");
  assert.equal(await visit("/"), "1");
  await client.pExpire((await client.keys("sess:*"))[0], 1);
  while ((await store.length()) > 0);
  assert.equal(await visit("/"), "1");
  await store.clear();
  assert.equal(await store.length(), 0);
  server.close();
  server.closeAllConnections();
  await client.close();
}

(async () => {
  await run(2);
  await run(3);
  console.log("connect-redis: ok");
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
