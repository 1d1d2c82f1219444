import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { spawnEstate } from "../../../../engine/testing/index.ts";
import { receiverFor, send } from "./clients.ts";

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("an estate in a process of its own is controlled over HTTP, and ends with close", async () => {
  const estate = await spawnEstate({ seed: 9, habits: { activationMs: 5 } });
  onTestFinished(() => estate.close());
  const receiver = await receiverFor();
  expect(await estate.control("GET", "/health")).toEqual({ ok: true, seed: 9, pid: estate.pid });
  await estate.webhooksTo({ crm: receiver.url });
  const deal = await estate.closeDeal({ variations: ["credit-hold"] });
  await estate.control("POST", `/deals/${deal.opportunityId}/redeliver`, { times: 2 });
  await estate.webhooksIdle();
  const won = receiver.received.filter(({ text }) => text.includes('"StageName":"Closed Won"'));
  expect(won).toHaveLength(3);
  await estate.fault("erp", { kind: "error", match: { path: "/session" } });
  const { ERP_URL, ERP_USER, ERP_PASSWORD } = estate.environment;
  const login = {
    method: "POST",
    body: JSON.stringify({ user: ERP_USER, password: ERP_PASSWORD }),
  };
  expect((await send(`${ERP_URL}/api/v1/session`, login)).status).toBe(503);
  expect((await send(`${ERP_URL}/api/v1/session`, login)).status).toBe(201);
  expect(await estate.requests()).toMatchObject([{ status: 503, fault: "error" }, { status: 201 }]);
  expect((await estate.webhooks()).filter((row) => row.state === "delivered")).toHaveLength(6);
  expect((await estate.summary()).duplicates).toEqual([]);
  await estate.close();
  await estate.close();
  expect(isRunning(estate.pid)).toBe(false);
});

test("people act over HTTP, and their mistakes are told", async () => {
  await using estate = await spawnEstate();
  const { BILLING_URL, BILLING_KEY } = estate.environment;
  const { body: customer } = await send(`${BILLING_URL}/v1/customers`, {
    method: "POST",
    headers: { authorization: `Bearer ${BILLING_KEY}` },
    body: new URLSearchParams({ name: "Lumen", "metadata[account]": "001A" }),
  });
  const deal = await estate.closeDeal({ close: false });
  await estate.control("PATCH", `/records/Account/${deal.accountId}`, { Customer_Tier__c: "gold" });
  await estate.control("POST", `/deals/${deal.opportunityId}/win`);
  await estate.control("POST", "/period", { closed: "2026-10" });
  const lines = [{ description: "work", amount: 1000 }];
  const invoice = await estate.control("POST", "/invoices", { customer: customer.id, lines });
  await estate.control("POST", "/payments", { invoice: invoice["id"] ?? null, kind: "paid" });
  const ticket = await estate.control("POST", "/tickets", { subject: "No data" });
  await estate.control("PATCH", `/tickets/${Number(ticket["id"])}`, { status: "solved" });
  const user = await estate.control("POST", "/people", { name: "Ada" });
  const changed = await estate.control("PATCH", `/people/${Number(user["id"])}`, { phone: "1" });
  expect(changed).toMatchObject({ name: "Ada", phone: "1" });
  expect((await estate.effects({ system: "billing" })).map((row) => row.effect)).toEqual([
    "customer.created",
    "invoice.finalized",
    "charge.succeeded",
    "invoice.paid",
  ]);
  expect(await estate.effects({ reference: "001A" })).toHaveLength(1);
  for (const [path, body] of [
    ["/deals", { variations: ["credit"] }],
    ["/faults", { system: "erp", kind: "flood" }],
    ["/faults", { system: "mail", kind: "error" }],
    ["/payments", { invoice: "in_1", kind: "stolen" }],
  ] as const) {
    await expect(estate.control("POST", path, body)).rejects.toThrow("answered 400");
  }
  const edit = { Amount: 1 };
  await expect(estate.control("PATCH", "/records/Opportunity/006", edit)).rejects.toThrow("no Opp");
  await expect(estate.control("POST", "/deals/006/win")).rejects.toThrow("answered 400");
  await expect(estate.control("GET", "/nothing")).rejects.toThrow("answered 404");
});

test("an estate whose parent is killed ends by itself", async () => {
  const door = new URL("../../../../engine/testing/index.ts", import.meta.url).href;
  const program = `
    const { spawnEstate } = await import(${JSON.stringify(door)});
    console.log((await spawnEstate()).urls.control);
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    parent.kill("SIGKILL");
  });
  const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
  const { port, hostname } = new URL(line);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const closed = once(socket, "close");
  parent.kill("SIGKILL");
  await closed;
  await expect(fetch(`${line}/health`)).rejects.toThrow("fetch failed");
});
