import { createHash } from "node:crypto";
import { afterEach } from "vitest";
import type { Delivery } from "../../../engine/model/delivery.ts";
import type { Instant, Json } from "../../../engine/model/json.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import type { Received } from "../../../engine/model/received.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import type { Log } from "../../../engine/ports/log.ts";
import type { Store } from "../../../engine/ports/store.ts";
import { createEngine, type Engine, type World } from "../../../engine/runtime/index.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";
import { SeededIds } from "../../../engine/testing/seeded-ids.ts";
import { RecordingSignals } from "../../../engine/testing/signals.ts";
import { VirtualClock } from "../../../engine/testing/virtual-clock.ts";
import { toyRules } from "./toy-rules.ts";

export type Files = Readonly<Record<string, string>>;

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A flow of calls, triggered by `erp.thing.made`; its lane is `key`, its identity `id`. */
export const flowText = (
  name: string,
  calls: readonly string[],
  extra = "",
): string => `flow: ${name}
owner: ops
trigger: { event: erp.thing.made }
key: "$message.data.key"
idempotency: { key: "$message.data.id" }
${extra}
steps:
${calls.map((call, index) => `  - call: ${call}\n    id: s${index + 1}\n    with: "\${ $message.data }"`).join("\n")}
`;

const systemText = (name: string): string => `system: ${name}
owner: ops
operations:
  post: { effect: upsert }
  confirm: { effect: upsert }
${name === "erp" ? "events:\n  thing.made: { data: canonical/thing@1 }" : ""}
`;

export const adapterText = (name: string, plays: string, extra = ""): string => `adapter: ${name}
plays: ${plays}
owner: ops
base-url: "http://${name}.test"
auth: { none: true }
idempotent: { header: Idempotency-Key, valid: 24h }
${extra}
operations:
  post:
    request: { post: "/things", body: "\${ $input }" }
  confirm:
    request: { post: "/confirmations", body: "\${ $input }" }
`;

/** A workspace of two systems and one flow; `changes` replace files, or remove them with null. */
export function workspace(changes: Readonly<Record<string, string | null>> = {}): Files {
  const files: Record<string, string | null> = {
    "sluice.yaml": `workspace: bench
teams: { ops: { contact: ops@example.com } }
systems: { erp: tryton, billing: stripe }
`,
    "schemas/canonical/thing@1.json": JSON.stringify({
      owner: "ops",
      type: "object",
      required: ["id", "key"],
      properties: { id: { type: "string" }, key: { type: "string" } },
    }),
    "flows/system/erp.yaml": systemText("erp"),
    "flows/system/erp.tryton.yaml": adapterText("tryton", "erp"),
    "flows/system/billing.yaml": systemText("billing"),
    "flows/system/billing.stripe.yaml": adapterText("stripe", "billing"),
    "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post", "billing.post"]),
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, text]) => (text === null ? [] : [[path, text]])),
  );
}

export function compile(files: Files): Generation {
  const { generation, diagnostics } = compileWorkspace(files, { digest });
  if (generation === undefined) throw new Error(JSON.stringify(diagnostics, null, 1));
  return generation;
}

export interface Request {
  readonly at: Instant;
  readonly adapter: string;
  readonly path: string;
  readonly key: string;
  readonly runId: string;
  readonly generation: string;
  readonly data: Json;
}

export type Answer = number | RawOutcome | Promise<RawOutcome>;

export const response = (status: number, headers: Record<string, string> = {}): RawOutcome => ({
  kind: "response",
  ms: 1,
  response: { status, headers, body: {} },
});

/** All partners at once: what they saw, and what the test lets them say. */
export class Partners {
  readonly requests: Request[] = [];
  answer: (request: Request, delivery: Delivery) => Answer = () => 200;

  async send(delivery: Delivery, at: Instant): Promise<RawOutcome> {
    const request: Request = {
      at,
      adapter: delivery.adapter,
      path: delivery.path,
      key: delivery.effectKey ?? "",
      runId: delivery.runId,
      generation: delivery.generation,
      data: delivery.request.body ?? null,
    };
    this.requests.push(request);
    const answer = await this.answer(request, delivery);
    return typeof answer === "number" ? response(answer) : answer;
  }

