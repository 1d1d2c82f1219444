import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { Reload } from "../../../engine/runtime/index.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";
import {
  adapterText,
  type Bench,
  bench,
  type BenchOptions,
  compile,
  digest,
  type Files,
  flowText,
  workspace,
} from "./bench.ts";

const post = "flows/process/post-thing.yaml";

interface Desk extends Bench {
  readonly reload: Reload;
  /** Writes or removes files as an editor does, and lets the watcher see it. */
  readonly save: (changes: Readonly<Record<string, string | null>>) => void;
  readonly disk: { files: Files };
  /** States as they were told, and lines of the log. */
  readonly told: readonly string[];
}

async function desk(
  options: BenchOptions & { readonly read?: (disk: { files: Files }) => Promise<Files> } = {},
): Promise<Desk> {
  const files = options.files ?? workspace();
  const made = await bench({ ...options, files });
  const disk = { files };
  const told: string[] = [];
  const reload = new Reload({
    engine: made.engine,
    clock: made.clock,
    log: {
      write: (level, message) => {
        told.push(`${level} ${message}`);
      },
    },
    told: ({ state }) => {
      told.push(state);
    },
    signals: made.signals,
    read: () => options.read?.(disk) ?? Promise.resolve(disk.files),
    compile: async (texts) => compileWorkspace(texts, { digest }),
    quietMs: 100,
    everyMs: 30_000,
  });
  reload.start();
  const settle = async (): Promise<void> => {
    await reload.settled();
    await made.engine.idle();
  };
  return {
    ...made,
    reload,
    disk,
    told,
    advance: (ms) => made.clock.advance(ms, settle),
    save: (changes) => {
      disk.files = workspaceOf(disk.files, changes);
      reload.hint();
    },
  };
}

function workspaceOf(files: Files, changes: Readonly<Record<string, string | null>>): Files {
  const all = Object.entries({ ...files, ...changes });
  return Object.fromEntries(all.flatMap(([path, text]) => (text === null ? [] : [[path, text]])));
}

const broken = "flow: post-thing\nsteps: [ { cal: erp.post } ]\n";

