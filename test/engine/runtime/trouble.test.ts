import { describe, expect, test } from "vitest";
import { StoreError } from "../../../engine/errors/flow-error.ts";
import type { Clock } from "../../../engine/ports/clock.ts";
import type { Store } from "../../../engine/ports/store.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";
import { adapterText, bench, flowText, response, workspace } from "./bench.ts";

/** A store whose `method` fails as `fail` says, and works otherwise. */
function failing(method: keyof Store, fail: (first: unknown) => Error | undefined): Store {
  const store = openStore({ path: ":memory:" });
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const error = name === method ? fail(args[0]) : undefined;
        return error === undefined ? Reflect.apply(value, target, args) : Promise.reject(error);
      };
    },
  });
}

const full = new StoreError("store/full", "the disk of the store is full");

describe("a store that cannot write", () => {
  test("refuses messages with a time to come back, and says that nothing was kept", async () => {
    let isFull = true;
    const store = failing("accept", () => (isFull ? full : undefined));
    const { receive, engine, statuses } = await bench({ world: { store } });
    const refused = await receive("a");
    expect(refused).toMatchObject({ outcome: "refused", reason: "store" });
    isFull = false;
    expect((await receive("a")).outcome).toBe("accepted");
    await engine.idle();
    expect(engine.status().backlog).toBe(0);
    await statuses();
    await store.close();
  });

  test("loses no outcome: the decision is asked for again until it is on disk", async () => {
    let failures = 0;
    const store = failing("commit", () => (failures < 3 && (failures += 1) > 0 ? full : undefined));
    const { receive, engine, advance, partners, signals, log } = await bench({ world: { store } });
    await receive("a");
    await engine.idle();
    expect(partners.requests).toHaveLength(0);
    await advance(10_000);
    expect(partners.requests).toHaveLength(2);
    expect(signals.count("run-ended")).toBe(1);
    expect(log.filter((line) => line.includes("asking again"))).toHaveLength(3);
    await store.close();
  });

  test.each(["claim", "takeSignals", "dueDeliveries", "dueTimers", "nextDue"] as const)(
    "for %s is asked again a second later",
    async (method) => {
      let failures = 0;
      const store = failing(method, () => ((failures += 1) <= 2 ? full : undefined));
      const { receive, engine, advance, signals, log } = await bench({ world: { store } });
      await receive("a");
      await engine.idle();
      expect(log).toContain("error a loop of the engine failed; it goes on shortly");
      await advance(10_000);
      expect(signals.count("run-ended")).toBe(1);
      await store.close();
    },
  );
});

describe("a person's word that cannot be written", () => {
  test("has no effect, not half of one, and is given again", async () => {
    let isFull = false;
    // Either of the two writes, if they were two.
    const store = failing("audit", () => (isFull ? full : undefined));
    const { receive, engine, partners } = await bench({ world: { store } });
    const erp = { kind: "system", system: "erp" } as const;
    await engine.pause(erp, "me");
    await receive("a");
    await engine.idle();
    expect(partners.requests).toHaveLength(0);
    isFull = true;
    const resumed = await engine.resume(erp, "me").then(
      () => true,
      () => false,
    );
    await engine.idle();
    expect(engine.status().paused).toHaveLength(resumed ? 0 : 1);
    expect(partners.requests.length > 0).toBe(resumed);
    expect(await store.read.audits({})).toHaveLength(resumed ? 2 : 1);
    await store.close();
  });
});

describe("a store that cannot write any more", () => {
  test("keeps nobody from stopping, and the next start recovers", async () => {
    let isFull = false;
    const store = failing("saveCheckpoint", () => (isFull ? full : undefined));
    const { receive, engine, signals } = await bench({ world: { store } });
    await receive("a");
    await engine.idle();
    isFull = true;
    await engine.stop();
    expect(engine.status().state).toBe("stopped");
    expect(await store.checkpoint("runtime:life")).toBe("running");
    expect(signals.count("run-ended")).toBe(1);
    await store.close();
  });
});

test("a stop that could not record what was spent is taken for a crash", async () => {
  const store = failing("saveCheckpoint", (name) =>
    String(name).startsWith("relay:") ? full : undefined,
  );
  const { receive, engine } = await bench({ world: { store } });
  await receive("a");
  await engine.idle();
  await engine.stop();
  expect(await store.checkpoint("runtime:life")).toBe("running");
  await store.close();
});

