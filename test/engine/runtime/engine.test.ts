import { describe, expect, test, vi } from "vitest";
import type { Received } from "../../../engine/model/received.ts";
import type { Engine } from "../../../engine/runtime/index.ts";
import {
  adapterText,
  bench,
  flowText,
  make,
  type Partners,
  response,
  thing,
  workspace,
} from "./bench.ts";

describe("a message", () => {
  test("passes through all calls of its flow and ends", async () => {
    const { engine, receive, partners, statuses, signals } = await bench();
    const answer = await receive("a");
    expect(answer).toMatchObject({ outcome: "accepted", runs: [{ flow: "post-thing" }] });
    await engine.idle();
    expect(partners.requests.map(({ adapter, key }) => [adapter, key])).toEqual([
      ["tryton", "post-thing:a:steps.s1"],
      ["stripe", "post-thing:a:steps.s2"],
    ]);
    expect(await statuses()).toEqual({ done: 1 });
    expect(signals.count("run-ended")).toBe(1);
    expect(engine.status().backlog).toBe(0);
  });

  test("is on disk when it is acknowledged", async () => {
    const { receive, store } = await bench();
    const answer = await receive("a");
    if (answer.outcome === "refused") throw new Error(answer.message);
    expect((await store.read.message(answer.messageId))?.message.data).toEqual({
      id: "a",
      key: "k",
    });
  });

  test("that comes twice is acknowledged with the first id and leaves no second run", async () => {
    const { engine, receive, partners } = await bench();
    const first = await receive("a");
    await engine.idle();
    const second = await receive("a");
    await engine.idle();
    expect(second).toMatchObject({
      outcome: "duplicate",
      messageId: first.outcome === "refused" ? "" : first.messageId,
    });
    expect(partners.requests).toHaveLength(2);
  });

  test("is refused before the engine starts and after it stops", async () => {
    const { engine, receive, clock } = await bench();
    await engine.stop();
    expect(await receive("a")).toMatchObject({ outcome: "refused", reason: "stopping" });
    const answer = await receive("b");
    expect(answer.outcome === "refused" && answer.retryAt > clock.now()).toBe(true);
  });

  test("keeps one correlation id and trace from the first cause to the last request", async () => {
    const { engine, partners } = await bench();
    const seen: (readonly [string, string])[] = [];
    partners.answer = (_, { correlationId, traceparent }) => {
      seen.push([correlationId, traceparent.slice(3, 35)]);
      return 200;
    };
    const trace = "0af7651916cd43dd8448eb211c80319c";
    await engine.receive({
      ...thing("a", "k"),
      correlationId: "order-17",
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
    });
    await engine.idle();
    expect(seen).toEqual([
      ["order-17", trace],
      ["order-17", trace],
    ]);
  });
});

describe("a failing partner", () => {
  test("is tried again at the times the rules say", async () => {
    const { engine, receive, partners, clock, advance, statuses } = await bench();
    const start = clock.now();
    partners.answer = ({ adapter }) =>
      adapter === "tryton" && partners.to("tryton").length <= 3 ? 503 : 200;
    await receive("a");
    await engine.idle();
    await advance(60_000);
    expect(partners.to("tryton").map(({ at }) => at - start)).toEqual([0, 1_000, 3_000, 7_000]);
    expect(await statuses()).toEqual({ done: 1 });
  });

  test("for which a message is given up leaves it parked, and its lane waiting", async () => {
    const { engine, receive, partners, advance, statuses, store } = await bench();
    partners.answer = ({ data }) => (JSON.stringify(data).includes('"bad"') ? 500 : 200);
    await receive("bad", "one");
    await receive("behind", "one");
    await receive("beside", "two");
    await engine.idle();
    await advance(120_000);
    expect(await statuses()).toEqual({ dead: 1, done: 1, queued: 1 });
    const [dead] = await store.read.deadLetters({});
    await engine.unpark(dead?.runId ?? "", { kind: "discard", by: "me", reason: "a test" });
    await engine.idle();
    expect(await statuses()).toEqual({ discarded: 1, done: 2 });
  });
});

