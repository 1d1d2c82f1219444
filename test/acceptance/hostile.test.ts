import { connect } from "node:net";
import { once } from "node:events";
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made, shopSecret } from "./world/world.ts";

/** The engine answers others while it deals with something hostile. */
async function stillServes(world: World, id: string): Promise<void> {
  const startedAt = performance.now();
  expect((await world.deliver(made(id, id))).status).toBe(202);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
}

function signed(world: World, text: string | Buffer, more: Readonly<Record<string, string>> = {}) {
  const time = String(Math.floor(world.clock.now() / 1000));
  return {
    "content-type": "application/json",
    "x-shop-timestamp": time,
    "x-shop-signature": createHmac("sha256", shopSecret)
      .update(`${time}.`)
      .update(text)
      .digest("hex"),
    ...more,
  };
}

async function send(world: World, body: string | Buffer, more?: Readonly<Record<string, string>>) {
  const response = await fetch(`${world.serving.url}/webhooks/web-shop/events`, {
    method: "POST",
    headers: signed(world, body, more),
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Writes raw bytes; gives what came back until the connection is closed. */
async function raw(world: World, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(world.serving.url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  await once(socket, "connect");
  for (const piece of pieces) {
    if (!socket.writable) break;
    const drained = new Promise<void>((resolve) => {
      socket.once("drain", () => resolve());
    });
    if (!socket.write(piece)) await Promise.race([drained, closed]);
  }
  await closed;
  return text;
}

async function refusals(world: World, code: string): Promise<number> {
  const rows = await world.serving.store.read.audits({ limit: 1_000 });
  return rows.filter(({ action, detail }) => {
    return action === "refused" && JSON.stringify(detail).includes(`"${code}"`);
  }).length;
}

const head = (lines: readonly string[]) =>
  ["POST /webhooks/web-shop/events HTTP/1.1", "host: localhost", ...lines, "", ""].join("\r\n");

test("a body of 100 MB is refused before it is read, whether it says its size or not", async () => {
  const world = await World.open();
  const before = process.memoryUsage().arrayBuffers;
  const said = await raw(
    world,
    head(["content-type: application/json", "content-length: 100000000", "connection: close"]),
  );
  expect(said).toMatch(/^HTTP\/1\.1 413 [^]*application\/problem\+json[^]*"limit":20000/);
  const piece = Buffer.alloc(1_000_000, 0x20);
  const chunk = Buffer.concat([Buffer.from("f4240\r\n"), piece, Buffer.from("\r\n")]);
  const unsaid = raw(
    world,
    head(["content-type: application/json", "transfer-encoding: chunked", "connection: close"]),
    ...Array.from({ length: 100 }, () => chunk),
    "0\r\n\r\n",
  );
  await stillServes(world, "meanwhile");
  expect(await unsaid).toMatch(/^HTTP\/1\.1 413 /);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  expect(await refusals(world, "http-in/too-large")).toBe(2);
  expect(await world.serving.store.read.messages({})).toHaveLength(1);
});

test("who sends headers or a body drop by drop is cut off, in the usual form", async () => {
  const world = await World.open({ patience: { headersMs: 200, requestMs: 400 } });
  const slowHead = raw(
    world,
    "POST /webhooks/web-shop/events HTTP/1.1\r\nhost: localhost\r\nx-a: 1",
  );
  const slowBody = raw(
    world,
    head(["content-type: application/json", "content-length: 1000"]),
    '{"id":',
  );
  await stillServes(world, "meanwhile");
  expect(await slowHead).toMatch(
    /^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*http-in\/timeout/,
  );
  expect(await slowBody).toMatch(/^HTTP\/1\.1 4(00|08) /);
  expect(await refusals(world, "http-in/timeout")).toBeGreaterThanOrEqual(1);
});

test("headers without number and what is no HTTP are refused, in the usual form", async () => {
  const world = await World.open();
  const many = Array.from({ length: 5_000 }, (_, index) => `x-${index}: 1`);
  expect(await raw(world, head(many))).toMatch(
    /^HTTP\/1\.1 431 [^]*application\/problem\+json[^]*http-in\/headers-too-large/,
  );
  expect(await raw(world, "\u0016\u0003\u0001 hello\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 [^]*http-in\/bad-request/,
  );
  expect(
    await raw(
      world,
      head(["content-type: application/json", "content-length: 1", "transfer-encoding: chunked"]),
    ),
  ).toMatch(/^HTTP\/1\.1 400 /);
  expect(await refusals(world, "http-in/headers-too-large")).toBe(1);
  expect(await refusals(world, "http-in/bad-request")).toBe(2);
  await stillServes(world, "after");
});

test("a compressed body is not unpacked, whatever it would become", async () => {
  const world = await World.open();
  const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20));
  const { status, headers, body } = await send(world, bomb, { "content-encoding": "gzip" });
  expect(status).toBe(415);
  expect(headers.get("accept-encoding")).toBe("identity");
  expect(body).toMatchObject({ code: "http-in/content-type" });
});

test("an answer that unpacks to gigabytes is not unpacked, and not taken for a success", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": flowText(callText("erp", "create", "    retry: { max: 0 }\n")),
  });
  const world = await World.open({ files });
  world.partners.answer = () => ({
    headers: { "content-encoding": "gzip" },
    bytes: gzipSync(Buffer.alloc(200_000_000, 0x20)),
  });
  await world.tell(made("1"));
  const run = await world.lastRun();
  expect(run.status).not.toBe("done");
  expect(JSON.stringify(run.deliveries[0]?.attempts)).toContain("cannot be read");
  world.partners.answer = () => ({});
  await stillServes(world, "after");
});

