import { readFileSync, writeFileSync } from "node:fs";
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

const path = "mappings/shop/order-in.jsonata";
const why = "`:=` within a step that binds variables";

/** The same mapping in a form that the compiler does not cover. */
function leaveToLibrary(): void {
  const file = join(shop.root, path);
  const made = readFileSync(file, "utf8").trim();
  writeFileSync(file, `($made := ${made}; { "one": [1] }.one@$v[$kept := true].$made)\n`);
}

test("what the library evaluates is named by validate --verbose and by preview, with the reason", async () => {
  const compiled = await shop.call("preview", "shop/order-in", "--json");
  expect((await shop.call("validate", "--verbose")).out).not.toContain("jsonata library");
  expect(JSON.parse(compiled.out)).not.toHaveProperty("byLibrary");

  leaveToLibrary();
  const verbose = await shop.call("validate", "--verbose");
  expect(verbose.code).toBe(0);
  expect(verbose.out).toContain(`${path}:1:1: evaluated by the jsonata library: ${why}`);
  const left = await shop.call("preview", "shop/order-in", "--json");
  const before = JSON.parse(compiled.out) as { output: unknown; outputBreaches: unknown };
  expect(JSON.parse(left.out)).toMatchObject({
    output: before.output,
    outputBreaches: before.outputBreaches,
    byLibrary: why,
  });
  const shown = await shop.call("preview", "shop/order-in");
  expect(shown.out).toMatch(/evaluated by the jsonata library, [^\n]*: `:=` within a step/);
});

test("a run evaluates it by the library, too, and ends as it would", async () => {
  leaveToLibrary();
  await shop.run();
  await shop.order("S-1");
  await shop.runIn("done", "S-1");
  expect(shop.seen.length).toBeGreaterThan(0);
});
