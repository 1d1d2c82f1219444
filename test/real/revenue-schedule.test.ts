import { beforeAll, describe, expect, test } from "vitest";
import { centsAt, dayAt, rowsAt, wordsAt } from "./support/tryton.ts";
import { startTrytonOperations, type TrytonOperations } from "./support/tryton-operations.ts";

const operations = {
  setRevenueSchedule: ["erp", "revenue-schedule"],
  getRevenueSchedule: ["erp", "order-ref"],
  endRevenueSchedule: ["erp", "order-ref"],
} as const;
type Operation = keyof typeof operations;

let world: TrytonOperations<Operation>;

beforeAll(async () => {
  world = await startTrytonOperations({ operations });
  return world.stop;
});

const today = new Date().toISOString().slice(0, 10);
const run = Date.now().toString(36);
/** The first day of a month, so many months from this one. */
function monthFromNow(months: number): string {
  const [year = "", month = ""] = today.split("-");
  return new Date(Date.UTC(Number(year), Number(month) - 1 + months, 1)).toISOString().slice(0, 10);
}
const lastDay = (monthStart: string, months: number): string => {
  const [year = "", month = ""] = monthStart.split("-");
  return new Date(Date.UTC(Number(year), Number(month) - 1 + months, 0)).toISOString().slice(0, 10);
};

interface Entry {
  readonly id: number;
  /** Which month of how many; 0 puts aside what was billed. */
  readonly month: string;
  readonly date: string;
  readonly state: unknown;
  /** What it adds to revenue, in cents. */
  readonly revenue: number;
  readonly deferred: number;
}

/** The order's moves as Tryton has them; each must be even in itself. */
async function books(orderId: string): Promise<readonly Entry[]> {
  const moves = await world.tryton.find(
    "account.move",
    [["description", "like", `Revenue ${orderId} %`]],
    ["description", "date", "state", "lines.debit", "lines.credit", "lines.account.name"],
  );
  const entries = moves.map((move) => {
    const lines = rowsAt(move, "lines.");
    const sum = (account: string) =>
      lines
        .filter((line) => rowsAt(line, "account.")[0]?.["name"] === account)
        .reduce((cents, line) => cents + centsAt(line, "credit") - centsAt(line, "debit"), 0);
    const entry = {
      id: Number(move["id"]),
      month: wordsAt(move, "description").split(" ").at(-1) ?? "",
      date: dayAt(move, "date"),
      state: move["state"],
      revenue: sum("Main Revenue"),
      deferred: sum("Deferred Revenue"),
    };
    expect(lines).toHaveLength(2);
    expect(entry.revenue + entry.deferred).toBe(0);
    return entry;
  });
  return entries.toSorted((a, b) => a.date.localeCompare(b.date));
}

const sums = (entries: readonly Entry[]) => entries.map(({ month, revenue }) => [month, revenue]);
const idsOf = (entries: readonly Entry[]) => entries.map(({ id }) => id);

function schedule(name: string, months: number, total: string, startsOn = monthFromNow(1)) {
  const orderId = `${name}${run}`;
  return { orderId, subscriptionId: `sub_${name}`, startsOn, months, total, currency: "USD" };
}

/** As an accountant posts a month that is over. */
const post = (entries: readonly Entry[]) =>
  world.tryton.call("model.account.move.post", idsOf(entries));