describe("a reload", () => {
  test("swaps once the workspace has been quiet, and new messages use the new generation", async () => {
    const { engine, save, advance, receive, partners, reload } = await desk();
    const before = engine.generation().hash;
    save({ [post]: flowText("post-thing", ["billing.post"]) });
    await advance(99);
    expect(engine.generation().hash).toBe(before);
    save({ [post]: flowText("post-thing", ["erp.confirm"]) });
    await advance(99);
    expect(engine.generation().hash).toBe(before);
    await advance(1);
    expect(engine.generation().hash).not.toBe(before);
    expect(reload.status().state).toBe("current");
    await receive("a");
    await engine.idle();
    expect(partners.requests.map(({ path, adapter }) => [adapter, path])).toEqual([
      ["tryton", "steps.s1/request"],
    ]);
  });

  test("whose first change is broken keeps the running one, says why, and takes the mended one", async () => {
    const { engine, save, advance, receive, partners, reload, signals, told } = await desk();
    const before = engine.generation().hash;
    save({ [post]: broken });
    await advance(1_000);
    expect(engine.generation().hash).toBe(before);
    expect(reload.status().state).toBe("refused");
    expect(reload.status().findings.some(({ at }) => at.file === post)).toBe(true);
    expect(signals.count("reload-refused")).toBe(1);
    await receive("a");
    await engine.idle();
    expect(partners.requests).toHaveLength(2);
    save({ [post]: flowText("post-thing", ["erp.post"]) });
    await advance(1_000);
    expect(reload.status()).toMatchObject({ state: "current" });
    expect(engine.generation().hash).not.toBe(before);
    expect(told).toEqual([
      "error the changed workspace has findings; the running generation stays",
      "refused",
      "info the workspace is sound again",
      "current",
    ]);
  });

  test("of texts that do not even parse deletes no flow", async () => {
    const { engine, save, advance } = await desk();
    save({ [post]: "flow: [post-thing\n  steps: {" });
    await advance(60_000);
    expect([...engine.generation().flows.keys()]).toEqual(["post-thing"]);
  });

  test("taken back before it is read leaves everything as it was", async () => {
    const { engine, save, advance, reload, disk } = await desk();
    const before = engine.generation();
    const text = disk.files[post] ?? "";
    save({ [post]: broken });
    await advance(50);
    save({ [post]: text });
    await advance(1_000);
    expect(engine.generation()).toBe(before);
    expect(reload.status()).toMatchObject({ state: "current", findings: [] });
  });

  for (const order of ["the definition first", "the use first"] as const) {
    test(`of two files in one save comes as one, ${order}`, async () => {
      const { engine, save, advance, signals } = await desk();
      const definition = {
        "flows/system/crm.yaml":
          "system: crm\nowner: ops\noperations:\n  note: { effect: upsert }\n",
        "flows/system/crm.zoho.yaml": adapterText("zoho", "crm")
          .replace("  post:", "  note:")
          .replace(/\n {2}confirm:[\s\S]*/, "\n"),
        "sluice.yaml":
          "workspace: bench\nteams: { ops: { contact: ops@example.com } }\nsystems: { erp: tryton, billing: stripe, crm: zoho }\n",
      };
      const use = { [post]: flowText("post-thing", ["erp.post", "crm.note"]) };
      save(order === "the definition first" ? definition : use);
      await advance(60);
      save(order === "the definition first" ? use : definition);
      await advance(1_000);
      expect(signals.count("reload-refused")).toBe(0);
      expect(signals.count("reloaded")).toBe(1);
      expect(engine.generation().flows.get("post-thing")?.steps).toHaveLength(2);
    });
  }

  test("does not take the gap in an atomic rename for a deletion", async () => {
    const { engine, save, advance, signals } = await desk();
    save({ [post]: null });
    await advance(100);
    expect(engine.generation().flows.has("post-thing")).toBe(true);
    save({ [post]: flowText("post-thing", ["billing.post"]) });
    await advance(1_000);
    expect(signals.reached.filter(({ point }) => point === "reloaded")).toHaveLength(1);
    expect(engine.generation().flows.has("post-thing")).toBe(true);
  });

  test("takes a renamed file for the same flow", async () => {
    const { engine, save, advance, disk } = await desk();
    save({ [post]: null, "flows/process/renamed.yaml": disk.files[post] ?? "" });
    await advance(1_000);
    expect(engine.generation().files[post]).toBeUndefined();
    expect(engine.generation().flows.has("post-thing")).toBe(true);
  });

  test("that removes a flow lets its queued runs finish on their own generation", async () => {
    const { engine, save, advance, receive, statuses, partners } = await desk();
    await engine.pause({ kind: "system", system: "erp" }, "me");
    for (const id of ["a", "b", "c"]) await receive(id);
    await engine.idle();
    save({ [post]: null });
    await advance(1_000);
    expect(engine.generation().flows.size).toBe(0);
    expect(await receive("late")).toMatchObject({ outcome: "accepted", runs: [] });
    await engine.resume({ kind: "system", system: "erp" }, "me");
    await engine.idle();
    expect(await statuses()).toEqual({ done: 3 });
    expect(partners.effects()).toHaveLength(6);
  });

  test("is refused when the world cannot run it", async () => {
    const finding: Diagnostic = {
      code: "runtime/cannot-listen",
      severity: "error",
      message: "port 8080 is taken by another program",
      at: { file: "sluice.yaml", line: 1, column: 1, length: 1 },
    };
    const { engine, save, advance, reload } = await desk({
      world: {
        preflight: (generation) =>
          Promise.resolve(
            generation.files["sluice.yaml"]?.includes("8080") === true ? [finding] : [],
          ),
      },
    });
    const before = engine.generation();
    save({
      "sluice.yaml": `${before.files["sluice.yaml"] ?? ""}server: { port: 8080 }\n`,
    });
    await advance(1_000);
    expect(engine.generation()).toBe(before);
    const { state, findings } = reload.status();
    expect(state).toBe("refused");
    expect(findings).toContainEqual(finding);
  });

  test("in the midst of retries leaves a run its own steps, even when they are gone", async () => {
    const { engine, save, advance, receive, partners, statuses, clock } = await desk();
    const start = clock.now();
    partners.answer = ({ at }) => (at < start + 5_000 ? 503 : 200);
    await receive("a");
    await engine.idle();
    const pinned = engine.generation().hash;
    save({ [post]: flowText("post-thing", ["billing.confirm"]) });
    await advance(60_000);
    expect(await statuses()).toEqual({ done: 1 });
    expect(new Set(partners.requests.map(({ generation }) => generation))).toEqual(
      new Set([pinned]),
    );
    expect(partners.requests.at(-1)?.adapter).toBe("stripe");
    await receive("b");
    await engine.idle();
    expect(partners.requests.at(-1)).toMatchObject({ generation: engine.generation().hash });
  });

  test("is found by the periodic look when no watcher tells", async () => {
    const { engine, advance, disk } = await desk();
    const before = engine.generation().hash;
    disk.files = workspace({ [post]: flowText("post-thing", ["erp.confirm"]) });
    await advance(29_999);
    expect(engine.generation().hash).toBe(before);
    await advance(1_000);
    expect(engine.generation().hash).not.toBe(before);
  });

  test("survives a crash: an older generation is built again from the stored texts", async () => {
    const first = await desk();
    first.partners.answer = () => 503;
    await first.receive("a");
    await first.engine.idle();
    const pinned = first.engine.generation().hash;
    first.crash();
    first.partners.answer = () => 200;
    const files = workspace({ [post]: flowText("post-thing", ["billing.confirm"]) });
    const second = await bench({ after: first, files });
    await second.engine.idle();
    await second.advance(60_000);
    expect(await second.statuses()).toEqual({ done: 1 });
    expect(new Set(second.partners.requests.map(({ generation }) => generation))).toEqual(
      new Set([pinned]),
    );
  });

  test("of a run whose generation can no longer be built parks it, with what to do", async () => {
    const first = await bench();
    first.partners.answer = () => 503;
    await first.receive("a");
    await first.engine.idle();
    first.crash();
    const files = workspace({ [post]: flowText("post-thing", ["billing.confirm"]) });
    const second = await bench({ after: first, files, world: { compile: async () => undefined } });
    await second.advance(60_000);
    expect(await second.statuses()).toEqual({ invalid: 1 });
    const [problem] = await second.store.read.deadLetters({});
    expect(problem?.failure.code).toBe("runtime/generation-gone");
    expect(problem?.failure.message).toContain("resume it on the current generation");
  });

  test("a hundred times under load loses nothing and doubles nothing (seed 11)", async () => {
    const luck = new SeededIds(11);
    const { engine, save, advance, receive, partners, statuses } = await desk();
    partners.answer = () => (luck.random() < 0.1 ? 503 : 200);
    const ids: string[] = [];
    for (let round = 0; round < 100; round += 1) {
      const calls = round % 2 === 0 ? ["erp.post"] : ["erp.post", "billing.post"];
      const isBroken = round % 7 === 3;
      save({ [post]: isBroken ? broken : flowText("post-thing", calls, `description: r${round}`) });
      for (let count = 0; count < 3; count += 1) {
        const id = `m${ids.length}`;
        ids.push(id);
        void receive(id, `k${Math.floor(luck.random() * 10)}`);
      }
      await advance(120);
    }
    await engine.idle();
    await advance(600_000);
    expect(await statuses()).toEqual({ done: ids.length });
    const first = partners.effects().filter((key) => key.endsWith("s1"));
    expect(first).toEqual(ids.map((id) => `post-thing:${id}:steps.s1`).sort());
    const generations = new Map<string, Set<string>>();
    for (const { runId, generation } of partners.requests) {
      generations.set(runId, (generations.get(runId) ?? new Set()).add(generation));
    }
    expect([...generations.values()].every((hashes) => hashes.size === 1)).toBe(true);
  });
});

