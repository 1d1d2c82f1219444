/** Whole numbers as ranges, both ends included, in order and apart: `[[0, 4], [6, 6]]`. */
export type IndexRanges = readonly (readonly [first: number, last: number])[];

/** With one more number; ranges that touch become one. */
export function withIndex(ranges: IndexRanges, index: number): IndexRanges {
  const before = ranges.filter(([, last]) => last < index - 1);
  const after = ranges.filter(([first]) => first > index + 1);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const first = Math.min(index, touched[0]?.[0] ?? index);
  const last = Math.max(index, touched.at(-1)?.[1] ?? index);
  return [...before, [first, last], ...after];
}

export function countOf(ranges: IndexRanges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** The numbers below `total` that are in none of the ranges, in order. */
export function* outside(ranges: IndexRanges, total: number): Generator<number> {
  let next = 0;
  for (const [first, last] of ranges) {
    for (; next < first && next < total; next += 1) yield next;
    next = last + 1;
  }
  for (; next < total; next += 1) yield next;
}

/** The numbers of all of them. */
export function united(...all: readonly IndexRanges[]): IndexRanges {
  const sorted = all.flat().sort(([a], [b]) => a - b);
  const one: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = one.at(-1);
    if (before === undefined || first > before[1] + 1) one.push([first, last]);
    else before[1] = Math.max(before[1], last);
  }
  return one;
}
