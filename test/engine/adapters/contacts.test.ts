import { expect, test } from "vitest";
import { RequestTracker } from "./fakes/request-tracker.ts";
import { customerOf, openBusinessCentral, openHubSpot, openRequestTracker } from "./vendors.ts";

/** People at customers, by the vendors that the simulated partners do not play. */

const ada = {
  contactId: "003ada",
  customerId: "001globex",
  name: "Ada Byron",
  email: "ada@globex.example",
  phone: null,
  role: "technical",
  active: true,
  optedOut: false,
  consentedAt: null,
  changedAt: "2026-11-20T09:30:00.000Z",
};
const joan = {
  supportId: "joan",
  customerId: "95",
  name: "Joan E Clarke",
  email: "joan@hut8.example",
  phone: null,
  active: true,
  optedOut: false,
  changedAt: "2026-11-20T09:30:00Z",
};

test("HubSpot: a contact is made once, found by its address, and opts out by it", async () => {
  const { call, fake } = await openHubSpot();
  expect(await call("findContacts", joan)).toEqual({ known: null, others: [] });
  // The answer is lost after it took effect: it is found, and not made anew.
  fake.fail(/POST .*objects\/contacts$/, "drop");
  expect(await call("createContact", joan)).toEqual({ contactId: "151" });
  expect(fake.contacts.size).toBe(1);
  expect((await call("findContacts", joan))["others"]).toEqual([
    {
      recordId: "151",
      contactId: "151",
      customerId: "95",
      name: "Joan E Clarke",
      matchedBy: "email",
    },
  ]);
  const got = await call("getContact", { contactId: "151" });
  expect(got).toMatchObject({ contactId: "151", customerId: "95", name: "Joan E Clarke" });
  expect(got["optedOut"]).toBe(false);
  await call("optOutContact", { contactId: "151" });
  expect((await call("getContact", { contactId: "151" }))["optedOut"]).toBe(true);
  expect(await call("getContact", { contactId: "999" })).toMatchObject({
    class: "business",
    code: "crm-record-missing",
  });
  // One without an address has nothing to opt out of.
  fake.contacts.set("7", { id: "7", properties: { email: null } });
  const before = fake.count(/unsubscribe-all/);
  expect(await call("optOutContact", { contactId: "7" })).toEqual({ contactId: "7" });
  expect(fake.count(/unsubscribe-all/)).toBe(before);
});

test.each([
  ["contact.propertyChange", { objectId: 151 }],
  ["contact.deletion", { objectId: 151 }],
  ["contact.associationChange", { fromObjectId: 151, toObjectId: 95 }],
])("HubSpot: %s is news of the contact", async (subscriptionType, ids) => {
  const { fake, serving } = await openHubSpot();
  const path = "/webhooks/hubspot/events";
  const event = { eventId: 1, subscriptionType, occurredAt: Date.now(), ...ids };
  const { body, headers } = fake.post(`${serving.url}${path}`, [event], Date.now());
  expect((await fetch(`${serving.url}${path}`, { method: "POST", body, headers })).status).toBe(
    200,
  );
  const [row] = await serving.store.read.messages({ limit: 10 });
  const told = await serving.store.read.message(row?.id ?? "");
  expect(told?.message).toMatchObject({ type: "crm.contact.changed", data: { contactId: "151" } });
});

test("Request Tracker: a person is read with its customer and its wishes, and marked as a contact", async () => {
  const { call, fake } = await openRequestTracker();
  fake.enter(
    "joan",
    { RealName: "Joan Clarke", EmailAddress: "Joan@Hut8.example" },
    { "Customer Code": "95", "No Marketing": "yes" },
  );
  expect(await call("getContact", { supportId: "joan" })).toMatchObject({
    supportId: "joan",
    customerId: "95",
    name: "Joan Clarke",
    email: "joan@hut8.example",
    active: true,
    optedOut: true,
  });
  await call("linkContact", { contactId: "151", supportId: "joan" });
  expect(fake.users.get("joan")?.fields.get("Contact Code")).toBe("151");
  expect(await call("getContact", { supportId: "nobody" })).toMatchObject({
    code: "support-record-missing",
  });
});

test("Request Tracker: people that changed are asked for, customers and our own writes left out", async () => {
  const fake = new RequestTracker();
  fake.enter("joan", {}, {});
  fake.enter("customer-95", {}, {});
  fake.enter("ours", { LastUpdatedBy: { id: "integration", type: "user" } }, {});
  const { serving } = await openRequestTracker(fake, (text) =>
    text.replaceAll(/every: \d+m/g, "every: 100ms"),
  );
  const told = async () => {
    const rows = await serving.store.read.messages({ type: "support.contact.changed" });
    const all = await Promise.all(rows.map(({ id }) => serving.store.read.message(id)));
    return all.map((row) => row?.message.data);
  };
  await expect.poll(told, { timeout: 10_000 }).toEqual([{ supportId: "joan" }]);
});

test("Business Central: a person is of the company that its customer is there, moves, and leaves", async () => {
  const { call, fake } = await openBusinessCentral();
  for (const customerId of ["001globex", "001initech"]) {
    await call("createCustomer", customerOf(customerId, customerId));
  }
  const { contacts = [], contactPreferences = [] } = fake.tables;
  expect(await call("findContacts", ada)).toEqual({ known: null, others: [] });
  fake.fail(/POST .*\/contacts$/, "drop");
  const { erpId } = await call("createContact", ada);
  expect(contacts).toMatchObject([
    { id: erpId, number: "003ADA", type: "Person", companyNumber: "CT001GLOBEX", email: ada.email },
  ]);
  expect(await call("findContacts", ada)).toEqual({ known: erpId, others: [] });
  // Somebody else with the same address, at another customer: no word of whose it is.
  const other = { ...ada, contactId: "003other", customerId: "001initech" };
  expect((await call("findContacts", other))["others"]).toEqual([
    {
      recordId: erpId,
      contactId: ada.contactId,
      customerId: null,
      name: ada.name,
      matchedBy: "email",
    },
  ]);
  // Nothing differs, so nothing is written.
  const writes = () => fake.count(/^PATCH .*\/(contacts|contactPreferences)\(/);
  await call("updateContact", ada);
  expect(writes()).toBe(0);
  await call("updateContact", { ...ada, customerId: "001initech", phone: "1", optedOut: true });
  expect(contacts).toMatchObject([{ companyNumber: "CT001INITECH", phoneNumber: "1" }]);
  expect(contactPreferences).toMatchObject([{ id: erpId, excludeFromSegment: true }]);
  expect(writes()).toBe(2);
  expect(await call("endContact", { contactId: ada.contactId })).toEqual({
    contactId: ada.contactId,
    erpId,
  });
  expect(contacts.map((row) => row["privacyBlocked"])).toEqual([true]);
  // Somebody that people entered is taken over as it is.
  contacts.push({ id: "by-hand", number: "CT10", displayName: "Bob", companyNumber: "CT10" });
  expect(await call("adoptContact", { contactId: "003bob", erpId: "by-hand" })).toEqual({
    contactId: "003bob",
    erpId: "by-hand",
  });
});
