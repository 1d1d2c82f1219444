import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readWorkspace } from "../../cli/workspace/read.ts";
import type { Json } from "../../engine/model/json.ts";
import { preview } from "../../engine/composition/rehearse.ts";
import { compiled } from "../compiled.ts";

/** Payloads that vendors' systems really sent, read where they lie. */
const folder = process.env["SLUICE_PAYLOADS"] ?? "../shared/real/payloads";
const isThere = existsSync(join(folder, "salesforce"));
if (!isThere) {
  process.stdout.write(`recorded payloads are absent: name their folder by SLUICE_PAYLOADS\n`);
}

const { generation } = await compiled(readWorkspace(".").files);

function recorded(name: string): Json {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as Json;
}

function at(value: Json, ...path: readonly (string | number)[]): Json {
  let found: unknown = value;
  for (const name of path) found = (found as Record<string | number, unknown>)[name];
  return found as Json;
}

test("the reference workspace compiles", () => {
  expect(generation).toBeDefined();
});

test.runIf(isThere)("Salesforce's own change events keep the webhook's contract", () => {
  const contract = generation?.schemas.get("vendor/salesforce/change-event");
  expect(contract).toBeDefined();
  for (const name of ["cdc.opportunity.create.json", "cdc.account.update.json"]) {
    expect(contract?.check(recorded(`salesforce/${name}`)), name).toEqual([]);
  }
});

test.runIf(isThere)(
  "a deal as Salesforce's query answers it becomes a canonical deal",
  async () => {
    const mapping = generation?.mappings.get("salesforce/opportunity-in");
    if (generation === undefined || mapping === undefined) throw new Error("no such mapping");
    const answer = recorded("salesforce/rest.query.opportunity-with-lines.json");
    const record = at(answer, "records", 0);
    const seen = await preview(generation, mapping, { record, currency: "USD" });
    expect(seen.inputBreaches).toEqual([]);
    expect(seen.outputBreaches).toEqual([]);
    expect(seen.output).toMatchObject({
      name: "Dickenson Mobile Generators",
      total: "0.00",
      currency: "USD",
    });
  },
);
