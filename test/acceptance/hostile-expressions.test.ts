import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { digest } from "../../engine/composition/digest.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { further, known } from "../engine/mapping/hostile.ts";
import { flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const hostile = [...known, ...further];

/** One step for each expression; a message says whose turn it is. */
const steps = hostile
  .map(
    ({ text }, index) =>
      `  - set: { value: ${JSON.stringify(`\${ ${text} }`)} }\n    id: evil${index}\n    if: "$message.data.tier = '${index}'"\n`,
  )
  .join("");

test(
  "every hostile expression ends in a bounded time, and the engine answers others meanwhile",
  { timeout: 120_000 },
  async () => {
    const world = await World.open({
      files: texts({ "flows/process/post-thing.yaml": flowText(steps) }),
    });
    const ends: Record<string, string> = {};
    let told = 0;
    /** How long the engine heard nobody while it evaluated that, in milliseconds. */
    const deafFor = async (index: number, name: string): Promise<number> => {
      const key = `key ${(told += 1)}`;
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const telling = world.tell(made(String(told), key, { tier: String(index) }));
      expect((await fetch(`${world.serving.url}/health/live`)).status, name).toBe(200);
      await telling;
      delay.disable();
      const run = await world.lastRun();
      expect(run.laneKey, name).toContain(key);
      ends[name] = `${run.status} ${run.error?.code ?? ""}`;
      return delay.max / 1e6;
    };
    const least = async (index: number, name: string, suffices: number): Promise<number> => {
      let delay = Infinity;
      for (let tries = 0; tries < 3 && delay > suffices; tries += 1) {
        delay = Math.min(delay, await deafFor(index, name));
      }
      return delay;
    };
    // What spends all its fuel by the plainest loop: about 100 ms, more on a slow or busy machine.
    const plain = hostile.findIndex(({ name }) => name === "ranges in ranges");
    const bound = 60 * (await least(plain, "ranges in ranges", 0));
    for (const [index, { name }] of hostile.entries()) {
      expect(await least(index, name, bound), name).toBeLessThan(bound);
    }
    const expected = hostile.map(({ name, ends }) => [
      name,
      "code" in ends ? `invalid mapping/${ends.code}` : "done ",
    ]);
    expect(ends).toEqual(Object.fromEntries(expected));
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  },
);

test.each([
  ["evaluates a text", "$eval('1')"],
  ["evaluates itself", "($f := '$eval($f)'; $eval($f))"],
  ["hides a pattern", "$eval('$contains(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", /(a+)+$/)')"],
])("an expression that %s is refused before anything runs", (_name, text) => {
  const step = `  - set: { value: ${JSON.stringify(`\${ ${text} }`)} }\n    id: evil\n`;
  const files = texts({ "flows/process/post-thing.yaml": flowText(step) });
  const { diagnostics } = compileWorkspace(files, { digest });
  const [first] = diagnostics.filter(({ severity }) => severity === "error");
  expect(first?.code).toBe("mapping/eval-refused");
  expect(first?.at.file).toBe("flows/process/post-thing.yaml");
});
