import { describe, expect, test } from "vitest";
import { decide, intake } from "../../../engine/core/index.ts";
import { isJsonObject, type Json } from "../../../engine/model/json.ts";
import type { SignalPoint } from "../../../engine/ports/signals.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";
import {
  adapterText,
  type Answer,
  type Bench,
  bench as benchOf,
  type BenchOptions,
  compile,
  flowText,
  type Partners,
  response,
  workspace,
} from "./bench.ts";

const points: readonly SignalPoint[] = [
  "message-accepted",
  "before-commit",
  "after-commit",
  "before-send",
  "after-send",
  "run-ended",
];

const bench = (options: BenchOptions): Promise<Bench> =>
  benchOf({ ...options, world: { rules: { decide, intake } } });

const patient = `policies: { retry: { default: { max: 500, backoff: 1s, factor: 1.5, limit: 1m } } }\n`;

function files(round: number): Readonly<Record<string, string>> {
  const base = workspace({
    "flows/system/erp.tryton.yaml": adapterText(
      "tryton",
      "erp",
      "budget: [ { limit: 5, per: 1s } ]\nconcurrency: 3",
    ),
    "flows/system/billing.stripe.yaml": adapterText(
      "stripe",
      "billing",
      "circuit: { failures: 5, within: 10s, open: 20s }",
    ),
    "flows/process/post-thing.yaml": flowText(
      "post-thing",
      ["erp.post", "billing.post"],
      `description: "round ${round}"`,
    ),
  });
  return { ...base, "sluice.yaml": `${base["sluice.yaml"] ?? ""}${patient}` };
}

interface Effect {
  readonly key: string;
  readonly at: number;
  readonly id: string;
  readonly lane: string;
}

const text = (data: Json, name: string): string => {
  const value = isJsonObject(data) ? data[name] : undefined;
  return typeof value === "string" ? value : "";
};

/** Partners that know idempotency keys and meet every kind of trouble. */
function unreliable(partners: Partners, luck: SeededIds): Map<string, Effect> {
  const effects = new Map<string, Effect>();
  partners.answer = ({ key, at, data, path }): Answer => {
    const dice = luck.random();
    if (dice < 0.05) return response(429, dice < 0.025 ? { "retry-after": "3" } : {});
    if (dice < 0.1) return 503;
    if (dice < 0.13) return { kind: "not-sent", reason: "refused", ms: 1 };
    const lane = `${path} ${text(data, "key")}`;
    if (!effects.has(key)) effects.set(key, { key, at, id: text(data, "id"), lane });
    if (dice < 0.2) return { kind: "unknown", reason: "reset", ms: 1 };
    return 200;
  };
  return effects;
}

function dieSometimes({ signals, crash }: Bench, luck: SeededIds): void {
  const point = points[Math.floor(luck.random() * points.length)] ?? "after-send";
  let left = 1 + Math.floor(luck.random() * 25);
  signals.on((reached) => {
    if (reached.point === point && (left -= 1) === 0) crash();
  });
}

describe("a life of crashes, faults, reloads and pauses", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    test(`ends with each effect once, in order, within the budget (seed ${seed})`, async () => {
      const luck = new SeededIds(seed);
      let engine = await bench({ files: files(0) });
      const { partners } = engine;
      const effects = unreliable(partners, luck);
      const sent = Array.from({ length: 30 }, (_, n) => ({ id: `m${n}`, key: `k${n % 4}` }));
      const accepted: string[] = [];
      for (const [index, { id, key }] of sent.entries()) {
        // The sender repeats until it is told that the message is on disk.
        for (let tries = 0; ; tries += 1) {
          const outcome = await Promise.race([
            engine.receive(id, key).then((answer) => answer.outcome),
            engine.died.then(() => "dead"),
          ]);
          if (outcome === "accepted" || outcome === "duplicate") break;
          expect(tries, `seed ${seed}`).toBeLessThan(5);
          engine = await bench({ after: engine });
        }
        accepted.push(id);
        if (luck.random() < 0.2) dieSometimes(engine, luck);
        if (luck.random() < 0.1) void engine.engine.adopt(compile(files(index)));
        if (luck.random() < 0.05)
          void engine.engine.pause({ kind: "system", system: "billing" }, "me");
        if (luck.random() < 0.1)
          void engine.engine.resume({ kind: "system", system: "billing" }, "me");
        await engine.advance(Math.floor(luck.random() * 3_000));
      }
      engine.crash();
      engine = await bench({ after: engine });
      await engine.engine.resume({ kind: "system", system: "billing" }, "me");
      await engine.engine.idle();
      await engine.advance(24 * 3_600_000);

      expect(await engine.statuses(), `seed ${seed}`).toEqual({ done: sent.length });
      expect(effects.size, `seed ${seed}`).toBe(2 * sent.length);
      const lanes = Map.groupBy([...effects.values()], ({ lane }) => lane);
      for (const [lane, inOrder] of lanes) {
        const ids = inOrder.map(({ id }) => id);
        expect(ids, `seed ${seed}, ${lane}`).toEqual(accepted.filter((id) => ids.includes(id)));
      }
      const times = partners.to("tryton").map(({ at }) => at);
      for (const [index, from] of times.entries()) {
        const inSpan = times.slice(index).filter((at) => at < from + 1_000).length;
        expect(inSpan, `seed ${seed}`).toBeLessThanOrEqual(5);
      }
      expect(engine.engine.status(), `seed ${seed}`).toMatchObject({ sending: 0, deciding: 0 });
    });
  }
});
