import { expect, test } from "vitest";
import { json } from "../channels/partner.ts";
import { day, signed, world as anyWorld } from "./vendors-world.ts";

/** Vendors of forms, JSON-RPC, cursors of every kind and signatures of their own, by YAML alone. */

const world = async (name: string, answer: Parameters<typeof anyWorld>[1]) =>
  anyWorld(name, answer, "more-vendors");
const asJson = { "content-type": "application/json" };
const refs = (...ids: readonly string[]) => ({ refs: ids.map((id) => ({ id })) });

test("Twilio: forms out and in, a text found again, and a signature over address and fields", async () => {
  const texts: { readonly sid: string; readonly body: string; readonly to: string }[] = [];
  let isLost = true;
  const account = "/2010-04-01/Accounts/AC00000000000000000000000000000001";
  const { call, post, told, vendor } = await world("TWILIO", ({ body, method, url }, response) => {
    const { pathname, searchParams } = new URL(url, "http://a");
    expect(pathname).toBe(`${account}/Messages.json`);
    if (method === "GET") {
      const to = searchParams.get("To");
      if (to !== null)
        return json(response, 200, { messages: texts.filter((one) => one.to === to) });
      const second = searchParams.has("PageToken");
      const next_page_uri = second ? null : `${pathname}?PageSize=2&Page=1&PageToken=PASM2`;
      const messages = second ? [{ sid: "SM3" }] : [{ sid: "SM1" }, { sid: "SM2" }];
      return json(response, 200, { messages, next_page_uri, page_size: 2 });
    }
    const form = new URLSearchParams(body);
    expect(form.get("From")).toBe("+15005550006");
    const to = form.get("To") ?? "";
    const fail = (status: number, code: number, message: string) =>
      json(response, status, { code, message, more_info: `https://a/${code}`, status });
    if (to === "+15005550009")
      return fail(400, 21_614, `'To' number: ${to}, is not a mobile number`);
    texts.push({ sid: `SM9${texts.length}`, to, body: form.get("Body") ?? "" });
    if (isLost) {
      isLost = false;
      return response.destroy();
    }
    return json(response, 201, { sid: texts.at(-1)?.sid, status: "queued" });
  });
  const text = { to: "+15005550010", text: "INV-1 is due: 10 € & more", reference: "INV-1" };
  expect(await call("texts-send", text)).toMatchObject({ status: 200, body: { id: "SM90" } });
  expect(texts.map(({ body }) => body)).toEqual(["INV-1 is due: 10 € & more"]);
  expect(await call("texts-send", { ...text, to: "+15005550009" })).toMatchObject({
    body: {
      class: "business",
      code: "texts-refused",
      message: "'To' number: +15005550009, is not a mobile number",
    },
  });
  expect((await call("texts-listsent", day)).body).toEqual(refs("SM1", "SM2", "SM3"));
  expect(vendor.seen.find(({ url }) => url.includes("DateSent"))?.url).toContain(
    "DateSent%3E=2026-11-20",
  );

  const send = async (token: string, fields: Readonly<Record<string, string>>) => {
    const over = Object.keys(fields)
      .toSorted()
      .map((name) => `${name}${fields[name] ?? ""}`)
      .join("");
    const uri = "https://hooks.example.com/webhooks/twilio/messages";
    return post("/webhooks/twilio/messages", new URLSearchParams(fields).toString(), {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": signed(token, uri + over, "sha1").digest("base64"),
    });
  };
  const came = {
    MessageSid: "SM7",
    From: "+15005550010",
    To: "+15005550006",
    Body: "STOP & thanks",
  };
  expect((await send("another", came)).status).toBe(401);
  const answer = await send("twilio-canary", came);
  const twiml = `<?xml version="1.0" encoding="UTF-8"?>\n<Response></Response>`;
  expect(answer).toEqual({ status: 200, text: twiml });
  const failed = { MessageSid: "SM90", MessageStatus: "undelivered", ErrorCode: "30005" };
  await send("twilio-canary", failed);
  await send("twilio-canary", failed);
  await send("twilio-canary", { MessageSid: "SM90", MessageStatus: "sent" });
  expect(await told()).toEqual([
    {
      type: "texts.message.came",
      data: { id: "SM7", from: "+15005550010", text: "STOP & thanks" },
    },
    { type: "texts.message.failed", data: { id: "SM90", reason: "30005", final: true } },
  ]);
});

