import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const room = new URL("../../../engine/mapping/index.ts", import.meta.url).href;

/** Evaluates in a process of its own, and says whether code may be made of text there. */
const script = `
  const { compileExpression } = await import(${JSON.stringify(room)});
  let mayGenerate = true;
  try { new Function("return 1"); } catch { mayGenerate = false; }
  const place = { file: "a", ref: () => ({ file: "a", line: 1, column: 1 }) };
  const text = '( $f := function($x) { $x * 2 }; { "n": $f(a.b), "l": [c.{ "d": d }], "s": a.x ?? "none" } )';
  const { expression } = compileExpression({ id: "x", text, place, mode: "mapping", roots: ["input"] });
  const context = { now: 0, seed: "", facts: new Map(), codes: new Map() };
  const value = expression.evaluate({ input: { a: { b: 2 }, c: [{ d: 1 }] } }, context);
  process.stdout.write(JSON.stringify({ mayGenerate, value }));
`;

test("where code may not be made of text, closures do all of it", () => {
  const flags = ["--disallow-code-generation-from-strings", "--input-type=module", "-e", script];
  const output: unknown = JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
  const value = { n: 4, l: [{ d: 1 }], s: "none" };
  expect(output).toEqual({ mayGenerate: false, value });
});
