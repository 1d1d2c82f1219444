import { expect, test } from "vitest";
import { decide, intake } from "../../../engine/core/index.ts";
import { isJsonObject, type Json } from "../../../engine/model/json.ts";
import { adapterText, bench, flowText, thing, workspace } from "./bench.ts";

/** `npm run burst` sends as many as a month's end brings: 50,000. */
const events = Number(process.env["BURST_EVENTS"] ?? 1_500);
const keys = Math.ceil(events / 10);
const seconds = 60;

const files = workspace({
  "flows/system/erp.tryton.yaml": adapterText(
    "tryton",
    "erp",
    "budget: [ { limit: 10, per: 1s } ]\nconcurrency: 4",
  ),
  "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
});

test(
  `${events} events within a minute are all taken, sent at ten a second, in order per key`,
  { timeout: 900_000 },
  async () => {
    const { engine, clock, partners, statuses, store } = await bench({
      files,
      world: { rules: { decide, intake } },
    });
    // A sender must be told within the same second, however much is waiting.
    for (let second = 0; second < seconds; second += 1) {
      const from = Math.floor((events * second) / seconds);
      const to = Math.floor((events * (second + 1)) / seconds);
      const answers = await Promise.all(
        Array.from({ length: to - from }, (_, index) =>
          engine.receive(thing(`e${from + index}`, `k${(from + index) % keys}`)),
        ),
      );
      expect(answers.every(({ outcome }) => outcome === "accepted")).toBe(true);
      await clock.advance(1_000, () => engine.idle());
    }
    expect(engine.status().backlog).toBe(events - partners.requests.length);
    await clock.advance((events / 10) * 1_100, () => engine.idle());

    const times = partners.requests.map(({ at }) => at);
    expect(times).toHaveLength(events);
    for (const [index, at] of times.entries()) {
      expect(at - (times[index - 10] ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
    }
    const last = new Map<string, number>();
    for (const { data } of partners.requests) {
      const number = Number(textIn(data, "id").slice(1));
      const key = textIn(data, "key");
      expect(number).toBeGreaterThan(last.get(key) ?? -1);
      last.set(key, number);
    }
    expect(engine.status().backlog).toBe(0);
    if (events <= 10_000) expect(await statuses()).toEqual({ done: events });
    expect((await store.read.counts())["done"]).toBe(events);
  },
);

function textIn(data: Json, name: string): string {
  const value = isJsonObject(data) ? data[name] : undefined;
  return typeof value === "string" ? value : "";
}

const noted = (budget: string) =>
  workspace({
    "flows/system/erp.tryton.yaml": adapterText("tryton", "erp", `${budget}\nconcurrency: 4`),
    "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"], "priority: low"),
    "flows/process/post-order.yaml": flowText(
      "post-order",
      ["erp.post", "erp.confirm"],
      "priority: high",
    ),
  });

/** Each of its two requests waits for one window at most. 500 notes at once, then an order a second; how long each order took to its last request. */
async function latencies(budget: string): Promise<readonly number[]> {
  const { engine, clock, partners } = await bench({
    files: noted(budget),
    world: { rules: { decide, intake } },
  });
  const tell = async (id: string, flow: string) =>
    engine.receive({ ...thing(id, id), flow, type: flow });
  for (let n = 0; n < 500; n += 1) await tell(`note${n}`, "post-thing");
  await clock.advance(10_000, () => engine.idle());
  const told = new Map<string, number>();
  for (let n = 0; n < 20; n += 1) {
    told.set(`order${n}`, clock.now());
    await tell(`order${n}`, "post-order");
    await clock.advance(1_000, () => engine.idle());
  }
  await clock.advance(5_000, () => engine.idle());
  return [...told].map(([id, at]) => {
    const mine = partners.requests.filter(({ data }) => isJsonObject(data) && data["id"] === id);
    return mine.length < 2 ? Infinity : (mine.at(-1)?.at ?? Infinity) - at;
  });
}

test("a flood of notes that can wait does not delay orders", async () => {
  const spans = await latencies("budget: [ { limit: 10, per: 1s } ]");
  expect(Math.max(...spans)).toBeLessThanOrEqual(2_200);
});

test("what a day's budget keeps for high priority is not used up by notes", async () => {
  const open = await latencies("budget: [ { limit: 10, per: 1s }, { limit: 100, per: 1d } ]");
  expect(open.filter((span) => span === Infinity).length).toBeGreaterThan(10);
  const kept = await latencies(
    "budget: [ { limit: 10, per: 1s }, { limit: 100, per: 1d, reserve: 50 } ]",
  );
  expect(Math.max(...kept)).toBeLessThanOrEqual(2_200);
});
