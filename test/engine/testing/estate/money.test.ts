import fc from "fast-check";
import { expect, test } from "vitest";
import {
  centsOf,
  decimalOf,
  lineAmount,
  minorAmount,
  partsOf,
  sumOf,
} from "../../../../engine/testing/estate/money.ts";

const cents = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });

test("an amount reads as it was written", () => {
  fc.assert(
    fc.property(cents, (amount) => {
      expect(centsOf(decimalOf(amount))).toBe(amount);
    }),
  );
});

test.each(["", "1.234", "1,5", "1e3", ".5", "5.", "+1", "NaN"])("%j is no amount", (text) => {
  expect(centsOf(text)).toBeUndefined();
});

test("a line is rounded half up, once", () => {
  expect(lineAmount(6_450, 7, 1_250)).toBe(39_506);
  expect(lineAmount(1, 1, 5_000)).toBe(1);
  expect(lineAmount(99_999_999_999, 90_000, 1)).toBe(8_999_099_999_910_009);
});

test("a price with decimals of a cent is rounded half up, once", () => {
  expect(minorAmount("83157.5", 3)).toBe(249_473);
  expect(minorAmount("466666.333333", 3)).toBe(1_399_999);
  expect(minorAmount("480000", 2)).toBe(960_000);
});

test("parts add up to the whole and differ by a cent at most", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (total, count) => {
      const parts = partsOf(total, count);
      expect(sumOf(parts)).toBe(total);
      expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
    }),
  );
});
