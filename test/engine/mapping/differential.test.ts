import jsonata from "jsonata";
import { expect, test } from "vitest";
import { compileTree } from "../../../engine/mapping/program.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { isFault } from "../../../engine/mapping/value/fault.ts";
import { damaged, seeded } from "./damage.ts";
import { context, plainText } from "./kit.ts";
import { subjects } from "./subjects.ts";

const seed = Number(process.env["SLUICE_SEED"] ?? 20_261_123);
const rounds = Number(process.env["SLUICE_ROUNDS"] ?? 60);

/** The value as JSON, or `error` when there is none; which of several errors is not compared. */
function outcome(work: () => unknown): string {
  try {
    return plainText(work());
  } catch (error) {
    if (isFault(error)) return "error";
    throw error;
  }
}

async function libraryOutcome(text: string, data: unknown): Promise<string> {
  try {
    // The library writes into its input.
    const value: unknown = await jsonata(text).evaluate(structuredClone(data));
    return JSON.stringify(value) ?? "nothing";
  } catch {
    return "error";
  }
}

test.each(subjects.map((subject, index) => ({ ...subject, index })))(
  "damaged inputs give what the library gives: mapping $index",
  async ({ text, data, index }) => {
    const random = seeded(seed + index);
    const parsed = parse(text);
    if ("fault" in parsed) throw new Error(parsed.fault.code);
    const compiled = compileTree(parsed.ast, text, { strict: false, isBound: () => false });
    if ("why" in compiled) throw new Error(compiled.why);
    expect(outcome(() => compiled.program(data, {}, context))).not.toBe("error");
    for (let round = 0; round < rounds; round += 1) {
      const input = damaged(data, random, 0.02 + random() * 0.15);
      const before = JSON.stringify(input);
      const ours = outcome(() => compiled.program(input, {}, context));
      expect(JSON.stringify(input), "the input was written to").toBe(before);
      const message = `repeat with SLUICE_SEED=${seed} SLUICE_ROUNDS=${rounds}: ${before}`;
      expect(ours, message).toBe(await libraryOutcome(text, input));
    }
  },
);
