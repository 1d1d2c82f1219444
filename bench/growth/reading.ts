import { statSync } from "node:fs";
import { openReader, openStore } from "../../engine/store/sqlite/index.ts";
import { customerOf, firstAt, flowOf, orderOf, pattern, sourceName, textOf } from "./identity.ts";

type Reader = ReturnType<typeof openReader>;

/** Calls of each kind, each about another message; fewer where they take long. */
const calls = 40;
const [callsLeast, budgetMs] = [5, 5000];
const another = flowOf(pattern.other);

/** What it costs to look into a store: milliseconds by what is asked, in the order of the table. */
export type Reading = Readonly<Record<string, number>>;

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
  const reading: Record<string, number> = { "size, MB": statSync(path).size / 1e6 };
  const began = performance.now();
  const reader = openReader(path);
  reading["open to read"] = performance.now() - began;
  try {
    for (const [name, look] of Object.entries(looks)) {
      reading[name] = await median(async (share) => look(reader, at(share, filled)));
    }
  } finally {
    reader.close();
  }
  return { ...reading, ...(await ofOwner(path, filled)) };
}

/** What the engine's own store takes to open, and to know a message again. */
async function ofOwner(path: string, filled: number): Promise<Reading> {
  const began = performance.now();
  const store = openStore({ path });
  const now = firstAt + filled;
  try {
    await store.recover(now);
    const opened = performance.now() - began;
    const knowAgain = async (share: number): Promise<void> => {
      const dedupeKey = textOf(at(share, filled));
      const { outcome } = await store.accept(duplicateOf(dedupeKey, now), now);
      if (outcome !== "duplicate") throw new Error(`message ${dedupeKey} was taken twice`);
    };
    const first = performance.now();
    await knowAgain(1);
    return {
      "open as the engine": opened,
      "first duplicate, all keys' filters read": performance.now() - first,
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
async function median(call: (share: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + budgetMs;
  for (let index = 0; index < calls; index += 1) {
    const began = performance.now();
    if (index >= callsLeast && began > end) break;
    // The golden ratio: never near to where another call was.
    await call(((index + 1) * 0.618_034) % 1);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
