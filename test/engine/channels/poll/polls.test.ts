import { describe, expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { createPolls } from "../../../../engine/channels/poll/index.ts";
import { ExpressionError } from "../../../../engine/model/evaluation-error.ts";
import type { Json } from "../../../../engine/model/json.ts";
import type { PollPlan } from "../../../../engine/model/plan/adapter.ts";
import { SeededIds } from "../../../../engine/testing/seeded-ids.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner, type Seen } from "../partner.ts";
import {
  adapter,
  at,
  containing,
  expression,
  generation,
  memoryLog,
  secretsOf,
  template,
} from "../plans.ts";
import { checkpoints, MemoryReceiver, settle } from "../receiver.ts";

interface Row {
  readonly id: number;
  readonly kind?: string;
}
interface Sees {
  readonly item: Row;
  readonly cursor: number | { readonly after: number };
  readonly body: { readonly rows: Row[]; readonly next: number; readonly more: boolean };
}

interface Linked {
  readonly body: { readonly link: string };
}

const afterOf = (cursor: Sees["cursor"]) => (typeof cursor === "number" ? cursor : cursor.after);

/** A feed of changes by number, a hundred rows a page, as most ERPs offer. */
const feed = (more: Partial<PollPlan> = {}): PollPlan => ({
  at,
  every: 60_000,
  get: template("/changes"),
  query: { after: template(({ cursor }: Sees) => String(afterOf(cursor))) },
  items: expression(({ body }: Sees) => body.rows as unknown as Json),
  page: {
    at,
    items: expression(({ body }: Sees) => body.rows as unknown as Json),
    next: { after: expression(({ body }: Sees) => body.next) },
    while: expression(({ body }: Sees) => body.more),
    max: 100_000,
  },
  cursor: { at, value: expression(({ item }: Sees) => item.id), start: template(0) },
  dedupe: expression(({ item }: Sees) => String(item.id)),
  ...more,
});

async function source(
  rows: Row[],
  answer?: (seen: Seen, count: number) => [number, Json, object?] | undefined,
) {
  let count = 0;
  const erp = await partner((seen, response) => {
    count += 1;
    const special = answer?.(seen, count);
    if (special !== undefined) return json(response, ...special);
    const after = Number(new URL(seen.url, "http://x").searchParams.get("after"));
    const page = rows.filter(({ id }) => id > after).slice(0, 100);
    const next = page.at(-1)?.id ?? after;
    json(response, 200, { rows: page, next, more: rows.some(({ id }) => id > next) });
  });
  const asked = () =>
    erp.seen.map(({ url }) => Number(new URL(url, "http://x").searchParams.get("after")));
  return { erp, asked };
}

function plansOf(url: string, plan: PollPlan) {
  return generation({
    adapters: [
      adapter("tryton", url, {
        polls: { changes: plan },
        errors: [
          {
            at,
            // As the compiler's strict expressions: an absent path is an error.
            when: expression((scope: { response: { body: { error?: string } } }) => {
              const { error } = scope.response.body;
              if (error === undefined)
                throw new ExpressionError("mapping/absent-path", "absent", at);
              return error === "busy";
            }),
            class: "throttled",
            code: "erp-busy",
            message: template("come back later"),
            wait: 40_000,
          },
        ],
      }),
    ],
    workspace: { systems: { erp: "tryton" } },
  });
}

function world(url: string, plan: PollPlan, memory = checkpoints(), given?: MemoryReceiver) {
  const clock = new VirtualClock(Date.parse("2026-05-01T00:00:00Z"));
  const log = memoryLog();
  const receiver = given ?? new MemoryReceiver(plansOf(url, plan));
  const transport = createTransport({ secrets: secretsOf({}), clock, log });
  const sending = new Set<string>();
  const polls = createPolls({
    receiver,
    room: () => 100,
    clock,
    log,
    ids: new SeededIds(1),
    secrets: secretsOf({}),
    send: async (delivery, plans) => {
      sending.add(delivery.id);
      try {
        return await transport.send(delivery, plans);
      } finally {
        sending.delete(delivery.id);
      }
    },
    ...memory,
  });
  onTestFinished(async () => {
    await polls.stop();
    await transport.close();
  });
  /** A round is over when nothing is on its way and the next one is scheduled. */
  const rested = async () => {
    do await settle();
    while (sending.size > 0 || clock.next() === undefined);
  };
  const round = async () => {
    polls.follow(receiver.current);
    await rested();
  };
  const advance = async (ms: number) => {
    await clock.advance(ms, settle);
    await rested();
  };
  return {
    advance,
    clock,
    log,
    receiver,
    polls,
    memory,
    round,
    ids: () => receiver.received.map(({ dedupeKey }) => dedupeKey),
  };
}

const rowsUpTo = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1 }));

