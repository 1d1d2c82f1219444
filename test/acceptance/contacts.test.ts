import { beforeAll, describe, expect, test } from "vitest";
import type { TaskRow } from "../../engine/ports/store-reader.ts";
import { soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** People at customers: one person in the ERP for each, wherever they are known first. */

let world: ReferenceWorld;
beforeAll(async () => {
  // News come as events alone: asking what changed would tell twice, and find what nobody tells of.
  const asking = / {2}changed(Accounts|Contacts|Users):\n(?: {4}.*\n)+/g;
  world = await ReferenceWorld.open((path, text) =>
    /\.(salesforce|zendesk)\.yaml$/.test(path) ? text.replaceAll(asking, "") : text,
  );
});

/** An account that the ERP has, and support knows. */
async function customer(): Promise<string> {
  const { accountId } = await world.close({ lines: [{ sku: "PL-ANNUAL", quantity: 1 }] });
  await expect
    .poll(() => world.estate.support.organizations.find("external_id", accountId), soon)
    .toBeDefined();
  return accountId;
}

const enter = (values: Readonly<Record<string, string | boolean | null>>) =>
  world.estate.crm.records.make("Contact", { HasOptedOutOfEmail: false, ...values });
const inErp = (contactId: string) =>
  world.estate.erp.contacts.all().filter(({ external_ref }) => external_ref === contactId);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const codeOf = (accountId: string) =>
  textOf(world.estate.crm.records.get("Account", accountId)?.["ERP_Customer_Code__c"]);
const effects = (effect: string, id: string) =>
  world.estate.ledger.effects({ effect }).filter((row) => row.id === id || row.reference === id)
    .length;
const runs = async (flow: string, laneKey: string) =>
  (await world.serving.store.read.runs({ flow, limit: 1_000 })).filter(
    (run) => run.laneKey === laneKey,
  );
const openTasks = async () =>
  JSON.parse((await world.cli("tasks", "--status", "open", "--json")).out) as readonly TaskRow[];

describe("a contact of the CRM", () => {
  test("is a person of the ERP: made, changed, moved, and ended when it leaves", async () => {
    const [first, second] = [await customer(), await customer()];
    const { Id } = enter({
      AccountId: first,
      FirstName: "Ada",
      LastName: "Byron",
      Email: "Ada@One.example",
      Role__c: "Billing",
    });
    await expect
      .poll(() => inErp(Id), soon)
      .toMatchObject([
        { name: "Ada Byron", customer: codeOf(first), email: "ada@one.example", role: "billing" },
      ]);
    world.estate.editRecord("Contact", Id, { Phone: "+49 30 1", LastName: "Lovelace" });
    await expect
      .poll(() => inErp(Id), soon)
      .toMatchObject([{ name: "Ada Lovelace", phone: "+49 30 1", customer: codeOf(first) }]);
    world.estate.editRecord("Contact", Id, { AccountId: second });
    await expect.poll(() => inErp(Id), soon).toMatchObject([{ customer: codeOf(second) }]);
    world.estate.editRecord("Contact", Id, { No_Longer_There__c: true });
    await expect.poll(() => inErp(Id), soon).toMatchObject([{ active: false }]);
    world.estate.editRecord("Contact", Id, { No_Longer_There__c: false });
    await expect.poll(() => inErp(Id), soon).toMatchObject([{ active: true }]);
    world.estate.crm.records.remove("Contact", Id);
    await expect.poll(() => inErp(Id), soon).toMatchObject([{ active: false }]);
    expect(effects("contact.created", Id)).toBe(1);

    // Found by the id of either system, and nothing personal is shown unasked.
    const { out } = await world.cli("crosswalk", "contact", inErp(Id)[0]?.code ?? "");
    expect(out).toContain(Id);
    const shown = [
      await world.cli("trace", Id),
      await world.cli("runs", "--json"),
      await world.cli("messages", "--json"),
    ];
    for (const { out: text } of shown) {
      expect(text).not.toMatch(/ada@|Lovelace|Byron|\+49 30 1/);
    }
    const states = await runs("contact-sync", Id);
    expect(states.length).toBeGreaterThan(4);
  });

  test("that is told twice, or did not change, writes nothing more", async () => {
    const accountId = await customer();
    const { Id } = enter({ AccountId: accountId, LastName: "Twice", Email: "t@twice.example" });
    await expect.poll(() => inErp(Id), soon).toHaveLength(1);
    world.estate.person.redeliver(Id, 2);
    // A field that is no attribute of a contact.
    world.estate.editRecord("Contact", Id, { FirstName: null, Consented_At__c: null });
    world.estate.editRecord("Contact", Id, { Role__c: "Janitor" });
    await expect.poll(async () => (await runs("contact-sync", Id)).length, soon).toBe(2);
    await expect
      .poll(
        async () => (await runs("contact-sync", Id)).every((run) => run.status === "done"),
        soon,
      )
      .toBe(true);
    expect(effects("contact.created", Id)).toBe(1);
    expect(effects("contact.updated", Id)).toBe(0);
  });

  test("whose account nobody told of yet waits for it, asks nobody, and holds up nobody", async () => {
    const { estate, serving } = world;
    estate.webhooks.to("crm", null);
    const parent = estate.crm.records.make("Account", { Name: "Late", CurrencyIsoCode: "EUR" });
    estate.webhooks.to("crm", `${serving.url}/webhooks/salesforce/changes`);
    const early = enter({ AccountId: parent.Id, LastName: "Early", Email: "e@late.example" });
    const waits = async () => (await runs("contact-sync", early.Id))[0]?.status;
    await expect.poll(waits, soon).toBe("active");
    await expect
      .poll(async () => (await world.cli("trace", early.Id)).out, soon)
      .toContain("listening");
    const other = enter({ AccountId: await customer(), LastName: "Other", Email: "o@o.example" });
    await expect.poll(() => inErp(other.Id), soon).toHaveLength(1);
    expect(inErp(early.Id)).toEqual([]);
    expect(
      estate.ledger.requests().filter(({ path }) => path.includes(`/Contact/${early.Id}`)),
    ).toHaveLength(1);
    estate.editRecord("Account", parent.Id, { Phone: "1" });
    await expect.poll(() => inErp(early.Id), soon).toMatchObject([{ name: "Early" }]);
    expect(inErp(early.Id)[0]?.customer).toBe(codeOf(parent.Id));
  });

  test("with the address of somebody else waits for a steward, who says that the two are one", async () => {
    const [first, second] = [await customer(), await customer()];
    const kept = enter({ AccountId: first, LastName: "Grace", Email: "grace@both.example" });
    await expect.poll(() => inErp(kept.Id), soon).toHaveLength(1);
    const twin = enter({ AccountId: second, LastName: "Hopper", Email: "grace@both.example" });
    await expect.poll(openTasks, soon).toHaveLength(1);
    const [task] = await openTasks();
    const { out } = await world.cli("tasks", task?.id ?? "");
    expect(out).toContain("It matches by email");
    expect(out).not.toContain("grace@");
    expect(inErp(twin.Id)).toEqual([]);
    await world.ask("choose", task?.id ?? "", "link", "--by", "mona");
    await expect
      .poll(async () => (await runs("contact-sync", twin.Id))[0]?.status, soon)
      .toBe("done");
    // From then on what the twin says is no news of the person.
    world.estate.editRecord("Contact", twin.Id, { LastName: "Changed" });
    await expect.poll(async () => (await runs("contact-sync", twin.Id)).length, soon).toBe(2);
    await expect
      .poll(
        async () => (await runs("contact-sync", twin.Id)).every(({ status }) => status === "done"),
        soon,
      )
      .toBe(true);
    expect(inErp(kept.Id)).toMatchObject([{ name: "Grace", customer: codeOf(first) }]);
    expect(inErp(twin.Id)).toEqual([]);
  });

  test("that the ERP has of people's making is taken over, and made no second time", async () => {
    const accountId = await customer();
    const made = world.estate.erp.contacts.create({
      name: "A. Turing",
      customer: codeOf(accountId),
      email: "alan@park.example",
    });
    const { Id } = enter({
      AccountId: accountId,
      FirstName: "Alan",
      LastName: "Turing",
      Email: "alan@park.example",
    });
    await expect
      .poll(() => inErp(Id), soon)
      .toMatchObject([{ code: made.code, name: "Alan Turing" }]);
  });
});

describe("a person whom support knows first", () => {
  test("becomes a contact of the CRM and of the ERP, once, and our own writes end where they come back", async () => {
    const accountId = await customer();
    const user = world.estate.person.writeToSupport({
      name: "Joan Clarke",
      email: "Joan@Hut8.example",
      accountId,
    });
    const supportId = String(user.id);
    await expect.poll(() => user["external_id"], soon).toBeTypeOf("string");
    const contactId = textOf(user["external_id"]);
    expect(world.estate.crm.records.get("Contact", contactId)).toMatchObject({
      AccountId: accountId,
      Name: "Joan Clarke",
      Email: "joan@hut8.example",
    });
    await expect.poll(() => inErp(contactId), soon).toMatchObject([{ name: "Joan Clarke" }]);
    // She writes once more, under another name: the CRM decides that.
    world.estate.person.changeSupportUser(user.id, { name: "J. Murray" });
    await expect.poll(async () => (await runs("contact-reported", supportId)).length, soon).toBe(2);
    await world.estate.webhooks.idle();
    await expect
      .poll(
        async () =>
          (await runs("contact-reported", supportId)).every(({ status }) => status === "done"),
        soon,
      )
      .toBe(true);
    expect(inErp(contactId)).toMatchObject([{ name: "Joan Clarke" }]);
    expect(effects("contact.created", contactId)).toBe(2); // in the CRM and in the ERP
    expect(effects("user.updated", supportId)).toBe(1);
    // The CRM told of what we made, and no run came of it but that which made it.
    expect(await runs("contact-sync", contactId)).toHaveLength(1);
    const { out } = await world.cli("crosswalk", "contact", supportId);
    for (const id of [contactId, supportId, inErp(contactId)[0]?.code]) expect(out).toContain(id);
  });

  test("who opts out there has opted out everywhere, and no older word brings it back", async () => {
    const accountId = await customer();
    const { estate } = world;
    const { Id } = enter({ AccountId: accountId, LastName: "Quiet", Email: "quiet@hush.example" });
    await expect.poll(() => inErp(Id), soon).toHaveLength(1);
    const user = estate.person.writeToSupport({
      name: "Q",
      email: "quiet@hush.example",
      accountId,
    });
    await expect.poll(() => user["external_id"], soon).toBe(Id);
    estate.person.changeSupportUser(user.id, { noMarketing: true });
    const crm = () => estate.crm.records.get("Contact", Id) ?? {};
    await expect.poll(() => inErp(Id), soon).toMatchObject([{ no_marketing: true }]);
    await expect.poll(crm, soon).toMatchObject({ HasOptedOutOfEmail: true });
    // Somebody takes the mark away, or an import of last year says otherwise.
    estate.editRecord("Contact", Id, {
      HasOptedOutOfEmail: false,
      Consented_At__c: "2020-01-01T00:00:00.000Z",
    });
    await expect.poll(() => effects("contact.updated", Id), soon).toBeGreaterThanOrEqual(3);
    await expect.poll(crm, soon).toMatchObject({ HasOptedOutOfEmail: true });
    expect(inErp(Id)).toMatchObject([{ no_marketing: true }]);
    // The person agrees anew, on record.
    const later = new Date(Date.now() + 60_000).toISOString();
    estate.editRecord("Contact", Id, { HasOptedOutOfEmail: false, Consented_At__c: later });
    await expect.poll(() => inErp(Id), soon).toMatchObject([{ no_marketing: false }]);
    expect(crm()).toMatchObject({ HasOptedOutOfEmail: false });
  });

  test("with the address of a contact elsewhere waits for a steward", async () => {
    const [first, second] = [await customer(), await customer()];
    const { Id } = enter({ AccountId: first, LastName: "Elsewhere", Email: "who@where.example" });
    await expect.poll(() => inErp(Id), soon).toHaveLength(1);
    const user = world.estate.person.writeToSupport({
      name: "Who",
      email: "who@where.example",
      accountId: second,
    });
    await expect.poll(openTasks, soon).toHaveLength(1);
    const [task] = await openTasks();
    expect(task).toMatchObject({ team: "master-data", among: { link: [Id] } });
    await world.ask("choose", task?.id ?? "", "link", "--by", "mona");
    await expect.poll(() => user["external_id"], soon).toBe(Id);
    expect(
      world.estate.ledger.effects({ system: "crm", effect: "contact.created", id: Id }),
    ).toEqual([]);
  });
});