test("Paddle: minor units as texts, whole addresses, an end that was asked for twice", async () => {
  let isLost = true;
  let scheduled: object | null = null;
  const { call, post, told, vendor } = await world(
    "PADDLE",
    ({ headers, method, url }, response) => {
      expect(headers.authorization).toBe("Bearer paddle-canary");
      expect(headers["paddle-version"]).toBe("1");
      const { host = "" } = headers;
      const plan = (id: string) => ({
        data: { id, status: "active", customer_id: "ctm_1", scheduled_change: scheduled },
        meta: { request_id: "r" },
      });
      const fail = (status: number, code: string, detail: string) =>
        json(response, status, { error: { type: "request_error", code, detail }, meta: {} });
      if (url.startsWith("/transactions")) {
        const second = url.includes("after=");
        const paid = (id: string, grand_total: string, currency_code: string) => ({
          id,
          currency_code,
          details: { totals: { grand_total } },
        });
        const data = second
          ? [paid("txn_3", "5", "EUR")]
          : [paid("txn_1", "123456", "USD"), paid("txn_2", "900", "JPY")];
        const next = `http://${host}/transactions?status=completed&per_page=2&after=txn_2`;
        return json(response, 200, {
          data,
          meta: { pagination: { per_page: 2, next, has_more: !second } },
        });
      }
      const [, id = ""] = /^\/subscriptions\/(\w+)/.exec(url) ?? [];
      if (id === "sub_9") return fail(404, "entity_not_found", "Entity sub_9 not found");
      if (method === "GET") return json(response, 200, plan(id));
      if (scheduled !== null) {
        return fail(400, "subscription_locked_pending_changes", "There are changes scheduled");
      }
      scheduled = { action: "cancel", effective_at: "2026-12-01T00:00:00Z" };
      if (isLost) {
        isLost = false;
        return response.destroy();
      }
      return json(response, 200, plan(id));
    },
  );
  const ending = { id: "sub_1", customerId: "ctm_1", state: "ending" };
  expect(await call("plans-endplan", { id: "sub_1" })).toEqual({ status: 200, body: ending });
  expect(vendor.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
  // Asked once more, it is so already: what is there is looked up and adopted.
  expect(await call("plans-endplan", { id: "sub_1" })).toEqual({ status: 200, body: ending });
  expect(await call("plans-endplan", { id: "sub_9" })).toMatchObject({
    body: { code: "plan-missing", message: "Entity sub_9 not found" },
  });
  expect((await call("plans-listpaid", day)).body).toEqual({
    amounts: [
      { id: "txn_1", amount: "1234.56", currency: "USD" },
      { id: "txn_2", amount: "900", currency: "JPY" },
      { id: "txn_3", amount: "0.05", currency: "EUR" },
    ],
  });

  const body = JSON.stringify({
    event_id: "evt_1",
    event_type: "subscription.updated",
    occurred_at: new Date().toISOString(),
    notification_id: "ntf_1",
    data: {
      id: "sub_1",
      status: "active",
      customer_id: "ctm_1",
      scheduled_change: { action: "cancel" },
    },
  });
  const send = async (key: string, agoMs = 0) => {
    const ts = Math.floor((Date.now() - agoMs) / 1000);
    const h1 = signed(key, `${ts}:${body}`).digest("hex");
    // While the secret is being replaced, Paddle signs with both.
    const old = signed("old", `${ts}:${body}`).digest("hex");
    const signature = `ts=${ts};h1=${old};h1=${h1}`;
    return post("/webhooks/paddle/notifications", body, {
      ...asJson,
      "paddle-signature": signature,
    });
  };
  expect((await send("another")).status).toBe(401);
  expect((await send("paddle-secret", 3_600_000)).status).toBe(401);
  expect((await send("paddle-secret")).status).toBe(200);
  expect((await send("paddle-secret")).status).toBe(200);
  expect(await told()).toEqual([{ type: "plans.plan.changed", data: ending }]);
});

test("Odoo: a log-in's user and our password among the arguments, refusals in a 200, false for nothing", async () => {
  const orders: { readonly origin: string; state: string }[] = [];
  let user = 7;
  let isLost = true;
  interface Call {
    readonly params: {
      readonly service: string;
      readonly method: string;
      readonly args: readonly unknown[];
    };
  }
  const { call, vendor } = await world("ODOO", ({ body, method, url }, response) => {
    expect([method, url]).toEqual(["POST", "/jsonrpc"]);
    const { params } = JSON.parse(body) as Call;
    const answer = (result: unknown) => json(response, 200, { jsonrpc: "2.0", id: null, result });
    const fail = (name: string, message: string) =>
      json(response, 200, {
        jsonrpc: "2.0",
        id: null,
        error: {
          code: 200,
          message: "Odoo Server Error",
          data: { name, message, debug: "Traceback" },
        },
      });
    if (params.service === "common") {
      const [database, name, password] = params.args;
      return answer(
        database === "plant" && name === "sluice" && password === "odoo-canary" && user,
      );
    }
    const [database, uid, password, model, what, args, options] = params.args as [
      string,
      number,
      string,
      string,
      string,
      readonly unknown[],
      { readonly offset?: number },
    ];
    expect([database, password]).toEqual(["plant", "odoo-canary"]);
    if (uid !== user) return fail("odoo.exceptions.AccessDenied", "Access Denied");
    const part = (id: number, name: string) => ({
      id,
      default_code: id === 1 ? "TG11" : false,
      name,
      write_date: "2026-11-20 10:00:00",
      manufacturer_id: id === 1 ? [3, "Globex"] : false,
    });
    const domain = JSON.stringify(args);
    if (model === "product.product" && domain.includes("write_date")) {
      const offset = options.offset ?? 0;
      return answer([part(1, "Gear"), part(2, "Bolt"), part(3, "Nut")].slice(offset, offset + 2));
    }
    if (model === "product.product") {
      return answer(domain.includes("TG11") ? [{ id: 1, uom_id: [1, "Units"] }] : []);
    }
    if (what === "search") {
      const index = orders.findIndex(({ origin }) => domain.includes(`"${origin}"`));
      return answer(index < 0 ? [] : [100 + index]);
    }
    if (what === "action_confirm") {
      const [[id = 0]] = args as [readonly number[]];
      const order = orders[id - 100];
      if (order !== undefined) order.state = "confirmed";
      return answer(true);
    }
    const [values] = args as [{ readonly origin: string; readonly product_qty: number }];
    if (values.product_qty <= 0) {
      return fail("odoo.exceptions.ValidationError", "The quantity to produce must be positive!");
    }
    orders.push({ origin: values.origin, state: "draft" });
    if (isLost) {
      isLost = false;
      return response.destroy();
    }
    return answer(99 + orders.length);
  });
  const work = { reference: "WO-1", part: "TG11", quantity: "2.5" };
  expect(await call("plant-order", work)).toMatchObject({ status: 200, body: { id: "100" } });
  expect(orders).toEqual([{ origin: "WO-1", state: "confirmed" }]);
  expect(await call("plant-order", { ...work, reference: "WO-2", part: "TG99" })).toMatchObject({
    body: { class: "business", code: "product-unknown" },
  });
  expect(await call("plant-order", { ...work, reference: "WO-3", quantity: "0" })).toMatchObject({
    body: { code: "plant-refused", message: "The quantity to produce must be positive!" },
  });
  // Somebody gave our user another id: we log in anew, once.
  user = 8;
  const listed = await call("plant-listparts", day);
  const changedAt = "2026-11-20T10:00:00Z";
  expect(listed.body).toEqual({
    parts: [
      { id: "TG11", name: "Gear", maker: "Globex", changedAt },
      { id: "2", name: "Bolt", maker: null, changedAt },
      { id: "3", name: "Nut", maker: null, changedAt },
    ],
  });
  expect(vendor.seen.filter(({ body }) => body.includes('"login"'))).toHaveLength(2);
});

test("Recurly: pages from the root, the same key again, and a time in milliseconds", async () => {
  const charges = new Map<string, string>();
  let isLost = true;
  const { call, post, told } = await world(
    "RECURLY",
    ({ body, headers, method, url }, response) => {
      expect(headers.authorization).toBe(
        `Basic ${Buffer.from("recurly-canary:").toString("base64")}`,
      );
      expect(headers.accept).toBe("application/vnd.recurly.v2021-02-25");
      const vendorJson = { "content-type": "application/json; charset=utf-8" };
      const fail = (status: number, type: string, message: string, ...params: readonly object[]) =>
        json(response, status, { error: { type, message, params } }, vendorJson);
      if (method === "GET") {
        const second = url.includes("cursor=");
        const data = second ? [{ code: "c" }] : [{ code: "a" }, { code: "b" }];
        const next = second ? null : "/accounts?cursor=abc%3A1&limit=2";
        return json(response, 200, { object: "list", has_more: !second, next, data }, vendorJson);
      }
      if (method === "PUT") return fail(404, "not_found", "Couldn't find Subscription with id = 9");
      const { unit_amount } = JSON.parse(body) as { unit_amount: number };
      if (unit_amount > 1_000_000) {
        return fail(422, "validation", "Unit amount is too big", {
          param: "unit_amount",
          message: "is too big",
        });
      }
      const key = String(headers["idempotency-key"]);
      charges.set(key, charges.get(key) ?? `li${charges.size}`);
      if (isLost) {
        isLost = false;
        return response.destroy();
      }
      return json(response, 201, { id: charges.get(key), object: "line_item" }, vendorJson);
    },
  );
  const charge = { id: "acme", amount: "12.34", currency: "USD", reference: "Late fee" };
  expect(await call("dues-charge", charge)).toMatchObject({ status: 200, body: { id: "li0" } });
  expect(charges.size).toBe(1);
  expect(await call("dues-charge", { ...charge, amount: "2000000" })).toMatchObject({
    body: {
      class: "business",
      code: "dues-refused",
      message: "Unit amount is too big; unit_amount is too big",
    },
  });
  expect(await call("dues-endplan", { id: "9" })).toMatchObject({ body: { code: "plan-missing" } });
  expect((await call("dues-listaccounts", day)).body).toEqual(refs("a", "b", "c"));

  const body = JSON.stringify({
    id: "whk_1",
    object_type: "subscription",
    event_type: "canceled",
    event_time: "2026-11-20T10:00:00Z",
    uuid: "61a",
  });
  const send = async (key: string, agoMs = 0) => {
    const t = Date.now() - agoMs;
    const [old, now] = ["old", key].map((one) => signed(one, `${t}.${body}`).digest("hex"));
    return post("/webhooks/recurly/events", body, {
      ...asJson,
      "recurly-signature": `${t},${old},${now}`,
    });
  };
  expect((await send("another")).status).toBe(401);
  expect((await send("recurly-secret", 3_600_000)).status).toBe(401);
  expect((await send("recurly-secret")).status).toBe(200);
  expect(await told()).toEqual([
    { type: "dues.plan.changed", data: { id: "61a", state: "canceled" } },
  ]);
});

test("Freshdesk: the Link header, refusals by field, a limit's end, files of a reply, an automation", async () => {
  let isBusy = true;
  const { call, post, told, vendor } = await world(
    "FRESHDESK",
    ({ headers, method, url }, response) => {
      const { host = "" } = headers;
      expect(headers.authorization).toBe(
        `Basic ${Buffer.from("freshdesk-canary:").toString("base64")}`,
      );
      if (isBusy) {
        isBusy = false;
        return response.writeHead(429, { "retry-after": "0" }).end();
      }
      if (method === "GET") {
        const second = url.includes("&page=2");
        const link = `<http://${host}/api/v2/tickets?per_page=2&page=2>; rel="next"`;
        return json(
          response,
          200,
          second ? [{ id: 3 }] : [{ id: 1 }, { id: 2 }],
          second ? {} : { link },
        );
      }
      if (url.includes("/tickets/9/")) return response.writeHead(404).end();
      const errors = [
        { field: "attachments", message: "It should be less than 20 MB", code: "invalid_size" },
      ];
      if (url.includes("/tickets/8/")) {
        return json(response, 400, { description: "Validation failed", errors });
      }
      return json(response, 201, { id: 4711, ticket_id: 1 });
    },
  );
  expect((await call("helpdesk-listtickets", day)).body).toEqual(refs("1", "2", "3"));
  const files = ["a", "b"].map((name) => ({
    filename: `${name}.txt`,
    type: "text/plain",
    base64: Buffer.from(`text of ${name}`).toString("base64"),
  }));
  const reply = { id: "1", text: "Here they are.", files };
  expect(await call("helpdesk-reply", reply)).toMatchObject({ status: 200, body: { id: "4711" } });
  const { body = "", headers } = vendor.seen.at(-1) ?? {};
  const type = headers?.["content-type"] ?? "";
  const form = await new Response(body, { headers: { "content-type": type } }).formData();
  expect(form.get("body")).toBe("Here they are.");
  const sent = form.getAll("attachments[]") as readonly File[];
  expect(await Promise.all(sent.map(async (file) => [file.name, await file.text()]))).toEqual([
    ["a.txt", "text of a"],
    ["b.txt", "text of b"],
  ]);
  expect(await call("helpdesk-reply", { ...reply, files: [] })).toMatchObject({ status: 200 });
  expect(await call("helpdesk-reply", { ...reply, id: "8" })).toMatchObject({
    body: { code: "helpdesk-refused", message: "attachments: It should be less than 20 MB" },
  });
  expect(await call("helpdesk-reply", { ...reply, id: "9" })).toMatchObject({
    body: { code: "ticket-missing" },
  });

  const news = JSON.stringify({
    ticket_id: 1,
    ticket_status: "Closed",
    ticket_updated_at: "20 Nov 2026",
  });
  const send = async (token: string) =>
    post("/webhooks/freshdesk/automations", news, { ...asJson, "x-sluice-token": token });
  expect((await send("another")).status).toBe(401);
  expect((await send("freshdesk-hook")).status).toBeLessThan(300);
  expect(await told()).toEqual([
    { type: "helpdesk.ticket.changed", data: { id: "1", state: "closed" } },
  ]);
});

test("Pipedrive: cursors, success false, and news that tell our own writes from others'", async () => {
  const { call, post, told } = await world(
    "PIPEDRIVE",
    ({ body, headers, method, url }, response) => {
      expect(headers["x-api-token"]).toBe("pipedrive-canary");
      if (method === "GET") {
        const second = url.includes("cursor=");
        const data = second
          ? [{ id: 3, status: "lost" }]
          : [
              { id: 1, status: "open" },
              { id: 2, status: "won" },
            ];
        const next_cursor = second ? null : "eyJmaWVsZCI6ImlkIn0";
        return json(response, 200, { success: true, data, additional_data: { next_cursor } });
      }
      if (url.endsWith("/9")) {
        return json(response, 404, { success: false, error: "Deal not found", data: null });
      }
      const { status } = JSON.parse(body) as { status: string };
      return json(response, 200, { success: true, data: { id: 1, status } });
    },
  );
  const won = { id: "1", state: "won" };
  expect((await call("deals-setstate", won)).body).toEqual(won);
  expect(await call("deals-setstate", { id: "9", state: "won" })).toMatchObject({
    body: { class: "business", code: "opportunity-missing", message: "Deal not found" },
  });
  expect((await call("deals-listdeals", day)).body).toEqual({
    deals: [
      { id: "1", state: "open" },
      { id: "2", state: "won" },
      { id: "3", state: "lost" },
    ],
  });
  const send = async (password: string, meta: object, status = "won") =>
    post(
      "/webhooks/pipedrive/changes",
      JSON.stringify({
        data: { id: 1, status },
        previous: { status: "open" },
        meta: {
          action: "change",
          entity: "deal",
          entity_id: "1",
          timestamp: "2026-11-20T10:00:00.000Z",
          version: "2.0",
          attempt: 1,
          ...meta,
        },
      }),
      { ...asJson, authorization: `Basic ${Buffer.from(`hook:${password}`).toString("base64")}` },
    );
  const byPerson = { id: "n-1", user_id: 5, change_source: "app" };
  expect((await send("another", byPerson)).status).toBe(401);
  for (const attempt of [1, 2]) {
    expect((await send("pipedrive-hook", { ...byPerson, attempt })).status).toBeLessThan(300);
  }
  await send("pipedrive-hook", { id: "n-2", user_id: 77, change_source: "api" }, "lost");
  await send("pipedrive-hook", { id: "n-3", user_id: 5, change_source: "app", entity: "person" });
  expect(await told()).toEqual([{ type: "deals.deal.changed", data: won }]);
  // Without what a condition reads, the answer says where it stands, and nothing of what came.
  const odd = await post(
    "/webhooks/pipedrive/changes",
    '{"meta":{"id":"canary","timestamp":"2026-11-20T10:00:00Z"}}',
    {
      ...asJson,
      authorization: `Basic ${Buffer.from("hook:pipedrive-hook").toString("base64")}`,
    },
  );
  expect(odd.status).toBe(422);
  expect(odd.text).toContain("the body cannot be read: `$body.meta.user_id` is not there");
  expect(odd.text).not.toContain("canary");
});

test("Microsoft Graph: a token to repeat, a word in each notification, next links and a file's bytes", async () => {
  const subscriptions: { readonly id: string; readonly notificationUrl: string }[] = [];
  let isLost = true;
  const bytes = Buffer.from([0xff, 0xd8, 0x00, 0x0a, 0xc3]);
  const { call, post, told } = await world("GRAPH", ({ body, headers, method, url }, response) => {
    const { host = "" } = headers;
    const { pathname, searchParams } = new URL(url, `http://${host}`);
    if (pathname.endsWith("/oauth2/v2.0/token")) {
      const form = new URLSearchParams(body);
      expect(pathname).toBe("/0a1b2c3d-0000-4000-8000-000000000001/oauth2/v2.0/token");
      expect([form.get("client_secret"), form.get("scope")]).toEqual([
        "graph-canary",
        "https://graph.microsoft.com/.default",
      ]);
      return json(response, 200, {
        token_type: "Bearer",
        expires_in: 3599,
        access_token: "graph-1",
      });
    }
    expect(headers.authorization).toBe("Bearer graph-1");
    const fail = (status: number, code: string, message: string) =>
      json(response, status, { error: { code, message, innerError: {} } });
    if (pathname === "/v1.0/subscriptions") {
      if (method === "GET") return json(response, 200, { value: subscriptions });
      const wish = JSON.parse(body) as {
        readonly notificationUrl: string;
        readonly resource: string;
      };
      expect(wish.resource).toBe("/users/orders@example.com/messages");
      if (!wish.notificationUrl.startsWith("https:")) {
        return fail(400, "ValidationError", "Notification endpoint must use https.");
      }
      const one = { id: `s-${subscriptions.length}`, notificationUrl: wish.notificationUrl };
      subscriptions.push(one);
      if (isLost) {
        isLost = false;
        return response.destroy();
      }
      return json(response, 201, one);
    }
    expect(decodeURIComponent(pathname)).toMatch(/^\/v1\.0\/users\/orders@example\.com\/messages/);
    if (pathname.endsWith("/$value")) {
      if (pathname.includes("/messages/m9/")) return fail(404, "ErrorItemNotFound", "It is gone.");
      return response.writeHead(200, { "content-type": "image/jpeg" }).end(bytes);
    }
    const second = searchParams.has("$skip");
    const next = `http://${host}${pathname}?$select=id&$top=2&$skip=2`;
    const value = second ? [{ id: "m3" }] : [{ id: "m1" }, { id: "m2" }];
    return json(response, 200, second ? { value } : { value, "@odata.nextLink": next });
  });
  const there = {
    url: "https://hooks.example.com/g",
    until: "2026-11-22T00:00:00Z",
    word: "graph-state",
  };
  expect((await call("mailbox-listen", there)).body).toEqual({ id: "s-0" });
  expect(subscriptions).toHaveLength(1);
  expect(
    await call("mailbox-listen", { ...there, url: "http://hooks.example.com/g" }),
  ).toMatchObject({
    body: { code: "mailbox-refused", message: "Notification endpoint must use https." },
  });
  expect((await call("mailbox-listmails", day)).body).toEqual(refs("m1", "m2", "m3"));
  expect((await call("mailbox-fetchfile", { id: "m1", file: "a=1" })).body).toEqual({
    type: "image/jpeg",
    base64: bytes.toString("base64"),
  });
  expect(await call("mailbox-fetchfile", { id: "m9", file: "a" })).toMatchObject({
    body: { code: "mail-missing", message: "It is gone." },
  });

  const hook = "/webhooks/microsoft-graph/mails";
  const asked = await post(`${hook}?validationToken=Validation%3A%20a%2Bb`, "", {
    "content-type": "text/plain; charset=utf-8",
  });
  expect(asked).toEqual({ status: 200, text: "Validation: a+b" });
  const note = (id: string, clientState: unknown, changeType = "created") => ({
    subscriptionId: "s-0",
    clientState,
    changeType,
    resource: `Users/x/Messages/${id}`,
    resourceData: { "@odata.type": "#Microsoft.Graph.Message", id },
  });
  const send = async (...value: readonly object[]) => post(hook, JSON.stringify({ value }), asJson);
  // One that does not repeat our word spoils the body: it is not of the vendor.
  for (const wrong of ["another", "", null, 7, ["graph-state"]]) {
    expect((await send(note("m1", "graph-state"), note("m2", wrong))).status).toBe(401);
  }
  const { clientState: _, ...silent } = note("m1", "");
  expect((await send(silent)).status).toBe(401);
  expect((await send()).status).toBe(401);
  expect(await told()).toEqual([]);
  const body = [
    note("m1", "graph-state"),
    note("m2", "graph-state", "deleted"),
    note("m3", "graph-state"),
  ];
  expect((await send(...body)).status).toBe(202);
  expect((await send(...body)).status).toBe(202);
  expect(await told()).toEqual(
    ["m1", "m3"].map((id) => ({ type: "mailbox.mail.came", data: { id } })),
  );
});
