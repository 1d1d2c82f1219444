import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { json, type Seen } from "../channels/partner.ts";
import { day, secrets, signed, world as anyWorld } from "./vendors-world.ts";

/**
 * Vendors whose news go on by their own word (a delta link, a queue), whose bodies carry our key, whose
 * times have no zone: by YAML alone.
 */

const world = async (name: string, answer: Parameters<typeof anyWorld>[1]) =>
  anyWorld(name, answer, "further-vendors");
const sentBy = ({ body }: Seen): unknown => JSON.parse(body);
const within = { timeout: 15_000 };
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;

test("Dynamics 365 Sales: changes by a delta link, with deleted rows, and all anew when it is too old", async () => {
  const etag = (version: number) => ({ "@odata.etag": `W/"${version}"` });
  const accounts = new Map([
    ["a-1", { ...etag(1), accountid: "a-1", name: "Globex", statecode: 0 }],
    ["a-2", { ...etag(1), accountid: "a-2", name: "Initech", statecode: 0 }],
    ["a-3", { ...etag(1), accountid: "a-3", name: "Hooli", statecode: 0 }],
  ]);
  let news: object[] = [];
  let version = 1;
  let oldest = 1;
  const { told, vendor } = await world("DYNAMICS", (seen, response: ServerResponse) => {
    if (seen.url.includes("/oauth2/")) {
      return json(response, 200, { access_token: "token", token_type: "Bearer", expires_in: 3599 });
    }
    const at = new URL(seen.url, vendor.url);
    const link = (query: string) => `${vendor.url}/api/data/v9.2/accounts?${query}`;
    const delta = { "@odata.deltaLink": link(`$select=name&$deltatoken=${version}%2108%2f22`) };
    const token = /^(\d+)!/.exec(at.searchParams.get("$deltatoken") ?? "")?.[1];
    if (token !== undefined) {
      if (Number(token) < oldest) {
        const error = {
          code: "0x80044352",
          message: "Version stamp associated with the client has expired.",
        };
        return json(response, 400, { error });
      }
      const value = Number(token) < version ? news : [];
      return json(response, 200, { ...delta, value });
    }
    expect(seen.headers["prefer"]).toContain("odata.track-changes");
    const rows = [...accounts.values()];
    return at.searchParams.get("$skiptoken") === "2"
      ? json(response, 200, { ...delta, value: rows.slice(2) })
      : json(response, 200, { value: rows.slice(0, 2), "@odata.nextLink": link("$skiptoken=2") });
  });
  const states = async () =>
    (await told()).map(({ data }) => Object.values(data as object).join(" "));
  await expect.poll(states, within).toEqual(["a-1 active", "a-2 active", "a-3 active"]);
  // One was changed, one is gone: that is all that the next round brings.
  version = 2;
  accounts.set("a-2", { ...etag(2), accountid: "a-2", name: "Initech", statecode: 1 });
  accounts.delete("a-3");
  const gone = { "@odata.context": "…#accounts/$deletedEntity", id: "a-3", reason: "deleted" };
  news = [accounts.get("a-2") ?? {}, gone];
  await expect.poll(states, within).toHaveLength(5);
  expect((await states()).slice(3)).toEqual(["a-2 inactive", "a-3 deleted"]);
  // The link is too old: everything is read again, and what is known already is told no more.
  version = 3;
  oldest = 3;
  accounts.set("a-4", { ...etag(3), accountid: "a-4", name: "Umbrella", statecode: 0 });
  await expect.poll(states, within).toHaveLength(6);
  expect((await states()).at(-1)).toBe("a-4 active");
});

