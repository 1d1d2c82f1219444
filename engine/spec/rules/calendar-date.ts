import { midnightOf } from "../../model/civil.ts";

const dayMs = 86_400_000;

/** Days since 1970-01-01; undefined for what no calendar has (2027-02-30). */
export function parseCalendarDate(text: string): number | undefined {
  const [, years, months, days] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (years === undefined) return undefined;
  const midnight = midnightOf(Number(years), Number(months), Number(days));
  return midnight === undefined ? undefined : midnight / dayMs;
}