describe("a reading", () => {
  test("that fails changes nothing, is told, and is tried again", async () => {
    let isGone = false;
    const { engine, save, advance, reload } = await desk({
      read: ({ files }) =>
        isGone ? Promise.reject(new Error("EIO: the disk is gone")) : Promise.resolve(files),
    });
    const before = engine.generation();
    isGone = true;
    save({ [post]: flowText("post-thing", ["erp.confirm"]) });
    await advance(1_000);
    expect(engine.generation()).toBe(before);
    expect(reload.status()).toMatchObject({
      state: "refused",
      findings: [{ code: "runtime/workspace-unreadable", severity: "error" }],
    });
    isGone = false;
    await advance(30_000);
    expect(engine.generation()).not.toBe(before);
    expect(reload.status().state).toBe("current");
  });

  test("of texts that change meanwhile is begun again", async () => {
    const second = flowText("post-thing", ["billing.confirm"]);
    let readings = 0;
    const { engine, save, advance } = await desk({
      read: (disk) => {
        const { files } = disk;
        // The rest of the save comes between reading and looking again.
        if ((readings += 1) === 1) disk.files = { ...files, [post]: second };
        return Promise.resolve(files);
      },
    });
    save({ [post]: flowText("post-thing", ["erp.confirm"]) });
    await advance(1_000);
    expect(engine.generation().files[post]).toBe(second);
    expect(engine.generation().flows.get("post-thing")?.steps).toHaveLength(1);
  });

  test("that still stands out at the end is not done any more", async () => {
    const { engine, save, advance, reload } = await desk();
    const before = engine.generation();
    save({ [post]: flowText("post-thing", ["erp.confirm"]) });
    await reload.stop();
    reload.hint();
    await advance(60_000);
    expect(engine.generation()).toBe(before);
  });

  test("under changes without end comes all the same", async () => {
    const { engine, save, advance } = await desk();
    const before = engine.generation();
    for (let round = 0; round < 12; round += 1) {
      save({ [post]: flowText("post-thing", ["erp.confirm"], `description: "${round}"`) });
      await advance(90);
    }
    expect(engine.generation()).not.toBe(before);
  });
});

describe("adopt", () => {
  test("of the same texts changes nothing", async () => {
    const { engine } = await bench();
    expect(await engine.adopt(compile(workspace()))).toMatchObject({ outcome: "unchanged" });
  });
});
