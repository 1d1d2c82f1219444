import { expect, test } from "vitest";
import { compareCursors, rewind } from "../../../../engine/channels/poll/cursor.ts";

test("numbers, long ids, decimals, times and texts are compared as what they are", () => {
  const ascending: [string | number, string | number][] = [
    [9, 10],
    ["9", "10"],
    ["12345678901234567890", "12345678901234567891"],
    ["1795402731.5", "1795402731.512825"],
    [-2, -1],
    ["2026-05-01T10:00:00+02:00", "2026-05-01T09:00:00Z"],
    ["2026-05-01T09:00:00.000001Z", "2026-05-01T09:00:00.000002Z"],
    ["abc", "abd"],
  ];
  for (const [low, high] of ascending) {
    expect(compareCursors(low, high)).toBeLessThan(0);
    expect(compareCursors(high, low)).toBeGreaterThan(0);
    expect(compareCursors(low, low)).toBe(0);
  }
});

test("an overlap goes back by time or by number, and never below the first id", () => {
  expect(rewind("2026-05-01T00:05:00Z", 300_000)).toBe("2026-05-01T00:00:00.000Z");
  expect(rewind(100, 30)).toBe(70);
  expect(rewind("12345678901234567890", 90)).toBe("12345678901234567800");
  expect(rewind(5, 30)).toBe(0);
  expect(rewind("5", 30)).toBe("0");
  expect(rewind("opaque", 30)).toBe("opaque");
  expect(rewind(5, undefined)).toBe(5);
});
