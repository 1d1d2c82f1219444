import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { json, type Seen } from "../channels/partner.ts";
import { day, secrets, signed, world as anyWorld } from "./vendors-world.ts";

/** Vendors that want each request signed, batch their news, or take files, by YAML alone. */

const world = async (name: string, answer: Parameters<typeof anyWorld>[1]) =>
  anyWorld(name, answer, "more-vendors");

/** RFC 3986, as OAuth 1.0 wants it. */
const percent = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Whether NetSuite would take the signature: made anew from what came, under our nonce and time. */
function isSignedForNetsuite({ headers, method, url }: Seen, nonces: Set<string>): boolean {
  const pairs = [...(headers.authorization ?? "").matchAll(/(\w+)="([^"]*)"/g)];
  const fields = new Map(
    pairs.map(([, name = "", value = ""]) => [name, decodeURIComponent(value)]),
  );
  const nonce = fields.get("oauth_nonce") ?? "";
  const isNew = !nonces.has(nonce);
  nonces.add(nonce);
  const { origin, pathname, searchParams } = new URL(url, `http://${headers.host ?? ""}`);
  const oauth = [...fields].filter(([name]) => name !== "realm" && name !== "oauth_signature");
  const parameters = [...searchParams, ...oauth]
    .map(([name, value]) => `${percent(name)}=${percent(value)}`)
    .toSorted()
    .join("&");
  const text = [method, origin + pathname, parameters].map(percent).join("&");
  const key = [secrets["NETSUITE_CONSUMER_SECRET"], secrets["NETSUITE_TOKEN_SECRET"]].join("&");
  const wanted = createHmac("sha256", key).update(text).digest("base64");
  return (
    isNew &&
    fields.get("realm") === "1234567_SB1" &&
    fields.get("oauth_signature_method") === "HMAC-SHA256" &&
    fields.get("oauth_signature") === wanted
  );
}

test("NetSuite TBA: every request is signed, a write is a job, and its result is the write's own", async () => {
  const jobs = new Map<string, { readonly sku: string; looks: number }>();
  const nonces = new Set<string>();
  let isLost = true;
  const { call, vendor } = await world("NETSUITE", (seen, response) => {
    const { body, headers, method, url } = seen;
    if (!isSignedForNetsuite(seen, nonces)) {
      const detail = "Invalid login attempt. For more details, see the Login Audit Trail.";
      const errors = [{ detail, "o:errorCode": "INVALID_LOGIN_ATTEMPT" }];
      return json(response, 401, { title: "Unauthorized", status: 401, "o:errorDetails": errors });
    }
    if (url.includes("/suiteql")) {
      const offset = Number(new URL(url, "http://a").searchParams.get("offset"));
      const items = ["TG11", "TG12", "TG13"].slice(offset, offset + 2).map((externalid) => ({
        links: [],
        externalid,
      }));
      return json(response, 200, { items, count: items.length, offset, hasMore: offset === 0 });
    }
    if (method === "POST") {
      const key = String(headers["x-netsuite-idempotency-key"]);
      const { inventory } = JSON.parse(body) as {
        inventory: { items: { item: { externalId: string } }[] };
      };
      const sku = inventory.items[0]?.item.externalId ?? "";
      if (!jobs.has(key)) jobs.set(key, { sku, looks: 0 });
      // The first answer is lost on its way.
      if (isLost) {
        isLost = false;
        return response.destroy();
      }
      expect(headers["prefer"]).toBe("respond-async");
      const id = [...jobs.keys()].indexOf(key) + 1;
      const location = `http://${headers.host ?? ""}/services/rest/async/v1/job/${id}`;
      return response.writeHead(202, { location }).end();
    }
    const [, id] = /\/job\/(\d+)/.exec(url) ?? [];
    const job = [...jobs.values()][Number(id) - 1];
    if (job === undefined) return json(response, 404, { "o:errorDetails": [{ detail: "no job" }] });
    if (!url.endsWith("/result")) {
      job.looks += 1;
      const completed = job.looks > 2;
      return json(response, 200, {
        id,
        completed,
        progress: completed ? "succeeded" : "processing",
      });
    }
    if (job.sku === "OLD") {
      const detail =
        "Error while accessing a resource. You have entered an Invalid Field Value OLD.";
      const errors = [{ detail, "o:errorCode": "INVALID_CONTENT" }];
      return json(response, 400, { title: "Bad Request", status: 400, "o:errorDetails": errors });
    }
    const location = "https://1234567.example/services/rest/record/v1/inventoryTransfer/907";
    return response.writeHead(204, { location }).end();
  });
  const transfer = { id: "T-1", sku: "TG11", from: "north", to: "south", quantity: "3" };
  expect(await call("stock-transfer", transfer)).toMatchObject({
    status: 200,
    body: { id: "907" },
  });
  expect([...jobs.values()]).toEqual([{ sku: "TG11", looks: 3 }]);
  expect(await call("stock-transfer", { ...transfer, id: "T-2", sku: "OLD" })).toMatchObject({
    status: 502,
    body: {
      class: "business",
      code: "stock-refused",
      message: expect.stringContaining("Invalid Field Value OLD") as unknown,
    },
  });
  expect((await call("stock-listitems", day)).body).toEqual({
    refs: [{ id: "TG11" }, { id: "TG12" }, { id: "TG13" }],
  });
  expect(nonces.size).toBe(vendor.seen.length);
});

