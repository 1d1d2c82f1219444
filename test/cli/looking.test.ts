import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Shop } from "./shop.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open();
});

afterEach(async () => {
  await shop.close();
});

const flow = "flows/process/order-to-erp.yaml";
const mapping = "mappings/shop/order-in.jsonata";
const schema = "schemas/canonical/order@1.yaml";

test("a run shows the texts it began with, byte by byte, after they have changed", async () => {
  const changes = [
    [flow, "A paid order of the shop", "What was paid in the shop"],
    [mapping, '"orderId"', '\n  "orderId"'],
    [schema, "type: object", "description: An order.\ntype: object"],
  ] as const;
  const texts = () => changes.map(([path]) => readFileSync(join(shop.root, path), "utf8"));
  const shown = async (id: string) => {
    const calls = changes.map(([path]) => shop.call("runs", id, "--source", path));
    return (await Promise.all(calls)).map(({ out }) => out);
  };
  const before = texts();
  await shop.run();
  await shop.order("S-1");
  const old = await shop.runIn("done", "S-1");
  await shop.stop();
  for (const [path, from, to] of changes) shop.edit(path, from, to);
  const after = texts();
  shop.answer = { status: 201, body: { number: "SO-7002" } };
  await shop.run();
  await shop.order("S-2");
  const young = await shop.runIn("done", "S-2");
  expect(await shown(old)).toEqual(before);
  expect(await shown(young)).toEqual(after);
  for (const [index, text] of after.entries()) expect(text).not.toBe(before[index]);
  const slip = await shop.call("runs", old, "--source", "flows/none.yaml");
  expect(slip.code).toBe(2);
  expect(slip.err).toContain(flow);
});

test("a flow whose steps contradict its pattern is refused, at the step", async () => {
  shop.edit(flow, "input: canonical/order@1\n", "input: canonical/order@1\npattern: sync\n");
  expect((await shop.call("validate")).code).toBe(0);
  shop.edit(flow, "steps:\n", "steps:\n  - wait: { for: 10m }\n    lane: hold\n");
  const { code, out, err } = await shop.call("validate");
  expect(code).toBe(1);
  expect(out + err).toMatch(
    /order-to-erp\.yaml:\d+:5: the flow declares pattern "sync", and this "wait" makes it wait[^]*declare pattern: callback/,
  );
});

test("a preview, of a file or of a recorded message, leaves no trace", async () => {
  await shop.run();
  await shop.order("S-1");
  await shop.runIn("done", "S-1");
  const [message] = JSON.parse((await shop.call("messages", "--json")).out) as { id: string }[];
  await shop.stop();
  const store = () => readdirSync(join(shop.root, ".sluice")).toSorted();
  const sent = shop.seen.length;
  const [rows, files] = [shop.rowCounts(), store()];
  expect(rows["message"]).toBeGreaterThan(0);
  const kept = await shop.call("preview", "example-erp/order-out", "--message", message?.id ?? "");
  expect(kept.out + kept.err).toContain("S-1");
  const { code } = await shop.call("preview", "shop/order-in", "--json");
  expect(code).toBe(0);
  expect(shop.rowCounts()).toEqual(rows);
  expect(store()).toEqual(files);
  expect(shop.seen).toHaveLength(sent);
});