test("what is under way when a process ends counts as spent, also where no answer came", async () => {
  const limited = adapterText("tryton", "erp", "budget: [{ limit: 8, per: 1h }]\nconcurrency: 50");
  const files = workspace({
    "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
    "flows/system/erp.tryton.yaml": limited,
  });
  let life = await bench({ files });
  const all = Promise.withResolvers<void>();
  life.partners.answer = async () => {
    if (life.partners.requests.length === 8) all.resolve();
    return new Promise(() => {});
  };
  for (let number = 0; number < 12; number += 1) await life.receive(`m${number}`, `k${number}`);
  await all.promise;
  life.crash();
  life = await bench({ after: life });
  life.partners.answer = () => 200;
  await life.advance(1_800_000);
  expect(life.partners.to("tryton")).toHaveLength(8);
  await life.advance(4 * 3_600_000);
  expect(life.partners.effects()).toHaveLength(12);
});

test("what no record has is given out once, however often the process ends", async () => {
  let isFull = true;
  const store = failing("saveCheckpoint", (name) =>
    isFull && String(name).startsWith("relay:") ? full : undefined,
  );
  const files = workspace({
    "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
    "flows/system/erp.tryton.yaml": adapterText(
      "tryton",
      "erp",
      "budget: [{ limit: 4, per: 1h }]\nconcurrency: 50",
    ),
  });
  let life = await bench({ files, world: { store } });
  for (let number = 0; number < 12; number += 1) await life.receive(`m${number}`, `k${number}`);
  await life.engine.idle();
  for (let count = 0; count < 3; count += 1) {
    life.crash();
    life = await bench({ after: life, world: { store } });
    await life.advance(10_000);
  }
  expect(life.partners.to("tryton").length).toBeLessThanOrEqual(4);
  isFull = false;
  await life.advance(4 * 3_600_000);
  const runs = await store.read.runs({ limit: 100 });
  expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => "done"));
  await store.close();
});

describe("a decision", () => {
  test("that contradicts what was done before stops for a person, and only its lane waits", async () => {
    let isFirst = true;
    const conflict = new StoreError("store/effect-conflict", "another body under the same key");
    const store = failing("commit", () => {
      const error = isFirst ? conflict : undefined;
      isFirst = false;
      return error;
    });
    const { receive, engine, signals } = await bench({ world: { store } });
    await receive("a", "one");
    await engine.idle();
    await receive("b", "two");
    await engine.idle();
    expect(signals.count("run-parked")).toBe(1);
    expect(signals.count("run-ended")).toBe(1);
    const [problem] = await store.read.deadLetters({});
    expect(problem?.failure).toMatchObject({ class: "invalid", code: "store/effect-conflict" });
    await store.close();
  });

  test("that the rules cannot make parks the run at its step instead of stopping the engine", async () => {
    const { receive, engine, partners, statuses, store } = await bench();
    partners.answer = ({ data }) => (JSON.stringify(data).includes("odd") ? 599 : 200);
    await receive("odd", "one");
    await receive("fine", "two");
    await engine.idle();
    expect(await statuses()).toEqual({ invalid: 1, done: 1 });
    const [problem] = await store.read.deadLetters({});
    expect(problem?.failure.code).toBe("runtime/cannot-decide");
    const run = await store.read.run(problem?.runId ?? "");
    expect(run?.state).toMatchObject({
      nodes: { "steps.s1": { status: "failed", park: "invalid" } },
    });
  });
});

describe("a transport", () => {
  test("that throws leaves an unknown outcome, for the rules to settle", async () => {
    const { receive, engine, partners, advance, statuses } = await bench();
    let isBroken = true;
    partners.answer = () => {
      if (isBroken) throw new Error("a mistake");
      return 200;
    };
    await receive("a");
    await engine.idle();
    isBroken = false;
    await advance(10_000);
    expect(await statuses()).toEqual({ done: 1 });
  });
});

describe("a partner's rest", () => {
  test("lasts no longer when the machine's clock was set back before a restart", async () => {
    const files = workspace({
      "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
      "flows/system/erp.tryton.yaml": adapterText("tryton", "erp", ""),
    });
    let life = await bench({ files });
    life.partners.answer = () => response(429, { "retry-after": "60" });
    await life.receive("a");
    await life.engine.idle();
    expect(life.partners.to("tryton")).toHaveLength(1);
    await life.advance(1_000);
    life.crash();
    const { clock } = life;
    const hours = 5 * 3_600_000;
    const setBack: Clock = {
      now: () => clock.now() - hours,
      wall: () => clock.now() - hours,
      steady: () => clock.steady(),
      schedule: (at, wake) => clock.schedule(at + hours, wake),
    };
    life = await bench({ after: life, world: { clock: setBack } });
    life.partners.answer = () => 200;
    await life.receive("b", "other");
    await life.advance(30_000);
    expect(life.partners.to("tryton")).toHaveLength(1);
    await life.advance(40_000);
    expect(life.partners.to("tryton")).toHaveLength(2);
  });
});