test("Dynamics 365 Sales: a version guards a deal, and a lead's id stands in a header", async () => {
  let etag = 1;
  const leads: string[] = [];
  const id = "7d577253-3ef0-4a0a-bb7f-8335c2596e70";
  const { call, vendor } = await world("DYNAMICS", (seen, response: ServerResponse) => {
    if (seen.url.includes("/oauth2/")) {
      return json(response, 200, { access_token: "token", token_type: "Bearer", expires_in: 3599 });
    }
    if (seen.url.includes("/accounts")) return json(response, 200, { value: [] });
    if (seen.url.includes("/leads") && seen.method === "GET") {
      return json(response, 200, { value: leads.map((leadid) => ({ leadid })) });
    }
    if (seen.url.includes("/leads")) {
      leads.push(id);
      return void response.destroy();
    }
    if (seen.method === "GET")
      return json(response, 200, { "@odata.etag": `W/"${etag}"`, stepname: "a" });
    if (seen.headers["if-match"] !== `W/"${etag}"` || etag === 1) {
      etag = 2;
      const error = {
        code: "0x80060882",
        message: "The version of the existing record doesn't match",
      };
      return json(response, 412, { error });
    }
    response.writeHead(204, {
      "odata-entityid": `${vendor.url}/api/data/v9.2/opportunities(${id})`,
    });
    return void response.end();
  });
  expect(await call("sales-closedeal", { id, state: "won" })).toEqual({
    status: 200,
    body: { id },
  });
  const writes = vendor.seen.filter(({ method }) => method === "PATCH");
  expect(writes.map(({ headers }) => headers["if-match"])).toEqual(['W/"1"', 'W/"2"']);
  // Made, and the answer lost: it is found and not made anew.
  expect(await call("sales-createlead", { id: "O'Neil", text: "wants tea" })).toEqual({
    status: 200,
    body: { id },
  });
  expect(leads).toHaveLength(1);
  expect(
    vendor.seen.some(({ url }) => decodeURIComponent(url).includes("subject eq 'O''Neil'")),
  ).toBe(true);
});

test("Square: our key in the body, the same after a lost answer; a version guards an invoice", async () => {
  const payments = new Map<string, string>();
  let lost = true;
  let version = 1;
  const { call, post, told, vendor } = await world("SQUARE", (seen, response: ServerResponse) => {
    const at = new URL(seen.url, "http://square").pathname;
    if (at === "/v2/payments") {
      const { idempotency_key: key, amount_money } = sentBy(seen) as {
        idempotency_key: string;
        amount_money: object;
      };
      expect(key.length).toBeLessThanOrEqual(45);
      expect(amount_money).toEqual({ amount: 1250, currency: "EUR" });
      if (!payments.has(key)) payments.set(key, `p-${payments.size + 1}`);
      if (lost) {
        lost = false;
        return void response.destroy();
      }
      return json(response, 200, { payment: { id: payments.get(key) } });
    }
    if (at === "/v2/orders/search") {
      const { cursor } = sentBy(seen) as { cursor: string | null };
      return json(
        response,
        200,
        cursor === "c-2"
          ? { order_entries: [{ order_id: "o-3", version: 1 }] }
          : { order_entries: [{ order_id: "o-1" }, { order_id: "o-2" }], cursor: "c-2" },
      );
    }
    if (at.endsWith("/publish")) {
      const given = sentBy(seen) as { idempotency_key: string; version: number };
      if (given.version === 1) {
        version = 2;
        const error = {
          category: "INVALID_REQUEST_ERROR",
          code: "VERSION_MISMATCH",
          detail: "stale",
        };
        return json(response, 409, { errors: [error] });
      }
      expect(given).toEqual({ idempotency_key: uuid, version: 2 });
      return json(response, 200, { invoice: { id: "inv:1", version: 3, status: "UNPAID" } });
    }
    return json(response, 200, { invoice: { id: "inv:1", version, status: "DRAFT" } });
  });
  const charge = { id: "42", amount: "12.50", currency: "EUR" };
  expect(await call("till-charge", charge)).toEqual({ status: 200, body: { id: "p-1" } });
  expect(payments.size).toBe(1);
  expect(vendor.seen.filter(({ url }) => url === "/v2/payments")).toHaveLength(2);
  expect(await call("till-publish", { id: "inv:1" })).toEqual({
    status: 200,
    body: { id: "inv:1", state: "unpaid" },
  });
  expect((await call("till-listorders", day)).body["refs"]).toEqual([
    { id: "o-1" },
    { id: "o-2" },
    { id: "o-3" },
  ]);
  const body = JSON.stringify({
    merchant_id: "M",
    type: "invoice.payment_made",
    event_id: "e-1",
    created_at: "2026-11-20T09:30:00.123Z",
    data: { type: "invoice", id: "inv:1", object: { invoice: { id: "inv:1", status: "PAID" } } },
  });
  const hook = "https://hooks.example.com/webhooks/square/events";
  const header = signed(secrets["SQUARE_SIGNATURE_KEY"] ?? "", `${hook}${body}`).digest("base64");
  const headers = (signature: string) => ({
    "x-square-hmacsha256-signature": signature,
    "content-type": "application/json",
  });
  expect((await post("/webhooks/square/events", body, headers(header))).status).toBe(200);
  const forged = signed("other", `${hook}${body}`).digest("base64");
  expect((await post("/webhooks/square/events", body, headers(forged))).status).toBe(401);
  expect(await told()).toEqual([
    { type: "till.invoice.changed", data: { id: "inv:1", state: "paid" } },
  ]);
});

