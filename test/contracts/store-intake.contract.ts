import { describe, expect, test } from "vitest";
import { claimIds, emptyState, Fixture, hour, only, start, statusOf } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

export function intakeContract(use: UseStore): void {
  describe("intake", () => {
    test("a message comes back as it was given", async () => {
      const { store } = await use();
      const make = new Fixture();
      const message = make.message({
        subject: "006-1",
        sequence: 4,
        headers: { "x-id": "1" },
        data: { total: "1.10", lines: [{ sku: "A" }], text: "çé😀" },
        cause: { runId: make.id(), messageId: make.id() },
      });
      await store.accept(make.intake({ message }), start);
      expect(await store.read.message(message.id)).toEqual({ message });
      expect(await store.read.message(make.id())).toBeUndefined();
      expect(await store.read.message("no id")).toBeUndefined();
    });

    describe("with a first decision", () => {
      const prepared = (make: Fixture, laneKey: string | null = "K1") => {
        const message = make.message();
        const run = make.run({ laneKey });
        const snapshot = {
          id: run.id,
          flow: run.flow,
          generation: run.generation,
          message,
          identity: run.identity,
          laneKey,
          state: emptyState,
          results: {},
          laneState: {},
          ancestors: [],
        };
        const commit = make.commit(run.id, {
          status: "active",
          state: { ...emptyState, completions: 1 },
          results: { "steps.a": 1 },
          history: [{ path: "", what: "started" }],
          deliveries: [make.delivery()],
        });
        const begin = { snapshot, commit };
        return { runId: run.id, intake: make.intake({ message, runs: [{ ...run, begin }] }) };
      };

      test("it begins where nothing is before it, and is not handed out again", async () => {
        const { store, restart } = await use();
        const make = new Fixture();
        const { runId, intake } = prepared(make);
        const accepted = await store.accept(intake, start);
        expect(only(accepted.runs)).toMatchObject({ status: "ready", begun: { committed: true } });
        expect(await claimIds(store)).toEqual([]);
        const kept = await store.load(runId);
        expect(kept).toMatchObject({ state: { completions: 1 }, results: { "steps.a": 1 } });
        const again = await restart();
        expect(await again.load(runId)).toEqual(kept);
        expect(await again.read.run(runId)).toMatchObject({
          status: "active",
          history: [{ what: "started" }],
          deliveries: [{ status: "pending" }],
        });
      });

      test("it waits, undecided, behind another run of its lane", async () => {
        const { store } = await use();
        const make = new Fixture();
        const first = prepared(make);
        const second = prepared(make);
        await store.accept(first.intake, start);
        const accepted = await store.accept(second.intake, start);
        expect(only(accepted.runs)).toMatchObject({ status: "queued" });
        expect(only(accepted.runs).begun).toBeUndefined();
        const waiting = await store.read.run(second.runId);
        expect(waiting).toMatchObject({
          status: "queued",
          history: [],
          deliveries: [],
          results: {},
        });
      });

      test("it is left out where the lane remembers something", async () => {
        const { store } = await use();
        const make = new Fixture();
        await make.started(store, { status: "done", remembers: [{ seen: 1 }] });
        const { runId, intake } = prepared(make);
        expect(only((await store.accept(intake, start)).runs).begun).toBeUndefined();
        const [claimed] = await store.claim(10, start);
        expect(claimed?.snapshot).toMatchObject({ id: runId, laneState: { seen: 1 }, results: {} });
      });
    });

    test("bytes as received come back to the byte, also where they are no JSON of the data", async () => {
      const { store } = await use();
      const make = new Fixture();
      const cases = [
        { raw: '{ "a" : 1.0,\n "b": [] }', data: { a: 1, b: [] } },
        { raw: '{"a":1}', data: { a: 1 } },
        { raw: "a=1&b=2", data: { a: "1", b: "2" } },
        { raw: "\u00ff\u0000", data: null, encoding: "latin1" as const },
      ];
      for (const { raw, data, encoding } of cases) {
        const message = make.message({ data });
        const bytes = Buffer.from(raw, encoding ?? "utf8");
        await store.accept(make.intake({ message, raw: bytes }), start);
        const stored = await store.read.message(message.id);
        expect(stored?.message.data).toEqual(data);
        expect(Buffer.from(stored?.raw ?? []).equals(bytes)).toBe(true);
      }
    });

    test("a duplicate gets the first answer and leaves no second run", async () => {
      const { store } = await use();
      const make = new Fixture();
      const first = make.message({ dedupeKey: "evt-1" });
      const run = make.run();
      await store.accept(make.intake({ message: first, runs: [run] }), start);
      const again = make.intake({
        message: make.message({ dedupeKey: "evt-1" }),
        runs: [make.run()],
      });
      expect(await store.accept(again, start + 1)).toEqual({
        outcome: "duplicate",
        messageId: first.id,
        runs: [{ id: run.id, flow: "orders", status: "ready" }],
        repeats: [],
        matched: 0,
      });
      expect(await store.read.runs({})).toHaveLength(1);
      expect(only(await store.read.messages({}))).toMatchObject({
        id: first.id,
        duplicates: 1,
        runs: 1,
      });
    });

    test("the same key of another source, or after it was forgotten, is no duplicate", async () => {
      const { store } = await use();
      const make = new Fixture();
      const send = async (source: string, now: number): Promise<string> => {
        const message = make.message({ source, dedupeKey: "evt-1" });
        return (await store.accept(make.intake({ message, dedupeUntil: now + hour }), now)).outcome;
      };
      expect(await send("crm", start)).toBe("accepted");
      expect(await send("billing", start)).toBe("accepted");
      expect(await send("crm", start + hour - 1)).toBe("duplicate");
      expect(await send("crm", start + hour)).toBe("accepted");
      expect(await send("crm", start + hour + 1)).toBe("duplicate");
    });

    test("an identity met before starts no second run, but a replay does", async () => {
      const { store } = await use();
      const make = new Fixture();
      const runId = await make.accept(store, { identity: "SO-1:won", laneKey: null });
      const second = make.intake({ runs: [make.run({ identity: "SO-1:won", laneKey: null })] });
      const repeated = await store.accept(second, start);
      expect(repeated).toMatchObject({ outcome: "accepted", runs: [] });
      expect(repeated.repeats).toEqual([{ flow: "orders", runId }]);
      const replay = make.intake({
        message: make.message({ replayOf: second.message.id }),
        runs: [make.run({ identity: "SO-1:won", laneKey: null })],
      });
      const replayed = await store.accept(replay, start);
      expect(replayed.repeats).toEqual([]);
      const { id } = only(replayed.runs);
      expect((await store.load(id))?.replayOf).toBe(second.message.id);
      expect((await store.read.run(id))?.replayOf).toBe(second.message.id);
    });

    test("another flow's identity and a forgotten one start a run", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.accept(store, { identity: "SO-1", laneKey: null });
      for (const [flow, now] of [
        ["credits", start],
        ["orders", start + hour],
      ] as const) {
        const runs = [make.run({ flow, identity: "SO-1", laneKey: null })];
        expect((await store.accept(make.intake({ runs }), now)).runs).toHaveLength(1);
      }
    });

    test("a message that cannot be read is born parked and holds only those behind it", async () => {
      const { store } = await use();
      const make = new Fixture();
      const first = await make.accept(store);
      const invalid = { code: "message/breaks-schema", message: "total is no number" };
      const parked = await make.accept(store, { invalid });
      const third = await make.accept(store);
      expect(await claimIds(store)).toEqual([first]);
      await store.commit(make.commit(first), start);
      expect(await claimIds(store)).toEqual([]);
      expect(await statusOf(store, third)).toBe("queued");
      const failure = { class: "invalid", ...invalid };
      expect(await store.read.deadLetters({})).toMatchObject([
        { runId: parked, status: "invalid", failure, blocked: 1, attempts: 0 },
      ]);
    });

    test("an id that is no UUID is refused in plain words, and nothing else with it", async () => {
      const { store } = await use();
      const make = new Fixture();
      const bad = store.accept(make.intake({ message: make.message({ id: "m-1" }) }), start);
      const good = make.accept(store);
      await expect(bad).rejects.toMatchObject({ code: "store/bad-id" });
      await expect(good).resolves.toBeTypeOf("string");
      expect(await store.read.messages({})).toHaveLength(1);
    });
  });
}
