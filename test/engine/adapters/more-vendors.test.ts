import { expect, test } from "vitest";
import { json } from "../channels/partner.ts";
import { day, signed, world } from "./vendors-world.ts";

/** Vendors that lock by a version, sign each item of a batch, or answer by a job, by YAML alone. */

test("QuickBooks: rotating tokens, a query's pages, a version that another took, and a batch of companies", async () => {
  let version = 3;
  let token = 1;
  const { call, post, told, vendor } = await world(
    "QUICKBOOKS",
    ({ body, headers, method, url }, response) => {
      if (url === "/oauth2/v1/tokens/bearer") {
        const given = new URLSearchParams(body).get("refresh_token");
        expect(given).toBe(token === 1 ? "quickbooks-refresh" : `r${token}`);
        token += 1;
        return json(response, 200, {
          access_token: `a${token}`,
          refresh_token: `r${token}`,
          expires_in: 3600,
        });
      }
      expect(headers.authorization).toBe(`Bearer a${token}`);
      const { pathname, searchParams } = new URL(url, "http://quickbooks");
      expect(searchParams.get("minorversion")).toBe("75");
      if (pathname.endsWith("/query")) {
        const start = Number(/startposition (\d+)/.exec(searchParams.get("query") ?? "")?.[1]);
        const rows = ["130", "131", "132"].slice(start - 1, start + 1).map((Id) => ({ Id }));
        return json(response, 200, { QueryResponse: { Invoice: rows, startPosition: start } });
      }
      const fault = (code: string, Detail: string) =>
        json(response, 400, { Fault: { Error: [{ code, Detail }], type: "ValidationFault" } });
      if (pathname.endsWith("/invoice/404")) return fault("610", "Object Not Found");
      if (method === "GET") {
        json(response, 200, { Invoice: { Id: "130", SyncToken: String(version) } });
        // Somebody changes it between our read and our write, once.
        if (version === 3) version = 4;
        return undefined;
      }
      const { PrivateNote, SyncToken } = JSON.parse(body) as Record<string, string>;
      if (SyncToken !== String(version)) return fault("5010", "Stale Object Error");
      if (PrivateNote === "too long") return fault("2050", "String length is too long");
      version += 1;
      return json(response, 200, { Invoice: { Id: "130", SyncToken: String(version) } });
    },
  );
  const listed = await call("books-listinvoices", day);
  expect(listed.body).toEqual({ refs: [{ id: "130" }, { id: "131" }, { id: "132" }] });
  expect((await call("books-changememo", { id: "130", text: "paid twice" })).status).toBe(200);
  const writes = vendor.seen.filter(({ url }) => url.includes("/invoice?"));
  expect(writes.map(({ body }) => (JSON.parse(body) as { SyncToken: string }).SyncToken)).toEqual([
    "3",
    "4",
  ]);
  expect(await call("books-changememo", { id: "404", text: "x" })).toMatchObject({
    body: { code: "invoice-missing", message: "Object Not Found" },
  });
  expect(await call("books-changememo", { id: "130", text: "too long" })).toMatchObject({
    body: { code: "books-refused", message: "String length is too long" },
  });

  const entity = (name: string, id: string) => ({
    name,
    id,
    operation: "Update",
    lastUpdated: "2026-11-20T10:00:00.000Z",
  });
  const of = (realmId: string, ...entities: readonly object[]) => ({
    realmId,
    dataChangeEvent: { entities },
  });
  const body = JSON.stringify({
    eventNotifications: [
      of("9341453", entity("Invoice", "130"), entity("Customer", "1"), entity("Invoice", "131")),
      of("another", entity("Invoice", "9")),
    ],
  });
  const send = async (key: string) =>
    post("/webhooks/quickbooks/events", body, {
      "content-type": "application/json",
      "intuit-signature": signed(key, body).digest("base64"),
    });
  expect((await send("another")).status).toBe(401);
  expect((await send("quickbooks-verifier")).status).toBe(200);
  expect((await send("quickbooks-verifier")).status).toBe(200);
  expect(await told()).toEqual(
    ["130", "131"].map((id) => ({ type: "books.invoice.changed", data: { id } })),
  );
});