test("Exact Online: a clock of Amsterdam without a zone, a token that is replaced, a part of a body that is signed", async () => {
  let refresh = 0;
  const { call, post, told, vendor } = await world("EXACT", (seen, response: ServerResponse) => {
    if (seen.url === "/api/oauth2/token") {
      const given = new URLSearchParams(seen.body).get("refresh_token");
      if (given !== `exact-refresh-${refresh}`)
        return json(response, 400, { error: "invalid_grant" });
      refresh += 1;
      return json(response, 200, {
        access_token: "t",
        token_type: "bearer",
        expires_in: "600",
        refresh_token: `exact-refresh-${refresh}`,
      });
    }
    const at = new URL(seen.url, "http://exact");
    const row = (id: string, number: number, modified: string) => ({
      InvoiceID: id,
      InvoiceNumber: number,
      DueDate: `/Date(${Date.parse("2026-12-20T00:00:00Z")})/`,
      Modified: `/Date(${Date.parse(modified)})/`,
      AmountDC: 121.5,
    });
    const next = `${vendor.url}${at.pathname}?$skiptoken=guid'i-1'`;
    const headers = { "x-ratelimit-minutely-remaining": "59" };
    return at.search.includes("skiptoken")
      ? json(
          response,
          200,
          { d: { results: [row("i-2", 26002, "2026-07-01T10:00:00Z")] } },
          headers,
        )
      : json(
          response,
          200,
          { d: { results: [row("i-1", 26001, "2026-11-20T10:00:00Z")], __next: next } },
          headers,
        );
  });
  const listed = await call("books-listinvoices", day);
  // Ten in the morning there: an hour before UTC in winter, two in summer.
  expect(listed).toEqual({
    status: 200,
    body: {
      invoices: [
        {
          id: "i-1",
          number: "26001",
          dueOn: "2026-12-20",
          changedAt: "2026-11-20T09:00:00Z",
          total: "121.50",
        },
        {
          id: "i-2",
          number: "26002",
          dueOn: "2026-12-20",
          changedAt: "2026-07-01T08:00:00Z",
          total: "121.50",
        },
      ],
    },
  });
  expect(refresh).toBe(1);
  const content =
    '{"Topic":"SalesInvoices","ClientId":"c","Division":123456,"Action":"Update","Key":"i-1","ExactOnlineEndpoint":"https://start.exactonline.nl/api/v1/123456/salesinvoice/SalesInvoices(guid\'i-1\')","EventCreatedOn":"2026-11-20T10:00:00.3"}';
  const hash = createHmac("sha256", secrets["EXACT_WEBHOOK_SECRET"] ?? "")
    .update(content)
    .digest("hex")
    .toUpperCase();
  const send = async (body: string) =>
    (await post("/webhooks/exact-online/events", body, { "content-type": "application/json" }))
      .status;
  const genuine = `{"Content":${content},"HashCode":"${hash}"}`;
  expect(await send(genuine)).toBe(200);
  // What is signed stands there, and something else beside it that would be read in its place.
  const evil = content.replace("i-1", "i-9");
  expect(await send(genuine.replace(/\}$/, `,"Content":${evil}}`))).toBe(401);
  expect(await send(`{"Content":${evil},${genuine.slice(1)}`)).toBe(401);
  expect(await send(genuine.replaceAll("i-1", "i-9"))).toBe(401);
  expect(await told()).toEqual([
    { type: "books.invoice.changed", data: { id: "i-1", state: "update" } },
  ]);
});

