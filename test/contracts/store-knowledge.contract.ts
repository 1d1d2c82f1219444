import { describe, expect, test } from "vitest";
import { type FactRequest, factKey } from "../../engine/model/expression.ts";
import type { EffectRecord } from "../../engine/model/decision.ts";
import type { Json } from "../../engine/model/json.ts";
import type { Store } from "../../engine/ports/store.ts";
import { claimIds, Fixture, hour, only, start } from "./store-fixture.ts";
import type { UseStore } from "./store-fixture.ts";

export function knowledgeContract(use: UseStore): void {
  const fact = async (store: Store, request: FactRequest, now = start): Promise<Json | undefined> =>
    (await store.facts([request], now)).get(factKey(request));

  describe("lane state", () => {
    test("patches merge (RFC 7396), are read by the lane's next run, and by no other lane's", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, {
        status: "done",
        remembers: [
          { stage: "won", owner: { id: 1, name: "a" }, lines: [1, 2] },
          { owner: { name: null }, lines: [3], total: "1" },
          { total: null },
        ],
      });
      const next = await make.accept(store);
      const other = await make.accept(store, { laneKey: "K2" });
      expect((await store.load(next))?.laneState).toEqual({
        stage: "won",
        owner: { id: 1 },
        lines: [3],
      });
      expect((await store.load(other))?.laneState).toEqual({});
    });

    test("flows that share a lane share its state", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { status: "done", remembers: [{ a: 1 }] }, { lane: "customer" });
      const runId = await make.accept(store, { flow: "credits", lane: "customer" });
      expect((await store.load(runId))?.laneState).toEqual({ a: 1 });
    });
  });

  describe("conflicts of ownership", () => {
    const conflict = {
      entity: "customer",
      canonicalId: "001",
      attribute: "legalName",
      owner: "erp",
      kept: "Registered Inc.",
      source: "crm",
      given: "Sales calls it so",
      reason: "overruled",
      personal: false,
    } as const;
    const other = { ...conflict, canonicalId: "002", given: null, personal: true } as const;

    test("the same value of the same source is one row, with when it was met first and last", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { status: "done", conflicts: [conflict] });
      const again = { ...conflict, kept: "Registered Holding Inc." };
      await make.started(store, { status: "done", conflicts: [again, other] });
      expect(await store.read.conflicts({ id: "001" })).toMatchObject([
        { ...again, times: 2, firstAt: start, lastAt: start, runId: expect.any(String) as string },
      ]);
      expect(await store.read.conflicts({})).toMatchObject([other, again]);
    });

    test("are found by any id of the record, by entity and by time", async () => {
      const { store } = await use();
      const make = new Fixture();
      const links = [{ entity: "customer", canonicalId: "001", system: "erp", id: "C-1" }];
      await make.started(store, { status: "done", links, conflicts: [conflict, other] });
      expect(await store.read.conflicts({ id: "C-1" })).toMatchObject([conflict]);
      expect(await store.read.conflicts({ entity: "order" })).toEqual([]);
      expect(await store.read.conflicts({ since: start + 1 })).toEqual([]);
      expect(await store.read.conflicts({ limit: 1 })).toHaveLength(1);
    });
  });

  describe("crosswalk", () => {
    const link = { entity: "order", canonicalId: "SO-1", system: "erp", id: "42" };

    test("a link is found from both ends, and by any id of the same thing", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { links: [link, { ...link, system: "crm", id: "006" }] });
      const of = { entity: "order", system: "erp" };
      expect(await fact(store, { kind: "xref", ...of, id: "SO-1" })).toBe("42");
      expect(await fact(store, { kind: "canonical", ...of, id: "42" })).toBe("SO-1");
      expect(await fact(store, { kind: "xref", ...of, id: "SO-2" })).toBeNull();
      expect(await fact(store, { kind: "xref", ...of, entity: "invoice", id: "SO-1" })).toBeNull();
      const rows = await store.read.crosswalk("order", "SO-1");
      expect(rows.map(({ system, id }) => [system, id])).toEqual([
        ["crm", "006"],
        ["erp", "42"],
      ]);
      expect(await store.read.crosswalk("order", "006")).toEqual(rows);
      expect(await store.read.crosswalk("invoice", "006")).toEqual([]);
    });

    test("a second id for the same thing takes the place of the first", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { status: "done", links: [link, link] });
      await make.started(store, { status: "done", links: [{ ...link, id: "43" }] });
      expect(only(await store.read.crosswalk("order", "SO-1")).id).toBe("43");
    });

    test("one id cannot be two things: the whole commit is refused", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { status: "done", links: [link] });
      const runId = await make.accept(store);
      await store.claim(1, start);
      const links = [{ ...link, canonicalId: "SO-2" }];
      const commit = store.commit(make.commit(runId, { links, results: { "steps.a": 1 } }), start);
      await expect(commit).rejects.toMatchObject({ code: "store/link-conflict" });
      expect(await store.read.run(runId)).toMatchObject({ status: "ready", results: {} });
    });
  });

  describe("caches", () => {
    test("an entry is read until it expires; an older one does not replace it", async () => {
      const { store } = await use();
      const make = new Fixture();
      const reference = { kind: "reference", adapter: "tryton", table: "tax", key: "DE" } as const;
      const look = { kind: "cache", key: "credit:1" } as const;
      const times = { fetchedAt: start, expiresAt: start + hour };
      const caches = [
        { key: factKey(reference), value: { id: 1 }, ...times },
        { key: factKey(look), value: "10.00", ...times },
        { key: factKey(look), value: "9.00", fetchedAt: start - 1, expiresAt: start + hour },
      ];
      await make.started(store, { caches });
      expect(await fact(store, reference)).toEqual({ id: 1 });
      expect(await fact(store, look)).toBe("10.00");
      expect(await fact(store, reference, start + hour)).toBeNull();
      expect(await fact(store, look, start + hour)).toBeNull();
    });
  });

  describe("effect ledger", () => {
    const effect = {
      key: "e-1",
      bodyHash: "h1",
      path: "steps.order/create",
      outcome: { result: { id: 7 } },
    };
    const ask = { kind: "effect", key: "e-1" } as const;

    test("an outcome is remembered, whichever run asks", async () => {
      const { store } = await use();
      const make = new Fixture();
      expect(await fact(store, ask)).toBeNull();
      await make.started(store, { status: "done", effects: [effect] });
      await make.started(store, {
        status: "done",
        effects: [{ ...effect, outcome: { result: 8 } }],
      });
      expect(await fact(store, ask)).toEqual({
        bodyHash: "h1",
        path: effect.path,
        at: start,
        outcome: effect.outcome,
      });
    });

    test("another body under the same key refuses the whole commit, and nothing beside it", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, { status: "done", effects: [effect] });
      const runId = await make.accept(store);
      await claimIds(store);
      const bad = store.commit(
        make.commit(runId, {
          results: { "steps.a": 1 },
          remembers: [{ a: 1 }],
          effects: [{ ...effect, bodyHash: "h2" }],
        }),
        start,
      );
      const good = make.accept(store, { laneKey: "K2" });
      await expect(bad).rejects.toMatchObject({ code: "store/effect-conflict" });
      expect(await store.load(await good)).toBeDefined();
      expect(await store.read.run(runId)).toMatchObject({ status: "ready", results: {} });
      expect((await store.load(runId))?.laneState).toEqual({});
    });

    describe("in doubt", () => {
      const { key, path, bodyHash } = effect;
      const doubt = (since = start): EffectRecord => ({
        key,
        path,
        bodyHash,
        outcome: { doubt: { operation: "erp.createOrder", since } },
      });
      const notDone: EffectRecord = { key, path, outcome: { notDone: true } };
      const after = async (...effects: readonly EffectRecord[]) => {
        const { store, restart } = await use();
        const { runId } = await new Fixture().started(store, { status: "done", effects });
        return { runId, entry: await fact(await restart(), ask) };
      };

      test("is known with its run and when it was sent first, also after a restart", async () => {
        const { runId, entry } = await after(doubt(start - 7), doubt());
        const outcome = { doubt: true };
        expect(entry).toEqual({ bodyHash, path, at: start - 7, runId, outcome });
      });

      test("is done, undone or free once that is known, with any body", async () => {
        const other = { ...effect, bodyHash: "h2" };
        expect((await after(doubt(), other)).entry).toMatchObject({ outcome: effect.outcome });
        const undone = { key, path, outcome: { undone: true } } as const;
        expect((await after(doubt(), undone)).entry).toMatchObject({ outcome: { undone: true } });
        expect((await after(doubt(), notDone)).entry).toBeNull();
        expect((await after(doubt(), notDone, doubt(5))).entry).toMatchObject({ at: 5 });
      });

      test("is no longer what was done before, whoever doubts it", async () => {
        expect((await after(effect, doubt())).entry).toMatchObject({ outcome: effect.outcome });
        expect((await after(effect, notDone)).entry).toMatchObject({ outcome: effect.outcome });
      });
    });

    test("an undone effect frees its key", async () => {
      const { store } = await use();
      const make = new Fixture();
      const undone = { ...effect, outcome: { undone: true } } as const;
      await make.started(store, { status: "done", effects: [effect, undone] });
      expect(await fact(store, ask)).toMatchObject({ outcome: { undone: true } });
      await make.started(store, { status: "done", effects: [{ ...effect, bodyHash: "h2" }] });
      expect(await fact(store, ask)).toMatchObject({ bodyHash: "h2", outcome: effect.outcome });
    });
  });

  describe("checkpoints and generations", () => {
    test("a checkpoint is what was saved last", async () => {
      const { store, restart } = await use();
      expect(await store.checkpoint("poll:orders")).toBeNull();
      await store.saveCheckpoint("poll:orders", { page: 37 }, start);
      await store.saveCheckpoint("poll:orders", { page: 38 }, start);
      expect(await (await restart()).checkpoint("poll:orders")).toEqual({ page: 38 });
    });

    test("a checkpoint and what is audited of it are written together, or neither is", async () => {
      const { store } = await use();
      const audit = { actor: "ada", action: "pause", target: "system erp", detail: {} };
      await store.saveCheckpoint("pauses", ["erp"], start, audit);
      expect(await store.read.audits({})).toMatchObject([{ actor: "ada", action: "pause" }]);
      // JSON knows no such number.
      const unfit = { ...audit, detail: { at: 1n as unknown as number } };
      await expect(store.saveCheckpoint("pauses", [], start, unfit)).rejects.toThrow("BigInt");
      expect(await store.checkpoint("pauses")).toEqual(["erp"]);
    });

    test("a generation keeps its texts, saved before or after its runs", async () => {
      const { store } = await use();
      const make = new Fixture();
      const files = { "sluice.yaml": "workspace: ü\n", "flows/a.yaml": "flow: a\n" };
      await make.accept(store);
      expect(await store.loadGeneration("g1")).toBeUndefined();
      for (const hash of ["g1", "g2"]) {
        await store.saveGeneration({ hash, files }, start);
        await store.saveGeneration({ hash, files: {} }, start);
        expect(await store.loadGeneration(hash)).toEqual({ hash, files });
      }
    });

    test("generations live as long as a run of theirs has not ended", async () => {
      const { store } = await use();
      const make = new Fixture();
      await make.started(store, {}, { laneKey: "A", generation: "g1" });
      await make.started(store, { status: "dead" }, { laneKey: "B", generation: "g2" });
      await make.started(store, { status: "done" }, { laneKey: "C", generation: "g3" });
      expect(await store.liveGenerations()).toEqual(["g1", "g2"]);
    });
  });
}
