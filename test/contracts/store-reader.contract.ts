import { describe, expect, test } from "vitest";
import type { Failure } from "../../engine/errors/failure.ts";
import { answered, emptyState, Fixture, only, start } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

export function readerContract(use: UseStore): void {
  const failure: Failure = { class: "transient", code: "erp-down", message: "no answer" };

  describe("lists", () => {
    test("runs are filtered and limited, newest first", async () => {
      const { store } = await use();
      const make = new Fixture();
      const type = "billing.paid";
      const a = await make.accept(store, { laneKey: null });
      const b = await make.accept(store, { flow: "credits", laneKey: null }, { type });
      const { runId: c } = await make.started(store, { status: "failed", end: { failure } });
      const ids = async (
        filter: Parameters<typeof store.read.runs>[0],
      ): Promise<readonly string[]> => (await store.read.runs(filter)).map(({ id }) => id);
      expect(await ids({})).toEqual([c, b, a]);
      expect(await ids({ limit: 1 })).toEqual([c]);
      expect(await ids({ flow: "credits" })).toEqual([b]);
      expect(await ids({ type })).toEqual([b]);
      expect(await ids({ status: "failed" })).toEqual([c]);
      expect(await ids({ id: a })).toEqual([a]);
      expect(await ids({ id: "none" })).toEqual([]);
      expect(await ids({ since: start + 1 })).toEqual([]);
      expect(await ids({ until: start + 1 })).toHaveLength(3);
      expect(only(await store.read.runs({ status: "failed" }))).toMatchObject({
        error: failure,
        endedAt: start,
      });
    });

    test("messages are filtered by type, flow, time and id", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.accept(store, { flow: "orders" });
      const other = make.message({ type: "billing.paid", receivedAt: start + 5 });
      await store.accept(make.intake({ message: other, raw: Buffer.from("{}  ") }), start + 5);
      expect(await store.read.messages({})).toHaveLength(2);
      for (const filter of [{ type: "billing.paid" }, { since: start + 1 }, { id: other.id }]) {
        expect(only(await store.read.messages(filter))).toMatchObject({
          id: other.id,
          bytes: 4,
          runs: 0,
        });
      }
      for (const filter of [{ flow: "orders" }, { until: start + 1 }]) {
        expect(only(await store.read.messages(filter)).type).toBe("crm.opportunity.won");
      }
    });

    test("a dead letter says why, and how many wait behind it", async () => {
      const { store } = await use();
      const make = new Fixture();
      const impact = { class: "revenue", amount: "10.00" };
      const problems = [
        { kind: "issue", path: "steps.a", failure: { ...failure, code: "other" } },
        { kind: "dead", path: "steps.order", failure },
      ] as const;
      const { runId, commit } = await make.started(
        store,
        { deliveries: [make.delivery()] },
        { impact },
      );
      const deliveryId = only(commit.deliveryIds);
      const event = answered(deliveryId);
      await store.commit(
        make.commit(runId, { status: "dead", problems }, { event, deliveryId }),
        start + 3,
      );
      await make.accept(store);
      await make.accept(store);
      await make.accept(store, { laneKey: "K2" });
      expect(await store.read.deadLetters({})).toMatchObject([
        {
          runId,
          status: "dead",
          at: start + 3,
          failure,
          blocked: 2,
          attempts: 1,
          impact,
          laneKey: "K1",
        },
      ]);
      expect(await store.read.deadLetters({ status: "stuck" })).toEqual([]);
      expect(await store.read.deadLetters({ flow: "orders", id: runId })).toHaveLength(1);
    });

    test("counts say what is open and what was done", async () => {
      const { store } = await use();
      const make = new Fixture();
      const message = { dedupeKey: "one" };
      await make.accept(store, { laneKey: null }, message);
      await make.accept(store, { laneKey: null }, message);
      await make.started(store, { status: "done" });
      await make.started(store, { deliveries: [make.delivery()] });
      expect(await store.read.counts()).toMatchObject({
        messages: 3,
        duplicates: 1,
        done: 1,
        active: 1,
        deliveries: 1,
        timers: 0,
        tasks: 0,
      });
    });

    test("a run shows its state, its answer, its end, its history and its milestones", async () => {
      const { store } = await use();
      const make = new Fixture();
      const response = { status: 201, headers: {}, body: { id: 1 } };
      const state = { ...emptyState, completions: 2 };
      const { runId } = await make.started(store, {
        status: "done",
        state,
        response,
        end: { output: { id: 1 } },
        history: [
          { path: "steps.a", what: "started" },
          { path: "steps.a", what: "done", detail: { ms: 1 } },
        ],
        milestones: [{ name: "order.created", path: "steps.a" }],
      });
      expect(await store.read.run(runId)).toMatchObject({
        state,
        response,
        end: { output: { id: 1 } },
        history: [
          { at: start, path: "steps.a", what: "started" },
          { at: start, path: "steps.a", what: "done", detail: { ms: 1 } },
        ],
        milestones: [{ name: "order.created", at: start }],
      });
      expect(await store.read.run(make.id())).toBeUndefined();
      expect(await store.read.run("none")).toBeUndefined();
      expect(await store.load("none")).toBeUndefined();
    });
  });

  describe("trace", () => {
    test("any business id shows the whole story, in order of time", async () => {
      const { store } = await use();
      const make = new Fixture();
      const correlationId = make.id();
      const data = { opportunityId: "006-9", account: { customerNumber: "C-77" } };
      const message = make.message({ correlationId, subject: "subject-1", data });
      const run = make.run({ identity: "006-9:won", laneKey: "lane-9" });
      await store.accept(make.intake({ message, runs: [run], correlate: { ref: "cor-1" } }), start);
      await store.claim(1, start);
      const commit = make.commit(run.id, {
        status: "active",
        deliveries: [make.delivery()],
        history: [{ path: "steps.order", what: "started" }],
        tasks: [
          { path: "steps.ok", team: "t", title: "T", choices: ["a"], show: null, due: start },
        ],
      });
      await store.commit(commit, start + 1);
      const deliveryId = only(commit.deliveryIds);
      const event = answered(deliveryId);
      const emitted = make.message({
        correlationId,
        type: "order.confirmed",
        receivedAt: start + 2,
      });
      await store.commit(
        make.commit(
          run.id,
          {
            results: { "steps.order": { orderNumber: "SO-123" } },
            links: [{ entity: "order", canonicalId: "SO-123", system: "erp", id: "4711" }],
            milestones: [{ name: "order.created", path: "steps.order" }],
          },
          { event, deliveryId, intakes: [make.intake({ message: emitted })] },
        ),
        start + 2,
      );
      await make.accept(store, { laneKey: "other" });

      const whole = await store.read.trace(message.id);
      expect(whole.map(({ at }) => at)).toEqual(whole.map(({ at }) => at).sort((a, b) => a - b));
      const seen = whole.map(({ kind, what }) => `${kind} ${what}`);
      expect(seen.sort()).toEqual([
        "delivery response",
        "link order",
        "message crm.opportunity.won",
        "message order.confirmed",
        "milestone order.created",
        "run accepted",
        "run done",
        "step started",
        "task opened",
      ]);
      const names = [
        run.id,
        correlationId,
        "subject-1",
        "006-9:won",
        "lane-9",
        "cor-1",
        "006-9",
        "C-77",
        "SO-123",
        "4711",
        emitted.id,
      ];
      for (const name of names) {
        const kinds = new Set((await store.read.trace(name)).map(({ kind }) => kind));
        expect([name, kinds.has("message"), kinds.has("delivery")]).toEqual([name, true, true]);
      }
      expect(await store.read.trace("nobody")).toEqual([]);
    });

    test("a run that waits for a person stands where it came to wait", async () => {
      const { store } = await use();
      const make = new Fixture();
      const runId = await make.accept(store);
      await store.claim(1, start);
      await store.commit(
        make.commit(runId, { status: "dead", history: [{ path: "steps.a", what: "failed" }] }),
        start + 7,
      );
      const story = await store.read.trace(runId);
      expect(story.at(-1)).toMatchObject({ kind: "run", what: "dead", at: start + 7 });
    });
  });

  describe("sources", () => {
    test("the texts of a generation are those that its runs began with", async () => {
      const { store } = await use();
      const files = { "sluice.yaml": "workspace: shop\n", "flows/a.yaml": "flow: ü\n" };
      await store.saveGeneration({ hash: "g-1", files }, start);
      expect(await store.read.sources("g-1")).toEqual(files);
      expect(await store.read.sources("g-2")).toBeUndefined();
    });

    test("the last generation is the one that was made the current one last", async () => {
      const { store } = await use();
      expect(await store.read.lastGeneration()).toBeUndefined();
      const [old, young] = [{ "sluice.yaml": "old" }, { "sluice.yaml": "young" }];
      await store.saveGeneration({ hash: "g-1", files: old }, start);
      await store.saveGeneration({ hash: "g-2", files: young }, start + 1);
      expect(await store.read.lastGeneration()).toEqual({
        hash: "g-2",
        savedAt: start + 1,
        files: young,
      });
      await store.saveGeneration({ hash: "g-1", files: old }, start + 2);
      expect(await store.read.lastGeneration()).toMatchObject({ hash: "g-1", files: old });
    });
  });
}