test("SQS: messages are deleted once they are on disk, and come again where that was lost", async () => {
  interface Message {
    readonly MessageId: string;
    readonly Body: string;
  }
  const queue: Message[] = ["1", "2", "3"].map((id) => ({
    MessageId: `m-${id}`,
    Body: JSON.stringify({ orderId: id }),
  }));
  let lost = 1;
  let received = 0;
  const sent = new Map<string, string>();
  const { call, serving, told, vendor } = await world("SQS", (seen, response: ServerResponse) => {
    const action = String(seen.headers["x-amz-target"]);
    expect(seen.headers.authorization).toContain("/eu-central-1/sqs/aws4_request");
    if (action === "AmazonSQS.SendMessage") {
      const body = sentBy(seen) as { MessageDeduplicationId: string; MessageBody: string };
      sent.set(body.MessageDeduplicationId, body.MessageBody);
      return sent.size === 1 &&
        vendor.seen.filter(({ headers }) => headers["x-amz-target"] === action).length === 1
        ? void response.destroy()
        : json(response, 200, { MessageId: "s-1" });
    }
    if (action === "AmazonSQS.ReceiveMessage") {
      received += 1;
      const shown = queue
        .slice(0, 2)
        .map((one) => ({ ...one, ReceiptHandle: `${one.MessageId}/${received}` }));
      // An empty queue answers without the member.
      return json(response, 200, shown.length === 0 ? {} : { Messages: shown });
    }
    const { Entries } = sentBy(seen) as { Entries: { Id: string; ReceiptHandle: string }[] };
    expect(Entries.every(({ Id, ReceiptHandle }) => ReceiptHandle === `${Id}/${received}`)).toBe(
      true,
    );
    if (lost > 0) {
      lost -= 1;
      return void response.destroy();
    }
    for (const { Id } of Entries)
      queue.splice(
        queue.findIndex(({ MessageId }) => MessageId === Id),
        1,
      );
    return json(response, 200, { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] });
  });
  await expect.poll(() => queue.length, within).toBe(0);
  expect((await told()).map(({ data }) => (data as { id: string }).id)).toEqual(["1", "2", "3"]);
  const rows = await serving.store.read.messages({ limit: 10 });
  expect(rows.filter(({ type }) => type === "queue.order.placed")).toHaveLength(3);
  // A FIFO queue knows our key: the answer was lost, and it is there once.
  expect(await call("queue-send", { id: "g", text: "hello" })).toEqual({
    status: 200,
    body: { id: "s-1" },
  });
  expect([...sent.values()]).toEqual(["hello"]);
});

