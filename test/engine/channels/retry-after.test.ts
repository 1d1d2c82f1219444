import { expect, test } from "vitest";
import { parseRetryAfter } from "../../../engine/channels/shared/retry-after.ts";
import { retryAfter } from "../../../engine/steps/operation/retry-after.ts";

const now = Date.UTC(2026, 0, 1);

test.each([
  ["30", now + 30_000],
  // Shopify sends its seconds so.
  ["2.0", now + 2_000],
  ["0.25", now + 250],
  ["Thu, 01 Jan 2026 00:01:00 GMT", now + 60_000],
  ["soon", undefined],
])("Retry-After: %s is read alike by calls and by polls", (text, expected) => {
  expect(parseRetryAfter(text, now)).toBe(expected);
  expect(retryAfter({ "retry-after": text }, now)).toBe(expected);
});
