/** A value as its text gives it back: nearly always itself, which is cheaper to see than to do. */
export function asRead<T>(value: T): T {
  return isPlain(value) ? value : (JSON.parse(JSON.stringify(value)) as T);
}

function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || value === null) return value !== undefined;
  if (Array.isArray(value)) return value.every(isPlain);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  const members = value as Readonly<Record<string, unknown>>;
  for (const name in members) if (!isPlain(members[name])) return false;
  return true;
}
