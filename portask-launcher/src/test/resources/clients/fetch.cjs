// The resources of a server, used through Node's fetch. Run with the server's address.
"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");

const api = `http://${process.argv[2]}/api/v1`;
const options = { timeout: 30_000 };

const post = (path, body, more = {}) =>
  fetch(api + path, { method: "POST", body: JSON.stringify(body), ...more });

/** The lines of a response that does not end. */
async function* lines(response) {
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const complete = (rest + chunk).split("\n");
    rest = complete.pop();
    yield* complete.filter((line) => line !== "");
  }
}

test("what is published is fetched", options, async () => {
  const published = await post("/messages/publish", { topic: "fetched", key: "k-é", value: { total: 10.5 } });
  assert.equal(published.status, 200);
  assert.equal((await published.json()).id, "fetched:0:0");
  const fetched = await post("/messages/fetch", { topic: "fetched", partition: 0, offset: 0 });
  const [message] = (await fetched.json()).messages;
  assert.equal(message.key, "k-é");
  assert.deepEqual(message.value, { total: 10.5 });
});

test("an error is a problem", options, async () => {
  const response = await post("/messages/fetch", { topic: "nobody", partition: 0 });
  assert.equal(response.status, 404);
  assert.match(response.headers.get("content-type"), /^application\/problem\+json/);
  assert.equal((await response.json()).code, "UNKNOWN_TOPIC");
});

test("a body is uploaded as it is made", options, async () => {
  const body = new ReadableStream({
    start: (controller) => {
      for (let i = 0; i < 1000; i++) {
        controller.enqueue(new TextEncoder().encode(`{"text":"line ${i}"}\n`));
      }
      controller.close();
    },
  });
  const headers = { "content-type": "application/x-ndjson" };
  const response = await fetch(`${api}/topics/uploaded/messages`, { method: "POST", body, duplex: "half", headers });
  assert.equal((await response.json()).messages, 1000);
});

test("a large response is compressed on its way", options, async () => {
  const response = await fetch(`${api}/openapi.json`);
  assert.equal(response.headers.get("content-encoding"), "gzip");
  assert.equal((await response.json()).openapi, "3.1.0");
});

test("lines are followed until the reader leaves", options, async () => {
  await post("/messages/publish", { topic: "followed", text: "0" });
  const leave = new AbortController();
  const headers = { accept: "application/x-ndjson" };
  const response = await fetch(`${api}/topics/followed/stream?from=earliest`, { headers, signal: leave.signal });
  let count = 0;
  await assert.rejects(async () => {
    for await (const line of lines(response)) {
      assert.equal(JSON.parse(line).text, String(count));
      count++;
      if (count === 20) {
        leave.abort();
      } else {
        await post("/messages/publish", { topic: "followed", text: String(count) });
      }
    }
  }, { name: "AbortError" });
  assert.equal(count, 20);
});

test("a fetch that waits can be given up", options, async () => {
  await post("/topics", { name: "silent" });
  const waiting = post("/messages/fetch", { topic: "silent", partition: 0, maxWaitMs: 60_000 }, {
    signal: AbortSignal.timeout(100),
  });
  await assert.rejects(waiting, { name: "TimeoutError" });
  assert.equal((await fetch(`${api}/topics/silent`)).status, 200);
});

test("many at once are answered each with its own", options, async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => post("/messages/publish", { topic: "many", text: String(i) })));
  const ids = await Promise.all(answers.map(async (answer) => (await answer.json()).id));
  const texts = await Promise.all(ids.map(async (id) => (await (await fetch(`${api}/messages/${id}`)).json()).text));
  assert.deepEqual(texts, Array.from({ length: 50 }, (_, i) => String(i)));
});