test("ServiceNow: texts and empty ones, UTC without saying so, a note found again, changes within one second", async () => {
  const notes: string[] = [];
  let incidents = ["1", "2", "3"].map((id) => ({
    sys_id: id,
    state: "1",
    sys_updated_on: "",
    sys_mod_count: "0",
  }));
  const now = () => new Date().toISOString().slice(0, 19).replace("T", " ");
  incidents = incidents.map((one) => ({ ...one, sys_updated_on: now() }));
  const { call, told, vendor } = await world("SERVICENOW", (seen, response: ServerResponse) => {
    const at = new URL(seen.url, vendor.url);
    if (at.pathname.endsWith("/sys_journal_field")) {
      return json(response, 200, { result: notes.map((_, index) => ({ sys_id: String(index) })) });
    }
    if (seen.method === "PATCH") {
      notes.push((sentBy(seen) as { work_notes: string }).work_notes);
      return notes.length === 1
        ? void response.destroy()
        : json(response, 200, { result: { sys_id: "46d" } });
    }
    if (at.pathname.endsWith("/incident/46d")) {
      const assigned = { link: `${vendor.url}/api/now/table/sys_user/5137`, value: "5137" };
      return json(response, 200, {
        result: {
          sys_id: "46d",
          number: "INC0010003",
          state: "6",
          opened_at: "2026-11-20 09:30:00",
          assigned_to: assigned,
        },
      });
    }
    if (at.pathname.endsWith("/incident/9")) {
      return json(response, 404, {
        error: { message: "No Record found", detail: "Record doesn't exist" },
        status: "failure",
      });
    }
    const query = at.searchParams.get("sysparm_query") ?? "";
    expect(query).toMatch(/^sys_updated_on>=\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\^ORDERBY/);
    const offset = Number(at.searchParams.get("sysparm_offset") ?? 0);
    const page = incidents.slice(offset, offset + 2);
    at.searchParams.set("sysparm_offset", String(offset + 2));
    const link =
      offset + 2 < incidents.length
        ? { link: `<${vendor.url}${at.pathname}${at.search}>;rel="next"` }
        : {};
    return json(response, 200, { result: page }, link);
  });
  expect((await call("desk-getincident", { id: "46d" })).body).toEqual({
    id: "46d",
    number: "INC0010003",
    state: "resolved",
    openedAt: "2026-11-20T09:30:00Z",
    assignee: "5137",
  });
  expect((await call("desk-getincident", { id: "9" })).body).toMatchObject({
    code: "case-missing",
  });
  expect((await call("desk-addnote", { id: "46d", text: "on it" })).body).toEqual({ id: "46d" });
  expect(notes).toEqual(["on it"]);
  const ids = async () => (await told()).map(({ data }) => Object.values(data as object).join(" "));
  await expect.poll(ids, within).toEqual(["1 open", "2 open", "3 open"]);
  // Changed again within the second that was told already: another count of changes, another fact.
  incidents = incidents.map((one) =>
    one.sys_id === "2" ? { ...one, state: "6", sys_mod_count: "1" } : one,
  );
  await expect.poll(ids, within).toEqual(["1 open", "2 open", "3 open", "2 resolved"]);
});

test("monday: errors in a 200, a budget that says when, further pages by another query", async () => {
  let busy = 1;
  const items: string[] = [];
  const { call, vendor } = await world("MONDAY", (seen, response: ServerResponse) => {
    expect([seen.headers.authorization, seen.headers["api-version"]]).toEqual([
      "monday-canary",
      "2026-10",
    ]);
    const { query, variables } = sentBy(seen) as {
      query: string;
      variables: Record<string, string>;
    };
    if (query.startsWith("mutation")) {
      if (variables["name"] === "bad") {
        const errors = [
          { message: "Board not found", extensions: { code: "InvalidBoardIdException" } },
        ];
        return json(response, 200, { data: {}, errors });
      }
      expect(JSON.parse(variables["values"] ?? "")).toEqual({ notes: { text: "tea" } });
      items.push("77");
      return void response.destroy();
    }
    if (query.includes("by_column_values")) {
      return json(response, 200, {
        data: { items_page_by_column_values: { items: items.map((id) => ({ id })) } },
      });
    }
    if (query.includes("next_items_page")) {
      expect(variables).toEqual({ cursor: "c-2" });
      return json(response, 200, {
        data: { next_items_page: { cursor: null, items: [{ id: "3" }] } },
      });
    }
    if (busy > 0) {
      busy -= 1;
      const extensions = {
        code: "COMPLEXITY_BUDGET_EXHAUSTED",
        complexity: 3000,
        retry_in_seconds: 1,
      };
      return json(response, 200, {
        errors: [{ message: "Complexity budget exhausted", extensions }],
      });
    }
    return json(response, 200, {
      data: { boards: [{ items_page: { cursor: "c-2", items: [{ id: "1" }, { id: "2" }] } }] },
    });
  });
  const before = Date.now();
  expect((await call("work-listitems", day)).body["refs"]).toEqual([
    { id: "1" },
    { id: "2" },
    { id: "3" },
  ]);
  expect(Date.now() - before).toBeGreaterThanOrEqual(1_000);
  expect(await call("work-additem", { id: "order 7", text: "tea" })).toEqual({
    status: 200,
    body: { id: "77" },
  });
  expect(items).toHaveLength(1);
  expect((await call("work-additem", { id: "bad", text: "tea" })).body).toEqual({
    class: "business",
    code: "work-refused",
    message: "Board not found",
  });
  expect(vendor.seen.every(({ url }) => url === "/v2")).toBe(true);
});
