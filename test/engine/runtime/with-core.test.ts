import { describe, expect, test } from "vitest";
import { decide, intake } from "../../../engine/core/index.ts";
import type { SignalPoint } from "../../../engine/ports/signals.ts";
import {
  adapterText,
  type Bench,
  bench as benchOf,
  type BenchOptions,
  compile,
  flowText,
  response,
  thing,
  workspace,
} from "./bench.ts";

const bench = (options: BenchOptions = {}): Promise<Bench> =>
  benchOf({ ...options, world: { rules: { decide, intake }, ...options.world } });

const flow = (text: string): Readonly<Record<string, string>> => ({
  "flows/process/post-thing.yaml": `flow: post-thing
owner: ops
trigger: { event: erp.thing.made }
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
${text}`,
});

describe("a flow with the product's own rules", () => {
  test("passes through its calls, each with a key of its own, and ends", async () => {
    const { engine, receive, partners, statuses } = await bench();
    await receive("a");
    await engine.idle();
    expect(await statuses()).toEqual({ done: 1 });
    expect(partners.requests.map(({ adapter, path }) => [adapter, path])).toEqual([
      ["tryton", "steps.s1/request"],
      ["stripe", "steps.s2/request"],
    ]);
    expect(partners.effects()).toHaveLength(2);
  });

  test("retries, gives up, parks, and goes on from the failed step when a person says so", async () => {
    const { engine, receive, partners, statuses, advance, store } = await bench();
    let isDown = true;
    partners.answer = ({ adapter }) => (adapter === "stripe" && isDown ? 503 : 200);
    await receive("a");
    await engine.idle();
    await advance(7 * 86_400_000);
    expect(await statuses()).toEqual({ dead: 1 });
    const before = partners.requests.length;
    isDown = false;
    const [dead] = await store.read.deadLetters({});
    expect(await engine.unpark(dead?.runId ?? "", { kind: "resume", by: "me" })).toBe(true);
    await engine.idle();
    await advance(60_000);
    expect(await statuses()).toEqual({ done: 1 });
    expect(partners.requests.slice(before).map(({ adapter }) => adapter)).toEqual(["stripe"]);
    expect(partners.effects()).toHaveLength(2);
  });

  test("obeys a 429 and counts it against no one", async () => {
    const { engine, receive, partners, statuses, advance, clock } = await bench();
    const start = clock.now();
    partners.answer = () =>
      partners.requests.length === 1 ? response(429, { "retry-after": "30" }) : 200;
    await receive("a", "one");
    await engine.idle();
    await receive("b", "two");
    await engine.idle();
    await advance(29_999);
    expect(partners.requests).toHaveLength(1);
    await advance(120_000);
    expect(await statuses()).toEqual({ done: 2 });
    expect(partners.requests[1]?.at).toBeGreaterThanOrEqual(start + 30_000);
  });

  test("emits events that start other flows, in the same commit", async () => {
    const files = workspace({
      "flows/process/post-thing.yaml": `flow: post-thing
owner: ops
trigger: { event: erp.thing.made }
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
emits: { thing.posted: canonical/thing@1 }
steps:
  - call: erp.post
    id: post
    with: "\${ $message.data }"
  - emit: thing.posted
    with: "\${ $message.data }"
`,
      "flows/process/follow.yaml": flowText("follow", ["billing.post"]).replace(
        "erp.thing.made",
        "thing.posted",
      ),
    });
    const { engine, receive, partners, store } = await bench({ files });
    await receive("a");
    await engine.idle();
    const runs = await store.read.runs({});
    expect(runs.map((run) => `${run.flow} ${run.status}`).sort()).toEqual([
      "follow done",
      "post-thing done",
    ]);
    expect(new Set(runs.map(({ correlationId }) => correlationId)).size).toBe(1);
    expect(partners.requests.map(({ adapter }) => adapter)).toEqual(["tryton", "stripe"]);
    expect(engine.status().backlog).toBe(0);
  });

  test("counts no event that nobody subscribes to as work to be done", async () => {
    const files = workspace({
      "flows/process/post-thing.yaml": `flow: post-thing
owner: ops
trigger: { event: erp.thing.made }
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
emits: { thing.posted: canonical/thing@1 }
steps:
  - emit: thing.posted
    with: "\${ $message.data }"
`,
    });
    const { engine, receive } = await bench({ files });
    await receive("a");
    await receive("b");
    await engine.idle();
    expect(engine.status().backlog).toBe(0);
  });

  test("runs another flow as a function and goes on with its output", async () => {
    const files = workspace({
      ...flow(`steps:
  - run: reserve
    id: reserved
    with: "\${ $message.data }"
  - call: billing.post
    id: bill
    with: { id: "\${ $steps.reserved.number }", key: "\${ $message.data.key }" }
`),
      "flows/process/reserve.yaml": `flow: reserve
owner: ops
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
output: { number: "\${ 'R-' & $message.data.id }" }
steps:
  - call: erp.post
    id: post
    with: "\${ $message.data }"
`,
    });
    const { engine, receive, partners, store } = await bench({ files });
    await receive("a");
    await engine.idle();
    expect((await store.read.runs({})).map((run) => `${run.flow} ${run.status}`).sort()).toEqual([
      "post-thing done",
      "reserve done",
    ]);
    expect(partners.to("stripe")[0]?.data).toEqual({ id: "R-a", key: "k" });
  });

  test("waits for an event, also over a restart, and for a time when none comes", async () => {
    const files = workspace({
      ...flow(`steps:
  - listen: { event: erp.thing.confirmed, correlate: { id: "\${ $message.data.id }" }, within: 10m }
    id: heard
    lane: release
    on-timeout: [ { call: billing.confirm, id: late, with: "\${ $message.data }" } ]
  - call: billing.post
    id: bill
    with: "\${ $message.data }"
`),
      "flows/system/erp.yaml": `system: erp
owner: ops
operations:
  post: { effect: upsert }
  confirm: { effect: upsert }
events:
  thing.made: { data: canonical/thing@1 }
  thing.confirmed: { data: canonical/thing@1, correlate: [id] }
`,
    });
    const first = await bench({ files });
    await first.receive("a", "one");
    await first.receive("b", "two");
    await first.engine.idle();
    expect(await first.statuses()).toEqual({ released: 2 });
    first.crash();
    const second = await bench({ after: first });
    await second.engine.receive({
      ...thing("a", "one"),
      type: "erp.thing.confirmed",
      dedupeKey: "c",
    });
    await second.engine.idle();
    expect(await second.statuses()).toEqual({ released: 1, done: 1 });
    expect(second.partners.to("stripe").map(({ path }) => path)).toEqual(["steps.bill/request"]);
    await second.advance(600_000);
    expect(await second.statuses()).toEqual({ done: 2 });
    expect(second.partners.to("stripe").map(({ path }) => path)).toHaveLength(3);
  });

  test("waits for a person, and for as long as it is told", async () => {
    const files = workspace(
      flow(`steps:
  - task: { team: ops, title: Approve, choices: [approve, reject], within: 2d }
    id: approval
    lane: hold
  - wait: { for: 1h }
    lane: hold
  - call: billing.post
    if: "$steps.approval.choice = 'approve'"
    id: bill
    with: "\${ $message.data }"
`),
    );
    const { engine, receive, statuses, store, partners, advance } = await bench({ files });
    await receive("a");
    await engine.idle();
    const [task] = await store.read.tasks({});
    expect(await engine.choose(task?.id ?? "", { choice: "approve", by: "Ada" })).toBe(true);
    await engine.idle();
    await advance(3_599_999);
    expect(partners.requests).toHaveLength(0);
    await advance(1);
    expect(await statuses()).toEqual({ done: 1 });
    expect(partners.requests).toHaveLength(1);
  });

  test("undoes what was done, last first, when a partner says no", async () => {
    const files = workspace(
      flow(`steps:
  - call: erp.post
    id: first
    with: "\${ $message.data }"
    undo: { call: erp.confirm, with: "\${ $message.data }" }
  - call: billing.post
    id: second
    with: "\${ $message.data }"
    undo: { call: billing.confirm, with: "\${ $message.data }" }
  - call: erp.post
    id: third
    with: "\${ $message.data }"
`),
    );
    const { engine, receive, statuses, partners } = await bench({ files });
    partners.answer = ({ path }) => (path.startsWith("steps.third") ? 422 : 200);
    await receive("a");
    await engine.idle();
    expect(await statuses()).toEqual({ failed: 1 });
    expect(partners.requests.map(({ path }) => path)).toEqual([
      "steps.first/request",
      "steps.second/request",
      "steps.third/request",
      "undo.steps.second/request",
      "undo.steps.first/request",
    ]);
  });

  test("refuses an expression's mistake as invalid, and goes on from there on a mended generation", async () => {
    const broken = flow(`steps:
  - call: erp.post
    id: post
    with: "\${ $message.data }"
  - call: billing.post
    id: bill
    with: { id: "\${ $string($number($message.data.id)) }", key: k }
`);
    const { engine, receive, statuses, partners, store } = await bench({
      files: workspace(broken),
    });
    await receive("a");
    await engine.idle();
    expect(await statuses()).toEqual({ invalid: 1 });
    const mended = compile(
      workspace(
        flow(`steps:
  - call: erp.post
    id: post
    with: "\${ $message.data }"
  - call: billing.post
    id: bill
    with: { id: "\${ $message.data.id }", key: k }
`),
      ),
    );
    await engine.adopt(mended);
    const [problem] = await store.read.deadLetters({});
    await engine.unpark(problem?.runId ?? "", {
      kind: "resume",
      by: "me",
      generation: mended.hash,
    });
    await engine.idle();
    expect(await statuses()).toEqual({ done: 1 });
    expect(partners.requests.map(({ adapter }) => adapter)).toEqual(["tryton", "stripe"]);
  });
});