describe("order", () => {
  test("is kept within a key, and no key waits for another", async () => {
    const { engine, receive, partners, advance } = await bench();
    let isStuck = true;
    partners.answer = ({ data }) =>
      isStuck && JSON.stringify(data).includes('"slow"') ? 503 : 200;
    for (let number = 1; number <= 5; number += 1) {
      await receive(`slow-${number}`, "slow");
      await receive(`fast-${number}`, "fast");
    }
    await engine.idle();
    const keys = (part: string): string[] =>
      partners
        .to("stripe")
        .map(({ key }) => key)
        .filter((key) => key.includes(part));
    expect(keys("fast")).toHaveLength(5);
    expect(keys("slow")).toHaveLength(0);
    isStuck = false;
    await advance(60_000);
    expect(keys("slow")).toEqual([1, 2, 3, 4, 5].map((n) => `post-thing:slow-${n}:steps.s2`));
    expect(keys("fast")).toEqual([1, 2, 3, 4, 5].map((n) => `post-thing:fast-${n}:steps.s2`));
  });
});

describe("429", () => {
  test("with Retry-After holds every flow's requests to that adapter, and no other adapter", async () => {
    const files = workspace({
      "flows/process/other-thing.yaml": flowText("other-thing", ["erp.confirm"]),
    });
    const { engine, receive, partners, clock, advance, statuses } = await bench({ files });
    const start = clock.now();
    let isFirst = true;
    partners.answer = ({ adapter }) => {
      if (adapter !== "tryton" || !isFirst) return 200;
      isFirst = false;
      return response(429, { "retry-after": "30" });
    };
    await receive("a", "one");
    await engine.idle();
    await receive("b", "two");
    await engine.idle();
    // Both flows started for `a` at once; afterwards the adapter rests.
    expect(partners.to("tryton").filter(({ at }) => at > start)).toHaveLength(0);
    const before = partners.to("tryton").length;
    await advance(29_999);
    expect(partners.to("tryton")).toHaveLength(before);
    expect(engine.status().adapters.find(({ adapter }) => adapter === "tryton")).toMatchObject({
      heldUntil: start + 30_000,
      why: "retry-after",
    });
    await advance(1);
    await advance(60_000);
    expect(await statuses()).toEqual({ done: 4 });
    expect(partners.to("tryton").filter(({ at }) => at > start && at < start + 30_000)).toEqual([]);
  });
});

describe("circuit breaker", () => {
  test("stops after failures in a row, probes once, and closes on success", async () => {
    const files = workspace({
      "flows/system/erp.tryton.yaml": adapterText(
        "tryton",
        "erp",
        "circuit: { failures: 3, within: 30s, open: 60s }\nconcurrency: 1",
      ),
    });
    const { engine, receive, partners, clock, advance, statuses } = await bench({ files });
    const start = clock.now();
    let isDown = true;
    partners.answer = ({ adapter }) => (adapter === "tryton" && isDown ? 500 : 200);
    for (let number = 0; number < 6; number += 1) await receive(`m${number}`, `k${number}`);
    await engine.idle();
    expect(partners.to("tryton")).toHaveLength(3);
    expect(engine.status().adapters[0]).toMatchObject({ circuit: "open", queued: 3 });
    await advance(60_000);
    expect(partners.to("tryton").map(({ at }) => at - start)).toEqual([0, 0, 0, 60_000]);
    isDown = false;
    await advance(59_999);
    expect(partners.to("tryton")).toHaveLength(4);
    await advance(60_001);
    expect(await statuses()).toEqual({ done: 6 });
    expect(engine.status().adapters[0]).toMatchObject({ circuit: "closed" });
  });

  test("is not opened by what our own rules keep back, such as an address that is no more allowed", async () => {
    const files = workspace({
      "flows/system/erp.tryton.yaml": adapterText(
        "tryton",
        "erp",
        "circuit: { failures: 2, within: 30s, open: 60s }\nconcurrency: 1",
      ),
    });
    const { engine, receive, partners } = await bench({ files });
    partners.answer = ({ adapter }) =>
      adapter === "tryton" && partners.to("tryton").length <= 3
        ? { kind: "not-sent", reason: "not under egress", refused: true, ms: 0 }
        : 200;
    for (let number = 0; number < 4; number += 1) await receive(`m${number}`, `k${number}`);
    await engine.idle();
    expect(partners.to("tryton")).toHaveLength(4);
    expect(engine.status().adapters[0]).toMatchObject({ circuit: "closed" });
  });
});

