import { describe, expect, test } from "vitest";
import { loadRehearsal } from "../../engine/index.ts";
import { compiled } from "../compiled.ts";
import { wholeStory } from "./story/story.ts";
import { openSwapped, others, type Role, swappedFiles } from "./story/swapped-world.ts";

/** Another vendor in a role: one line of sluice.yaml, and everything else as it was. */

const roles: readonly Role[] = ["crm", "support", "billing", "erp"];
const swaps: readonly (readonly Role[])[] = [...roles.map((role) => [role]), roles];
const named = swaps.map((swap) => [swap.map((role) => others[role]).join(", "), swap] as const);

describe.each(named)("%s", (_, swap) => {
  test("the workspace compiles with one line changed, and every flow test passes", async () => {
    const [before, files] = [swappedFiles([]), swappedFiles(swap)];
    const changed = Object.keys(before).filter((path) => files[path] !== before[path]);
    expect(changed).toEqual(["sluice.yaml"]);
    const lines = (text = "") => text.split("\n");
    const altered = lines(files["sluice.yaml"]).filter(
      (line, at) => line !== lines(before["sluice.yaml"])[at],
    );
    expect(altered).toEqual(swap.map((role) => `  ${role}: ${others[role]}`).toSorted(byRole));

    const { diagnostics, generation, tests } = await compiled(files);
    expect(diagnostics.filter(({ severity }) => severity !== "information")).toEqual([]);
    if (generation === undefined) throw new Error("it does not compile");
    const { checkExamples, runFlowTest } = await loadRehearsal();
    const results = [
      ...(await Promise.all(tests.map(({ test: one }) => runFlowTest(generation, one)))).flat(),
      ...(await checkExamples(generation)),
    ];
    expect(results.length).toBeGreaterThan(200);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("the whole story goes as before", { timeout: 180_000 }, async () => {
    const { answers, api, duplicates, sides, trouble } = await openSwapped(swap);
    await told(wholeStory(sides, api), trouble);
    expect(answers.filter((status) => status >= 300)).toEqual([]);
    expect(duplicates()).toEqual([]);
  });
});

test(
  "the whole story goes as before where answers are lost after they took effect",
  {
    timeout: 180_000,
  },
  async () => {
    const { api, fakes, sides, trouble } = await openSwapped(roles);
    const lost = {
      crm: [/PATCH .*\/deals\//, /PATCH .*\/companies\//],
      support: [/POST .*\/user$/, /PUT .*\/ticket\//],
      billing: [/POST .*\/(update_details|credit_notes|update_for_items)$/, /create_for_charge/],
      erp: [
        /POST .*\/(customers|salesOrders|salesInvoices|salesCreditMemos|disputeStatuses)$/,
        /POST .*\/salesInvoices\(.*NAV\.post$/,
        /POST .*\/(customerPaymentJournals|customerPayments|journalLines|journals)$/,
        /POST .*\/journals\(.*NAV\.post$/,
        /PATCH .*\/salesInvoices\(/,
      ],
    };
    for (const role of roles) for (const of of lost[role]) fakes[role].fail(of, "drop", 2);
    await told(wholeStory(sides, api), trouble);
    const { tables } = fakes.erp;
    const made = Object.entries(tables).map(([set, rows]) => [set, rows.length]);
    expect(Object.fromEntries(made)).toMatchObject({
      customers: 1,
      salesOrders: 2,
      // The year, the work and what was used.
      salesInvoices: 3,
      salesCreditMemos: 1,
      // One for each of the two cases that came first on the invoice.
      disputeStatuses: 2,
      // A movement's journal is gone once it is posted.
      customerPaymentJournals: 0,
      journals: 1,
    });
    const { creditNotes, invoices, transactions } = fakes.billing.billed;
    expect([invoices.rows.size, creditNotes.rows.size, transactions.rows.size]).toEqual([3, 1, 4]);
  },
);

/** What went wrong says more than what did not come. */
async function told(story: Promise<void>, trouble: () => Promise<readonly unknown[]>) {
  await story.catch(async (error: unknown) => {
    expect(await trouble()).toEqual([]);
    throw error;
  });
  expect(await trouble()).toEqual([]);
}

/** As sluice.yaml lists them. */
const byRole = (left: string, right: string): number =>
  roles.findIndex((role) => left.startsWith(`  ${role}:`)) -
  roles.findIndex((role) => right.startsWith(`  ${role}:`));