describe("a delivery that waits for its partner's budget", () => {
  test.each(["post", "getThing"])(
    "is not sent any more once its step timed out: %s",
    async (operation) => {
      const files = workspace({
        ...flow(`steps:
  - call: erp.${operation}
    id: post
    with: "\${ $message.data }"
    timeout: 5s
    on-error: continue
`),
        "flows/system/erp.tryton.yaml": adapterText(
          "tryton",
          "erp",
          "budget: [ { limit: 1, per: 1h } ]",
        ).replace("operations:", "operations:\n  getThing: { request: { get: /things } }"),
        "flows/system/erp.yaml": (workspace()["flows/system/erp.yaml"] ?? "").replace(
          "operations:",
          "operations:\n  getThing: { effect: read }",
        ),
      });
      const { engine, receive, partners, statuses, advance } = await bench({ files });
      await receive("a", "one");
      await receive("b", "two");
      await engine.idle();
      expect(engine.status().adapters[0]).toMatchObject({ queued: 1, why: "budget" });
      await advance(5_000);
      expect(await statuses()).toEqual({ done: 2 });
      expect(engine.status().adapters[0]).toMatchObject({ queued: 0 });
      await advance(2 * 3_600_000);
      expect(partners.requests).toHaveLength(1);
    },
  );
});

