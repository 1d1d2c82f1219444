import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { crmClient, estateFor, hmac, matching, receiverFor, send, tokenOf } from "./clients.ts";

const soql = (text: string) => `/query?q=${encodeURIComponent(text)}`;

describe("the CRM's log-in", () => {
  test("gives a token that works until it expires", async () => {
    const clock = new VirtualClock();
    const estate = await estateFor({ clock, habits: { crmTokenMs: 60_000 } });
    const { accountId } = estate.closeDeal();
    const crm = await crmClient(estate);
    expect((await crm("GET", `/sobjects/Account/${accountId}`)).status).toBe(200);
    await clock.advance(60_000);
    const late = await crm("GET", `/sobjects/Account/${accountId}`);
    expect(late).toMatchObject({ status: 401, body: [{ errorCode: "INVALID_SESSION_ID" }] });
  });

  test("refuses a wrong secret, and requests without a token", async () => {
    const estate = await estateFor();
    expect(await tokenOf(estate, "wrong")).toMatchObject({
      status: 400,
      body: { error: "invalid_client" },
    });
    const bare = await send(`${estate.urls.crm}/services/data/v60.0/query?q=x`, { method: "GET" });
    expect(bare.status).toBe(401);
  });

  test("takes the client's id and secret as HTTP Basic too", async () => {
    const estate = await estateFor();
    const { CRM_CLIENT_ID, CRM_CLIENT_SECRET } = estate.environment();
    const answer = await send(`${estate.urls.crm}/services/oauth2/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${CRM_CLIENT_ID}:${CRM_CLIENT_SECRET}`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer" } });
  });
});

describe("the CRM's records", () => {
  test("are read with the parent, the lines and amounts as numbers", async () => {
    const estate = await estateFor();
    const deal = estate.closeDeal();
    const crm = await crmClient(estate);
    const query = `SELECT Id, Amount, Account.Name, Account.Parent.Name,
      (SELECT ProductCode, TotalPrice FROM OpportunityLineItems ORDER BY SortOrder)
      FROM Opportunity WHERE Id = '${deal.opportunityId}'`;
    const { body } = await crm("GET", soql(query));
    expect(body).toMatchObject({ totalSize: 1, done: true });
    const [row] = body.records;
    expect(row).toMatchObject({
      Amount: Number(deal.total),
      Account: { attributes: { type: "Account" }, Parent: { attributes: { type: "Account" } } },
    });
    expect(row?.OpportunityLineItems.records).toMatchObject(
      deal.lines.map(({ sku, amount }) => ({ ProductCode: sku, TotalPrice: Number(amount) })),
    );
  });

  test("come in pages that lead to one another", async () => {
    const estate = await estateFor({ habits: { crmPageSize: 3 } });
    for (let count = 0; count < 5; count += 1) estate.closeDeal({ hierarchy: "none" });
    const crm = await crmClient(estate);
    const first = await crm("GET", soql("SELECT Id FROM Account ORDER BY Id"));
    expect(first.body).toMatchObject({ totalSize: 5, done: false });
    const second = await crm("GET", first.body.nextRecordsUrl);
    expect(second.body).toMatchObject({ totalSize: 5, done: true });
    const ids = [...first.body.records, ...second.body.records].map((row) => row.Id);
    expect(new Set(ids).size).toBe(5);
  });

  test.each([
    ["StageName = 'Closed Won'", 1],
    ["StageName != 'Closed Won'", 1],
    ["StageName IN ('Closed Won', 'Negotiation/Review') AND Amount > 1000", 2],
    ["Name LIKE 'Roll-out%'", 2],
    ["LastModifiedDate > 2100-01-01T00:00:00Z", 0],
    ["Account.ParentId = null", 2],
  ])("are filtered by %s", async (where, count) => {
    const estate = await estateFor();
    estate.closeDeal({ hierarchy: "none" });
    estate.closeDeal({ hierarchy: "none", close: false });
    const crm = await crmClient(estate);
    const { body } = await crm("GET", soql(`SELECT Id FROM Opportunity WHERE ${where}`));
    expect(body.totalSize).toBe(count);
  });

  test("refuse what Salesforce refuses, in its form", async () => {
    const estate = await estateFor();
    const { opportunityId } = estate.closeDeal();
    const crm = await crmClient(estate);
    const path = `/sobjects/Opportunity/${opportunityId}`;
    const codes = [
      await crm("PATCH", path, { Typo__c: "x" }),
      await crm("PATCH", path, { IsWon: false }),
      await crm("PATCH", path, { Amount: "12" }),
      await crm("GET", "/sobjects/Opportunity/00600000000000000A"),
      await crm("GET", soql("SELECT Nothing FROM Opportunity")),
      await crm("GET", soql("SELECT FROM")),
      await crm("POST", "/sobjects/Account", { Website: "https://x.example" }),
    ].map(({ status, body }) => `${status} ${body[0].errorCode}`);
    expect(codes).toEqual([
      "400 INVALID_FIELD",
      "400 INVALID_FIELD_FOR_INSERT_UPDATE",
      "400 INVALID_TYPE_ON_FIELD_IN_RECORD",
      "404 NOT_FOUND",
      "400 INVALID_FIELD",
      "400 MALFORMED_QUERY",
      "400 REQUIRED_FIELD_MISSING",
    ]);
  });

  test("of a deal add up by themselves, whoever enters the lines", async () => {
    const estate = await estateFor();
    const { opportunityId, total } = estate.closeDeal({ close: false });
    const crm = await crmClient(estate);
    const line = { OpportunityId: opportunityId, ProductCode: "SN-200", Quantity: 3 };
    const priced = { ...line, UnitPrice: 64.5, Discount: 33.33 };
    const { body: made } = await crm("POST", "/sobjects/OpportunityLineItem", priced);
    const read = async (type: string, id: string) =>
      (await crm("GET", `/sobjects/${type}/${id}`)).body;
    expect(await read("OpportunityLineItem", made.id)).toMatchObject({ TotalPrice: 129.01 });
    const cents = Math.round(Number(total) * 100) + 12_901;
    expect(await read("Opportunity", opportunityId)).toMatchObject({ Amount: cents / 100 });
    await crm("PATCH", `/sobjects/OpportunityLineItem/${made.id}`, { Quantity: 1 });
    expect(await read("Opportunity", opportunityId)).toMatchObject({
      Amount: (cents - 12_901 + 4_300) / 100,
    });
  });

  test("are written, found by external id and counted in the ledger", async () => {
    const estate = await estateFor();
    const crm = await crmClient(estate);
    const made = await crm("POST", "/sobjects/Account", { Name: "Lumen", Tax_Id__c: "DE1" });
    expect(made).toMatchObject({ status: 201, body: { success: true } });
    const path = `/sobjects/Account/${made.body.id}`;
    expect((await crm("PATCH", path, { ERP_Customer_Code__c: "C-1" })).status).toBe(204);
    const found = await crm("GET", "/sobjects/Account/ERP_Customer_Code__c/C-1");
    expect(found.body).toMatchObject({ Id: made.body.id, Name: "Lumen" });
    expect(estate.ledger.effects({ system: "crm" }).map((row) => row.effect)).toEqual([
      "account.created",
      "account.updated",
    ]);
  });
});

describe("the CRM's change events", () => {
  test("carry changed fields only, and are signed over time and body", async () => {
    const clock = new VirtualClock();
    const estate = await estateFor({ clock });
    const receiver = await receiverFor();
    const deal = estate.closeDeal({ close: false });
    estate.webhooks.to("crm", receiver.url);
    await clock.advance(1_000, () => Promise.resolve());
    estate.winDeal(deal.opportunityId);
    await estate.webhooks.idle();
    const [event] = receiver.received;
    const now = clock.now();
    expect(event?.body).toEqual({
      ChangeEventHeader: matching(
        expect.objectContaining({
          entityName: "Opportunity",
          recordIds: [deal.opportunityId],
          changeType: "UPDATE",
          changeOrigin: matching(expect.stringMatching(/client=ui$/)),
          changedFields: [
            "StageName",
            "Probability",
            "IsClosed",
            "IsWon",
            "LastStageChangeDate",
            "LastModifiedDate",
          ],
        }),
      ),
      StageName: "Closed Won",
      Probability: 100,
      IsClosed: true,
      IsWon: true,
      LastStageChangeDate: now,
      LastModifiedDate: now,
    });
    const time = String(event?.headers["x-crm-signature-timestamp"]);
    const secret = estate.environment()["CRM_WEBHOOK_SECRET"];
    expect(event?.headers["x-crm-signature"]).toBe(hmac(secret, `${time}.${event?.text}`, "hex"));
    expect(Number(time)).toBe(Math.floor(now / 1000));
  });

  test("say when the change was our own, and count commits", async () => {
    const estate = await estateFor();
    const receiver = await receiverFor();
    const { opportunityId } = estate.closeDeal();
    const crm = await crmClient(estate);
    estate.webhooks.to("crm", receiver.url);
    await crm("PATCH", `/sobjects/Opportunity/${opportunityId}`, { Integration_Status__c: "done" });
    await crm("PATCH", `/sobjects/Opportunity/${opportunityId}`, { Integration_Status__c: null });
    await estate.webhooks.idle();
    const headers = receiver.received.map(({ body }) => body.ChangeEventHeader);
    const [first, second] = headers;
    expect(first?.changeOrigin).toMatch(/client=sluice$/);
    expect(second?.nulledFields).toEqual(["Integration_Status__c"]);
    expect(second?.commitNumber).toBe((first?.commitNumber ?? 0) + 1);
  });

  test("are not sent for a write that changes nothing", async () => {
    const estate = await estateFor();
    const { opportunityId } = estate.closeDeal();
    const before = estate.ledger.webhooks("crm").length;
    const crm = await crmClient(estate);
    await crm("PATCH", `/sobjects/Opportunity/${opportunityId}`, { StageName: "Closed Won" });
    expect(estate.ledger.webhooks("crm")).toHaveLength(before);
  });
});
