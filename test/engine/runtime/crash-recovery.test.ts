import { describe, expect, test } from "vitest";
import type { SignalPoint } from "../../../engine/ports/signals.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";
import { type Bench, bench, make, workspace } from "./bench.ts";

const points: readonly SignalPoint[] = [
  "message-accepted",
  "before-commit",
  "after-commit",
  "before-send",
  "after-send",
  "run-ended",
];

/** Lets the engine die when it has reached `point` for the `nth` time. */
function dieAt({ signals, crash }: Bench, point: SignalPoint, nth: number): void {
  let count = 0;
  signals.on((reached) => {
    if (reached.point === point && (count += 1) === nth) crash();
  });
}

const effectsOf = (ids: readonly string[]): string[] =>
  ids.flatMap((id) => [`post-thing:${id}:steps.s1`, `post-thing:${id}:steps.s2`]).sort();

describe("an engine killed", () => {
  for (const point of points) {
    for (const nth of [1, 2, 3]) {
      test(`at ${point} (${nth}) reaches the same end state after a restart`, async () => {
        const first = await bench();
        dieAt(first, point, nth);
        const ids = ["a", "b", "c"];
        // Answers that never come back are the sender's to repeat.
        for (const id of ids) void first.receive(id, id === "c" ? "other" : "k");
        await first.advance(1_000);
        const second = await bench({ after: first });
        for (const id of ids) await second.receive(id, id === "c" ? "other" : "k");
        await second.engine.idle();
        await second.advance(300_000);
        expect(await second.statuses()).toEqual({ done: 3 });
        expect(second.partners.effects()).toEqual(effectsOf(ids));
        expect(second.engine.status()).toMatchObject({ backlog: 0, sending: 0, deciding: 0 });
      });
    }
  }

  test("again and again at random points loses nothing and doubles no effect (seeds 1 to 12)", async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const luck = new SeededIds(seed);
      const ids = Array.from({ length: 12 }, (_, index) => `m${index}`);
      const acknowledged = new Set<string>();
      let engine = await bench();
      engine.partners.answer = () => (luck.random() < 0.2 ? 503 : 200);
      for (let life = 0; life < 6; life += 1) {
        const point = points[Math.floor(luck.random() * points.length)] ?? "after-send";
        dieAt(engine, point, 1 + Math.floor(luck.random() * 6));
        for (const id of ids) {
          if (acknowledged.has(id) || luck.random() < 0.5) continue;
          void engine
            .receive(id, `k${id.length + ((id.codePointAt(1) ?? 0) % 3)}`)
            .then((answer) => {
              if (answer.outcome !== "refused") acknowledged.add(id);
              return answer;
            });
        }
        await engine.advance(Math.floor(luck.random() * 5_000));
        engine.crash();
        engine = await bench({ after: engine });
      }
      for (const id of ids) await engine.receive(id, `k${id.length}`);
      await engine.engine.idle();
      await engine.advance(3_600_000);
      const statuses = await engine.statuses();
      expect(statuses, `seed ${seed}`).toEqual({ done: ids.length });
      expect(engine.partners.effects(), `seed ${seed}`).toEqual(effectsOf(ids));
    }
  });

  test("does not send a delivery again before its run was told of the doubt", async () => {
    const first = await bench();
    dieAt(first, "after-send", 1);
    await first.receive("a");
    await first.advance(1_000);
    expect(first.partners.requests).toHaveLength(1);
    const told: string[] = [];
    const second = make({ after: first });
    second.signals.on(({ point, detail }) => {
      if (point === "after-commit" || point === "before-send") {
        told.push(`${point} ${detail["event"] ?? detail["path"] ?? ""}`);
      }
    });
    await second.engine.start();
    await second.engine.idle();
    expect(told.slice(0, 2)).toEqual(["after-commit outcome", "before-send steps.s1/request"]);
  });

  test("is told from one that was stopped: then nothing is in doubt", async () => {
    const first = await bench();
    await first.engine.pause({ kind: "system", system: "erp" }, "me");
    await first.receive("a");
    await first.engine.idle();
    await first.engine.stop();
    const second = await bench({ after: first });
    await second.engine.resume({ kind: "system", system: "erp" }, "me");
    await second.engine.idle();
    const outcomes = second.signals.reached.filter(({ detail }) => detail["event"] === "outcome");
    expect(second.partners.requests).toHaveLength(2);
    expect(outcomes.filter(({ point }) => point === "after-commit")).toHaveLength(2);
  });

  test("by one message again and again parks that message and goes on with the others", async () => {
    let last = await bench({ world: { limits: { claims: 3 } } });
    await last.receive("poison", "one");
    for (let life = 0; life < 5; life += 1) {
      last.crash();
      const next = make({ after: last, world: { limits: { claims: 3 } } });
      if (life < 4) dieAt(next, "before-commit", 1);
      await next.engine.start();
      await next.advance(1_000);
      last = next;
    }
    await last.receive("fine", "two");
    await last.engine.idle();
    const statuses = await last.statuses();
    expect(statuses["done"]).toBe(1);
    expect(statuses).toMatchObject({ invalid: 1 });
    expect((await last.store.read.deadLetters({}))[0]?.failure.code).toBe("runtime/poisoned");
  });
});

describe("a stop", () => {
  test("lets sends in flight finish and records their outcomes", async () => {
    const first = await bench();
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    first.partners.answer = async () => {
      await held;
      return { kind: "response", ms: 1, response: { status: 200, headers: {}, body: {} } };
    };
    const sending = first.signals.next("before-send");
    await first.receive("a");
    await sending;
    const stopping = first.engine.stop({ drainMs: 5_000 });
    expect(await first.receive("b")).toMatchObject({ outcome: "refused" });
    finish();
    await stopping;
    const second = await bench({ after: first });
    await second.engine.idle();
    expect(second.partners.to("tryton")).toHaveLength(1);
    expect(await second.statuses()).toEqual({ done: 1 });
  });

  test("that cannot wait any longer counts as a crash for what was in flight", async () => {
    const first = await bench();
    first.partners.answer = () => new Promise(() => {});
    const sending = first.signals.next("before-send");
    await first.receive("a");
    await sending;
    const stopping = first.engine.stop({ drainMs: 5_000 });
    await first.clock.advance(5_000);
    await stopping;
    first.crash();
    const second = await bench({ after: first, files: workspace() });
    second.partners.answer = () => 200;
    await second.engine.idle();
    expect(await second.statuses()).toEqual({ done: 1 });
    expect(second.partners.to("tryton")).toHaveLength(2);
    expect(second.partners.effects()).toEqual(effectsOf(["a"]));
  });
});
