import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import {
  createTransport,
  type TransportOptions,
} from "../../../../engine/channels/http-out/index.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner } from "../partner.ts";
import {
  adapter,
  containing,
  delivery,
  generation,
  memoryLog,
  secretsOf,
  template,
} from "../plans.ts";

function open(more: Partial<TransportOptions> = {}) {
  const clock = new VirtualClock();
  const log = memoryLog();
  const transport = createTransport({ secrets: secretsOf({}), clock, log, ...more });
  onTestFinished(async () => transport.close());
  return { transport, clock, log };
}

const to = (url: string) => generation({ adapters: [adapter("tryton", url)] });

test("a complete answer comes back with lower-case headers and parsed JSON", async () => {
  const erp = await partner((_seen, response) =>
    json(response, 201, { id: 7 }, { "X-Kind": "new" }),
  );
  const { transport } = open();
  const outcome = await transport.send(delivery(`${erp.url}/orders`), to(erp.url));
  expect(outcome).toMatchObject({
    kind: "response",
    response: { status: 201, body: { id: 7 }, headers: { "x-kind": "new" } },
  });
  expect(erp.seen[0]).toMatchObject({ method: "POST", url: "/orders", body: '{"a":1}' });
});

test("trace, correlation, business context and content type are on the wire", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  await transport.send(delivery(erp.url, { context: { tier: "gold, max" } }), to(erp.url));
  expect(erp.seen[0]?.headers).toMatchObject({
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "x-correlation-id": "c-1",
    baggage: "correlation=c-1,flow=orders,tier=gold%2C%20max",
    "content-type": "application/json",
  });
});

test("the effect's key goes in the declared header on writes and never on reads", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const idempotent = {
    header: "Idempotency-Key",
    valid: 86_400_000,
    at: { file: "", line: 1, column: 1, length: 1 },
  };
  const plans = generation({ adapters: [adapter("tryton", erp.url, { idempotent })] });
  await transport.send(delivery(erp.url), plans);
  await transport.send(delivery(erp.url, { read: true }), plans);
  await transport.send(delivery(erp.url), to(erp.url));
  expect(erp.seen.map(({ headers }) => headers["idempotency-key"])).toEqual([
    "effect-1",
    undefined,
    undefined,
  ]);
});

test("a form body has nested keys", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const request = {
    method: "POST",
    url: erp.url,
    headers: {},
    encode: "form",
    timeoutMs: 1000,
  } as const;
  const body = { a: { b: [{ c: 1 }, "x y"] }, off: null, on: true };
  await transport.send(delivery(erp.url, { request: { ...request, body } }), to(erp.url));
  expect(erp.seen[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  expect([...new URLSearchParams(erp.seen[0]?.body)]).toEqual([
    ["a[b][0][c]", "1"],
    ["a[b][1]", "x y"],
    ["off", ""],
    ["on", "true"],
  ]);
});

test("a query is percent-encoded and lists repeat their name", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const request = {
    method: "GET",
    url: `${erp.url}/x?fixed=1`,
    query: { q: "a&b=c d", id: ["1", "2"] },
    headers: {},
    encode: "none",
    timeoutMs: 1000,
  } as const;
  await transport.send(delivery(erp.url, { request }), to(erp.url));
  expect(erp.seen[0]?.url).toBe("/x?fixed=1&q=a%26b%3Dc%20d&id=1&id=2");
});

test("a refused connection is not-sent", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { transport } = open();
  const url = `http://127.0.0.1:${port}`;
  const outcome = await transport.send(delivery(url), to(url));
  expect(outcome).toMatchObject({ kind: "not-sent", reason: containing("refused") });
});

test("a name that nobody knows is not-sent", async () => {
  const { transport } = open();
  const url = "http://no-such-host.invalid";
  expect(await transport.send(delivery(url), to(url))).toMatchObject({ kind: "not-sent" });
});

test("a connection dropped after the partner committed is unknown", async () => {
  const erp = await partner((_seen, response) => response.socket?.destroy());
  const { transport } = open();
  const outcome = await transport.send(delivery(erp.url), to(erp.url));
  expect(outcome.kind).toBe("unknown");
  expect(erp.seen).toHaveLength(1);
});

test("a drop in the middle of the answer is unknown", async () => {
  const erp = await partner((_seen, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"id":');
    setImmediate(() => response.socket?.destroy());
  });
  const { transport } = open();
  expect((await transport.send(delivery(erp.url), to(erp.url))).kind).toBe("unknown");
});

