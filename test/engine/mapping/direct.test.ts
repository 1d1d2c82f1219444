import { expect, test } from "vitest";
import { directs, miss } from "../../../engine/mapping/builtin/direct.ts";
import { builtin } from "../../../engine/mapping/builtin/index.ts";
import { compileRegex, isLinear, matcherOf } from "../../../engine/mapping/builtin/pattern.ts";
import { begin, newRun } from "../../../engine/mapping/value/run.ts";
import { seeded } from "./damage.ts";
import { context } from "./kit.ts";

const seed = Number(process.env["SLUICE_SEED"] ?? 20_261_125);
const rounds = Number(process.env["SLUICE_ROUNDS"] ?? 2_000);

const texts =
  "|  | a|a  b|b |x😀y|a,b,c|,|01|00.50|.5|5.|1e5|2026-03-31T10:11:12.000+0000|2026-02-31T00:00:00Z|2024-02-29T23:59:59-05:30|half-up|half-even|up|down".split(
    "|",
  );
const numbers = [0, -0, 1, 2, 3, -1, 1.5, 2.5, 1.005, -0.004, 0.125, 1e21, 1e-7, 1_774_915_200_000];

function decimalText(random: () => number): string {
  const whole = Math.floor(random() * 10 ** Math.floor(random() * 9));
  const fraction = Math.floor(random() * 10_000) * 5;
  const sign = ["", "", "", "-", "+"][Math.floor(random() * 5)] ?? "";
  return `${sign}${whole}${random() < 0.7 ? `.${fraction}` : ""}`;
}

const patterns = [/[0-9]+/, /^a/, /,/, /x?/, /[^a-z]/i, /a|b/].map((pattern) => {
  const compiled = compileRegex(pattern);
  if (typeof compiled === "string") throw new Error(compiled);
  return matcherOf(compiled, pattern, undefined);
});

function argument(random: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const kind = random();
  if (kind < 0.4) return decimalText(random);
  if (kind < 0.6) return pick(texts);
  if (kind < 0.8) return pick([...numbers, random() * 1_000, Math.round(random() * 1e5) / 1e3]);
  if (kind < 0.9) return pick(patterns);
  if (kind < 0.93) return Array.from({ length: 3 }, () => decimalText(random));
  return pick([undefined, null, true, [], { a: 1 }, [1, 2.5], ["a", "b"], ["a", 1]]);
}

const show = (value: unknown): string =>
  Object.is(value, -0) ? "-0" : (JSON.stringify(value) ?? "nothing");

test.each([...directs])("$%s has a direct form that gives what it gives", (name, form) => {
  const [least, most, run] = form;
  const random = seeded(seed + name.length);
  const state = { ...newRun(null, {}, context), fuel: 1e12 };
  const outer = begin(state);
  let covered = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const count = least + Math.floor(random() * (most - least + 1));
      const args = Array.from({ length: count }, () => argument(random));
      const value = run(args[0], args[1], args[2]);
      if (value === miss) continue;
      covered += 1;
      const repeat = `SLUICE_SEED=${seed} $${name}(${args.map(show).join(", ")})`;
      expect(show(value), repeat).toBe(show(builtin(name)?._call(args, "context")));
    }
  } finally {
    begin(outer);
  }
  expect(covered).toBeGreaterThan(0);
});

test.each([/abc/, /^https?:\/\//, /^www\./i, /[0-9]+/, /[^a-z ]/i, /\d\d$/, /x*/])(
  "the platform's own engine runs %s in linear time",
  (pattern) => {
    expect(isLinear(pattern)).toBe(true);
  },
);

test.each([/(a+)+$/, /a+b/, /a*$/, /a|b/, /(a)/, /.*x/, /a{2,}/, /^a$/m, /a?b?c?d?e?f/])(
  "%s is left to the engine that always does",
  (pattern) => {
    expect(isLinear(pattern)).toBe(false);
  },
);
