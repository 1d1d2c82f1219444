import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { findingFormats, formatFindings } from "../../engine/errors/format.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { digest } from "./workspace.ts";

const { files } = readWorkspace(join(import.meta.dirname, "../../cli/starter"));
const paths = Object.keys(files);

/** What a slip of the hand does to one line of a text. */
const slips: Readonly<Record<string, (lines: string[], at: number, sign: string) => void>> = {
  removed: (lines, at) => void lines.splice(at, 1),
  doubled: (lines, at) => void lines.splice(at, 0, lines[at] ?? ""),
  indented: (lines, at) => void (lines[at] = `  ${lines[at]}`),
  outdented: (lines, at) => void (lines[at] = (lines[at] ?? "").replace(/^ {2}/, "")),
  keyless: (lines, at) => void (lines[at] = (lines[at] ?? "").replace(/[\w-]+: ?/, "")),
  unquoted: (lines, at) => void (lines[at] = (lines[at] ?? "").replace(/"([^"]*)"/, "$1")),
  capital: (lines, at) =>
    void (lines[at] = (lines[at] ?? "").replace(/[a-z]/, (letter) => letter.toUpperCase())),
  singular: (lines, at) => void (lines[at] = (lines[at] ?? "").replace(/s:/, ":")),
  sign: (lines, at, sign) => {
    const line = lines[at] ?? "";
    const middle = line.length >> 1;
    lines[at] = line.slice(0, middle) + sign + line.slice(middle);
  },
};

const damage = fc.record({
  path: fc.constantFrom(...paths),
  line: fc.nat(80),
  kind: fc.constantFrom(...Object.keys(slips)),
  sign: fc.constantFrom(..."{ } [ ] : , \" ' & * # $ ( ) | - \t".split(" ")),
});

test("no slip in a file makes the compiler fail, and each finding has a place that is there", () => {
  fc.assert(
    fc.property(damage, ({ path, line, kind, sign }) => {
      const lines = (files[path] ?? "").split("\n");
      slips[kind]?.(lines, line % lines.length, sign);
      const damaged = { ...files, [path]: lines.join("\n") };
      const { diagnostics } = compileWorkspace(damaged, { digest, today: "2026-11-20" });
      for (const { at, message } of diagnostics) {
        const text = damaged[at.file];
        expect(text, `${at.file}: ${message}`).toBeDefined();
        expect(at.line).toBeLessThanOrEqual((text ?? "").split("\n").length);
      }
      for (const format of findingFormats) formatFindings(diagnostics, format, { files: damaged });
    }),
    { numRuns: 200 },
  );
});
