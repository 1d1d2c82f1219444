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

test("validate asks whoever is to play a role for what flows call of it", async () => {
  shop.edit(
    "flows/system/erp.yaml",
    "operations:\n",
    "operations:\n  cancelOrder: { input: canonical/order@1, effect: update }\n",
  );
  const at = (name: string): string => join(shop.root, `flows/system/erp.${name}.yaml`);
  const adapter = readFileSync(at("example-erp"), "utf8");
  writeFileSync(
    at("other-erp"),
    `${adapter.slice(0, adapter.indexOf("operations:")).replace("example-erp", "other-erp")}operations:
  cancelOrder: { request: { post: /cancelled }, in-doubt: { resend: same-key } }
`,
  );
  expect(await shop.call("validate")).toMatchObject({ code: 0 });
  const { code, out } = await shop.call("validate", "--system", "erp=other-erp");
  expect(code).toBe(1);
  expect(out).toContain('adapter "other-erp", which plays "erp", has no operation "createOrder"');
});
