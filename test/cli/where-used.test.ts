import { join } from "node:path";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

const root = join(import.meta.dirname, "../..");

async function call(...words: string[]) {
  const terminal = recordingTerminal({ cwd: root });
  const code = await main(words, terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

describe("where-used", () => {
  test("lists each flow that runs a service, by file and line", async () => {
    const { code, out } = await call("where-used", "customer-sync");
    expect(code).toBe(0);
    for (const flow of ["order-checks", "subscription-activation", "contract-change"]) {
      const path = `flows/process/${flow}.yaml`;
      const line = readFileSync(join(root, path), "utf8")
        .split("\n")
        .findIndex((text) => text.includes("run: customer-sync"));
      expect(out).toContain(`${path}:${line + 1}:`);
    }
  });

  test.each([
    ["canonical/invoice@1", "mappings/stripe/invoice-in.yaml"],
    ["acme-erp/order-out", "flows/system/erp.acme-erp.yaml"],
    ["erp.createOrder", "flows/process/order-submission.yaml"],
    ["crm.opportunity.won", "flows/system/crm.opportunity-won.yaml"],
    ["salesforce-deal-types", "mappings/salesforce/opportunity-in.jsonata"],
    ["stripe", "sluice.yaml"],
  ])("knows who uses %s", async (name, path) => {
    const { out } = await call("where-used", name, "--json");
    const uses = JSON.parse(out) as readonly { file: string; line: number }[];
    expect(uses.map(({ file }) => file)).toContain(path);
  });

  test("a slip in the name is told", async () => {
    const { code, err } = await call("where-used", "custmer-sync");
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "customer-sync"?');
  });
});

describe("graph", () => {
  test("shows what a flow is tied to", async () => {
    const { out } = await call("graph", "case-to-hold-and-release");
    expect(out).toMatch(
      /case-to-hold-and-release \(process\)\n +started by +support.case.calmed, /,
    );
    expect(out).toMatch(/invoice-hold \(process\)\n +run by +case-to-hold-and-release\n/);
    expect(out).not.toContain("revenue-check");
  });

  test("draws all of it", async () => {
    const { out } = await call("graph", "--format", "mermaid");
    expect(out).toContain(
      'case_to_hold_and_release["case-to-hold-and-release"] ==> invoice_hold["invoice-hold"]',
    );
  });

  test("names a flow that is not there, and a format", async () => {
    expect((await call("graph", "nothing")).code).toBe(2);
    expect((await call("graph", "--format", "png")).err).toContain(
      "formats are text, mermaid, json",
    );
  });
});