test("rows become messages of the poll's own type, in order, and the next round asks for newer ones", async () => {
  const rows = rowsUpTo(3);
  const { erp, asked } = await source(rows);
  const { advance, ids, receiver, round } = world(erp.url, feed());
  await round();
  expect(receiver.received[0]).toMatchObject({
    channel: "poll",
    source: "tryton.changes",
    type: "tryton.changes",
    dedupeKey: "1",
    data: { id: 1 },
  });
  rows.push({ id: 4 });
  await advance(60_000);
  expect(ids()).toEqual(["1", "2", "3", "4"]);
  expect(asked()).toEqual([0, 3]);
});

test("ten thousand rows: killed at page 37, it goes on at page 37, and each row comes once", async () => {
  const { erp, asked } = await source(rowsUpTo(10_000));
  const memory = checkpoints();
  let saves = 0;
  const first = world(erp.url, feed(), {
    ...memory,
    // The process ends here: rows of the page are accepted, its checkpoint is not written.
    saveCheckpoint: async (name, value) => {
      saves += 1;
      if (saves > 37) throw new Error("killed");
      await memory.saveCheckpoint(name, value);
    },
  });
  await first.round();
  await first.polls.stop();
  expect(first.receiver.received).toHaveLength(3_700);
  const before = asked().length;
  const second = world(erp.url, feed(), memory, first.receiver);
  await second.round();
  expect(asked()[before]).toBe(3_600);
  expect(second.ids()).toEqual(rowsUpTo(10_000).map(({ id }) => String(id)));
  expect(second.receiver.duplicates).toBe(100);
});

test("a web page in place of the rows is no empty page: the same is asked again", async () => {
  const rows = rowsUpTo(2);
  const notice = "<html><title>Maintenance</title></html>";
  const { erp, asked } = await source(rows, (_, count) =>
    count === 1 ? [200, notice] : undefined,
  );
  const { advance, ids, log, round } = world(erp.url, feed());
  await round();
  expect(ids()).toEqual([]);
  expect(log.lines.join()).toContain("it was answered 200 with a web page");
  await advance(60_000);
  expect(ids()).toEqual(["1", "2"]);
  expect(asked().slice(0, 2)).toEqual([0, 0]);
});

test("an overlap reads again what may appear late, and repeats are duplicates", async () => {
  const rows = [{ id: 1 }, { id: 2 }, { id: 5 }];
  const { erp, asked } = await source(rows);
  const cursor = {
    at,
    value: expression(({ item }: Sees) => item.id),
    start: template(0),
    overlap: 3,
  };
  const { advance, ids, receiver, round } = world(erp.url, feed({ cursor }));
  await round();
  rows.splice(2, 0, { id: 4 });
  await advance(60_000);
  expect(asked()).toEqual([0, 2]);
  expect(ids()).toEqual(["1", "2", "5", "4"]);
  expect(receiver.duplicates).toBe(1);
});

test("rows that `where` leaves out and our own echoes are not stored, and still move the cursor", async () => {
  const rows = [
    { id: 1, kind: "noise" },
    { id: 2, kind: "order" },
    { id: 3, kind: "ours" },
  ];
  const { erp } = await source(rows);
  const plan = feed({
    where: expression(({ item }: Sees) => item.kind !== "noise"),
    echo: expression(({ item }: Sees) => item.kind === "ours"),
    events: [
      {
        kind: "event",
        value: "erp.order.changed",
        at,
        when: expression(({ item }: Sees) => item.kind === "order"),
        data: template(({ item }: Sees) => ({ orderId: String(item.id) })),
      },
      { kind: "else", value: "invalid", at },
    ],
  });
  const { memory, receiver, round } = world(erp.url, plan);
  await round();
  expect(receiver.received).toMatchObject([{ type: "erp.order.changed", data: { orderId: "2" } }]);
  expect(memory.saved.get("poll:tryton.changes")).toEqual({ cursor: 3, reached: 3 });
});

