import { beforeAll, expect, test } from "vitest";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** A case holds what is its customer's and what it names, whenever that is written on it. */

let world: ReferenceWorld;
let business: Business;

beforeAll(async () => {
  world = await ReferenceWorld.open();
  business = await Business.of(world);
});

const integrationStatus = 360_006;

const noteOf = (id: number): string => {
  const fields = world.estate.support.tickets.must(id)["custom_fields"];
  const field = (fields as unknown as { id: number; value: string | null }[]).find(
    (one) => one.id === integrationStatus,
  );
  return field?.value ?? "";
};

const hold = async (invoice: string) => {
  const { metadata } = await business.billed(invoice);
  return (metadata as Record<string, string>)["hold"];
};

const ended = async (flow: string, id: number) => world.ended(flow, String(id));

const issueCodes = async () => {
  const { out } = await world.ask("issues", "--status", "any", "--json");
  return (JSON.parse(out) as { code: string }[]).map(({ code }) => code);
};

/** Work of a deal that finance billed, and that left billing. */
async function billed(story: Awaited<ReturnType<Business["sold"]>>) {
  const work = await business.billWork(story);
  business.issue(work);
  await expect.poll(async () => business.booked(work), soon).toMatchObject({ state: "posted" });
  return { work, number: String((await business.billed(work))["number"]) };
}

const severe = { subject: "Gateway is offline", priority: "urgent" } as const;

test("a case that names another customer's invoice or order holds nothing, and says whose it is", async () => {
  const { estate } = world;
  const [mine, theirs] = [await business.sold(), await business.sold()];
  const { work, number } = await billed(theirs);
  const accountId = mine.deal.accountId;
  const { Name: name } = business.account(theirs.deal.accountId);
  const byInvoice = estate.person.openTicket({ ...severe, accountId, invoiceNumber: number });
  const orderNumber = String(theirs.order["number"]);
  const byOrder = estate.person.openTicket({ ...severe, accountId, orderNumber });
  for (const { id } of [byInvoice, byOrder]) {
    await expect
      .poll(() => noteOf(id), soon)
      .toContain(`invoice ${number} belongs to ${String(name)} (${theirs.deal.accountId})`);
    await ended("case-to-hold-and-release", id);
  }
  expect(await hold(work)).toBeUndefined();
  expect(await business.booked(work)).toMatchObject({ dispute_status: "none" });
  expect(await issueCodes()).toContain("invoice-of-another-customer");

  // Nor is another customer's invoice credited.
  estate.person.changeTicket(byInvoice.id, { claimAmount: "10.00", claimAccepted: true });
  await ended("case-to-credit", byInvoice.id);
  await expect.poll(() => noteOf(byInvoice.id), soon).toContain(`not credited: invoice ${number}`);
  expect(await business.rows(business.erp, `/credit-memos?reference=case-${byInvoice.id}`)).toEqual(
    [],
  );

  // The right number, written on it later, holds.
  const own = await billed(mine);
  estate.person.changeTicket(byInvoice.id, { invoiceNumber: own.number });
  await expect.poll(async () => hold(own.work), soon).toBe(`case ${byInvoice.id}`);
  expect(await hold(work)).toBeUndefined();
  // So is what was claimed credited there, once, whatever is written on it afterwards.
  const credits = async () =>
    business.rows(business.erp, `/credit-memos?reference=case-${byInvoice.id}`);
  await expect.poll(credits, soon).toMatchObject([{ amount: "10.00" }]);
  await expect.poll(() => noteOf(byInvoice.id), soon).toContain("credited 10.00 EUR");
  estate.person.changeTicket(byInvoice.id, {
    invoiceNumber: String((await business.billed(mine.first))["number"]),
  });
  await expect.poll(async () => hold(own.work), soon).toBeUndefined();
  await expect
    .poll(async () => {
      const runs = await world.serving.store.read.runs({ flow: "case-to-credit", limit: 10 });
      return runs
        .filter(({ laneKey }) => laneKey === String(byInvoice.id))
        .map(({ status }) => status);
    }, soon)
    .toEqual(["stopped", "done", "failed"]);
  expect(await credits()).toHaveLength(1);
  const { body } = await business.billing("GET", `/credit_notes?invoice=${mine.first}`);
  expect(body.data).toEqual([]);
});

test("a case of nobody holds nothing until it is somebody's", async () => {
  const { estate } = world;
  const story = await business.sold();
  const { work, number } = await billed(story);
  const { id } = estate.person.openTicket({ ...severe, invoiceNumber: number });
  await expect.poll(() => noteOf(id), soon).toContain("it is not known whose case this is");
  await ended("case-to-hold-and-release", id);
  expect(await hold(work)).toBeUndefined();
  estate.person.changeTicket(id, { accountId: story.deal.accountId });
  await expect.poll(async () => hold(work), soon).toBe(`case ${id}`);
  await expect.poll(() => noteOf(id), soon).toMatch(/^covered .*; invoice .*: held$/);
});

test("a severe case that turns out to be another customer's weighs on that one alone", async () => {
  const { estate } = world;
  const [one, two] = [await business.sold(), await business.sold()];
  const health = () =>
    [one, two].map(({ deal }) => business.account(deal.accountId)["Health_Score__c"]);
  const { id } = estate.person.openTicket({ ...severe, accountId: one.deal.accountId });
  await expect.poll(health, soon).toEqual([80, null]);
  estate.person.changeTicket(id, { accountId: two.deal.accountId });
  await expect.poll(health, soon).toEqual([100, 80]);
  estate.person.changeTicket(id, { status: "solved" });
  await expect.poll(health, soon).toEqual([100, 100]);
});

test("a case of the parent is about what its child pays", async () => {
  const { estate } = world;
  const parent = await business.sold();
  const child = await business.sold();
  const parentId = parent.deal.accountId;
  estate.editRecord("Account", child.deal.accountId, { ParentId: parentId });
  const { work, number } = await billed(child);
  const { id } = estate.person.openTicket({
    ...severe,
    accountId: parentId,
    invoiceNumber: number,
  });
  await expect.poll(async () => hold(work), soon).toBe(`case ${id}`);
});

test("numbers that change on a case move its hold; all that its order bills is held, and let go", async () => {
  const { estate } = world;
  const lines = [
    { sku: "PL-ANNUAL", quantity: 1 },
    { sku: "IM-STD", quantity: 1 },
    { sku: "IM-STD", quantity: 2 },
  ];
  const story = await business.sold(lines);
  const { accountId } = story.deal;
  const orderNumber = String(story.order["number"]);
  const works = await business.billEachWork(story);
  expect(works).toHaveLength(2);
  const [one = "", two = ""] = works;
  const holds = async () => Promise.all(works.map(hold));
  const { id } = estate.person.openTicket({ ...severe, accountId });
  await ended("case-to-hold-and-release", id);
  expect(await holds()).toEqual([undefined, undefined]);
  // Nothing was named when it was opened.
  estate.person.changeTicket(id, { orderNumber });
  await expect.poll(holds, soon).toEqual([`case ${id}`, `case ${id}`]);
  business.issue(one);
  const number = String((await business.billed(one))["number"]);
  estate.person.changeTicket(id, { invoiceNumber: number });
  await expect.poll(holds, soon).toEqual([`case ${id}`, undefined]);
  estate.person.changeTicket(id, { status: "solved" });
  await expect.poll(holds, soon).toEqual([undefined, undefined]);
  await expect.poll(async () => business.booked(one), soon).toMatchObject({ state: "posted" });
  expect(two).not.toBe("");
});
