import { expect, test } from "vitest";
import { joinUrl } from "../../../engine/model/join-url.ts";

test.each([
  ["https://erp.example", "/orders", "https://erp.example/orders"],
  ["https://erp.example", "orders", "https://erp.example/orders"],
  ["https://erp.example/api/", "/orders", "https://erp.example/api/orders"],
  ["https://erp.example/api", "orders/1?a=b", "https://erp.example/api/orders/1?a=b"],
  ["https://erp.example/rpc", "?session=1", "https://erp.example/rpc?session=1"],
  ["https://erp.example/rpc/", "", "https://erp.example/rpc/"],
])("%s and %s are %s", (base, path, whole) => {
  expect(joinUrl(base, path)).toBe(whole);
});