test("a row without identity is kept as invalid and blocks nobody", async () => {
  const { erp } = await source(rowsUpTo(2));
  const dedupe = expression(({ item }: Sees) => {
    if (item.id === 1) throw new ExpressionError("mapping/absent", "there is no number", at);
    return String(item.id);
  });
  const { receiver, round } = world(erp.url, feed({ dedupe }));
  await round();
  expect(receiver.received).toMatchObject([
    { data: { id: 1 }, invalid: { code: "mapping/absent" } },
    { dedupeKey: "2" },
  ]);
});

describe("what goes wrong keeps the checkpoint", () => {
  test("an answer that is an error is asked again after a pause that grows", async () => {
    const { erp, asked } = await source(rowsUpTo(1), (_seen, count) =>
      count <= 2 ? [500, {}] : undefined,
    );
    const { advance, clock, ids, log, memory, round } = world(erp.url, feed());
    await round();
    expect(memory.saved.get("poll:tryton.changes")).toEqual({ cursor: 0, reached: 0 });
    expect(log.lines.join()).toContain("status 500");
    expect(clock.next()).toBe(clock.now() + 5_000);
    await advance(5_000);
    expect(clock.next()).toBe(clock.now() + 10_000);
    await advance(10_000);
    expect(asked()).toEqual([0, 0, 0]);
    expect(ids()).toEqual(["1"]);
  });

  test("an error in a 200 is one where the adapter's rules say so", async () => {
    const { erp } = await source([], () => [200, { error: "busy", rows: [] }]);
    const { clock, memory, round } = world(erp.url, feed());
    const start = clock.now();
    await round();
    expect(clock.next()).toBe(start + 40_000);
    expect(memory.saved.get("poll:tryton.changes")).toEqual({ cursor: 0, reached: 0 });
  });

  test("an answer that a rule names has no result to be asked for, and the log says what it was", async () => {
    const { erp } = await source([], () => [200, { error: "busy" }]);
    const result = expression(() => {
      throw new ExpressionError("mapping/absent-path", "there are no rows", at);
    });
    const { log, round } = world(erp.url, feed({ result }));
    await round();
    expect(log.lines).toEqual(
      expect.arrayContaining([containing("throttled erp-busy: come back later")]),
    );
    expect(log.lines.join()).not.toContain("there are no rows");
  });

  test("Retry-After is obeyed", async () => {
    const { erp } = await source([], () => [429, {}, { "retry-after": "120" }]);
    const { clock, round } = world(erp.url, feed());
    await round();
    expect(clock.next()).toBe(clock.now() + 120_000);
  });

  test("a page that the partner no longer knows begins the round anew", async () => {
    const { erp, asked } = await source(rowsUpTo(150), (_seen, count) =>
      count === 2 ? [500, {}] : count === 3 ? [410, {}] : undefined,
    );
    const { advance, ids, round } = world(erp.url, feed());
    await round();
    await advance(5_000);
    await advance(10_000);
    expect(asked()).toEqual([0, 100, 100, 0, 100]);
    expect(ids()).toHaveLength(150);
  });

  test("pages may be at addresses that the partner gives, on its own host", async () => {
    const links: string[] = [];
    const erp = await partner((seen, response) => {
      const link = links[Number(new URL(seen.url, "http://x").searchParams.get("page") ?? 0)];
      json(response, 200, { rows: [{ id: erp.seen.length }], next: 0, more: true, link });
    });
    const absolute = `${erp.url}/changes?page=1&$filter=a%20b`;
    links.push(absolute, "changes?page=2", "http://evil.example/changes");
    const page = feed().page;
    const { advance, ids, log, round } = world(
      erp.url,
      feed(
        page === undefined
          ? {}
          : { page: { ...page, nextUrl: expression(({ body }: Linked) => body.link) } },
      ),
    );
    await round();
    expect(erp.seen.map(({ url }) => url)).toEqual([
      "/changes?after=0",
      "/changes?page=1&$filter=a%20b",
      "/changes?page=2",
    ]);
    expect(log.lines.join()).toContain("not on the host of base-url");
    await advance(5_000);
    expect(ids()).toEqual(["1", "2"]);
  });

  test("at such an address, the rest of the request is that of the round's first page", async () => {
    const erp = await partner((_seen, response) => {
      const count = erp.seen.length;
      json(response, 200, {
        rows: [{ id: count }],
        more: count < 3,
        link: `/changes?page=${count}`,
      });
    });
    const page = feed().page;
    const since = template(({ cursor }: { cursor: Json }) => {
      if (typeof cursor !== "number") throw new ExpressionError("mapping/type", "no number", at);
      return String(cursor + 7);
    });
    const linkOf = expression(({ body }: Linked) => body.link);
    const linked = page === undefined ? {} : { ...page, next: {}, nextUrl: linkOf };
    const { get: _, query: __, ...rest } = feed({ page: linked as NonNullable<PollPlan["page"]> });
    const plan = { ...rest, post: template("/changes"), query: { since }, body: { ...since } };
    const { ids, round } = world(erp.url, plan);
    await round();
    expect(ids()).toEqual(["1", "2", "3"]);
    expect(erp.seen.map(({ body, url }) => [url, body])).toEqual([
      ["/changes?since=7", '"7"'],
      ["/changes?page=1", '"7"'],
      ["/changes?page=2", '"7"'],
    ]);
  });

  test("an engine that takes nothing is asked again when it said", async () => {
    const { erp } = await source(rowsUpTo(1));
    const { advance, clock, ids, memory, receiver, round } = world(erp.url, feed());
    const retryAt = clock.now() + 45_000;
    receiver.refusal = { outcome: "refused", reason: "busy", message: "busy", retryAt };
    await round();
    expect(memory.saved.get("poll:tryton.changes")).toEqual({ cursor: 0, reached: 0 });
    expect(clock.next()).toBe(retryAt);
    receiver.refusal = undefined;
    await advance(45_000);
    expect(ids()).toEqual(["1"]);
  });

  test("more rows than the plan allows in one round are left for the next, never dropped", async () => {
    const { erp } = await source(rowsUpTo(250));
    const page = feed().page;
    const { advance, ids, log, round } = world(
      erp.url,
      feed(page === undefined ? {} : { page: { ...page, max: 100 } }),
    );
    await round();
    expect(ids()).toHaveLength(100);
    expect(log.lines.join()).toContain("more than 100 rows");
    for (const _ of [1, 2]) {
      await advance(5_000);
    }
    expect(ids()).toHaveLength(250);
  });
});

