import { describe, expect, test } from "vitest";
import { durationOption, timeOption } from "../../../cli/output/time.ts";

const now = Date.parse("2026-11-27T12:00:00Z");
const since = (text: string): string => new Date(timeOption("--since", text, now)).toISOString();

describe("a time", () => {
  test.each([
    ["2h", "2026-11-27T10:00:00.000Z"],
    ["1.5h", "2026-11-27T10:30:00.000Z"],
    ["1y", "2025-11-27T12:00:00.000Z"],
    ["2026-11-26", "2026-11-26T00:00:00.000Z"],
    ["2026-11-26T10:00Z", "2026-11-26T10:00:00.000Z"],
    ["2026-11-26T10:00:00.250+01:00", "2026-11-26T09:00:00.250Z"],
    ["2026-11-26 10:00:00Z", "2026-11-26T10:00:00.000Z"],
  ])("%s is %s", (text, at) => {
    expect(since(text)).toBe(at);
  });

  test.each(["2026-11-27T10:00", "2026-11-27 10:00"])("%s is refused without its zone", (text) => {
    expect(() => since(text)).toThrow(
      expect.objectContaining({
        code: "cli/bad-time",
        message: `--since ${JSON.stringify(text)} names no zone`,
        help: "write 2026-11-27T10:00Z for UTC, as lists show times, or add your own: 2026-11-27T10:00+01:00",
      }),
    );
  });

  test.each(["soon", "2026-02-30", "2026-11-27T25:00Z", "Nov 27 2026", "11/27/2026", "2026-11"])(
    "%s is none",
    (text) => {
      expect(() => since(text)).toThrow(`--since "${text}" is no time`);
    },
  );
});

test("a duration is what flows take for one", () => {
  expect([durationOption("--timeout", "90s"), durationOption("--timeout", "500ms")]).toEqual([
    90_000, 500,
  ]);
  expect(() => durationOption("--timeout", "90")).toThrow('--timeout "90" is no duration');
});
