import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { encodeMultipart } from "../../../../engine/channels/http-out/multipart.ts";
import { writeRequest } from "../../../../engine/channels/http-out/wire.ts";
import type { Json } from "../../../../engine/model/json.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner } from "../partner.ts";
import { adapter, delivery, generation, memoryLog, secretsOf } from "../plans.ts";

/** Read by Node's own parser, not by ours. */
async function read(body: Json): Promise<FormData> {
  const made = encodeMultipart(body);
  if ("refused" in made) throw new Error(made.refused);
  const bytes = new Uint8Array(made.body);
  return new Response(bytes, { headers: { "content-type": made.contentType } }).formData();
}

test("fields, lists, files and parts with a type of their own arrive as they were said", async () => {
  const bytes = randomBytes(5_000);
  const form = await read({
    note: "two\r\nlines, ünïcode & --sluice",
    count: 3,
    absent: null,
    "tags[]": ["a", "b"],
    file: { filename: 'a "b"\r\nc.pdf', type: "application/pdf", base64: bytes.toString("base64") },
    plain: { filename: "ä.txt", text: "text" },
    meta: { json: { a: [1] } },
  });
  expect(form.get("note")).toBe("two\r\nlines, ünïcode & --sluice");
  expect(form.get("count")).toBe("3");
  expect(form.has("absent")).toBe(false);
  expect(form.getAll("tags[]")).toEqual(["a", "b"]);
  const file = form.get("file") as File;
  expect([file.name, file.type]).toEqual(['a "b"\r\nc.pdf', "application/pdf"]);
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  const plain = form.get("plain") as File;
  expect([plain.name, plain.type, await plain.text()]).toEqual([
    "ä.txt",
    "application/octet-stream",
    "text",
  ]);
  expect(form.get("meta")).toBe('{"a":[1]}');
});

test("the same body has the same bytes, and another another boundary", () => {
  const of = (text: string) => encodeMultipart({ a: { filename: "x", text } });
  expect(of("one")).toEqual(of("one"));
  expect(of("one")).not.toMatchObject({
    contentType: (of("two") as { contentType: string }).contentType,
  });
});

test.each<[string, Json, string]>([
  ["no map", ["a"], "a multipart body is a map, a member a field"],
  [
    "a file without content",
    { f: { filename: "a" } },
    'field "f" is a map, which is a file: it holds none of base64, text and json, and one is wanted',
  ],
  [
    "two contents",
    { f: { text: "a", json: 1 } },
    'field "f" is a map, which is a file: it holds several of base64, text and json, and one is wanted',
  ],
  ["what is no base64", { f: { base64: "%%%" } }, 'field "f" holds no base64'],
  [
    "lists in lists",
    { f: [["a"]] },
    'field "f" is a list of lists; a list of texts or files is wanted',
  ],
  [
    "a type that begins a header",
    { f: { text: "a", type: "a/b\r\nX: y" } },
    'field "f" has a type that is no content type',
  ],
])("%s is refused, and says so", (_, body, refused) => {
  expect(encodeMultipart(body)).toEqual({ refused });
});

test("the boundary stays, whatever content type is the adapter's habit", () => {
  const written = writeRequest(
    {
      method: "POST",
      url: "http://a.example/",
      headers: { "Content-Type": "application/json", "X-Atlassian-Token": "no-check" },
      body: { a: "b" },
      encode: "multipart",
      timeoutMs: 1,
    },
    {},
  );
  expect(written).toMatchObject({
    wire: {
      headers: {
        "content-type": expect.stringMatching(/^multipart\/form-data; boundary=sluice-/) as unknown,
        "x-atlassian-token": "no-check",
      },
    },
  });
});

test("a file is fetched and sent on byte by byte; an error beside it is read as it says itself", async () => {
  const bytes = Buffer.from([0, 255, 128, 10, 13, 0xc3, 0x28]);
  const erp = await partner(({ method, url }, response) => {
    if (method === "POST") return json(response, 201, {});
    if (url === "/gone") return json(response, 404, { error: "gone" });
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(bytes);
  });
  const received: Buffer[] = [];
  erp.server.prependListener("request", (request) => {
    request.on("data", (chunk: Buffer) => received.push(chunk));
  });
  const transport = createTransport({
    secrets: secretsOf({}),
    clock: new VirtualClock(),
    log: memoryLog(),
  });
  onTestFinished(async () => transport.close());
  const plans = generation({ adapters: [adapter("tryton", erp.url)] });
  const { body: _, ...bare } = delivery(erp.url).request;
  const get = { ...bare, method: "GET", encode: "none", decode: "base64" } as const;
  const of = async (path: string) =>
    transport.send({ ...delivery(erp.url), request: { ...get, url: `${erp.url}${path}` } }, plans);
  expect(await of("/gone")).toMatchObject({ response: { status: 404, body: { error: "gone" } } });
  const found = await of("/file");
  expect(found).toMatchObject({ response: { status: 200, body: bytes.toString("base64") } });
  const headers = { "Content-Type": "application/pdf" };
  const body = bytes.toString("base64");
  const sent = { ...bare, headers, body, encode: "base64" } as const;
  await transport.send({ ...delivery(erp.url), request: sent }, plans);
  expect(Buffer.concat(received).equals(bytes)).toBe(true);
  expect(erp.seen.at(-1)?.headers).toMatchObject({
    "content-type": "application/pdf",
    "content-length": "7",
  });
  const broken = { ...sent, body: "not base64!" } as const;
  expect(await transport.send({ ...delivery(erp.url), request: broken }, plans)).toMatchObject({
    kind: "not-sent",
    refused: true,
    reason: "the body is no base64, and encode says so",
  });
});
