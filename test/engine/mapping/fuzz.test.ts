import process from "node:process";
import { expect, test } from "vitest";
import { compareOnce, fuzz } from "./fuzz-cases.ts";

const seed = Number(process.env["SLUICE_SEED"] ?? Date.now() % 1_000_000);
const cases = 2000;

test(`expressions at random give what jsonata gives, by both back ends (seed ${seed})`, async () => {
  const { compared, rules, differences } = await fuzz({ cases, seed, most: 1 });
  expect(differences, `npm run fuzz -- --cases ${cases} --seed ${seed}`).toEqual([]);
  expect(compared).toBeGreaterThanOrEqual(cases);
  // A rule that explained everything would hide everything.
  const explained = [...rules.values()].reduce((sum, count) => sum + count, 0);
  expect(explained).toBeLessThan(cases / 20);
});

test.each([
  ["list[[0, 0]]", [7, 7]],
  ["list[[-1, 2, -9]]", [9, 9]],
  ["list[[-1.5]]", 8],
  ["list@$v[[0, 0]].$v", undefined],
])("an index that stands twice selects twice: %s", async (text, expected) => {
  const { differences, outcomes } = await compareOnce(text, { list: [7, 8, 9] });
  expect(differences).toEqual([]);
  if (expected !== undefined) expect(outcomes).toEqual(Array(3).fill(JSON.stringify(expected)));
});