describe("pauses", () => {
  test("asked for and ended at the same time are all kept", async () => {
    const { engine } = await bench();
    const target = (system: string) => ({ kind: "system", system }) as const;
    await Promise.all(["erp", "billing"].map((system) => engine.pause(target(system), "me")));
    expect(engine.status().paused).toHaveLength(2);
    await Promise.all(["erp", "billing"].map((system) => engine.resume(target(system), "me")));
    expect(engine.status().paused).toEqual([]);
  });

  test("of a system let messages in and send nothing to it, over a restart too", async () => {
    const first = await bench();
    await first.engine.pause({ kind: "system", system: "billing" }, "me");
    for (const id of ["a", "b", "c"]) await first.receive(id);
    await first.engine.idle();
    await first.engine.stop();
    const second = await bench({ after: first });
    await second.engine.idle();
    expect(second.partners.to("stripe")).toHaveLength(0);
    expect(second.engine.status().paused).toEqual([{ kind: "system", system: "billing" }]);
    await second.engine.resume({ kind: "system", system: "billing" }, "me");
    await second.engine.idle();
    expect(second.partners.to("stripe").map(({ key }) => key)).toEqual(
      ["a", "b", "c"].map((id) => `post-thing:${id}:steps.s2`),
    );
  });

  test("of a flow and of one key start no run of it", async () => {
    const { engine, receive, partners, statuses } = await bench();
    await engine.pause({ kind: "key", flow: "post-thing", laneKey: "one" }, "me");
    await receive("a", "one");
    await receive("b", "two");
    await engine.idle();
    expect(partners.effects()).toEqual(["post-thing:b:steps.s1", "post-thing:b:steps.s2"]);
    await engine.pause({ kind: "flow", flow: "post-thing" }, "me");
    await engine.resume({ kind: "key", flow: "post-thing", laneKey: "one" }, "me");
    await engine.idle();
    expect(await statuses()).toEqual({ done: 1, ready: 1 });
    await engine.resume({ kind: "flow", flow: "post-thing" }, "me");
    await engine.idle();
    expect(await statuses()).toEqual({ done: 2 });
  });
});

describe("priority", () => {
  test("decides who goes first where a partner is the bottleneck, and starves no one", async () => {
    const files = workspace({
      "flows/system/erp.tryton.yaml": adapterText(
        "tryton",
        "erp",
        "budget: [ { limit: 1, per: 1s } ]",
      ),
      "flows/process/urgent.yaml": flowText("urgent", ["erp.post"], "priority: high"),
      "flows/process/note.yaml": flowText("note", ["erp.post"], "priority: low"),
    });
    const { engine, partners, advance, statuses } = await bench({ files });
    for (let n = 0; n < 5; n += 1) {
      await engine.receive({ ...thing(`note-${n}`, `n${n}`), flow: "note" });
    }
    for (let n = 0; n < 3; n += 1) {
      await engine.receive({ ...thing(`urgent-${n}`, `u${n}`), flow: "urgent" });
    }
    await engine.idle();
    await advance(60_000);
    expect(partners.requests.map(({ key }) => key.split(":")[0])).toEqual(
      "note urgent urgent urgent note note note note".split(" "),
    );
    expect(await statuses()).toEqual({ done: 8 });
  });
});

describe("back-pressure", () => {
  test("refuses low and normal priority before high, and takes all again once work is done", async () => {
    const files = workspace({
      "flows/process/urgent.yaml": flowText("urgent", ["erp.post"], "priority: high"),
      "flows/process/note.yaml": flowText("note", ["erp.post"], "priority: low"),
    });
    const { engine, partners, statuses } = await bench({
      files,
      world: { limits: { backlog: 10 } },
    });
    await engine.pause({ kind: "system", system: "erp" }, "me");
    const take = async (flow: string, id: string): Promise<string> =>
      (await engine.receive({ ...thing(id, id), flow })).outcome;
    const outcomes = (flow: string, count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, (_, n) => take(flow, `${flow}-${n}`)));
    for (let n = 0; n < 8; n += 1) expect(await take("note", `n${n}`)).toBe("accepted");
    expect(await take("note", "n8")).toBe("refused");
    expect(await take("post-thing", "p0")).toBe("accepted");
    expect(await take("post-thing", "p1")).toBe("accepted");
    expect(await take("post-thing", "p2")).toBe("refused");
    expect(await take("urgent", "u0")).toBe("accepted");
    await engine.resume({ kind: "system", system: "erp" }, "me");
    await engine.idle();
    expect(await statuses()).toEqual({ done: 11 });
    expect(new Set(await outcomes("note", 5))).toEqual(new Set(["accepted"]));
    expect(partners.requests.length).toBeGreaterThan(0);
  });
});

test("what somebody asks before the start is through leaves what stood before", async () => {
  const first = await bench();
  const stopped = { kind: "system", system: "erp" } as const;
  await first.engine.pause(stopped, "me");
  first.crash();
  const second = make({ after: first });
  const asked = second.engine.resume({ kind: "system", system: "billing" }, "me");
  await second.engine.start();
  expect(await asked).toBe(false);
  expect(second.engine.status().paused).toEqual([stopped]);
  second.crash();
  const third = await bench({ after: second });
  expect(third.engine.status().paused).toEqual([stopped]);
});

