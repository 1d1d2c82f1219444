import { type End, once } from "./end.ts";
import type { Partners } from "./partners.ts";

/** As the flows `closing` and `stock-report` declare. */
const periodMs = 97 * 60_000;
const reportMs = 10 * 60_000;
/** A time that has just come may not be handed over yet. */
const graceMs = 10_000;

/** What schedules and polls brought: everything, once, and in order. */
export function asked(end: End): readonly string[] {
  return [...parcels(end), ...periods(end), ...reports(end)];
}

function parcels({ story, partners }: End): readonly string[] {
  const numbers = partners.rows("parcels").map(({ ref }) => Number(ref.slice(1)));
  return [
    ...story.parcels.flatMap((_, index) =>
      once(partners.rows("parcels", `K${index + 1}`), `parcel K${index + 1}`),
    ),
    ...(isAscending(numbers) ? [] : [`parcels were booked in the order ${numbers.join()}`]),
  ];
}

/** None is left out, whatever time went by while nobody was there. */
function periods(end: End): readonly string[] {
  const times = timesOf(end, "periods");
  const isWhole = times.every(
    (at, index) => at % periodMs === 0 && at - (times[index - 1] ?? at - periodMs) === periodMs,
  );
  return [
    ...(isWhole ? [] : [`periods were closed at ${timesText(times)}`]),
    ...lastOf(times, end, periodMs, "period"),
  ];
}

/** Some may be left out, and none comes twice. */
function reports(end: End): readonly string[] {
  const times = timesOf(end, "reports");
  const isWell = isAscending(times) && times.every((at) => at % reportMs === 0);
  return [
    ...(isWell ? [] : [`reports were posted of ${timesText(times)}`]),
    ...lastOf(times, end, reportMs, "report"),
  ];
}

/**
 * The last time that came was taken. Where the clock was set, the first may lie behind or far ahead
 * of all others: schedules begin at the time of the first start.
 */
function lastOf(
  times: readonly number[],
  { askedUntil, isClockTrue }: End,
  everyMs: number,
  what: string,
): readonly string[] {
  const due = Math.floor((askedUntil - graceMs) / everyMs) * everyMs;
  const [first] = times;
  if (first === undefined && (!isClockTrue || what !== "report")) return [];
  return (times.at(-1) ?? 0) < due
    ? [`the ${what} of ${timesText([due])} never came: the last was ${timesText(times.slice(-1))}`]
    : [];
}

/** As they were taken; where the clock was set back over a restart, one before the last may come late. */
function timesOf({ isClockTrue, partners }: End, what: string): readonly number[] {
  const times = partners.rows(what).map(({ ref }) => Date.parse(ref));
  return isClockTrue ? times : times.toSorted((a, b) => a - b);
}

const timesText = (times: readonly number[]): string =>
  times.map((at) => new Date(at).toISOString()).join(", ");

const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => number > (numbers[index - 1] ?? -Infinity));

/** All parts or none; as many as could be had, and a true count of them. */
export function kits({ story, partners }: End): readonly string[] {
  return story.kits.flatMap((kit) =>
    kit.isWhole ? wholeKit(partners, kit) : batch(partners, kit),
  );
}

type Kit = End["story"]["kits"][number];

function wholeKit(partners: Partners, { parts }: Kit): readonly string[] {
  const isKept = parts.every(({ isThere }) => isThere);
  return parts.flatMap(({ ref }) =>
    once(partners.standing("erp", "parts", ref), `part ${ref}`, isKept ? 1 : 0),
  );
}

/** A part that could not be had in all its attempts counts as missing, too. */
function batch(partners: Partners, { id, parts }: Kit): readonly string[] {
  const counts = parts.map(({ ref }) => partners.rows("parts", ref).length);
  const taken = counts.filter((count) => count === 1).length;
  const told = partners.rows("batches", id);
  const isTrue = told.every(
    ({ data }) => data["taken"] === taken && data["missing"] === parts.length - taken,
  );
  return [
    ...(counts.every(
      (count, index) => count === 0 || (count === 1 && parts[index]?.isThere === true),
    )
      ? []
      : [`parts of batch ${id} were taken ${counts.join()} times`]),
    ...once(told, `batch ${id}`),
    ...(isTrue ? [] : [`batch ${id} took ${taken}, and says ${JSON.stringify(told[0]?.data)}`]),
  ];
}

/** Something was taken of a kit that cannot be had whole. */
export function hasHalfAKit({ kits }: End["story"], partners: Partners, id: string): boolean {
  return kits.some(
    (kit) =>
      kit.id === id &&
      kit.isWhole &&
      kit.parts.some(({ isThere }) => !isThere) &&
      kit.parts.some(({ ref }) => partners.standing("erp", "parts", ref).length > 0),
  );
}
