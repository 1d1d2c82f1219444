import { beforeAll, describe, expect, test } from "vitest";
import type { TaskRow } from "../../engine/ports/store-reader.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** Nobody is linked by guesswork: who may be a customer already waits for a steward, with the candidates. */

const soon = { timeout: 15_000, interval: 20 };
const lines = [{ sku: "GW-100", quantity: 1 }];

let world: ReferenceWorld;
beforeAll(async () => {
  world = await ReferenceWorld.open();
});

const openTask = async (): Promise<TaskRow | undefined> =>
  (JSON.parse((await world.cli("tasks", "--status", "open", "--json")).out) as TaskRow[])[0];
async function asked(): Promise<TaskRow> {
  await expect.poll(openTask, soon).toBeDefined();
  const task = await openTask();
  if (task === undefined) throw new Error("nobody is asked");
  return task;
}
const partners = async (customerId: string) =>
  (await world.serving.store.read.crosswalk("customer", customerId)).filter(
    ({ system }) => system === "erp",
  );
const made = (...accounts: readonly string[]) =>
  world.estate.ledger
    .effects({ system: "erp", effect: "customer.created" })
    .filter(({ reference }) => accounts.includes(reference ?? ""));

/** A won deal of a new account without tax id. */
function deal(name: string, domain: string) {
  const sold = world.estate.closeDeal({ customer: "new", hierarchy: "none", lines, close: false });
  world.estate.editRecord("Account", sold.accountId, {
    Name: name,
    Tax_Id__c: null,
    Website: `https://www.${domain}/`,
    Billing_Email__c: `ap@${domain}`,
  });
  return sold;
}

describe("two accounts without tax id, of one name and domain, that come at the same moment", () => {
  test("make one business partner, and the second waits with its candidate and the reason", async () => {
    const first = deal("Kontor Nord", "kontor-nord.example");
    const second = deal("KONTOR NORD ", "kontor-nord.example");
    world.estate.editRecord("Account", second.accountId, { Name: "Kontor Nord" });
    world.estate.winDeal(first.opportunityId);
    world.estate.winDeal(second.opportunityId);
    const task = await asked();
    const { out } = await world.cli("tasks", task.id);
    expect(out).toContain("It matches by name-and-domain");
    expect(made(first.accountId, second.accountId)).toHaveLength(1);
    const [candidate] = task.among?.["link"] ?? [];
    expect(out).toContain(`"erpId": "${candidate}"`);
    expect(out).toContain(`sluice choose ${task.id} link\n`);
    // What is personal of the customer stays covered until somebody asks for it by name.
    expect(out).not.toContain("ap@kontor-nord.example");
    const revealed = await world.ask("tasks", task.id, "--reveal", "--by", "mona");
    expect(revealed.out).toContain("ap@kontor-nord.example");

    // What is no answer changes nothing: the question stays open.
    for (const answer of [["merge"], ["link", "--pick", "C-1"], ["reject", "--pick", "C-1"]]) {
      const refused = await world.ask("choose", task.id, ...answer, "--by", "mona");
      expect(refused.code).toBe(2);
      expect(refused.err).toMatch(/it takes "link"|pick one of|leave the pick out/);
    }
    expect((await openTask())?.id).toBe(task.id);

    const decided = await world.ask(
      "choose",
      task.id,
      "link",
      "--by",
      "mona",
      "--comment",
      "one firm",
    );
    expect(decided).toMatchObject({ code: 0, err: "" });
    await world.ended("opportunity-to-order", first.opportunityId);
    await world.ended("opportunity-to-order", second.opportunityId);
    for (const { opportunityId } of [first, second]) {
      expect(world.estate.ledger.ordersByReference(opportunityId)).toHaveLength(1);
    }
    expect(made(first.accountId, second.accountId)).toHaveLength(1);
    const { out: audit } = await world.cli("audit", "--json");
    expect(JSON.parse(audit)).toContainEqual(
      expect.objectContaining({
        actor: "mona",
        action: "task.choose",
        target: task.id,
        detail: { choice: "link", pick: candidate, comment: "one firm" },
      }),
    );
  });

  test("of two domains are two firms, and nobody is asked", async () => {
    const first = deal("Hansa Werk", "hansa.example");
    const second = deal("Hansa Werk", "hansa-werk.example");
    for (const { opportunityId } of [first, second]) world.estate.winDeal(opportunityId);
    await world.ended("opportunity-to-order", first.opportunityId);
    await world.ended("opportunity-to-order", second.opportunityId);
    expect(made(first.accountId, second.accountId)).toHaveLength(2);
    expect(await openTask()).toBeUndefined();
  });
});

test("of several candidates the steward picks one by name, and the waiting deal goes on with it", async () => {
  const erp = world.estate.erp.customers;
  const address = { street: null, city: "Berlin", region: null, postal_code: null, country: "DE" };
  const codes = [1, 2].map(
    () => erp.create({ name: "Doppelt GmbH", currency: "EUR", ship_to: address }).code,
  );
  const sold = deal("Doppelt GmbH", "doppelt.example");
  world.estate.winDeal(sold.opportunityId);
  const task = await asked();
  expect(task.among).toEqual({ link: codes });
  const unnamed = await world.ask("choose", task.id, "link");
  expect(unnamed.err).toContain(`pick one of "${codes[0]}" and "${codes[1]}"`);
  expect((await world.cli("tasks", task.id)).out).toContain(`link --pick <${codes.join(" | ")}>`);
  await world.ask("choose", task.id, "link", "--pick", codes[1] ?? "", "--by", "mona");
  await world.ended("opportunity-to-order", sold.opportunityId);
  expect(await partners(sold.accountId)).toMatchObject([{ id: codes[1] }]);
  expect(made(sold.accountId)).toEqual([]);
  expect(world.estate.ledger.ordersByReference(sold.opportunityId)).toHaveLength(1);
});
