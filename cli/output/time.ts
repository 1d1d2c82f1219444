import { UsageError } from "../../engine/index.ts";

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

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
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return Number(amount) * (units[unit] ?? 1);
  throw new UsageError("cli/bad-time", `${option} ${JSON.stringify(text)} is no duration`, {
    help: "give one such as 90s, 10m or 2h",
  });
}

/** Reads `2h` (so long ago) or a date-time; milliseconds since 1970. */
export function timeOption(option: string, text: string, now = Date.now()): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return now - Number(amount) * (units[unit] ?? 1);
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw new UsageError("cli/bad-time", `${option} ${JSON.stringify(text)} is no time`, {
    help: "give a duration such as 30m, 2h or 7d, or a date-time such as 2026-11-23T06:00:00Z",
  });
}
