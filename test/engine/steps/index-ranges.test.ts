import fc from "fast-check";
import { expect, test } from "vitest";
import {
  countOf,
  type IndexRanges,
  outside,
  united,
  withIndex,
} from "../../../engine/steps/shared/index-ranges.ts";

const total = 40;
const numbers = fc.array(fc.nat(total - 1));
const rangesOf = (all: readonly number[]) =>
  all.reduce<IndexRanges>((ranges, index) => withIndex(ranges, index), []);

test("ranges are the set of the numbers that were added, in as few ranges as can be", () => {
  fc.assert(
    fc.property(numbers, numbers, (some, others) => {
      const ranges = united(rangesOf(some), rangesOf(others));
      const set = new Set([...some, ...others]);
      const rest = Array.from({ length: total }, (_, n) => n).filter((n) => !set.has(n));
      expect([...outside(ranges, total)]).toEqual(rest);
      expect(countOf(ranges)).toBe(set.size);
      expect(rangesOf([...set])).toEqual(ranges);
      for (const [index, [first]] of ranges.entries()) {
        if (index > 0) expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? 0) + 1);
      }
    }),
  );
});