test("Adyen: minor units, the same key again, and notifications that are signed one by one", async () => {
  const keys: unknown[] = [];
  const { call, post, told, vendor } = await world("ADYEN", ({ body, headers }, response) => {
    expect(headers["x-api-key"]).toBe("adyen-canary");
    keys.push(headers["idempotency-key"]);
    if (keys.length === 1) return response.destroy();
    const { amount } = JSON.parse(body) as { amount: { value: number } };
    if (amount.value > 100_000) {
      const message = "Insufficient balance on payment";
      return json(response, 422, {
        status: 422,
        errorCode: "167",
        message,
        errorType: "validation",
      });
    }
    return json(response, 201, { pspReference: "REFUND1", status: "received" });
  });
  const refund = { id: "PSP1", amount: "12.34", currency: "EUR", reference: "CM-1" };
  expect((await call("pay-refund", refund)).body).toEqual({ id: "REFUND1" });
  // The first answer was lost: the same refund went again under the same key.
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(JSON.parse(vendor.seen[1]?.body ?? "")).toMatchObject({
    merchantAccount: "TestMerchant",
    amount: { value: 1234, currency: "EUR" },
  });
  expect(await call("pay-refund", { ...refund, amount: "9999.00" })).toMatchObject({
    body: { class: "business", code: "pay-refused", message: "Insufficient balance on payment" },
  });

  const item = (original: string, success: string) => {
    const values = ["PSP-" + original, original, "TestMerchant", "ref", "1130", "EUR", "CAPTURE"];
    const key = Buffer.from(
      "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
      "hex",
    );
    const hmacSignature = signed(key, [...values, success].join(":")).digest("base64");
    return {
      NotificationRequestItem: {
        pspReference: values[0],
        originalReference: original,
        merchantAccountCode: "TestMerchant",
        merchantReference: "ref",
        amount: { value: 1130, currency: "EUR" },
        eventCode: "CAPTURE",
        success,
        additionalData: { hmacSignature },
      },
    };
  };
  const send = async (...notificationItems: readonly object[]) =>
    post("/webhooks/adyen/notifications", JSON.stringify({ live: "false", notificationItems }), {
      "content-type": "application/json",
    });
  const forged = item("P9", "false");
  forged.NotificationRequestItem.success = "true";
  expect((await send(item("P1", "true"), forged)).status).toBe(401);
  expect(await told()).toEqual([]);
  expect(await send(item("P1", "true"), item("P2", "false"))).toEqual({
    status: 200,
    text: "[accepted]",
  });
  expect(await told()).toEqual([{ type: "pay.payment.captured", data: { id: "P1" } }]);
});

test("Salesforce Bulk: a job is made, waited for and read as CSV, page by page", async () => {
  let looks = 0;
  let failing = false;
  const { call, vendor } = await world("BULK", ({ method, url }, response) => {
    const info = { "sforce-limit-info": "api-usage=18/5000" };
    if (method === "POST")
      return json(response, 200, { id: "750x", state: "UploadComplete" }, info);
    if (!url.includes("/results")) {
      looks += 1;
      const state = failing ? "Failed" : looks < 3 ? "InProgress" : "JobComplete";
      return json(response, 200, { id: "750x", state, errorMessage: "No such column" }, info);
    }
    const second = url.includes("locator=MTAw");
    response.writeHead(200, {
      ...info,
      "content-type": "text/csv",
      "sforce-locator": second ? "null" : "MTAw",
    });
    return response.end(
      second
        ? '"Id","Name"\n"003","Zoë"\n'
        : '"Id","Name"\n"001","A, ""B"" Ltd"\n"002","two\nlines"\n',
    );
  });
  const exported = await call("archive-exportaccounts", day);
  expect(exported.body).toEqual({ refs: [{ id: "001" }, { id: "002" }, { id: "003" }] });
  expect(looks).toBe(4);
  expect(vendor.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
  failing = true;
  expect(await call("archive-exportaccounts", day)).toMatchObject({
    status: 502,
    body: { class: "business", code: "archive-failed", message: "No such column" },
  });
});
