import { createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Stripe from "stripe";
import { beforeAll, describe, expect, test } from "vitest";
import { credentials } from "../../engine/testing/estate/credentials.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** What vendors' systems really sent, read where it lies, delivered to the reference workspace. */

const folder =
  process.env["SLUICE_PAYLOADS"] ?? join(import.meta.dirname, "../../../shared/real/payloads");
const isThere = existsSync(join(folder, "salesforce"));
if (!isThere) {
  process.stdout.write("recorded payloads are absent: name their folder by SLUICE_PAYLOADS\n");
}
const recorded = (name: string) => readFileSync(join(folder, name), "utf8");
const seconds = () => String(Math.floor(Date.now() / 1000));

let world: ReferenceWorld;
beforeAll(async () => {
  world = await ReferenceWorld.open();
});

async function post(path: string, body: string, headers: Readonly<Record<string, string>>) {
  const answer = await fetch(`${world.serving.url}${path}`, { method: "POST", body, headers });
  return {
    status: answer.status,
    text: await answer.text(),
    type: answer.headers.get("content-type"),
  };
}

/** Messages of a type that were stored, oldest first. */
async function told(type: string) {
  const rows = await world.serving.store.read.messages({ limit: 1_000 });
  const whole = await Promise.all(rows.map(({ id }) => world.serving.store.read.message(id)));
  return whole.filter((one) => one?.message.type === type).map((one) => one?.message.data);
}

describe.runIf(isThere)("Salesforce", () => {
  const outbound = (body: string, token: string = credentials.crm.outbound) =>
    post(`/webhooks/salesforce/outbound?token=${token}`, body, {
      "content-type": "text/xml; charset=utf-8",
    });
  /** Without the blanks between elements, and the declarations that nothing uses. */
  const plain = (xml: string) =>
    xml
      .replaceAll(/>\s+</g, "><")
      .replaceAll(/ xmlns:xs[di]="[^"]*"/g, "")
      .trim();

  test("change events become hints of what to fetch", async () => {
    for (const name of ["cdc.opportunity.create.json", "cdc.account.update.json"]) {
      const body = recorded(`salesforce/${name}`);
      const time = seconds();
      const signature = createHmac("sha256", credentials.crm.webhook)
        .update(`${time}.${body}`)
        .digest("hex");
      const headers = {
        "content-type": "application/json",
        "x-crm-signature-timestamp": time,
        "x-crm-signature": signature,
      };
      expect((await post("/webhooks/salesforce/changes", body, headers)).status, name).toBe(202);
    }
    expect(await told("crm.opportunity.changed")).toContainEqual({
      opportunityId: "006SM0000001Tb3YAE",
    });
    const account = /"recordIds":\s*\[\s*"(\w+)"/.exec(
      recorded("salesforce/cdc.account.update.json"),
    );
    expect(await told("crm.account.changed")).toContainEqual({ customerId: account?.[1] });
  });

  test("an outbound message is taken once, and acknowledged as Salesforce wants it", async () => {
    const message = recorded("salesforce/outbound-message.opportunity.xml");
    const answers = [await outbound(message), await outbound(message)];
    for (const { status, text, type } of answers) {
      expect([status, type]).toEqual([200, "text/xml; charset=utf-8"]);
      expect(plain(text)).toBe(plain(recorded("salesforce/outbound-message.ack.xml")));
    }
    const deals = await told("crm.opportunity.changed");
    expect(deals.filter((deal) => JSON.stringify(deal).includes("0067F000003pmdWQAQ"))).toEqual([
      { opportunityId: "0067F000003pmdWQAQ" },
    ]);
  });

  test("what is no business of ours is acknowledged all the same; a stranger is not", async () => {
    const before = (await world.serving.store.read.messages({ limit: 1_000 })).length;
    for (const name of ["two-leads", "empty"]) {
      const { status, text } = await outbound(recorded(`salesforce/outbound-message.${name}.xml`));
      expect([status, text.includes("<Ack>true</Ack>")], name).toEqual([200, true]);
    }
    const stranger = await outbound(recorded("salesforce/outbound-message.opportunity.xml"), "x");
    expect(stranger.status).toBe(401);
    expect((await outbound("<notifications/>")).status).toBe(422);
    expect((await world.serving.store.read.messages({ limit: 1_000 })).length).toBe(before);
  });
});

describe.runIf(isThere)("Stripe", () => {
  test("every recorded event is taken; those about invoices, money and subscriptions are told", async () => {
    const names = readdirSync(join(folder, "stripe")).filter((name) => name.startsWith("event."));
    expect(names.length).toBeGreaterThan(30);
    const { webhooks } = new Stripe("sk_test_x");
    const statuses = await Promise.all(
      names.map(async (name) => {
        // They all carry the same zeroed id.
        const payload = JSON.stringify({
          ...(JSON.parse(recorded(`stripe/${name}`)) as object),
          id: `evt_${name}`,
        });
        const signature = webhooks.generateTestHeaderString({
          payload,
          secret: credentials.billing.webhook,
        });
        const headers = { "content-type": "application/json", "stripe-signature": signature };
        return (await post("/webhooks/stripe/events", payload, headers)).status;
      }),
    );
    expect(statuses.filter((status) => status !== 202)).toEqual([]);
    const count = async (type: string) => (await told(type)).length;
    expect(await count("billing.invoice.issued")).toBe(1);
    const money = (await told("billing.payment.moved")) as unknown as readonly { kind: string }[];
    expect(money.map(({ kind }) => kind).toSorted()).toEqual([
      "chargeback",
      "failed",
      "payment",
      "refund",
    ]);
  });
});

describe.runIf(isThere)("Zendesk", () => {
  test("a ticket event is a hint of what to fetch", async () => {
    const body = recorded("zendesk/webhook.ticket.agent_assignment_changed.json");
    const time = new Date().toISOString();
    const signature = createHmac("sha256", credentials.support.webhook)
      .update(`${time}${body}`)
      .digest("base64");
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "x-zendesk-webhook-signature-timestamp": time,
      "x-zendesk-webhook-signature": signature,
    };
    expect((await post("/webhooks/zendesk/events", body, headers)).status).toBe(202);
    expect(await told("support.case.changed")).toContainEqual({ caseId: "5158" });
    const forged = { ...headers, "x-zendesk-webhook-signature": signature.replace(/^./, "!") };
    expect((await post("/webhooks/zendesk/events", body, forged)).status).toBe(401);
  });
});
