import { statSync } from "node:fs";
import { openReader, openStore } from "../../engine/store/sqlite/index.ts";
import { customerOf, firstAt, flowOf, orderOf, pattern, sourceName, textOf } from "./identity.ts";

type Reader = ReturnType<typeof openReader>;

/** Calls of each kind, each about another message; fewer where they take long. */
const calls = 40;
const [callsLeast, budgetMs] = [5, 5000];
const another = flowOf(pattern.other);

/** What it costs to look into a store, by what is asked, in the order of the table. */
export interface Reading {
  readonly megabytes: number;
  /** Medians: the time it takes, waiting for a disk and a busy machine included, and the CPU of it. */
  readonly looks: Readonly<Record<string, Cost>>;
}

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Looks as the command line does, by its names; `number` is a message of those that were filled. */
const looks: Readonly<Record<string, (reader: Reader, number: number) => Promise<unknown>>> = {
  messages: async (reader) => reader.messages({}),
  "messages --until, deep inside": async (reader, number) =>
    reader.messages({ until: firstAt + number }),
  "messages --flow, one in 50": async (reader) => reader.messages({ flow: another }),
  "messages --flow, without any": async (reader) => reader.messages({ flow: "no-such-flow" }),
  runs: async (reader) => reader.runs({}),
  "runs --until, deep inside": async (reader, number) => reader.runs({ until: firstAt + number }),
  "runs --flow, one in 50": async (reader) => reader.runs({ flow: another }),
  "runs --status failed": async (reader) => reader.runs({ status: "failed" }),
  "runs --flow --status failed, none": async (reader) =>
    reader.runs({ flow: another, status: "failed" }),
  "dead-letters, 50 of the oldest": async (reader) => reader.deadLetters({ limit: 10_000 }),
  "trace of an order": async (reader, number) => reader.trace(orderOf(number)),
  "trace of what is not there": async (reader, number) => reader.trace(`${orderOf(number)}-none`),
  "trace of a customer, 200 messages": async (reader, number) => reader.trace(customerOf(number)),
  "status: what is open, and totals": async (reader) => reader.counts(),
};

/** Asks a store of `filled` messages that no engine has open. */
export async function read(path: string, filled: number): Promise<Reading> {
  const megabytes = statSync(path).size / 1e6;
  const costs: Record<string, Cost> = {};
  const { value: reader, ...opened } = await cost(async () => openReader(path));
  costs["open to read"] = opened;
  try {
    for (const [name, look] of Object.entries(looks)) {
      costs[name] = await median(async (share) => look(reader, at(share, filled)));
    }
  } finally {
    reader.close();
  }
  return { megabytes, looks: { ...costs, ...(await ofOwner(path, filled)) } };
}

/** What the engine's own store takes to open, and to know a message again. */
async function ofOwner(path: string, filled: number): Promise<Reading["looks"]> {
  const now = firstAt + filled;
  const { value: store, ...opened } = await cost(async () => {
    const owned = openStore({ path });
    await owned.recover(now);
    return owned;
  });
  try {
    const knowAgain = async (share: number): Promise<void> => {
      const dedupeKey = textOf(at(share, filled));
      const { outcome } = await store.accept(duplicateOf(dedupeKey, now), now);
      if (outcome !== "duplicate") throw new Error(`message ${dedupeKey} was taken twice`);
    };
    const { ms, cpuMs } = await cost(async () => knowAgain(1));
    return {
      "open as the engine": opened,
      "first duplicate: filters are read": { ms, cpuMs },
      "duplicate refused": await median(knowAgain),
    };
  } finally {
    await store.close();
  }
}

function duplicateOf(dedupeKey: string, now: number): Parameters<Store["accept"]>[0] {
  const id = "01900000-0000-7000-8000-000000000000";
  return {
    message: {
      id,
      channel: "webhook",
      source: sourceName,
      type: "shop.deal.won",
      time: now,
      receivedAt: now,
      dedupeKey,
      correlationId: id,
      data: {},
      headers: {},
      traceparent: "",
    },
    runs: [],
    correlate: {},
    keepUntil: now,
    dedupeUntil: now,
  };
}

type Store = ReturnType<typeof openStore>;

/** A message so far into those that were filled, spread as by chance. */
function at(share: number, filled: number): number {
  return 1 + Math.floor(share * (filled - 1));
}

/** Of calls, each at another place of the store. */
async function median(call: (share: number) => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  const end = performance.now() + budgetMs;
  for (let index = 0; index < calls; index += 1) {
    if (index >= callsLeast && performance.now() > end) break;
    // The golden ratio: never near to where another call was.
    costs.push(await cost(async () => call(((index + 1) * 0.618_034) % 1)));
  }
  const of = (member: keyof Cost): number => {
    const values = costs.map((each) => each[member]).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  return { ms: of("ms"), cpuMs: of("cpuMs") };
}

async function cost<T>(call: () => Promise<T>): Promise<Cost & { readonly value: T }> {
  const [before, began] = [process.cpuUsage(), performance.now()];
  const value = await call();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000, value };
}
