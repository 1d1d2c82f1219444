import { parseDuration, UsageError } from "../../engine/index.ts";

/** `2026-11-23 06:01:02.345`, UTC. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", "");
}

/** `1.2s`, `3m 20s`, `2h 5m`: as precise as a reader needs. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m ${Math.round((ms % 60_000) / 1000)}s`;
  if (ms < 172_800_000)
    return `${Math.floor(ms / 3_600_000)}h ${Math.round((ms % 3_600_000) / 60_000)}m`;
  return `${Math.floor(ms / 86_400_000)}d ${Math.round((ms % 86_400_000) / 3_600_000)}h`;
}

/** Reads `90s` or `10m`; milliseconds. */
export function durationOption(option: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  throw new UsageError("cli/bad-time", `${option} ${JSON.stringify(text)} is no duration`, {
    help: "give one such as 90s, 10m or 2h",
  });
}

const dateTime =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/;

/** Reads `2h` (so long ago), a date-time with its zone, or a day, which begins in UTC; milliseconds since 1970. */
export function timeOption(option: string, text: string, now = Date.now()): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return now - duration;
  const { date, time, zone } = dateTime.exec(text)?.groups ?? {};
  const wrong = (what: string, help: string) =>
    new UsageError("cli/bad-time", `${option} ${JSON.stringify(text)} ${what}`, { help });
  if (date === undefined || !isTime(`${date}T${time ?? "00:00"}Z`, date)) {
    throw wrong(
      "is no time",
      "give a duration such as 30m, 2h or 7d, or a date-time such as 2026-11-23T06:00:00Z",
    );
  }
  if (time !== undefined && zone === undefined) {
    const local = `${date}T${time}`;
    throw wrong(
      "names no zone",
      `write ${local}Z for UTC, as lists show times, or add your own: ${local}+01:00`,
    );
  }
  return Date.parse(time === undefined ? date : `${date}T${time}${zone}`);
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isTime(text: string, date: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}
