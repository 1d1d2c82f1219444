import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, intake } from "../../engine/core/index.ts";
import type { Delivery } from "../../engine/model/delivery.ts";
import { factKey } from "../../engine/model/expression.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/model/json.ts";
import type { RawOutcome } from "../../engine/model/request.ts";
import type { SignalPoint } from "../../engine/ports/signals.ts";
import type { Store } from "../../engine/ports/store.ts";
import type { Connection } from "../../engine/store/sqlite/connection.ts";
import type { Database } from "../../engine/store/sqlite/sqlite.ts";
import { SqliteStore } from "../../engine/store/sqlite/store.ts";
import type { Turns } from "../../engine/store/sqlite/turns.ts";
import { SeededIds } from "../../engine/testing/seeded-ids.ts";
import { leaveMemory, type OpenStore, takeMemory } from "../../engine/testing/simulator/memory.ts";
import { type Bench, compile, flowText, make, thing, workspace } from "../engine/runtime/bench.ts";

/** Something that is wrong in the store; nothing is, unless it is planted. */
type Mistake = (store: Store) => Store;

/**
 * Any event that is delivered and replayed any number of times, with crashes between, has one effect in
 * the ERP: a thousand random schedules on the real rules, runtime and store. The ERP books whatever it
 * is asked to, as often as it is asked, and knows no key of ours.
 */
const schedules = Number(process.env["ONE_EFFECT_RUNS"] ?? 1_000);
const seed = Number(process.env["ONE_EFFECT_SEED"] ?? 20_261_127);
const repeat = `ONE_EFFECT_SEED=${seed} npx vitest run test/properties/one-effect.test.ts`;

const points: readonly SignalPoint[] = [
  "message-accepted",
  "before-commit",
  "after-commit",
  "before-send",
  "after-send",
  "run-ended",
];

const generation = compile(
  workspace({
    "sluice.yaml": `workspace: bench
teams: { ops: { contact: ops@example.com } }
systems: { erp: tryton, billing: stripe }
policies: { retry: { default: { max: 500, backoff: 1s, factor: 1.5, limit: 1m } } }
`,
    "flows/system/erp.tryton.yaml": `adapter: tryton
plays: erp
owner: ops
base-url: "http://tryton.test"
auth: { none: true }
lookups:
  thingById: { get: "/things", query: { id: "\${ $input.id }" }, found: "$response.body.things[0] ?? null" }
operations:
  post:
    request: { post: "/things", body: "\${ $input }" }
    in-doubt: { lookup: thingById, settle: 2s }
    result: { id: "\${ $input.id }" }
  confirm:
    request: { post: "/confirmations", body: "\${ $input }" }
    in-doubt: { resend: safe }
`,
    "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
  }),
);

/** What becomes of a request to the ERP. */
const fates = [
  "done",
  "done",
  "lost after",
  "lost before",
  "502 after",
  "503",
  "429",
  "refused",
] as const;
type Fate = (typeof fates)[number];

type Deed = {
  readonly kind: "deliver" | "replay";
  readonly event: number;
  /** The same fact comes by a webhook and by a poll. */
  readonly feed: "webhook" | "poll";
  /** The engine dies when it reaches this point for the nth time from now. */
  readonly dies: { readonly at: SignalPoint; readonly nth: number } | null;
  readonly afterMs: number;
};

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom("deliver", "deliver", "replay"),
  event: fc.nat(2),
  feed: fc.constantFrom("webhook", "webhook", "poll"),
  dies: fc.option(
    fc.record({ at: fc.constantFrom(...points), nth: fc.integer({ min: 1, max: 4 }) }),
    { freq: 2 },
  ),
  afterMs: fc.constantFrom(0, 0, 10, 1_500, 5_000, 90_000),
});
const schedule = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 5 }),
  weather: fc.array(fc.constantFrom(...fates), { maxLength: 7 }),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer S> ? S : never;

/** An ERP: what it was asked to book, one entry for each time. */
class Erp {
  readonly booked: string[] = [];
  weather: Fate[];

  constructor(weather: readonly Fate[]) {
    this.weather = [...weather];
  }

  answer({ request }: Delivery): RawOutcome {
    const fate = this.weather.shift() ?? "done";
    if (fate === "refused") return { kind: "not-sent", reason: "refused", ms: 1 };
    if (fate === "503" || fate === "429") return answered(Number(fate));
    if (fate === "lost before") return lost;
    const body =
      request.method === "GET" ? this.#find(request.query?.["id"]) : this.#book(request.body);
    if (fate === "lost after") return lost;
    return fate === "502 after" ? answered(502) : answered(200, body);
  }

  #find(id: unknown): JsonObject {
    return { things: typeof id === "string" && this.booked.includes(id) ? [{ id }] : [] };
  }

  #book(body: Json | undefined): JsonObject {
    const id = isJsonObject(body) ? body["id"] : undefined;
    this.booked.push(typeof id === "string" ? id : "nothing");
    return {};
  }
}

const lost: RawOutcome = { kind: "unknown", reason: "reset", ms: 1 };
const answered = (status: number, body = {}): RawOutcome => ({
  kind: "response",
  ms: 1,
  response: { status, headers: {}, body },
});

const ids = ["a", "b", "c"];
const dayMs = 86_400_000;

/** One schedule from beginning to end. */
class Play {
  readonly erp: Erp;
  readonly told = new Set<string>();
  readonly #memory = takeMemory();
  readonly #ids = new SeededIds(seed);
  readonly #mistake: Mistake;
  /** The message that each event was stored as. */
  readonly #messages = new Map<string, string>();
  #bench: Bench | undefined;

  constructor(erp: Erp, mistake: Mistake) {
    this.erp = erp;
    this.#mistake = mistake;
  }

