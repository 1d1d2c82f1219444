import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { estateFor, hmac, receiverFor, send, supportClient } from "./clients.ts";

const lumen = {
  name: "Lumen",
  external_id: "001A",
  organization_fields: { sla_tier: "gold", entitlement_plan: "platform-annual", other: "x" },
};

test("support wants user and token", async () => {
  const estate = await estateFor();
  const bare = await send(`${estate.urls.support}/api/v2/tickets.json`, { method: "GET" });
  expect(bare).toMatchObject({ status: 401, body: { error: "Couldn't authenticate you" } });
});

describe("an organization", () => {
  test("is made once by external id, and keeps fields it knows", async () => {
    const estate = await estateFor();
    const support = supportClient(estate);
    const path = "/organizations/create_or_update.json";
    const made = await support("POST", path, { organization: lumen });
    expect(made).toMatchObject({
      status: 201,
      body: { organization: { organization_fields: { sla_tier: "gold", contract: null } } },
    });
    expect(made.body.organization).not.toHaveProperty("organization_fields.other");
    const fields = { external_id: "001A", organization_fields: { contract: "CT-1" } };
    const changed = await support("POST", path, { organization: fields });
    expect(changed).toMatchObject({
      status: 200,
      body: { organization: { organization_fields: { sla_tier: "gold", contract: "CT-1" } } },
    });
    const { body } = await support("GET", "/organizations/search.json?external_id=001A");
    expect(body).toMatchObject({ count: 1, organizations: [{ id: made.body.organization.id }] });
    expect(estate.ledger.effects({ reference: "001A" }).map((row) => row.effect)).toEqual([
      "organization.created",
      "organization.updated",
    ]);
  });

  test("is refused when its name is taken or blank", async () => {
    const estate = await estateFor();
    const support = supportClient(estate);
    await support("POST", "/organizations.json", { organization: lumen });
    const twice = await support("POST", "/organizations", { organization: { name: "Lumen" } });
    expect(twice).toMatchObject({
      status: 422,
      body: { error: "RecordInvalid", details: { name: [{ error: "DuplicateValue" }] } },
    });
    const blank = await support("POST", "/organizations", { organization: { notes: "x" } });
    expect(blank).toMatchObject({ body: { details: { name: [{ error: "BlankValue" }] } } });
  });

  test("comes in pages by cursor", async () => {
    const estate = await estateFor();
    const support = supportClient(estate);
    for (const name of ["A", "B", "C"]) {
      await support("POST", "/organizations", { organization: { name } });
    }
    const { body: first } = await support("GET", "/organizations?page[size]=2");
    expect(first).toMatchObject({ organizations: { length: 2 }, meta: { has_more: true } });
    const { after_cursor } = first.meta;
    const path = `/organizations?page[size]=2&page[after]=${after_cursor}`;
    const { body: rest } = await support("GET", path);
    expect(rest).toMatchObject({ organizations: [{ name: "C" }], meta: { has_more: false } });
  });
});

describe("a person", () => {
  test("has one address, and comes in the order of changes, by cursor", async () => {
    const clock = new VirtualClock();
    const estate = await estateFor({ clock });
    const support = supportClient(estate);
    const { person } = estate;
    const ids = ["a", "b", "c"].map(
      (name) => person.writeToSupport({ name, email: `${name}@lumen.example` }).id,
    );
    await clock.advance(1_000);
    person.changeSupportUser(ids[0] ?? 0, { suspended: true });
    const { body: first } = await support(
      "GET",
      "/incremental/users/cursor.json?start_time=0&per_page=2",
    );
    expect(first).toMatchObject({ users: [{ name: "b" }, { name: "c" }], end_of_stream: false });
    const { after_cursor: cursor } = first as unknown as { after_cursor: string };
    const { body: rest } = await support("GET", `/incremental/users/cursor?cursor=${cursor}`);
    expect(rest).toMatchObject({ users: [{ name: "a", suspended: true }], end_of_stream: true });
    const put = async (user: object) => support("PUT", `/users/${ids[0]}`, { user });
    expect(await put({ email: "b@lumen.example" })).toMatchObject({
      status: 422,
      body: { details: { email: [{ error: "DuplicateValue" }] } },
    });
    expect(await put({ user_fields: { no_marketing: true, other: "x" } })).toMatchObject({
      body: { user: { user_fields: { no_marketing: true } } },
    });
    expect(await support("GET", "/users/1")).toMatchObject({ status: 404 });
    expect((await support("GET", "/users")).body).toMatchObject({ users: { length: 3 } });
  });
});

