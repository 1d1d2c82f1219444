import { describe, expect, test } from "vitest";
import type { Estate } from "../../../../engine/testing/index.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { estateFor, type Receiver, receiverFor } from "./clients.ts";

const retryMs = [1_000, 10_000];

async function world() {
  const clock = new VirtualClock();
  const estate = await estateFor({ clock, habits: { webhookRetryMs: retryMs } });
  const receiver = await receiverFor();
  const ids = [1, 2, 3].map((count) => estate.person.openTicket({ subject: `t${count}` }).id);
  estate.webhooks.to("support", receiver.url);
  return { clock, estate, receiver, ids };
}

const subjects = ({ received }: Receiver) => received.map(({ body }) => body.detail.id);

function raise(estate: Estate, ids: readonly number[]): void {
  for (const id of ids) estate.person.changeTicket(id, { priority: "urgent" });
}

describe("a webhook", () => {
  test("is sent in the order of the changes, and once", async () => {
    const { estate, receiver, ids } = await world();
    raise(estate, ids);
    await estate.webhooks.idle();
    expect(subjects(receiver)).toEqual(ids.map(String));
    expect(estate.ledger.summary().webhooks).toEqual({
      "support unrouted": 3,
      "support delivered": 3,
    });
  });

  test("that is not taken comes again later, behind those after it, with a new signature", async () => {
    const { clock, estate, receiver, ids } = await world();
    receiver.statuses.push(503);
    raise(estate, ids.slice(0, 2));
    await estate.webhooks.idle();
    expect(subjects(receiver)).toEqual(ids.slice(0, 2).map(String));
    await clock.advance(1_000);
    await estate.webhooks.idle();
    const [first, , again] = receiver.received;
    expect(again?.text).toBe(first?.text);
    const header = "x-zendesk-webhook-signature";
    expect(again?.headers[header]).not.toBe(first?.headers[header]);
    expect(estate.ledger.webhooks("support").at(-2)?.state).toBe("delivered");
  });

  test("is given up after the last retry", async () => {
    const { clock, estate, receiver, ids } = await world();
    receiver.statuses.push(500, 500, 500);
    raise(estate, ids.slice(0, 1));
    for (const wait of [0, ...retryMs, 100_000]) {
      await clock.advance(wait);
      await estate.webhooks.idle();
    }
    expect(receiver.received).toHaveLength(3);
    expect(estate.ledger.webhooks("support").at(-1)).toMatchObject({
      state: "given-up",
      attempts: [{ status: 500 }, { status: 500 }, { status: 500 }],
    });
  });

  test("that nobody listens to is tried again", async () => {
    const { clock, estate, receiver, ids } = await world();
    estate.webhooks.to("support", "http://127.0.0.1:1/nobody");
    raise(estate, ids.slice(0, 1));
    await estate.webhooks.idle();
    expect(estate.ledger.webhooks("support").at(-1)?.attempts).toMatchObject([{ status: null }]);
    estate.webhooks.to("support", receiver.url);
    await clock.advance(1_000);
    await estate.webhooks.idle();
    expect(receiver.received).toHaveLength(1);
  });

  test("can be doubled, lost and late on demand", async () => {
    const { estate, receiver, ids } = await world();
    const [first, second, third] = ids.map(String);
    const match = { event: "priority_changed" };
    estate.support.faults.next({ kind: "duplicate-webhook", match });
    estate.support.faults.next({ kind: "lose-webhook", match });
    raise(estate, ids);
    await estate.webhooks.idle();
    expect(subjects(receiver)).toEqual([first, first, third]);
    expect(estate.ledger.webhooks("support").filter((row) => row.state === "lost")).toHaveLength(1);
    receiver.received.length = 0;
    estate.support.faults.next({ kind: "delay-webhook" });
    for (const id of ids) estate.person.changeTicket(id, { priority: "low" });
    await estate.webhooks.idle();
    expect(subjects(receiver)).toEqual([second, first, third]);
  });

  test("that is late and the last is sent when all is waited for", async () => {
    const { estate, receiver, ids } = await world();
    estate.support.faults.next({ kind: "delay-webhook" });
    raise(estate, ids.slice(0, 1));
    expect(receiver.received).toHaveLength(0);
    await estate.webhooks.idle();
    expect(receiver.received).toHaveLength(1);
  });

  test("of the CRM is sent again on demand, with the same identity", async () => {
    const { estate, receiver } = await world();
    const { opportunityId } = estate.closeDeal();
    estate.webhooks.to("crm", receiver.url);
    estate.person.redeliver(opportunityId, 3);
    await estate.webhooks.idle();
    const texts = new Set(receiver.received.map(({ text }) => text));
    expect(receiver.received).toHaveLength(3);
    expect(texts.size).toBe(1);
  });

  test("that is never answered does not hold up the end of the estate", async () => {
    const asked = Promise.withResolvers<void>();
    const silent = createServer(() => asked.resolve());
    await new Promise<void>((resolve) => {
      silent.listen(0, "127.0.0.1", resolve);
    });
    const { port } = silent.address() as AddressInfo;
    const { estate, ids } = await world();
    estate.webhooks.to("support", `http://127.0.0.1:${port}/`);
    raise(estate, ids.slice(0, 1));
    await asked.promise;
    const idle = estate.webhooks.idle();
    await estate.close();
    await idle;
    // Resolves only when the sender let go of its connection.
    await new Promise((resolve) => {
      silent.close(resolve);
    });
    expect(estate.ledger.webhooks("support").at(-1)?.attempts).toMatchObject([{ status: null }]);
  });
});