  async do({ kind, event, feed, dies, afterMs }: Deed): Promise<void> {
    if (this.#bench === undefined) await this.#restart();
    if (dies !== null) this.#dieAt(dies);
    const id = ids[event] ?? "";
    await (kind === "deliver" || !this.#messages.has(id)
      ? this.#deliver(id, feed)
      : this.#replay(id));
    await this.#life.advance(afterMs);
    if (dies !== null) await this.#restart();
  }

  /** The sky clears, and whoever was not answered tells once more; then time goes on until nothing is left. */
  async end(): Promise<Readonly<Record<string, number>>> {
    this.erp.weather = [];
    await this.#restart();
    for (const id of this.told) await this.#deliver(id, "webhook");
    await this.#life.engine.idle();
    await this.#life.advance(dayMs);
    return this.#life.statuses();
  }

  close(): void {
    this.#bench?.crash();
    leaveMemory(this.#memory);
  }

  get #life(): Bench {
    if (this.#bench === undefined) throw new RangeError("the engine was never started");
    return this.#bench;
  }

  /** A new process on what the disk has: all that the one before had not committed is lost. */
  async #restart(): Promise<void> {
    const after = this.#bench;
    after?.crash();
    const life = { isOver: false };
    const turns: Turns = {
      soon: (work) => void setImmediate(() => (life.isOver ? undefined : work())),
      atLeisure: () => {},
      after: (_, work) => void setImmediate(work),
      end: () => {},
    };
    const store = this.#mistake(new SqliteStore(preparedOnce(this.#memory), { turns }));
    const world = { rules: { decide, intake }, ids: this.#ids };
    const bench = make({ generation, store, world, ...(after === undefined ? {} : { after }) });
    void bench.died.then(() => (life.isOver = true));
    bench.partners.answer = (_, delivery) => this.erp.answer(delivery);
    this.#bench = bench;
    await bench.engine.start();
  }

  #dieAt({ at, nth }: { readonly at: SignalPoint; readonly nth: number }): void {
    const { signals, crash } = this.#life;
    let left = nth;
    signals.on(({ point }) => {
      if (point === at && (left -= 1) === 0) crash();
    });
  }

  async #deliver(id: string, feed: Deed["feed"]): Promise<void> {
    this.told.add(id);
    const { engine, died } = this.#life;
    const received = { ...thing(id, "one lane"), source: feed, dedupeKey: `${feed}:${id}` };
    const answer = await Promise.race([engine.receive(received), died]);
    if (answer !== undefined && answer.outcome !== "refused")
      this.#messages.set(id, answer.messageId);
  }

  async #replay(id: string): Promise<void> {
    const message = this.#messages.get(id);
    const { engine, died } = this.#life;
    if (message !== undefined) await Promise.race([engine.replay(message, { by: "ops" }), died]);
  }
}

/** Plays a schedule; throws when an event that was told has not its one effect. */
async function play({ deeds, weather }: Schedule, mistake: Mistake): Promise<void> {
  const play = new Play(new Erp(weather), mistake);
  try {
    for (const one of deeds) await play.do(one);
    expect(Object.keys(await play.end()), "how the runs ended").toEqual(["done"]);
    expect(play.erp.booked.toSorted(), "what the ERP booked").toEqual([...play.told].toSorted());
  } finally {
    play.close();
  }
}

const check = (runs: number, mistake: Mistake) =>
  fc.check(
    fc.asyncProperty(schedule, (plan) => play(plan, mistake)),
    { seed, numRuns: runs },
  );

test(`an event has one effect in the ERP, whatever comes between (${schedules} schedules, seed ${seed})`, async () => {
  const found = await check(schedules, (store) => store);
  const { errorInstance: why } = found;
  const words = `${String(why)}\n${fc.defaultReportMessage(found) ?? ""}\nrepeat: ${repeat}`;
  expect(found.failed, words).toBe(false);
  expect(found.numRuns).toBe(schedules);
}, 300_000);

/** Planted in the store: what each of the engine's guards is there for. */
const mistakes: Readonly<Record<string, Mistake>> = {
  "neither a delivery's key nor the event's identity is looked at": (store) => {
    let count = 0;
    const accept: Store["accept"] = (given, now) => {
      count += 1;
      const { message } = given;
      if (message.replayOf !== undefined) return store.accept(given, now);
      const dedupeKey = `${message.dedupeKey} ${now} ${count}`;
      const runs = given.runs.map((run) => ({ ...run, identity: dedupeKey }));
      return store.accept({ ...given, message: { ...message, dedupeKey }, runs }, now);
    };
    return instead(store, { accept });
  },
  "a replay does not ask the ledger": (store) =>
    instead(store, {
      facts: async (requests, now) => {
        const facts = new Map(await store.facts(requests, now));
        for (const one of requests) if (one.kind === "effect") facts.set(factKey(one), null);
        return facts;
      },
    }),
  "what was sent before a crash is sent again without a look-up": (store) =>
    instead(store, {
      dueDeliveries: async (...given) =>
        (await store.dueDeliveries(...given)).map((delivery) => ({ ...delivery, crashed: false })),
    }),
};

describe("a schedule is found that shows that", () => {
  test.each(Object.entries(mistakes))("%s", async (_, mistake) => {
    const found = await check(schedules, mistake);
    expect(found.failed, `no schedule of ${schedules} shows it`).toBe(true);
  });
});

/** The database, which outlives its processes, and with it the statements that one of them prepared. */
function preparedOnce(memory: OpenStore): Connection {
  const { prepared } = memory;
  const { database } = memory.connection;
  const prepare = (text: string): unknown => {
    const known = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, known);
    return known;
  };
  return { database: instead(database, { prepare } as Partial<Database>), close: () => {} };
}

function instead<T extends object>(whole: T, methods: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
