import { describe, expect, test } from "vitest";
import type { Estate, Fault } from "../../../../engine/testing/index.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import {
  type Call,
  erpClient,
  estateFor,
  supportClient,
  billingClient,
  crmClient,
  matching,
} from "./clients.ts";

const lumen = { name: "Lumen", currency: "EUR", ship_to: { country: "DE" } };
const create = (erp: Call) => erp("POST", "/customers", lumen);

async function withFault(fault: Fault): Promise<{ estate: Estate; erp: Call }> {
  const estate = await estateFor();
  const erp = await erpClient(estate);
  estate.erp.faults.next(fault);
  return { estate, erp };
}

describe("a fault", () => {
  test.each([
    ["drop-before-commit", 0],
    ["drop-after-commit", 1],
    ["hang-after-commit", 1],
  ] as const)("%s resets the connection and leaves %i effect", async (kind, effects) => {
    const { estate, erp } = await withFault({ kind, ms: 1 });
    await expect(create(erp)).rejects.toThrow("fetch failed");
    expect(estate.ledger.count({ effect: "customer.created" })).toBe(effects);
    expect(estate.ledger.requests("erp").at(-1)).toMatchObject({ status: null, fault: kind });
    expect((await create(erp)).status).toBe(201);
  });

  test("throttle answers 429 with Retry-After, in each vendor's form", async () => {
    const estate = await estateFor();
    const [erp, crm] = [await erpClient(estate), await crmClient(estate)];
    const { support, billing } = { support: supportClient(estate), billing: billingClient(estate) };
    for (const system of ["crm", "support", "billing", "erp"] as const) {
      estate[system].faults.next({ kind: "throttle", retryAfter: 30 });
    }
    const answers = [
      await crm("GET", "/query?q=x"),
      await support("GET", "/tickets"),
      await billing("GET", "/customers"),
      await erp("GET", "/orders"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    expect(answers.map(({ headers }) => headers.get("retry-after"))).toEqual(
      Array.from({ length: 4 }, () => "30"),
    );
    expect(answers.map(({ body }) => body)).toMatchObject([
      [{ errorCode: "REQUEST_LIMIT_EXCEEDED" }],
      { error: "TooManyRequests" },
      { error: { code: "rate_limit" } },
      { error: { code: "TOO_MANY_REQUESTS" } },
    ]);
  });

  test("error answers 5xx and does nothing", async () => {
    const { estate, erp } = await withFault({ kind: "error", status: 502 });
    expect(await create(erp)).toMatchObject({
      status: 502,
      body: { error: { code: "SYSTEM_UNAVAILABLE" } },
    });
    expect(estate.ledger.count()).toBe(0);
  });

  test("error-in-200 hides a failure in a success", async () => {
    const { estate, erp } = await withFault({ kind: "error-in-200" });
    expect(await create(erp)).toMatchObject({
      status: 200,
      body: { error: { code: "SYSTEM_UNAVAILABLE" } },
    });
    expect(estate.ledger.count()).toBe(0);
  });

  test("expire-session ends every session until the next log-in", async () => {
    const { estate, erp } = await withFault({ kind: "expire-session" });
    expect((await create(erp)).status).toBe(401);
    expect((await create(erp)).status).toBe(401);
    expect((await create(await erpClient(estate))).status).toBe(201);
  });

  test("malformed does the work and answers cut-off JSON", async () => {
    const { estate, erp } = await withFault({ kind: "malformed" });
    await expect(create(erp)).rejects.toThrow(SyntaxError);
    expect(estate.ledger.count({ effect: "customer.created" })).toBe(1);
  });

  test("slow-drip answers whole, in the end", async () => {
    const { erp } = await withFault({ kind: "slow-drip", ms: 8 });
    expect(await create(erp)).toMatchObject({ status: 201, body: { name: "Lumen" } });
  });

  test("latency waits on the estate's clock", async () => {
    const clock = new VirtualClock();
    const estate = await estateFor({ clock });
    const support = supportClient(estate);
    estate.support.faults.next({ kind: "latency", ms: 5_000 });
    const answer = support("GET", "/tickets");
    while (clock.next() === undefined) await new Promise(setImmediate);
    expect(clock.next()).toBe(clock.now() + 5_000);
    await clock.advance(5_000);
    expect((await answer).status).toBe(200);
  });
});

describe("faults are matched", () => {
  test("by method, path and pattern, after those to skip, so many times", async () => {
    const estate = await estateFor();
    const erp = await erpClient(estate);
    const match = { method: "POST", path: "/customers" };
    estate.erp.faults.next({ kind: "error", match, skip: 1, times: 2 });
    expect((await erp("GET", "/customers")).status).toBe(200);
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await create(erp)).status);
    expect(statuses).toEqual([201, 503, 503, 201]);
    estate.erp.faults.next({ kind: "error", match: { pattern: "/customers/C-\\d+$" } });
    expect((await erp("GET", "/customers")).status).toBe(200);
    expect((await erp("GET", "/customers/C-100001")).status).toBe(503);
  });

  test("always, until they are cleared", async () => {
    const { estate, erp } = await withFault({ kind: "error", times: "always" });
    for (let count = 0; count < 3; count += 1) {
      expect((await erp("GET", "/orders")).status).toBe(503);
    }
    estate.erp.faults.clear();
    expect((await erp("GET", "/orders")).status).toBe(200);
  });
});

test("a partner with a limit refuses what exceeds it, in any span, and says how long", async () => {
  const clock = new VirtualClock();
  const estate = await estateFor({ clock, limits: { support: { limit: 2, perMs: 5_000 } } });
  const support = supportClient(estate);
  const statuses: number[] = [];
  const ask = async () => {
    const { status, headers } = await support("GET", "/tickets");
    statuses.push(status);
    return headers.get("retry-after");
  };
  await ask();
  await clock.advance(2_000);
  await ask();
  expect(await ask()).toBe("3");
  await clock.advance(3_000);
  await ask();
  await ask();
  expect(statuses).toEqual([200, 200, 429, 200, 429]);
  expect(estate.ledger.peakRequests("support", 1_000)).toBe(2);
  expect(estate.ledger.peakRequests("support", 5_000)).toBe(4);
  expect(estate.ledger.requests("support").at(-1)?.fault).toBe("over-limit");
});

test("a mistake of the estate's own is told as such", async () => {
  const estate = await estateFor();
  const erp = await erpClient(estate);
  const answer = await erp("GET", "/customers/%E0%A4%A");
  expect(answer).toMatchObject({
    status: 500,
    body: { error: matching(expect.stringContaining("estate failed")) },
  });
});

describe("the seed", () => {
  async function statuses(seed: number): Promise<readonly number[]> {
    const faults = { chance: 0.4, kinds: ["error", "throttle"], systems: ["support"] } as const;
    const estate = await estateFor({ seed, faults });
    const support = supportClient(estate);
    const found: number[] = [];
    for (let count = 0; count < 30; count += 1) {
      found.push((await support("GET", "/tickets")).status);
    }
    return found;
  }

  test("decides which requests fail", async () => {
    const [first, again, other] = [await statuses(5), await statuses(5), await statuses(6)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 429, 503]));
  });

  test("decides companies, ids and events; another seed gives another world", async () => {
    async function story(seed: number) {
      const estate = await estateFor({ seed, clock: new VirtualClock() });
      const deals = [estate.closeDeal(), estate.closeDeal({ variations: ["above-threshold"] })];
      return { deals, webhooks: estate.ledger.webhooks() };
    }
    const first = await story(21);
    expect(await story(21)).toEqual(first);
    expect(await story(22)).not.toEqual(first);
  });
});