describe("what came together", () => {
  const outcomes = async (engine: Engine, received: readonly Received[]): Promise<string[]> =>
    (await engine.receiveInOrder(received)).map(({ outcome }) => outcome);
  const posted = ({ requests }: Partners): readonly unknown[] =>
    requests.filter(({ path }) => path.startsWith("steps.s1")).map(({ data }) => data);

  test("is not overtaken where one of it cannot be stored, and comes whole when it is sent again", async () => {
    const { engine, partners, log } = await bench();
    const [one, two, three] = [thing("1", "k"), thing("2", "k"), thing("3", "k")];
    // JSON has no such number.
    const broken = { ...two, data: { id: "2", key: "k", much: 2n as unknown as number } };
    expect(await outcomes(engine, [one, broken, three])).toEqual([
      "accepted",
      "refused",
      "refused",
    ]);
    await engine.idle();
    expect(posted(partners)).toEqual([one.data]);
    expect(log.filter((line) => line === "error a message could not be stored")).toHaveLength(1);
    expect(await outcomes(engine, [one, two, three])).toEqual([
      "duplicate",
      "accepted",
      "accepted",
    ]);
    await engine.idle();
    expect(posted(partners)).toEqual([one, two, three].map(({ data }) => data));
  });

  test("is not overtaken where there is too much of it, but by what is more urgent", async () => {
    const files = workspace({
      "flows/process/urgent.yaml": flowText("urgent", ["erp.post"], "priority: high"),
      "flows/process/note.yaml": flowText("note", ["erp.post"], "priority: low"),
    });
    const { engine, store } = await bench({ files, world: { limits: { backlog: 10 } } });
    await engine.pause({ kind: "system", system: "erp" }, "me");
    const of = (flow: string, id: string): Received => ({ ...thing(id, id), flow });
    for (let nth = 0; nth < 8; nth += 1) await engine.receive(of("note", `n${nth}`));
    let backlog = 8;
    // Work is done between the second and the third.
    const counted = vi.spyOn(store, "backlog", "get").mockImplementation(() => {
      backlog -= 0.25;
      return Math.ceil(backlog);
    });
    const answers = await outcomes(engine, [
      of("note", "n8"),
      of("urgent", "u0"),
      of("note", "n9"),
      of("post-thing", "p0"),
    ]);
    counted.mockRestore();
    expect(answers).toEqual(["refused", "accepted", "refused", "accepted"]);
  });
});

describe("an API caller", () => {
  test("gets the run's answer in the same request, and the same one again", async () => {
    const { engine } = await bench();
    const first = await engine.receiveAndWait({ ...thing("a", "k"), channel: "api" });
    expect(first).toMatchObject({ outcome: "answered", response: { status: 200 } });
    const second = await engine.receiveAndWait({ ...thing("a", "k"), channel: "api" });
    expect(second).toMatchObject({ outcome: "answered", response: { status: 200 } });
    expect(engine.status().waiting).toBe(0);
  });

  test("whose time is up gets the run's id, and the answer by it later", async () => {
    const { engine, partners, clock, advance } = await bench();
    let isSlow = true;
    partners.answer = () => (isSlow ? 503 : 200);
    const waiting = engine.receiveAndWait({
      ...thing("a", "k"),
      channel: "api",
      respondBy: clock.now() + 500,
    });
    await engine.idle();
    await advance(500);
    const answer = await waiting;
    expect(answer).toMatchObject({ outcome: "pending" });
    isSlow = false;
    await advance(10_000);
    const runId = answer.outcome === "pending" ? (answer.runId ?? "") : "";
    expect(await engine.response(runId)).toMatchObject({ status: 200 });
  });
});

describe("a replay", () => {
  test("is a new message that says what it is a replay of", async () => {
    const { engine, receive, store } = await bench();
    const first = await receive("a");
    await engine.idle();
    const of = first.outcome === "refused" ? "" : first.messageId;
    const again = await engine.replay(of, { by: "me" });
    await engine.idle();
    if (again.outcome === "refused") throw new Error(again.message);
    expect(again.outcome).toBe("accepted");
    expect((await store.read.message(again.messageId))?.message.replayOf).toBe(of);
  });

  test("of what is not there says so", async () => {
    const { engine } = await bench();
    await expect(
      engine.replay("0197a000-0000-7000-8000-000000000000", { by: "me" }),
    ).rejects.toThrow(/no message has the id/);
  });
});