describe("a source that says itself where the next round goes on", () => {
  /** Changes by number, two an answer; on the last page a word that stands for all before. */
  async function changes(rows: Row[], forgets: { token?: string } = {}) {
    const erp = await partner((seen, response) => {
      const url = new URL(seen.url, "http://x");
      const token = url.searchParams.get("token") ?? "t0";
      if (token === forgets.token) return json(response, 410, {});
      const page = Number(url.searchParams.get("page") ?? 0);
      const news = rows.filter(({ id }) => id > Number(token.slice(1)));
      const more = news.length > (page + 1) * 2;
      const link = `${erp.url}/changes?token=${token}&page=${page + 1}`;
      json(response, 200, {
        rows: news.slice(page * 2, page * 2 + 2),
        more,
        ...(more ? { link } : { delta: `t${rows.at(-1)?.id ?? 0}` }),
      });
    });
    return { erp, asked: () => erp.seen.map(({ url }) => url) };
  }
  const linked = {
    at,
    items: expression(({ body }: Sees) => body.rows as unknown as Json),
    nextUrl: expression(({ body }: Linked) => body.link),
    while: expression(({ body }: Sees) => body.more),
    max: 1_000,
  };
  interface Delta {
    readonly body: { readonly delta?: string };
    readonly response: { readonly status: number };
    readonly cursor: Json;
  }
  const byToken = {
    query: { token: template(({ cursor }: Delta) => cursor) },
    page: linked,
    cursor: {
      at,
      token: expression(({ body }: Delta) => body.delta),
      start: template(null),
      expired: expression(({ response }: Delta) => response.status === 410),
    },
  };

  test("by a word: pages are followed, and the last one's word is the next round's cursor", async () => {
    const rows = rowsUpTo(3);
    const { erp, asked } = await changes(rows);
    const { advance, ids, memory, round } = world(erp.url, feed(byToken));
    await round();
    expect(memory.saved.get("poll:tryton.changes")).toEqual({ cursor: "t3", reached: "t3" });
    await advance(60_000);
    rows.push({ id: 4 });
    await advance(60_000);
    expect(asked()).toEqual([
      "/changes",
      "/changes?token=t0&page=1",
      "/changes?token=t3",
      "/changes?token=t3",
    ]);
    expect(ids()).toEqual(["1", "2", "3", "4"]);
  });

  test("by an address: it is asked as it is, after a restart, too, and on base-url's host alone", async () => {
    const rows = rowsUpTo(3);
    const { erp, asked } = await changes(rows);
    const plan = feed({
      ...byToken,
      cursor: {
        at,
        nextUrl: expression(({ body }: Delta) =>
          body.delta === undefined
            ? undefined
            : body.delta === "t9"
              ? "http://evil.example/changes"
              : `${erp.url}/changes?token=${body.delta}&$select=id`,
        ),
        start: template(null),
      },
    });
    const memory = checkpoints();
    const first = world(erp.url, plan, memory);
    await first.round();
    await first.polls.stop();
    rows.push({ id: 4 });
    const second = world(erp.url, plan, memory, first.receiver);
    await second.round();
    expect(asked().slice(2)).toEqual(["/changes?token=t3&$select=id"]);
    expect(second.ids()).toEqual(["1", "2", "3", "4"]);
    rows.push({ id: 9 });
    await second.advance(60_000);
    expect(second.log.lines.join()).toContain("not on the host of base-url");
    expect(erp.seen.every(({ url }) => url.startsWith("/changes"))).toBe(true);
  });

  test("an address of another host than base-url's, saved before that was changed, begins anew", async () => {
    const rows = rowsUpTo(3);
    const { erp, asked } = await changes(rows);
    const plan = feed({
      ...byToken,
      cursor: {
        at,
        nextUrl: expression(({ body }: Delta) => `${erp.url}/changes?token=${body.delta ?? ""}`),
        start: template(null),
      },
    });
    const memory = checkpoints();
    const before = { "next-url": "http://old.example/changes?token=t2" };
    // Between rounds, and in the middle of one.
    memory.saved.set("poll:tryton.changes", { cursor: before, reached: before });
    const { advance, ids, log, round } = world(erp.url, plan, memory);
    await round();
    expect(log.lines.join()).toContain("not on the host of base-url any more");
    await advance(5_000);
    expect(ids()).toEqual(["1", "2", "3"]);
    expect(asked()).toEqual(["/changes", "/changes?token=t0&page=1"]);
    memory.saved.set("poll:tryton.changes", { cursor: null, reached: null, page: before });
    rows.push({ id: 4 });
    await advance(60_000);
    await advance(5_000);
    expect(ids()).toEqual(["1", "2", "3", "4"]);
  });

  test("a cursor that it knows no more: all is read again, and what came before is a duplicate", async () => {
    const rows = rowsUpTo(2);
    const forgets: { token?: string } = {};
    const { erp, asked } = await changes(rows, forgets);
    const { advance, ids, log, receiver, round } = world(erp.url, feed(byToken));
    await round();
    rows.push({ id: 3 });
    forgets.token = "t2";
    await advance(60_000);
    expect(log.lines.join()).toContain("it knows the cursor no more");
    await advance(5_000);
    expect(asked().at(-1)).toBe("/changes?token=t0&page=1");
    expect(ids()).toEqual(["1", "2", "3"]);
    expect(receiver.duplicates).toBe(2);
  });
});