test("an answer that drips for ever ends at the deadline, as unknown", async () => {
  const dripping = Promise.withResolvers<void>();
  const erp = await partner((_seen, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("[1");
    dripping.resolve();
  });
  const { transport, clock } = open();
  const outcome = transport.send(delivery(erp.url), to(erp.url));
  await dripping.promise;
  await clock.advance(4_999);
  await clock.advance(1);
  expect(await outcome).toMatchObject({ kind: "unknown", ms: 5_000 });
});

test("a request that waits for a connection until its deadline is not-sent, and stays unsent", async () => {
  // A listener that never accepts a TLS hand-shake: the socket is open, the connection never ready.
  const sockets: { destroy(): void }[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  const connected = Promise.withResolvers<void>();
  server.once("connection", () => connected.resolve());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const { transport, clock } = open();
  const outcome = transport.send(delivery(url), to(url));
  await connected.promise;
  await clock.advance(5_000);
  expect(await outcome).toMatchObject({ kind: "not-sent" });
});

test("an answer beyond the limit is cut off, announced or not", async () => {
  const erp = await partner((seen, response) => {
    if (seen.url === "/announced") response.setHeader("content-length", "2000");
    response.write("x".repeat(1000));
    response.end("x".repeat(1000));
  });
  const { transport } = open({ responseLimit: 1500 });
  for (const path of ["/announced", "/chunked"]) {
    const outcome = await transport.send(delivery(`${erp.url}${path}`), to(erp.url));
    expect(outcome).toMatchObject({ kind: "unknown", reason: containing("1500") });
  }
});

test("what calls itself JSON and is not stays text, with a note", async () => {
  const erp = await partner((_seen, response) => {
    response.writeHead(502, { "content-type": "application/problem+json" });
    response.end("<h1>Bad gateway</h1>");
  });
  const { transport } = open();
  expect(await transport.send(delivery(erp.url), to(erp.url))).toMatchObject({
    kind: "response",
    response: {
      status: 502,
      body: "<h1>Bad gateway</h1>",
      headers: { "x-sluice-body-note": containing("json") },
    },
  });
});

test("a success that is cut off says nothing of what was done; text that never was JSON does", async () => {
  const bodies: Readonly<Record<string, string | Buffer>> = {
    "/cut": '{"number":"SO-1","lines":[{"sk',
    "/gzip": gzipSync('{"number":"SO-1"}').subarray(0, 20),
    "/text": "created",
  };
  const erp = await partner((seen, response) => {
    const encoding = seen.url === "/gzip" ? { "content-encoding": "gzip" } : {};
    response.writeHead(201, { "content-type": "application/json", ...encoding });
    response.end(bodies[seen.url]);
  });
  const { transport } = open();
  for (const path of ["/cut", "/gzip"]) {
    expect(await transport.send(delivery(`${erp.url}${path}`), to(erp.url))).toMatchObject({
      kind: "unknown",
      reason: containing("cut off"),
    });
  }
  expect(await transport.send(delivery(`${erp.url}/text`), to(erp.url))).toMatchObject({
    kind: "response",
    response: { status: 201, body: "created" },
  });
});

test("integers beyond 2^53 keep their digits; compressed bodies are read", async () => {
  const erp = await partner((_seen, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
    response.end(gzipSync('{"id":12345678901234567890,"n":1.5,"small":42}'));
  });
  const { transport } = open();
  expect(await transport.send(delivery(erp.url), to(erp.url))).toMatchObject({
    response: { body: { id: "12345678901234567890", n: 1.5, small: 42 } },
  });
});

test("redirects are answers, never followed", async () => {
  const other = await partner((_seen, response) => json(response, 200, {}));
  const erp = await partner((_seen, response) => json(response, 302, {}, { location: other.url }));
  const { transport } = open();
  expect(await transport.send(delivery(erp.url), to(erp.url))).toMatchObject({
    response: { status: 302 },
  });
  expect(other.seen).toEqual([]);
});

test("only base-url and egress hosts may be asked, and never a metadata address", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const other = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open({ egress: ["*.example.com", "169.254.169.254"] });
  const plans = to(erp.url);
  for (const url of [
    other.url,
    "http://169.254.169.254/latest/meta-data",
    "http://2852039166/",
    "http://[::ffff:169.254.169.254]/",
    "http://metadata.google.internal/",
    "http://example.com.evil.test/",
    "ftp://example.com/",
    "http://user:word@api.example.com/",
    "not a url",
  ]) {
    const outcome = await transport.send(delivery(url), plans);
    expect({ url, ...outcome }).toMatchObject({ url, kind: "not-sent", refused: true });
  }
  expect(other.seen).toEqual([]);
  const listed = generation({
    adapters: [adapter("tryton", erp.url)],
    workspace: { egress: ["127.0.0.1"] },
  });
  expect((await transport.send(delivery(other.url), listed)).kind).toBe("response");
});

