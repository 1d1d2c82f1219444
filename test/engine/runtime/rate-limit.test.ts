import { expect, test } from "vitest";
import { exhaustedUntil } from "../../../engine/runtime/rate-limit.ts";
import { at } from "../channels/plans.ts";

const now = 1_000_000;

test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
  ["39/40", {}, now + 5_000],
  ["38/40", {}, now + 5_000],
  ["37/40", {}, undefined],
  ["api-usage=38/40 (per-app-api-usage=1/250)", {}, now + 5_000],
  ["soon", {}, undefined],
  ["2", {}, undefined],
  ["39/40", { reset: "30" }, now + 5_000],
])("%s of a limit, where no header says until when", (limit, more, until) => {
  const plan = {
    at,
    remaining: "Call-Limit",
    remainingAs: "used-of-limit",
    keep: 2,
    pause: 5_000,
  } as const;
  expect(exhaustedUntil({ "call-limit": limit, ...more }, now, plan)).toBe(until);
});

test("what is left without a time to wait for is waited out for a second", () => {
  const plan = { at, remaining: "X-Left" };
  expect(exhaustedUntil({ "x-left": "0" }, now, plan)).toBe(now + 1_000);
  expect(exhaustedUntil({ "x-left": "1" }, now, plan)).toBeUndefined();
});