test("GoCardless: a conflict that names what is there, cursors, and a body of many events", async () => {
  const made = new Map<string, string>();
  let isLost = true;
  const { call, post, told } = await world(
    "GOCARDLESS",
    ({ body, headers, method, url }, response) => {
      expect(headers.authorization).toBe("Bearer gocardless-canary");
      expect(headers["gocardless-version"]).toBe("2015-07-06");
      const fail = (status: number, type: string, ...errors: readonly object[]) =>
        json(response, status, { error: { message: "Not done", type, code: status, errors } });
      if (method === "GET") {
        const after = new URL(url, "http://a").searchParams.get("after");
        const payments = after === null ? [{ id: "PM1" }, { id: "PM2" }] : [{ id: "PM3" }];
        const cursors = { before: null, after: after === null ? "PM2" : null };
        return json(response, 200, { payments, meta: { cursors, limit: 2 } });
      }
      const { payments } = JSON.parse(body) as {
        payments: { amount: number; links: { mandate: string } };
      };
      if (payments.links.mandate === "MD-CANCELLED") {
        const message = "Mandate is failed, cancelled or expired";
        return fail(422, "invalid_state", { reason: "mandate_is_inactive", message });
      }
      if (payments.amount < 100) {
        return fail(422, "validation_failed", { field: "amount", message: "must be at least 100" });
      }
      const key = String(headers["idempotency-key"]);
      const known = made.get(key);
      if (known !== undefined) {
        const reason = "idempotent_creation_conflict";
        const links = { conflicting_resource_id: known };
        return fail(409, "invalid_state", {
          reason,
          message: "A resource has already been created",
          links,
        });
      }
      made.set(key, `PM90${made.size}`);
      if (isLost) {
        isLost = false;
        return response.destroy();
      }
      return json(response, 201, { payments: { id: made.get(key), status: "pending_submission" } });
    },
  );
  const charge = { id: "MD1", amount: "12.34", currency: "GBP", reference: "INV-1" };
  // The answer was lost; the conflict says what the first request has made.
  expect(await call("debit-collect", charge)).toMatchObject({ status: 200, body: { id: "PM900" } });
  expect(await call("debit-collect", { ...charge, reference: "INV-2" })).toMatchObject({
    body: { id: "PM901" },
  });
  expect(made.size).toBe(2);
  expect(await call("debit-collect", { ...charge, id: "MD-CANCELLED" })).toMatchObject({
    body: {
      class: "business",
      code: "debit-refused",
      message: "Mandate is failed, cancelled or expired",
    },
  });
  expect(await call("debit-collect", { ...charge, amount: "0.50" })).toMatchObject({
    body: { code: "debit-refused", message: "amount must be at least 100" },
  });
  expect((await call("debit-listpayments", day)).body).toEqual({
    refs: [{ id: "PM1" }, { id: "PM2" }, { id: "PM3" }],
  });

  const event = (id: string, resource: string, action: string, links: object, details: object) => ({
    id,
    created_at: "2026-11-20T06:00:00.000Z",
    resource_type: resource,
    action,
    links,
    details,
  });
  const bank = { origin: "bank", scheme: "bacs", reason_code: "ARUDD-0", description: "No money." };
  const body = JSON.stringify({
    events: [
      event("EV1", "payments", "confirmed", { payment: "PM1" }, { cause: "payment_confirmed" }),
      event("EV2", "mandates", "active", { mandate: "MD1" }, { cause: "mandate_activated" }),
      event(
        "EV3",
        "payments",
        "failed",
        { payment: "PM2" },
        { ...bank, cause: "insufficient_funds", will_attempt_retry: true },
      ),
      event(
        "EV4",
        "payments",
        "charged_back",
        { payment: "PM3" },
        { ...bank, cause: "authorisation_disputed" },
      ),
    ],
    meta: { webhook_id: "WB1" },
  });
  const send = async (key: string) =>
    post("/webhooks/gocardless/events", body, {
      "content-type": "application/json",
      "webhook-signature": signed(key, body).digest("hex"),
    });
  expect((await send("another")).status).toBe(401);
  expect(await send("gocardless-secret")).toEqual({ status: 204, text: "" });
  expect((await send("gocardless-secret")).status).toBe(204);
  expect(await told()).toEqual([
    { type: "debit.payment.confirmed", data: { id: "PM1" } },
    {
      type: "debit.payment.failed",
      data: { id: "PM2", reason: "insufficient_funds", final: false },
    },
    {
      type: "debit.payment.failed",
      data: { id: "PM3", reason: "authorisation_disputed", final: true },
    },
  ]);
});

