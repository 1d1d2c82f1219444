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
    const delays: Record<string, number> = {};
    const ends: Record<string, string> = {};
    for (const [index, { name }] of hostile.entries()) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const told = world.tell(made(String(index), `key ${index}`, { tier: String(index) }));
      expect((await fetch(`${world.serving.url}/health/live`)).status, name).toBe(200);
      await told;
      delay.disable();
      delays[name] = Math.round(delay.max / 1e6);
      const run = await world.lastRun();
      expect(run.laneKey, name).toContain(`key ${index}`);
      ends[name] = `${run.status} ${run.error?.code ?? ""}`;
    }
    const expected = hostile.map(({ name, ends }) => [
      name,
      "code" in ends ? `invalid mapping/${ends.code}` : "done ",
    ]);
    expect(ends).toEqual(Object.fromEntries(expected));
    // An evaluation takes about 100 ms at most; this machine may be ten times slower, and busy.
    expect(Math.max(...Object.values(delays)), JSON.stringify(delays)).toBeLessThan(2_000);
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
