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

test("a run shows the texts it began with, byte by byte, after they have changed", async () => {
  const before = readFileSync(join(shop.root, flow), "utf8");
  await shop.run();
  await shop.order("S-1");
  const id = await shop.runIn("done", "S-1");
  shop.edit(flow, "A paid order of the shop", "What was paid in the shop");
  const reloaded = await shop.call("validate");
  expect(reloaded.code).toBe(0);
  const shown = await shop.call("runs", id, "--source", flow);
  expect(shown.out).toBe(before);
  expect(readFileSync(join(shop.root, flow), "utf8")).not.toBe(before);
  expect((await shop.call("runs", id, "--source", mapping)).out).toBe(
    readFileSync(join(shop.root, mapping), "utf8"),
  );
  const slip = await shop.call("runs", id, "--source", "flows/none.yaml");
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