describe("a ticket", () => {
  const ticket = { subject: "No data", comment: { body: "Since noon" }, external_id: "T-1" };

  test("is made once for one idempotency key", async () => {
    const estate = await estateFor();
    const support = supportClient(estate, { "idempotency-key": "key-1" });
    const first = await support("POST", "/tickets.json", { ticket });
    const again = await support("POST", "/tickets.json", { ticket });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("x-idempotency-lookup")).toBe("hit");
    const other = await support("POST", "/tickets.json", { ticket: { ...ticket, subject: "x" } });
    expect(other.status).toBe(400);
    expect(estate.ledger.count({ effect: "ticket.created" })).toBe(1);
    const { body } = await support("GET", "/search.json?query=external_id:T-1%20type:ticket");
    expect(body).toMatchObject({ count: 1 });
  });

  test("changes safely only for who read the latest", async () => {
    const clock = new VirtualClock();
    const estate = await estateFor({ clock });
    const support = supportClient(estate);
    const { body: made } = await support("POST", "/tickets", { ticket });
    const path = `/tickets/${made.ticket.id}.json`;
    await clock.advance(1000);
    const change = {
      priority: "high",
      custom_fields: [{ id: 360_001, value: "SO-1" }],
      safe_update: true,
      updated_stamp: made.ticket.updated_at,
    };
    expect((await support("PUT", path, { ticket: change })).status).toBe(200);
    const stale = await support("PUT", path, { ticket: change });
    expect(stale).toMatchObject({ status: 409, body: { error: "UpdateConflict" } });
    const wrong = await support("PUT", path, { ticket: { priority: "loud" } });
    expect(wrong.status).toBe(422);
  });

  test("is found by what changed since", async () => {
    const clock = new VirtualClock();
    const estate = await estateFor({ clock });
    const support = supportClient(estate);
    for (const subject of ["a", "b", "c"]) estate.person.openTicket({ subject });
    await clock.advance(5_000);
    estate.person.changeTicket(5_001, { priority: "urgent" });
    const start = Math.floor(clock.now() / 1000) - 1;
    const path = "/incremental/tickets/cursor.json";
    const { body: changed } = await support("GET", `${path}?start_time=${start}`);
    expect(changed).toMatchObject({ tickets: [{ id: 5_001 }], end_of_stream: true });
    const { body: page } = await support("GET", `${path}?start_time=0&per_page=2`);
    expect(page).toMatchObject({ tickets: [{ id: 5_002 }, { id: 5_003 }], end_of_stream: false });
    const { body: rest } = await support("GET", `${path}?cursor=${page.after_cursor}`);
    expect(rest).toMatchObject({ tickets: [{ id: 5_001 }], end_of_stream: true });
  });

  test("sends signed events for what changed, with the ticket as it is", async () => {
    const estate = await estateFor();
    const receiver = await receiverFor();
    const support = supportClient(estate);
    await support("POST", "/organizations", { organization: lumen });
    estate.webhooks.to("support", receiver.url);
    const { id } = estate.person.openTicket({ subject: "No data", accountId: "001A" });
    estate.person.changeTicket(id, { priority: "urgent", claimAmount: "120.00" });
    await estate.webhooks.idle();
    const [created, priority, claim] = receiver.received;
    expect(created?.body).toMatchObject({
      type: "zen:event-type:ticket.created",
      subject: `zen:ticket:${id}`,
      detail: { id: String(id), organization_id: "7000001", status: "NEW", version: 1 },
    });
    expect(priority?.body).toMatchObject({
      type: "zen:event-type:ticket.priority_changed",
      event: { previous: "NORMAL", current: "URGENT" },
      detail: { priority: "URGENT", version: 2 },
    });
    expect(claim?.body).toMatchObject({ event: { field: { id: 360_004 }, current: "120.00" } });
    const time = String(created?.headers["x-zendesk-webhook-signature-timestamp"]);
    const secret = estate.environment()["SUPPORT_WEBHOOK_SECRET"];
    expect(created?.headers["x-zendesk-webhook-signature"]).toBe(
      hmac(secret, `${time}${created?.text}`, "base64"),
    );
  });
});
