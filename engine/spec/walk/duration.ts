const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)$/;

/** Milliseconds of `500ms 30s 10m 2h 5d 2w 10y` (d = 24 h, y = 365 d). */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = pattern.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * (units[unit] ?? 0));
}