describe("revenue in Tryton's ledger", () => {
  test("is put aside and comes back by the month, to the cent, once", async () => {
    const year = schedule("year", 3, "100.00");
    const answer = await world.ask("setRevenueSchedule", year);

    expect(answer).toEqual({
      orderId: year.orderId,
      scheduleId: `Revenue ${year.orderId} ${year.startsOn}`,
      status: "active",
      startsOn: year.startsOn,
      months: 3,
      total: "100.00",
      currency: "USD",
      entries: ["33.33", "33.34", "33.33"].map((amount, index) => ({
        startsOn: monthFromNow(1 + index),
        amount,
      })),
    });
    const made = await books(year.orderId);
    expect(sums(made)).toEqual([
      ["0/3", -10_000],
      ["1/3", 3_333],
      ["2/3", 3_334],
      ["3/3", 3_333],
    ]);
    expect(made.map(({ date }) => date)).toEqual([
      year.startsOn,
      ...[1, 2, 3].map((months) => lastDay(year.startsOn, months)),
    ]);
    expect(await world.ask("setRevenueSchedule", year)).toEqual(answer);
    expect(await world.ask("getRevenueSchedule", { orderId: year.orderId })).toEqual(answer);
    expect(idsOf(await books(year.orderId))).toEqual(idsOf(made));
  });

  test("that is in the books stays there when the contract grows, and what is left is spread anew", async () => {
    const before = schedule("grows", 2, "100.00");
    await world.ask("setRevenueSchedule", before);
    const made = await books(before.orderId);
    await post(made.filter(({ month }) => month === "0/2" || month === "1/2"));

    const answer = await world.ask("setRevenueSchedule", { ...before, months: 4, total: "200.00" });
    expect(answer).toMatchObject({ status: "active", months: 4, total: "200.00" });
    const entries = await books(before.orderId);
    expect(sums(entries.filter(({ state }) => state === "posted"))).toEqual([
      ["0/2", -10_000],
      ["1/2", 5_000],
    ]);
    expect(sums(entries.filter(({ state }) => state === "draft"))).toEqual([
      ["0/4", -10_000],
      ["2/4", 5_000],
      ["3/4", 5_000],
      ["4/4", 5_000],
    ]);
  });

  test("that changes on a day stays what it was until then, in the books or not", async () => {
    const before = schedule("midway", 4, "100.00");
    await world.ask("setRevenueSchedule", before);
    const made = await books(before.orderId);
    await post(made.filter(({ month }) => month === "0/4" || month === "1/4"));

    const changesOn = monthFromNow(3);
    const change = { ...before, total: "150.01", changesOn };
    const answer = await world.ask("setRevenueSchedule", change);
    expect(answer).toMatchObject({
      months: 4,
      total: "150.01",
      entries: ["25.00", "25.00", "50.00", "50.01"].map((amount, index) => ({
        startsOn: monthFromNow(1 + index),
        amount,
      })),
    });
    const entries = await books(before.orderId);
    expect(sums(entries.filter(({ state }) => state === "draft"))).toEqual([
      ["0/4", -5_001],
      ["2/4", 2_500],
      ["3/4", 5_000],
      ["4/4", 5_001],
    ]);
    const second = (all: readonly Entry[]) => all.find(({ month }) => month === "2/4")?.id;
    expect(second(entries)).toBe(second(made));
    // Ended with its third month: what is over by then is earned, and no more is put aside.
    const end = { ...before, months: 3, total: "100.00", changesOn: monthFromNow(4) };
    expect(await world.ask("setRevenueSchedule", end)).toMatchObject({
      months: 3,
      total: "100.00",
    });
    const left = await books(before.orderId);
    expect(left.reduce((sum, { revenue }) => sum + revenue, 0)).toBe(0);
    expect(left.some(({ month }) => month === "4/4")).toBe(false);
  });

  test("of a contract that ends is what was earned until then; undone, it goes on", async () => {
    const running = schedule("ends", 12, "1000.00", monthFromNow(-2));
    await world.ask("setRevenueSchedule", running);
    expect(await world.ask("endRevenueSchedule", { orderId: running.orderId })).toMatchObject({
      status: "none",
      scheduleId: null,
    });
    const ended = await books(running.orderId);
    expect(sums(ended.filter(({ state }) => state === "posted"))).toEqual([
      ["1/12", 8_333],
      ["2/12", 8_334],
    ]);
    // Only what was earned is put aside any more: together they come to nothing.
    expect(sums(ended.filter(({ state }) => state === "draft"))).toEqual([["0/12", -16_667]]);
    expect(await world.ask("endRevenueSchedule", { orderId: running.orderId })).toMatchObject({
      status: "none",
    });
    expect(sums(await books(running.orderId))).toEqual(sums(ended));

    const again = await world.ask("setRevenueSchedule", running);
    expect(again).toMatchObject({ status: "active", months: 12, total: "1000.00" });
    const entries = await books(running.orderId);
    expect(entries.map(({ month }) => month).toSorted()).toHaveLength(13);
    expect(entries.reduce((sum, { revenue }) => sum + revenue, 0)).toBe(0);
  });

  test.each(["model.account.move.create", "model.account.move.delete"])(
    "is there once when the answer to %s is lost",
    async (method) => {
      const first = schedule(method.slice(-6), 2, "10.01");
      await world.ask("setRevenueSchedule", first);
      const lost = world.proxy.lost();
      world.proxy.loseAnswerTo(method);
      const answer = await world.ask("setRevenueSchedule", { ...first, total: "20.03" });
      expect(answer).toMatchObject({ status: "active", months: 2, total: "20.03" });
      expect(world.proxy.lost()).toBe(lost + 1);
      expect(sums(await books(first.orderId))).toEqual([
        ["0/2", -2_003],
        ["1/2", 1_002],
        ["2/2", 1_001],
      ]);
    },
  );

  test("is none where none was said, and there is none to end", async () => {
    const orderId = `nobody${run}`;
    const none = { orderId, status: "none", scheduleId: null, total: null };
    expect(await world.ask("getRevenueSchedule", { orderId })).toMatchObject(none);
    expect(await world.ask("endRevenueSchedule", { orderId })).toMatchObject(none);
    expect(await books(orderId)).toEqual([]);
  });

  test("in a currency that the books are not kept in is refused", async () => {
    const euros = { ...schedule("euros", 2, "10.00"), currency: "EUR" };
    expect(await world.ask("setRevenueSchedule", euros)).toMatchObject({
      class: "business",
      code: "currency-not-kept",
    });
    expect(await books(euros.orderId)).toEqual([]);
  });

  test("beyond the fiscal years waits until accounting opens them", async () => {
    const decade = schedule("decade", 120, "1200.00");
    const { read } = world.serving.store;
    const gone = new AbortController();
    const asked = world.ask("setRevenueSchedule", decade, gone.signal);
    const told = async () => {
      const runs = await read.runs({ flow: "ask-setrevenueschedule", status: "active", limit: 1 });
      return JSON.stringify(await read.run(runs[0]?.id ?? ""));
    };
    await expect.poll(told, { timeout: 30_000, interval: 200 }).toContain("period-missing");
    gone.abort();
    await expect(asked).rejects.toThrow(/abort/);
    expect(await books(decade.orderId)).toEqual([]);
  });
});
