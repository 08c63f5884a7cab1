// The WebSocket of a server, used through Node's own client, and through the package ws where it can be resolved. Run with the
// server's address.
"use strict";
const assert = require("node:assert/strict");
const { once } = require("node:events");
const { after, test } = require("node:test");

const address = process.argv[2];
const url = `ws://${address}/ws`;
const protocol = "portask.v1.json";
const options = { timeout: 30_000 };
const sockets = [];

// Also those of tests that failed, for Node ends when nothing is open.
after(() => sockets.forEach((socket) => socket.close()));

/** A client whose messages can be waited for in order; either API has what a browser has. */
class Peer {
  constructor(WebSocket, ...more) {
    this.socket = new WebSocket(url, ...more);
    sockets.push(this.socket);
    this.messages = [];
    this.waiting = [];
    this.opened = new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.onerror = (event) => reject(event.error ?? new Error(event.message));
    });
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean });
    });
    this.socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      const next = this.waiting.shift();
      next ? next(message) : this.messages.push(message);
    };
    this.opened.catch(() => {});
  }

  static async open(WebSocket, ...more) {
    const peer = new Peer(WebSocket, ...more);
    await peer.opened;
    return peer;
  }

  next() {
    return this.messages.length > 0
      ? Promise.resolve(this.messages.shift())
      : new Promise((resolve) => this.waiting.push(resolve));
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  async ask(message) {
    this.send(message);
    return this.next();
  }
}

function ofEvery(name, WebSocket) {
  const open = (...more) => Peer.open(WebSocket, ...more);

  test(`${name}: the sub-protocol is agreed on`, options, async () => {
    const peer = await open(protocol);
    assert.equal(peer.socket.protocol, protocol);
  });

  test(`${name}: an unknown sub-protocol is refused`, options, async () => {
    const peer = new Peer(WebSocket, "graphql-ws");
    await assert.rejects(peer.opened);
    assert.notEqual(peer.socket.readyState, 1);
  });

  test(`${name}: compression is offered and declined`, options, async () => {
    const peer = await open(protocol);
    assert.equal(peer.socket.extensions, "");
  });

  test(`${name}: what is published comes to who subscribed`, options, async () => {
    const topic = `${name}-published`;
    const peer = await open(protocol);
    const subscribed = await peer.ask({ type: "subscribe", topic, requestId: 1 });
    assert.deepEqual([subscribed.type, subscribed.requestId, subscribed.topic], ["ack", 1, topic]);
    for (let i = 0; i < 100; i++) {
      peer.send({ type: "publish", topic, key: "k", value: { i, text: "é😀" }, requestId: `r-${i}` });
    }
    const got = { ack: [], message: [] };
    while (got.ack.length < 100 || got.message.length < 100) {
      const message = await peer.next();
      got[message.type].push(message);
    }
    assert.deepEqual(
      new Set(got.ack.map(({ requestId }) => requestId)), new Set(Array.from({ length: 100 }, (_, i) => `r-${i}`)));
    assert.deepEqual(got.message.map(({ value }) => value.i), Array.from({ length: 100 }, (_, i) => i));
    assert.equal(got.message[99].value.text, "é😀");
  });

  test(`${name}: credit bounds what is sent`, options, async () => {
    const topic = `${name}-credit`;
    const peer = await open(protocol);
    for (let i = 0; i < 3; i++) {
      assert.equal((await peer.ask({ type: "publish", topic, text: String(i) })).type, "ack");
    }
    const { subscription } = await peer.ask({ type: "subscribe", topic, from: "earliest", credit: 1 });
    assert.equal((await peer.next()).text, "0");
    assert.equal((await peer.ask({ type: "ping" })).type, "pong");
    peer.send({ type: "credit", subscription, credit: 2 });
    assert.equal((await peer.next()).text, "1");
    assert.equal((await peer.next()).text, "2");
  });

  test(`${name}: an error says what it answers and leaves the connection`, options, async () => {
    const peer = await open(protocol);
    const error = await peer.ask({ type: "publish", topic: "no/topic", text: "x", requestId: 7 });
    assert.deepEqual([error.type, error.code, error.requestId], ["error", "INVALID_TOPIC_NAME", 7]);
    assert.equal((await peer.ask({ type: "ping" })).type, "pong");
  });

  test(`${name}: a large message comes back whole`, options, async () => {
    const topic = `${name}-large`;
    const text = "0123456789abcdeé".repeat(180_000);
    const peer = await open(protocol);
    assert.equal((await peer.ask({ type: "publish", topic, text })).type, "ack");
    await peer.ask({ type: "subscribe", topic, from: "earliest" });
    assert.equal((await peer.next()).text, text);
  });

  test(`${name}: a message beyond the limit closes with 1009`, options, async () => {
    const peer = await open(protocol);
    peer.socket.send("x".repeat((4 << 20) + 1));
    assert.equal((await peer.closed).code, 1009);
  });

  test(`${name}: a binary message closes with 1003`, options, async () => {
    const peer = await open(protocol);
    peer.socket.send(new Uint8Array([1, 2, 3]));
    assert.equal((await peer.closed).code, 1003);
  });

  for (const code of [1000, 3000, 4999]) {
    test(`${name}: a client's ${code} is answered`, options, async () => {
      const peer = await open(protocol);
      peer.socket.close(code, "enough");
      const closed = await peer.closed;
      assert.equal(closed.code, code);
      assert.ok(closed.wasClean);
    });
  }
}

