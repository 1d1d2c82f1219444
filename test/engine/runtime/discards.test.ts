import { expect, test } from "vitest";
import type { Decide } from "../../../engine/core/index.ts";
import { adapterText, bench, workspace } from "./bench.ts";
import { toyRules } from "./toy-rules.ts";

/** Runs on "second" park with their request on its way. */
const decide: Decide = (input) => {
  const decided = toyRules.decide(input);
  const isSecond = JSON.stringify(input.run.message.data).includes("second");
  if (decided.kind !== "decision" || !isSecond) return decided;
  return { ...decided, decision: { ...decided.decision, status: "invalid" } };
};

test("what a run had waiting for its turn is not sent once the run is discarded", async () => {
  const { receive, engine, store, partners, advance } = await bench({
    files: workspace({
      "flows/system/erp.tryton.yaml": adapterText(
        "tryton",
        "erp",
        "budget: [ { limit: 1, per: 1h } ]",
      ),
    }),
    world: { rules: { ...toyRules, decide } },
  });
  await receive("first", "one");
  await engine.idle();
  await receive("second", "two");
  await engine.idle();
  const [parked] = await store.read.deadLetters({});
  expect(
    await engine.unpark(parked?.runId ?? "", { kind: "discard", by: "ada", reason: "x" }),
  ).toBe(true);
  await advance(3 * 3_600_000);
  expect(partners.to("tryton").map(({ data }) => data)).toMatchObject([{ id: "first" }]);
});