test("Jira: documents of nodes, a token a page, files both ways, and signed news", async () => {
  interface Issue {
    readonly key: string;
    readonly fields: Readonly<Record<string, unknown>>;
  }
  const issues: Issue[] = [];
  const files: { readonly id: string; readonly filename: string; readonly bytes: Buffer }[] = [];
  let isLost = 2;
  const raw: Buffer[] = [];
  /** Reads an upload by Node's own parser. */
  const take = async (type: string, response: ServerResponse): Promise<void> => {
    const bytes = new Uint8Array(raw.at(-1) ?? []);
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
    const file = form.get("file") as File;
    const id = String(10_000 + files.length);
    files.push({ id, filename: file.name, bytes: Buffer.from(await file.arrayBuffer()) });
    if (isLost-- > 0) response.destroy();
    else json(response, 200, [{ id, filename: file.name, mimeType: file.type }]);
  };
  const { call, post, told, vendor } = await world(
    "JIRA",
    ({ body, headers, method, url }, response) => {
      expect(headers.authorization).toBe(
        `Basic ${Buffer.from("sluice@example.com:jira-canary").toString("base64")}`,
      );
      const { pathname, searchParams } = new URL(url, "http://a");
      const refuse = (status: number, errors: object, ...errorMessages: readonly string[]) =>
        json(response, status, { errorMessages, errors });
      if (pathname.endsWith("/search/jql")) {
        const jql = searchParams.get("jql") ?? "";
        const [, label] = /labels = "([^"]+)"/.exec(jql) ?? [];
        const found = issues.filter(
          ({ fields }) => label === undefined || (fields["labels"] as string[]).includes(label),
        );
        const start = Number(searchParams.get("nextPageToken") ?? 0);
        const isLast = start + 2 >= found.length;
        const page = { issues: found.slice(start, start + 2), isLast };
        return json(response, 200, isLast ? page : { ...page, nextPageToken: String(start + 2) });
      }
      if (pathname.includes("/attachment/content/")) {
        const file = files.find(({ id }) => pathname.endsWith(`/${id}`));
        if (file === undefined)
          return refuse(404, {}, "The attachment with id '9' does not exist.");
        return response.writeHead(200, { "content-type": "application/pdf" }).end(file.bytes);
      }
      if (pathname.endsWith("/attachments")) {
        // Without it, Jira takes the upload for a forged form (XSRF).
        expect(headers["x-atlassian-token"]).toBe("no-check");
        void take(headers["content-type"] ?? "", response);
        return undefined;
      }
      if (method === "GET") {
        const attachment = files.map(({ filename, id }) => ({ filename, id }));
        return json(response, 200, { key: "HELP-1", fields: { attachment } });
      }
      const { fields } = JSON.parse(body) as Issue;
      if (fields["summary"] === "forbidden") {
        return refuse(400, {
          summary: "Summary is not allowed.",
          priority: "Priority is required.",
        });
      }
      issues.push({ key: `HELP-${issues.length + 1}`, fields });
      if (isLost-- > 0) return response.destroy();
      return json(response, 201, { id: "1", key: issues.at(-1)?.key, self: "" });
    },
  );
  vendor.server.prependListener("request", (request) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => raw.push(Buffer.concat(chunks)));
  });
  const ask = { reference: "order-42", summary: "Late", text: "Where is it?\n\nWe wait." };
  expect(await call("service-openrequest", ask)).toMatchObject({
    status: 200,
    body: { id: "HELP-1" },
  });
  expect(issues).toHaveLength(1);
  for (const reference of ["order-43", "order-44"]) {
    await call("service-openrequest", { ...ask, reference });
  }
  expect(await call("service-openrequest", { ...ask, summary: "forbidden" })).toMatchObject({
    body: {
      code: "service-refused",
      message: "summary: Summary is not allowed.; priority: Priority is required.",
    },
  });
  const listed = await call("service-listrequests", day);
  expect(listed.body["requests"]).toEqual(
    ["order-42", "order-43", "order-44"].map((label, index) => ({
      id: `HELP-${index + 1}`,
      summary: "Late",
      text: "Where is it?\nWe wait.",
      labels: [label],
    })),
  );

  const base64 = Buffer.from([37, 80, 68, 70, 0, 255, 13, 10]).toString("base64");
  const file = { id: "HELP-1", filename: "Lieferschein Nº 1.pdf", type: "application/pdf", base64 };
  isLost = 1;
  expect(await call("service-attach", file)).toMatchObject({ status: 200, body: { id: "10000" } });
  expect(files.map(({ bytes, filename }) => [filename, bytes.toString("base64")])).toEqual([
    [file.filename, base64],
  ]);
  expect((await call("service-fetchfile", { id: "10000" })).body).toEqual({
    type: "application/pdf",
    base64,
  });
  expect(await call("service-fetchfile", { id: "9" })).toMatchObject({
    body: { code: "request-missing", message: "The attachment with id '9' does not exist." },
  });

  const news = (...fields: readonly string[]) =>
    JSON.stringify({
      timestamp: 1_795_132_800_000,
      webhookEvent: "jira:issue_updated",
      issue: { id: "1", key: "HELP-1", fields: { status: { statusCategory: { key: "done" } } } },
      changelog: {
        id: "7",
        items: fields.map((field) => ({ field, fromString: "a", toString: "b" })),
      },
    });
  const send = async (key: string, id: string, body: string) =>
    post("/webhooks/jira/issues", body, {
      "content-type": "application/json",
      "x-atlassian-webhook-identifier": id,
      "x-hub-signature": `sha256=${signed(key, body).digest("hex")}`,
    });
  expect((await send("another", "w-1", news("status"))).status).toBe(401);
  for (const id of ["w-1", "w-1"]) {
    expect((await send("jira-secret", id, news("assignee", "status"))).status).toBeLessThan(300);
  }
  expect((await send("jira-secret", "w-2", news("assignee"))).status).toBeLessThan(300);
  expect(await told()).toEqual([
    { type: "service.request.changed", data: { id: "HELP-1", state: "done" } },
  ]);
});