function ofThePackage(WebSocket) {
  const open = (...more) => Peer.open(WebSocket, protocol, ...more);

  test("ws: a message in fragments is one", options, async () => {
    const peer = await open();
    const bytes = Buffer.from(JSON.stringify({ type: "publish", topic: "fragments", text: "é😀".repeat(10) }));
    for (let i = 0; i < bytes.length; i++) {
      peer.socket.send(bytes.subarray(i, i + 1), { binary: false, fin: i === bytes.length - 1 });
      if (i % 10 === 0) {
        peer.socket.ping(`between ${i}`);
      }
    }
    const { id } = await peer.next();
    assert.equal(id, "fragments:0:0");
    const message = await (await fetch(`http://${address}/api/v1/messages/${id}`)).json();
    assert.equal(message.text, "é😀".repeat(10));
  });

  test("ws: a ping is answered with its own bytes", options, async () => {
    const peer = await open();
    for (const data of [Buffer.alloc(0), Buffer.from([0, 255]), Buffer.alloc(125, 7)]) {
      const ponged = once(peer.socket, "pong");
      peer.socket.ping(data);
      assert.deepEqual(Buffer.from((await ponged)[0]), data);
    }
    peer.socket.pong("nobody asked");
    assert.equal((await peer.ask({ type: "ping" })).type, "pong");
  });

  test("ws: text that is not UTF-8 closes with 1007", options, async () => {
    const peer = await open();
    peer.socket.send(Buffer.from([0x7b, 0xc3, 0x28]), { binary: false });
    assert.equal((await peer.closed).code, 1007);
  });

  test("ws: a frame without a mask closes with 1002", options, async () => {
    const peer = await open();
    peer.socket.send("{}", { mask: false });
    assert.equal((await peer.closed).code, 1002);
  });

  test("ws: a page from elsewhere is refused with 403", options, async () => {
    const socket = new WebSocket(url, protocol, { origin: "https://evil.example" });
    const [request, response] = await once(socket, "unexpected-response");
    assert.equal(response.statusCode, 403);
    request.destroy();
  });

  test("ws: an older version is told the one that is spoken", options, async () => {
    const socket = new WebSocket(url, protocol, { protocolVersion: 8 });
    const [request, response] = await once(socket, "unexpected-response");
    assert.equal(response.statusCode, 426);
    assert.equal(response.headers["sec-websocket-version"], "13");
    request.destroy();
  });

  test("ws: a connection that breaks off leaves the others alone", options, async () => {
    const others = await Promise.all(Array.from({ length: 20 }, () => open()));
    const broken = await open();
    broken.send({ type: "subscribe", topic: "broken" });
    broken.socket.terminate();
    const answers = await Promise.all(others.map((peer) => peer.ask({ type: "ping" })));
    assert.ok(answers.every(({ type }) => type === "pong"));
  });
}

if (typeof WebSocket === "function") {
  ofEvery("node", WebSocket);
}
if (process.argv[3] === "ws") {
  const Packaged = require("ws");
  ofEvery("ws", Packaged);
  ofThePackage(Packaged);
}