describe("a message that the flow's own expressions cannot digest", () => {
  test("is kept for a person, and acknowledged, since its sender cannot mend it", async () => {
    const files = workspace({
      "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]).replace(
        'key: "$message.data.key"',
        'key: "$string($number($message.data.key))"',
      ),
    });
    const { engine, receive, statuses, store } = await bench({ files });
    expect((await receive("a", "not a number")).outcome).toBe("accepted");
    expect((await receive("b", "17")).outcome).toBe("accepted");
    await engine.idle();
    expect(await statuses()).toEqual({ invalid: 1, done: 1 });
    const [problem] = await store.read.deadLetters({});
    expect(problem?.failure.class).toBe("invalid");
  });
});

describe("an engine with the product's own rules, killed", () => {
  const points: readonly SignalPoint[] = [
    "message-accepted",
    "before-commit",
    "after-commit",
    "before-send",
    "after-send",
  ];
  for (const point of points) {
    for (const nth of [1, 2, 3, 4]) {
      test(`at ${point} (${nth}) reaches the same end state after a restart`, async () => {
        const files = workspace({
          "flows/system/billing.stripe.yaml": adapterText("stripe", "billing"),
        });
        const first = await bench({ files });
        let count = 0;
        first.signals.on((reached) => {
          if (reached.point === point && (count += 1) === nth) first.crash();
        });
        const ids = ["a", "b", "c"];
        for (const id of ids) void first.receive(id, id === "c" ? "other" : "k");
        await first.advance(1_000);
        const second = await bench({ after: first });
        for (const id of ids) await second.receive(id, id === "c" ? "other" : "k");
        await second.engine.idle();
        await second.advance(300_000);
        expect(await second.statuses()).toEqual({ done: 3 });
        expect(second.partners.effects()).toHaveLength(6);
        const orders = second.partners.to("stripe").map(({ data }) => JSON.stringify(data));
        expect(orders.indexOf('{"id":"a","key":"k"}')).toBeLessThan(
          orders.indexOf('{"id":"b","key":"k"}'),
        );
      });
    }
  }
});
