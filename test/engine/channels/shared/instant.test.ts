import { expect, test } from "vitest";
import { parseInstant } from "../../../../engine/channels/shared/instant.ts";

test.each([
  ["2026-11-20 09:30:00", "2026-11-20T09:30:00.000Z"],
  ["2026-11-20T09:30:00.25", "2026-11-20T09:30:00.250Z"],
  ["2026-11-20T09:30", "2026-11-20T09:30:00.000Z"],
  ["2026-11-20", "2026-11-20T00:00:00.000Z"],
  ["2026-11-20T09:30:00+02:00", "2026-11-20T07:30:00.000Z"],
])("%s is %s, wherever this machine is", (text, instant) => {
  const before = process.env["TZ"];
  process.env["TZ"] = "America/New_York";
  try {
    expect(new Date(parseInstant(text) ?? 0).toISOString()).toBe(instant);
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
});