describe("a queue is told what was taken", () => {
  interface Taken {
    readonly body: { readonly rows: readonly Row[] };
  }
  /** Gives the same rows again until they are acknowledged, two an answer. */
  async function queue(rows: Row[], refuses: { left: number } = { left: 0 }) {
    const erp = await partner((seen, response) => {
      if (seen.url === "/taken") {
        refuses.left -= 1;
        if (refuses.left >= 0) return json(response, 503, {});
        const { ids } = JSON.parse(seen.body) as { ids: number[] };
        for (const id of ids)
          rows.splice(
            rows.findIndex((row) => row.id === id),
            1,
          );
        return json(response, 200, {});
      }
      json(response, 200, { rows: rows.slice(0, 2), more: rows.length > 0 });
    });
    return { erp, asked: () => erp.seen.map(({ method, url }) => `${method} ${url}`) };
  }
  const plan = (): PollPlan => {
    const { cursor: _, page: __, query: ___, get: ____, ...rest } = feed();
    return {
      ...rest,
      post: template("/take"),
      page: {
        at,
        items: expression(({ body }: Sees) => body.rows as unknown as Json),
        while: expression(({ body }: Taken) => body.rows.length === 2),
        max: 1_000,
      },
      acknowledge: {
        at,
        post: template("/taken"),
        body: template(({ body }: Taken) => ({ ids: body.rows.map(({ id }) => id) })),
      },
    };
  };

  test("after its rows are on disk, page by page, and with nothing there it is told nothing", async () => {
    const rows = rowsUpTo(3);
    const { erp, asked } = await queue(rows);
    const { advance, ids, round } = world(erp.url, plan());
    await round();
    expect(ids()).toEqual(["1", "2", "3"]);
    expect(rows).toEqual([]);
    await advance(60_000);
    expect(asked()).toEqual([
      "POST /take",
      "POST /taken",
      "POST /take",
      "POST /taken",
      "POST /take",
    ]);
  });

  test("rows whose word was lost come again, and are duplicates", async () => {
    const rows = rowsUpTo(1);
    const { erp } = await queue(rows, { left: 1 });
    const { advance, ids, log, receiver, round } = world(erp.url, plan());
    await round();
    expect(log.lines.join()).toContain("acknowledge: status 503");
    await advance(5_000);
    expect([ids(), receiver.duplicates, rows]).toEqual([["1"], 1, []]);
  });

  test("an engine that takes nothing tells it nothing", async () => {
    const { erp, asked } = await queue(rowsUpTo(1));
    const { clock, receiver, round } = world(erp.url, plan());
    receiver.refusal = {
      outcome: "refused",
      reason: "busy",
      message: "busy",
      retryAt: clock.now() + 45_000,
    };
    await round();
    expect(asked()).toEqual(["POST /take"]);
  });
});

