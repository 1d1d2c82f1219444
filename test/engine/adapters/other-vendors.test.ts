import { expect, test } from "vitest";
import { json } from "../channels/partner.ts";
import { day, order, secrets, signed, world } from "./vendors-world.ts";

/** Vendors of other styles, each played by YAML and maps alone: requests, pages, refusals, webhooks. */

test("Shopify: pages in the Link header, refusals in a 200, and a signed order with its headers", async () => {
  const shopOrder = (id: number) => ({
    id,
    currency: "USD",
    total_price: "10.00",
    created_at: "2026-11-20T10:00:00-05:00",
    customer: { id: 7 },
  });
  let throttled = 1;
  const { call, post, told, vendor } = await world("SHOP", ({ body, url }, response) => {
    if (url.startsWith("/admin/api/2025-10/orders.json")) {
      const second = url.includes("page_info=p2");
      const link = `<http://127.0.0.1:${response.req.socket.localPort}/admin/api/2025-10/orders.json?limit=250&page_info=p2>; rel="next"`;
      json(response, 200, { orders: [shopOrder(second ? 2 : 1)] }, second ? {} : { link });
      return;
    }
    if (throttled > 0) {
      throttled -= 1;
      json(response, 200, {
        errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
      });
      return;
    }
    const bad = body.includes("LATE");
    const userErrors = bad
      ? [{ field: ["fulfillment"], message: "Fulfillment order is closed." }]
      : [];
    json(response, 200, { data: { fulfillmentCreate: { fulfillment: null, userErrors } } });
  });
  const listed = await call("shop-listorders", day);
  expect(listed.body["orders"]).toMatchObject([
    { orderId: "1", customerId: "7" },
    { orderId: "2" },
  ]);
  expect(vendor.seen[0]?.headers["x-shopify-access-token"]).toBe("shpat-canary");
  expect((await call("shop-marksent", { orderId: "1", tracking: "1Z" })).status).toBe(200);
  expect(await call("shop-marksent", { orderId: "1", tracking: "LATE" })).toEqual({
    status: 502,
    body: { class: "business", code: "shop-refused", message: "Fulfillment order is closed." },
  });

  // An id beyond 2^53, as the vendor's own example has it.
  const body = `{"id":820982911946154508,"currency":"USD","total_price":"388.00","created_at":"2026-11-20T23:30:00-05:00","updated_at":"2026-11-20T23:31:00-05:00","customer":{"id":115310627314723954},"line_items":[{"sku":"IPOD2008PINK","quantity":2,"price":"199.00","discount_allocations":[{"amount":"10.00"}]}]}`;
  const headers = {
    "content-type": "application/json",
    "x-shopify-topic": "orders/paid",
    "x-shopify-event-id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
    "x-shopify-triggered-at": "2026-11-21T04:31:00.123Z",
    "x-shopify-hmac-sha256": signed("shop-secret", body).digest("base64"),
  };
  const answers = [
    await post("/webhooks/shopify/orders", body, headers),
    await post("/webhooks/shopify/orders", body, headers),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const other = { ...headers, "x-shopify-topic": "orders/updated", "x-shopify-event-id": "2" };
  expect((await post("/webhooks/shopify/orders", body, other)).status).toBe(200);
  expect((await post("/webhooks/shopify/orders", `${body} `, headers)).status).toBe(401);
  expect(await told()).toEqual([
    {
      type: "shop.order.paid",
      data: {
        orderId: "820982911946154508",
        customerId: "115310627314723954",
        currency: "USD",
        total: "388.00",
        orderedOn: "2026-11-20",
        lines: [{ sku: "IPOD2008PINK", quantity: "2", net: "388.00" }],
      },
    },
  ]);
});

test("Xero: dates as /Date(…)/, pages by number, errors by element, and a webhook that tries us out", async () => {
  const invoice = (id: string, ms: number) => ({
    InvoiceID: id,
    InvoiceNumber: `OIT-${id}`,
    Status: "AUTHORISED",
    Date: `/Date(${ms}+0000)/`,
    UpdatedDateUTC: `/Date(${ms + 1}+0000)/`,
    SubTotal: 10.5,
    TotalTax: 1.05,
    Total: 11.55,
    CurrencyCode: "NZD",
  });
  const all = ["1", "2", "3"].map((id) => invoice(id, 1_795_132_800_000));
  const { call, post, told, vendor } = await world(
    "XERO",
    ({ body, headers, method, url }, response) => {
      if (url === "/connect/token") {
        json(response, 200, { access_token: "xero-token", token_type: "Bearer", expires_in: 1800 });
        return;
      }
      expect(headers["xero-tenant-id"]).toBe("5f1d1c2e-0000-4000-8000-000000000001");
      const { searchParams } = new URL(url, "http://xero");
      if (method === "PUT" && body.includes("17100001")) {
        json(response, 400, {
          ErrorNumber: 10,
          Type: "ValidationException",
          Message: "A validation exception occurred",
          Elements: [
            {
              ValidationErrors: [
                { Message: "Account code '200' is archived" },
                { Message: "Contact is archived" },
              ],
            },
          ],
        });
        return;
      }
      if (method === "PUT") return json(response, 200, { Status: "OK", Invoices: [all[0]] });
      if (url.startsWith("/api.xro/2.0/Invoices/9")) {
        response
          .writeHead(404, { "content-type": "text/html" })
          .end("The resource you're looking for cannot be found");
        return;
      }
      const page = Number(searchParams.get("page") ?? 1);
      const pagination = { page, pageSize: 2, pageCount: 2, itemCount: 3 };
      json(response, 200, { Invoices: all.slice(page * 2 - 2, page * 2), pagination });
    },
  );
  const listed = await call("ledger-listinvoices", day);
  expect(listed.body["invoices"]).toHaveLength(3);
  expect(listed.body["invoices"]).toMatchObject([
    {
      id: "1",
      net: "10.50",
      total: "11.55",
      issuedOn: "2026-11-20",
      changedAt: "2026-11-20T00:00:00.001Z",
    },
    {},
    { id: "3" },
  ]);
  const lists = vendor.seen.filter(({ url }) => url.includes("order=UpdatedDateUTC"));
  expect(lists.map(({ headers }) => headers["if-modified-since"])).toEqual([
    "2026-11-20T00:00:00",
    "2026-11-20T00:00:00",
  ]);
  expect(await call("ledger-getinvoice", { id: "9" })).toMatchObject({
    status: 502,
    body: { code: "invoice-missing" },
  });
  const refused = await call("ledger-createinvoice", order);
  expect(refused.body["message"]).toBe("Account code '200' is archived; Contact is archived");
  const created = await call("ledger-createinvoice", { ...order, customerId: "C-1" });
  expect(created.body).toMatchObject({ id: "1", tax: "1.05" });
  expect(vendor.seen.at(-1)?.headers["idempotency-key"]).toMatch(/\w+/);

  // The poll brings all three on its own; the webhook tells one of them again, by another name.
  await expect.poll(told, { timeout: 5_000 }).toHaveLength(3);
  const send = async (body: string, key = "xero-webhook-key") =>
    post("/webhooks/xero/events", body, {
      "content-type": "application/json",
      "x-xero-signature": signed(key, body).digest("base64"),
    });
  const empty =
    '{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}';
  expect(await send(empty)).toEqual({ status: 200, text: "" });
  expect((await send(empty, "another")).status).toBe(401);
  const event = {
    resourceId: "7",
    eventDateUtc: "2026-11-20T10:00:00.123",
    eventType: "UPDATE",
    eventCategory: "INVOICE",
  };
  const events = [event, event, { ...event, eventCategory: "CONTACT" }];
  expect((await send(JSON.stringify({ events }))).status).toBe(200);
  expect((await told()).slice(3)).toEqual([{ type: "ledger.invoice.changed", data: { id: "7" } }]);
});

test("SAP: a token and a session for writes, lists under d.results, and the next page's address", async () => {
  const row = (id: string, reference = "") => ({
    __metadata: { etag: `W/"${id}"`, type: "API_SALES_ORDER_SRV.A_SalesOrderType" },
    SalesOrder: id,
    PurchaseOrderByCustomer: reference,
    TotalNetAmount: "10.50",
    SalesOrderDate: "/Date(1795132800000)/",
  });
  const rows: ReturnType<typeof row>[] = [row("1"), row("2"), row("3")];
  let sessions = 0;
  let etag = 'W/"0"';
  const { call, unmapped, vendor } = await world(
    "SAP",
    ({ body, headers, method, url }, response) => {
      const { pathname, searchParams } = new URL(url, "http://sap");
      if (headers["x-csrf-token"] === "Fetch") {
        expect(headers.authorization).toBe(`Basic ${secrets["SAP_LOGIN"]}`);
        sessions += 1;
        const cookies = [
          `SAP_SESSIONID_X=s${sessions}; path=/; HttpOnly`,
          "sap-usercontext=client; path=/",
        ];
        json(
          response,
          200,
          { d: { results: [] } },
          { "x-csrf-token": `t${sessions}`, "set-cookie": cookies },
        );
        return;
      }
      const alive = (headers.cookie ?? "").includes(
        `SAP_SESSIONID_X=s${sessions}; sap-usercontext=client`,
      );
      if (!alive || headers["x-csrf-token"] !== `t${sessions}`) {
        response.writeHead(403, { "x-csrf-token": "Required", "content-type": "text/plain" });
        response.end("CSRF token validation failed");
        return;
      }
      if (method === "POST" && body.includes("NOPE")) {
        const message = { lang: "en", value: "Material NOPE is not defined" };
        return json(response, 400, {
          error: { code: "V1/382", message, innererror: { errordetails: [] } },
        });
      }
      if (method === "POST") {
        rows.push(row(String(rows.length + 1), "42"));
        response.destroy();
        return;
      }
      if (method === "PATCH") {
        const stale = headers["if-match"] !== etag;
        etag = 'W/"1"';
        response.writeHead(stale ? 412 : 204).end();
        return;
      }
      if (pathname.includes("'"))
        return json(response, 200, { d: { ...row("1"), __metadata: { etag } } });
      const filter = searchParams.get("$filter") ?? "";
      if (filter.includes("'teapot'")) return json(response, 418, { anything: "else" });
      if (filter.startsWith("PurchaseOrder")) {
        const found = rows.filter((one) => filter.includes(`'${one.PurchaseOrderByCustomer}'`));
        return json(response, 200, { d: { results: found } });
      }
      const start = Number(searchParams.get("$skiptoken") ?? 0);
      const next = `http://127.0.0.1:${response.req.socket.localPort}${pathname}?$filter=x&$skiptoken=${start + 2}`;
      const results = rows.slice(start, start + 2);
      json(response, 200, { d: { results, ...(start + 2 < rows.length ? { __next: next } : {}) } });
    },
  );
  const listed = await call("erp-listorders", day);
  expect(listed.body["orders"]).toMatchObject([
    { number: "1", total: "10.50", orderedOn: "2026-11-20" },
    {},
    { number: "3" },
  ]);
  // The answer is lost after it took effect: it is looked up, and not sent again.
  const created = await call("erp-createorder", order);
  expect(created).toMatchObject({ status: 200, body: { orderId: "42", number: "4" } });
  expect(vendor.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
  sessions += 1;
  etag = 'W/"9"';
  expect((await call("erp-changenote", { id: "1", text: "n" })).status).toBe(200);
  const lines = [{ sku: "NOPE", quantity: "1", net: "1.00" }];
  const refused = await call("erp-createorder", { ...order, orderId: "43", lines });
  expect(refused.body).toMatchObject({
    code: "erp-refused",
    message: "Material NOPE is not defined (V1/382)",
  });
  // What no rule names is judged by its status, counted and shown.
  expect((await call("erp-createorder", { ...order, orderId: "teapot" })).status).toBe(502);
  expect(unmapped()).toEqual([{ adapter: "sap", status: 418, count: 1 }]);
});

test("Intercom: a search's pages, a note that is found again by what it says, and SHA-1", async () => {
  const conversation = (id: string) => ({
    type: "conversation",
    id,
    state: "open",
    updated_at: 1_795_132_800,
    title: null,
    source: { subject: "<p>Broken</p>", author: { email: "ann@example.com" } },
  });
  const notes: string[] = [];
  const { call, post, told, vendor } = await world(
    "INTERCOM",
    ({ body, method, url }, response) => {
      const limits = { "x-ratelimit-remaining": "100", "x-ratelimit-reset": "1795132800" };
      if (url.endsWith("/search")) {
        const { pagination } = JSON.parse(body) as {
          pagination: { starting_after: string | null };
        };
        const second = pagination.starting_after === "c2";
        const next = second ? {} : { next: { page: 2, starting_after: "c2" } };
        const conversations = second ? [conversation("3")] : [conversation("1"), conversation("2")];
        return json(
          response,
          200,
          { type: "conversation.list", conversations, pages: { type: "pages", page: 1, ...next } },
          limits,
        );
      }
      if (url.startsWith("/conversations/404")) {
        const errors = [{ code: "not_found", message: "Resource Not Found" }];
        return json(response, 404, { type: "error.list", request_id: "r", errors }, limits);
      }
      if (method === "GET") {
        const parts = notes.map((note) => ({ type: "conversation_part", body: `<p>${note}</p>` }));
        return json(
          response,
          200,
          { ...conversation("1"), conversation_parts: { conversation_parts: parts } },
          limits,
        );
      }
      notes.push((JSON.parse(body) as { body: string }).body);
      response.destroy();
      return undefined;
    },
  );
  const listed = await call("desk-listcases", day);
  expect(listed.body["cases"]).toMatchObject([
    { caseId: "1", subject: "Broken", email: "ann@example.com" },
    {},
    { caseId: "3" },
  ]);
  expect(vendor.seen[0]?.headers["intercom-version"]).toBe("2.11");
  expect(await call("desk-addnote", { id: "1", text: "credited" })).toEqual({
    status: 200,
    body: { id: "1" },
  });
  expect(notes).toHaveLength(1);
  expect(await call("desk-addnote", { id: "404", text: "x" })).toMatchObject({
    body: { code: "case-missing" },
  });

  const body = JSON.stringify({
    type: "notification_event",
    topic: "conversation.user.replied",
    id: "notif_1",
    created_at: 1_795_132_801,
    data: { type: "notification_event_data", item: conversation("1") },
    delivery_attempts: 1,
  });
  const headers = {
    "content-type": "application/json",
    "x-hub-signature": `sha1=${signed("intercom-secret", body, "sha1").digest("hex")}`,
  };
  expect((await post("/webhooks/intercom/events", body, headers)).status).toBe(200);
  const forged = {
    ...headers,
    "x-hub-signature": `sha1=${signed("x", body, "sha1").digest("hex")}`,
  };
  expect((await post("/webhooks/intercom/events", body, forged)).status).toBe(401);
  expect(await told()).toMatchObject([
    { type: "desk.case.changed", data: { caseId: "1", open: true } },
  ]);
});

test("NetSuite: a certificate as proof, a record named by Location, a query's pages by offset", async () => {
  let busy = 1;
  const { call, vendor } = await world("NETSUITE", ({ body, url }, response) => {
    if (url.endsWith("/auth/oauth2/v1/token")) {
      const form = new URLSearchParams(body);
      const head = Buffer.from(
        (form.get("client_assertion") ?? "").split(".")[0] ?? "",
        "base64url",
      ).toString();
      expect(JSON.parse(head)).toMatchObject({ alg: "PS256", kid: "cert-1" });
      return json(response, 200, {
        access_token: "netsuite-token",
        expires_in: "3600",
        token_type: "bearer",
      });
    }
    if (url.endsWith("/salesOrder/eid:42")) {
      response
        .writeHead(204, {
          location: "https://123.suitetalk.api.netsuite.com/services/rest/record/v1/salesOrder/771",
        })
        .end();
      return undefined;
    }
    if (url.endsWith("/salesOrder/771")) {
      return json(response, 200, {
        id: "771",
        externalId: "42",
        tranId: "SO-9",
        total: 10.5,
        tranDate: "2026-11-20",
      });
    }
    if (url.includes("/salesOrder/eid:")) {
      const details = [
        {
          detail: "Invalid Field Value 99 for the following field: item",
          "o:errorCode": "USER_ERROR",
          "o:errorPath": "item",
        },
      ];
      return json(response, 400, {
        type: "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1",
        title: "Bad Request",
        status: 400,
        "o:errorDetails": details,
      });
    }
    if (busy > 0) {
      busy -= 1;
      const details = [
        {
          detail: "Concurrent request limit exceeded.",
          "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
        },
      ];
      return json(response, 429, {
        title: "Too Many Requests",
        status: 429,
        "o:errorDetails": details,
      });
    }
    const offset = Number(new URL(url, "http://netsuite").searchParams.get("offset"));
    const items = [
      { links: [], externalid: "42", tranid: "SO-9", foreigntotal: "10.5", trandate: "11/20/2026" },
      { links: [], tranid: "SO-10", trandate: "11/20/2026" },
      { links: [], tranid: "SO-11", foreigntotal: "3", trandate: "1/2/2026" },
    ].slice(offset, offset + 2);
    return json(response, 200, {
      links: [],
      count: items.length,
      hasMore: offset === 0,
      items,
      offset,
      totalResults: 3,
    });
  });
  expect(await call("office-putorder", order)).toEqual({
    status: 200,
    body: { orderId: "42", number: "SO-9", total: "10.50", orderedOn: "2026-11-20" },
  });
  const listed = await call("office-listorders", day);
  expect(listed.body["orders"]).toEqual([
    { orderId: "42", number: "SO-9", total: "10.50", orderedOn: "2026-11-20" },
    { orderId: null, number: "SO-10", total: null, orderedOn: "2026-11-20" },
    { orderId: null, number: "SO-11", total: "3.00", orderedOn: "2026-01-02" },
  ]);
  expect(vendor.seen.filter(({ headers }) => headers["prefer"] === "transient")).toHaveLength(3);
  const refused = await call("office-putorder", { ...order, orderId: "99" });
  expect(refused.body).toMatchObject({
    code: "office-refused",
    message: "Invalid Field Value 99 for the following field: item",
  });
});