test("a name that leads to a metadata address is not asked, be it declared or listed", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { port } = new URL(erp.url);
  const addresses: Record<string, string> = {
    "good.test": "127.0.0.1",
    "evil.test": "169.254.169.254",
    "six.test": "fd00:ec2::254",
    "mapped.test": "::ffff:169.254.169.254",
    "nat.test": "64:ff9b::a9fe:a9fe",
  };
  const { transport } = open({
    egress: ["*.test"],
    resolveName: (name, _options, done) => {
      const address = addresses[name] ?? "";
      done(null, [{ address, family: address.includes(":") ? 6 : 4 }]);
    },
  });
  for (const name of Object.keys(addresses)) {
    const url = `http://${name}:${port}`;
    for (const plans of [to(url), to(erp.url)]) {
      const outcome = await transport.send(delivery(url), plans);
      const kind = name === "good.test" ? "response" : "not-sent";
      expect({ name, kind: outcome.kind }).toEqual({ name, kind });
      if (outcome.kind !== "not-sent") continue;
      // No retry could send it.
      expect(outcome).toMatchObject({ refused: true, reason: containing("metadata address") });
    }
  }
  expect(erp.seen).toHaveLength(2);
});

test("nothing can smuggle a header in", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  const base = { method: "POST", url: erp.url, encode: "json", timeoutMs: 1000 } as const;
  for (const headers of [
    { "x-a": "1\r\nx-b: 2" },
    { "x-a\r\nx-b": "1" },
    { "x-a": "\u0000" },
    { "x-a": "\u20ac" },
  ]) {
    const outcome = await transport.send(
      delivery(erp.url, { request: { ...base, headers } }),
      to(erp.url),
    );
    expect(outcome).toMatchObject({ kind: "not-sent", refused: true });
  }
  const headers = { host: "evil.test", "content-length": "3", "transfer-encoding": "chunked" };
  await transport.send(
    delivery(erp.url, { request: { ...base, headers, body: { a: 1 } } }),
    to(erp.url),
  );
  expect(erp.seen).toHaveLength(1);
  expect(erp.seen[0]?.headers.host).toBe(new URL(erp.url).host);
  expect(erp.seen[0]?.body).toBe('{"a":1}');
});

test("after close nothing is sent", async () => {
  const erp = await partner((_seen, response) => json(response, 200, {}));
  const { transport } = open();
  await transport.close();
  expect((await transport.send(delivery(erp.url), to(erp.url))).kind).toBe("not-sent");
  expect(erp.seen).toEqual([]);
});

test("a base-url that cannot be evaluated is told by place, not by value", async () => {
  const { transport } = open();
  const broken = adapter("tryton", "", {
    baseUrl: template(() => {
      throw new Error("canary-value");
    }),
  });
  const outcome = await transport.send(
    delivery("http://x.test"),
    generation({ adapters: [broken] }),
  );
  expect(outcome).toMatchObject({ kind: "not-sent", refused: true });
  expect(JSON.stringify(outcome)).not.toContain("canary-value");
});

test("connections are kept alive, and one that the partner closed meanwhile costs nothing", async () => {
  const sockets = new Set<Socket>();
  const erp = await partner((_seen, response) => json(response, 200, {}));
  erp.server.on("connection", (socket: Socket) => sockets.add(socket));
  const { transport } = open();
  for (const _ of [1, 2, 3, 4, 5]) {
    expect((await transport.send(delivery(erp.url), to(erp.url))).kind).toBe("response");
  }
  // The pool may open a second while the first is not yet handed back.
  const opened = sockets.size;
  expect(opened).toBeLessThanOrEqual(2);
  const closed = [...sockets].map(
    async (socket) =>
      new Promise((resolve) => {
        socket.once("close", resolve);
      }),
  );
  erp.server.closeIdleConnections();
  await Promise.all(closed);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect((await transport.send(delivery(erp.url), to(erp.url))).kind).toBe("response");
  expect(sockets.size).toBe(opened + 1);
});
