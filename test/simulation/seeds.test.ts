import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, test } from "vitest";
import { shrink, simulate, storyOfFailure } from "../../engine/testing/simulator/index.ts";

const perTest = 20;
const blocks = 8;

/** The seeds that found something in the world as it is now: each new kind of weather makes another world of a seed. */
const found = [32_000_294, 33_000_868];
const first = 1_001;

const tool = join(import.meta.dirname, "../../tools/sim.ts");
/** The same commit gives the same verdict; `SIM_FROM` plays others. */
const from = Number(process.env["SIM_FROM"] ?? 2_001);
/** In a process of its own, beside the others, so that they cost no time where there are two cores. */
const rotating = spawn(process.execPath, [tool, `--from=${from}`, "--seeds=100", "--jobs=1"]);
const [said, ended] = [text(rotating.stdout), once(rotating, "exit")];
afterAll(() => void rotating.kill());

/** What is wrong with the seed, told so that one can go on from there; nothing when all is well. */
async function faultsOf(seed: number): Promise<readonly string[]> {
  const result = await simulate({ seed });
  if (result.wrong.length === 0) return [];
  const { result: small, without } = await shrink(result);
  const left = without.length === 0 ? "" : ` --without ${without.join(",")}`;
  const repeat = `repeat: npm run sim -- --seed ${seed}${left} --trace`;
  return [...small.wrong, ...storyOfFailure(small), repeat];
}

describe("a world of faults ends well", () => {
  test.each(found)("seed %i", async (seed) => {
    expect(await faultsOf(seed)).toEqual([]);
  });

  for (let block = 0; block < blocks; block += 1) {
    const from = first + block * perTest;
    test(`seeds ${from} to ${from + perTest - 1}`, async () => {
      for (let seed = from; seed < from + perTest; seed += 1) {
        expect(await faultsOf(seed), `seed ${seed}`).toEqual([]);
      }
    }, 60_000);
  }
});

test.each([7, 15, first])("seed %i gives the same trace, byte for byte", async (seed) => {
  const [one, two] = [await simulate({ seed }), await simulate({ seed })];
  expect(two.trace).toEqual(one.trace);
});

test(`a hundred others, from ${from} on, end well, too (SIM_FROM=${from})`, async () => {
  const [status, output] = await Promise.all([ended, said]);
  expect(output).toContain("100 of 100 seeds");
  expect(status, output).toEqual([0, null]);
}, 300_000);