const thing = (data: string) => `{"id":"e","type":"made","sequence":0,"data":${data}}`;

test("JSON of a thousand levels, and an open string of a thousand letters, are refused at once", async () => {
  const world = await World.open();
  const deep = thing(`{"id":"1","key":"k","more":${"[".repeat(5_000)}${"]".repeat(5_000)}}`);
  expect(await send(world, deep)).toMatchObject({
    status: 400,
    body: {
      code: "http-in/bad-json",
      detail: "the body is refused: it is nested more than 200 levels deep",
    },
  });
  const startedAt = performance.now();
  const open = await send(world, `{"id":"${"a".repeat(10_000)}`);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(open).toMatchObject({ status: 400, body: { line: 1, column: 7 } });
  // Brackets within text are no levels.
  const text = thing(`{"id":"2","key":"k","tier":"${"[".repeat(5_000)}"}`);
  expect((await send(world, text)).status).toBe(202);
});

test("names of the language's own objects are data, and of a name that stands twice the last counts", async () => {
  const world = await World.open();
  const hostile = `{"id":"1","key":"k","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"amount":"1","amount":"2"}`;
  expect((await send(world, thing(hostile))).status).toBe(202);
  await world.idle();
  expect(await world.statuses()).toEqual({ done: 1 });
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  const [seen] = world.partners.seen;
  expect(seen?.body["amount"]).toBe("2");
  expect(Object.hasOwn(seen?.body ?? {}, "__proto__")).toBe(true);
});

test("what is not UTF-8 is refused", async () => {
  const world = await World.open();
  const bytes = Buffer.concat([
    Buffer.from('{"id":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ]);
  expect(await send(world, bytes)).toMatchObject({
    status: 400,
    body: { code: "http-in/bad-json", detail: "the body is not UTF-8" },
  });
});

test("a redirect is not followed, and a value from a message begins no header", async () => {
  const operation = `  create:
    request:
      post: /things
      headers: { X-Note: "\${ $input.tier }" }
      body: "\${ $input }"
    in-doubt: { resend: same-key }`;
  const files = texts({
    "flows/system/erp.erp-one.yaml": adapterText("erp").replace(
      /^ {2}create: .*$/m,
      operation.replaceAll("$", "$$$$"),
    ),
  });
  const world = await World.open({ files });
  world.partners.answer = ({ path }) =>
    path === "/things"
      ? { status: 307, headers: { location: `${world.partners.url}/metadata/secret` } }
      : {};
  await world.tell(made("1", "k", { tier: "a\r\nx-evil: 1\r\n\r\nGET /other HTTP/1.1" }));
  await world.advance(3_600_000);
  expect(world.partners.seen.map(({ path }) => path)).toEqual(["/things"]);
  expect(world.partners.seen[0]?.headers).not.toHaveProperty("x-evil");
  expect((await world.lastRun()).error).toMatchObject({ code: "http-307" });
});