  /** Distinct effects, as a partner that knows idempotency keys has them. */
  effects(): readonly string[] {
    return [...new Set(this.requests.map(({ key }) => key))].sort();
  }

  /** Requests that reached one adapter. */
  to(adapter: string): readonly Request[] {
    return this.requests.filter((request) => request.adapter === adapter);
  }
}

export interface Bench {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly signals: RecordingSignals;
  readonly store: Store;
  readonly partners: Partners;
  readonly generation: Generation;
  readonly log: readonly string[];
  /** Time goes on; the engine is idle at each step. */
  readonly advance: (ms: number) => Promise<void>;
  /** As `kill -9`: nothing of this engine reaches the world any more. */
  readonly crash: () => void;
  /** Resolves when it crashed. */
  readonly died: Promise<void>;
  readonly receive: (id: string, key?: string) => ReturnType<Engine["receive"]>;
  readonly statuses: () => Promise<Readonly<Record<string, number>>>;
}

export interface BenchOptions {
  readonly files?: Files;
  readonly generation?: Generation;
  /** Goes on where another bench ended. */
  readonly after?: Bench;
  /** That of the bench before, or a new one in memory, unless told. */
  readonly store?: Store;
  readonly world?: Partial<World>;
}

const open = new Set<Store>();
afterEach(async () => {
  for (const store of open) await store.close();
  open.clear();
});

const sharedIds = new WeakMap<Store, SeededIds>();

export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const made = make(options);
  await made.engine.start();
  return made;
}

/** Not started yet. */
export function make(options: BenchOptions = {}): Bench {
  const { after } = options;
  const store = options.store ?? after?.store ?? openStore({ path: ":memory:" });
  open.add(store);
  const clock = after?.clock ?? new VirtualClock();
  const partners = after?.partners ?? new Partners();
  const ids = sharedIds.get(store) ?? new SeededIds(7);
  sharedIds.set(store, ids);
  const signals = new RecordingSignals();
  const lines: string[] = [];
  const log: Log = { write: (level, message) => void lines.push(`${level} ${message}`) };
  const generation =
    options.generation ??
    (options.files === undefined ? after?.generation : compile(options.files)) ??
    compile(workspace());
  const life = { dead: false, end: () => {} };
  const death = new Promise<void>((resolve) => {
    life.end = () => {
      life.dead = true;
      resolve();
    };
  });
  const world: World = {
    store: mortal(store, life),
    clock: {
      now: () => clock.now(),
      wall: () => clock.wall(),
      steady: () => clock.steady(),
      schedule: (at, wake) => clock.schedule(at, () => (life.dead ? undefined : wake())),
    },
    transport: mortal(
      {
        send: (delivery) => partners.send(delivery, clock.now()),
        close: () => Promise.resolve(),
      },
      life,
    ),
    ids,
    secrets: { secret: () => undefined, env: () => undefined },
    log,
    signals,
    rules: toyRules,
    digest,
    evaluate: () => Promise.reject(new Error("nothing to evaluate here")),
    compile: async (files) => compileWorkspace(files, { digest }).generation,
    ...options.world,
  };
  const engine = createEngine(world, generation);
  const made: Bench = {
    engine,
    clock,
    signals,
    store,
    partners,
    generation,
    log: lines,
    advance: (ms) => clock.advance(ms, () => Promise.race([engine.idle(), death])),
    crash: () => life.end(),
    died: death,
    receive: (id, key = "k") => engine.receive(thing(id, key)),
    statuses: async () => {
      const runs = await store.read.runs({ limit: 10_000 });
      const counts: Record<string, number> = {};
      for (const { status } of runs) counts[status] = (counts[status] ?? 0) + 1;
      return counts;
    },
  };
  return made;
}

export const thing = (id: string, key: string): Received => ({
  channel: "manual",
  source: "test",
  type: "erp.thing.made",
  dedupeKey: id,
  data: { id, key },
  headers: {},
});

/** Passes everything on until its process dies; from then on nothing comes back. */
function mortal<T extends object>(target: T, life: { readonly dead: boolean }): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown =>
        life.dead ? new Promise(() => {}) : Reflect.apply(value, object, args);
    },
  });
}
