import { beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../engine/model/json.ts";
import { customerOf } from "./support/customer.ts";
import { startTrytonOperations, type TrytonOperations } from "./support/tryton-operations.ts";

const operations = {
  createCustomer: ["erp", "customer"],
  findContacts: ["erp", "contact"],
  createContact: ["erp", "contact"],
  adoptContact: ["erp", "contact-link"],
  updateContact: ["erp", "contact"],
  endContact: ["erp", "contact-ref"],
} as const;
type Operation = keyof typeof operations;

let world: TrytonOperations<Operation>;
const run = Date.now().toString(36);
const [first, second] = [`P-${run}`, `Q-${run}`];

beforeAll(async () => {
  world = await startTrytonOperations({ operations });
  for (const customerId of [first, second]) {
    // The firm's own address is no person's.
    const firm = { name: `People ${customerId}`, email: `ada-${run}@globex.example` };
    await world.ask("createCustomer", customerOf(customerId, firm));
  }
  return world.stop;
});

const ada: JsonObject = {
  contactId: `ada-${run}`,
  customerId: first,
  name: "Ada Byron",
  email: `ada-${run}@globex.example`,
  phone: "+15105550100",
  role: "technical",
  active: true,
  optedOut: false,
  consentedAt: null,
  changedAt: "2026-11-20T09:30:00.000Z",
};

/** The person as Tryton itself has it. */
async function person(): Promise<JsonObject> {
  const rows = await world.tryton.find(
    "party.party",
    [
      ["code", "=", `ada-${run}`],
      ["active", "in", [true, false]],
    ],
    [
      "name",
      "active",
      "categories.name",
      "contact_mechanisms.type",
      "contact_mechanisms.value",
      "relations.to.code",
      "relations.type.name",
    ],
  );
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

test("a person is a party related to its customer: made once, found, moved, and ended", async () => {
  expect(await world.ask("findContacts", ada)).toEqual({ known: null, others: [] });
  const { erpId = null } = await world.ask("createContact", ada);
  expect(erpId).toMatch(/^\d+$/);
  expect(await world.ask("createContact", ada)).toEqual({ contactId: ada["contactId"], erpId });
  expect(await person()).toMatchObject({
    name: "Ada Byron",
    active: true,
    "categories.": [],
    "relations.": [{ "to.": { code: first }, "type.": { name: "Contact of" } }],
  });
  expect(await world.ask("findContacts", ada)).toEqual({ known: erpId, others: [] });
  // Another one with this address is a candidate, and its namesake at this customer.
  const other = { ...ada, contactId: `eve-${run}`, customerId: second };
  expect(await world.ask("findContacts", other)).toEqual({
    known: null,
    others: [
      {
        recordId: erpId,
        contactId: ada["contactId"],
        customerId: first,
        name: "Ada Byron",
        matchedBy: "email",
      },
    ],
  });

  await world.ask("updateContact", {
    ...ada,
    customerId: second,
    name: "Ada Lovelace",
    email: `ada-${run}@initech.example`,
    phone: null,
    optedOut: true,
  });
  expect(await person()).toMatchObject({
    name: "Ada Lovelace",
    "categories.": [{ name: "No marketing" }],
    "contact_mechanisms.": [{ type: "email", value: `ada-${run}@initech.example` }],
    "relations.": [{ "to.": { code: second }, "type.": { name: "Contact of" } }],
  });
  expect(await world.ask("endContact", { contactId: ada["contactId"] ?? null })).toEqual({
    contactId: ada["contactId"],
    erpId,
  });
  expect(await person()).toMatchObject({ active: false });
  // Who comes back is the same person.
  expect(await world.ask("createContact", ada)).toMatchObject({ erpId });
  await world.ask("updateContact", ada);
  expect(await person()).toMatchObject({ active: true, name: "Ada Byron", "categories.": [] });
});