test("the first round starts at `now` where the plan says so, and remembers it", async () => {
  const seen: string[] = [];
  const erp = await partner((one, response) => {
    seen.push(new URL(one.url, "http://x").searchParams.get("after") ?? "");
    json(response, 503, {});
  });
  const cursor = {
    at,
    value: expression(({ item }: Sees) => item.id),
    start: template("now"),
    overlap: 300_000,
  };
  const query = { after: template((scope: { cursor: Json }) => scope.cursor) };
  const { memory, round } = world(erp.url, feed({ cursor, query }));
  await round();
  expect(seen).toEqual(["2026-04-30T23:55:00.000Z"]);
  expect(memory.saved.get("poll:tryton.changes")).toMatchObject({
    cursor: "2026-05-01T00:00:00.000Z",
  });
});

test("only adapters that play a system are asked, and none after stop or when it left the workspace", async () => {
  const { erp, asked } = await source([]);
  const { clock, polls, receiver, round } = world(erp.url, feed());
  polls.follow(generation({ adapters: [...receiver.current.adapters.values()] }));
  await settle();
  expect(asked()).toEqual([]);
  await round();
  polls.follow(generation({}));
  await clock.advance(300_000, settle);
  expect(asked()).toEqual([0]);
});

test("a broken expression of the poll is logged by its place and asked again", async () => {
  const { erp } = await source([]);
  const items = expression(() => {
    throw new ExpressionError("mapping/absent", "no rows here", at);
  });
  const { clock, log, round } = world(erp.url, feed({ items }));
  await round();
  expect(log.lines).toEqual(expect.arrayContaining([containing("mapping/absent")]));
  expect(clock.next()).toBe(clock.now() + 5_000);
});
