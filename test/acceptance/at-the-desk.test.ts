import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

/** What an operator is shown while much happens: everything here is told by webhooks and seen by the command line. */
const minuteMs = 60_000;

async function sluice(world: World, ...argv: readonly string[]) {
  const terminal = recordingTerminal({
    cwd: world.folder,
    env: {
      SLUICE_ADMIN_TOKEN: "admin-token",
      SLUICE_STORE: join(world.folder, "sluice.db"),
    },
  });
  const asks = ["status", "sla", "replay"].includes(argv[0] ?? "");
  const where = asks ? ["--server", world.serving.url] : [];
  const code = await main([...argv, ...where], terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

const json = async <T>(world: World, ...argv: readonly string[]): Promise<T> => {
  const { out, err } = await sluice(world, ...argv, "--json");
  expect(err).toBe("");
  return JSON.parse(out) as T;
};

/** Tells so many at once, as senders do that do not wait for each other; each must be taken. */
async function tellAll(world: World, events: readonly ReturnType<typeof made>[]): Promise<void> {
  const answers = await Promise.all(events.map(async (event) => world.deliver(event)));
  expect(answers.map(({ status }) => status)).toEqual(events.map(() => 202));
}

const note = (id: string) => ({ ...made(id, id), id: `note-${id}`, type: "confirmed" as const });

const pages = (world: World) =>
  world.partners.to("hook").map(({ body }) => {
    const { issues } = body["data"] as { issues: { what: string; issue: number }[] };
    return issues.map(({ what, issue }) => `${what} ${issue}`);
  });

const teams = `teams:
  ops:
    contact: ops@example.com
    notify: [{ webhook: "\${ $env.PARTNERS_URL & '/hook/ops' }" }]
`;

const workspace = (more: string) =>
  (texts()["sluice.yaml"] ?? "").replace("teams: { ops: { contact: ops@example.com } }\n", teams) +
  more;

interface Issue {
  readonly number: number;
  readonly category: string;
  readonly flow: string;
  readonly kind: string;
  readonly failures: number;
  readonly status: string;
}

const syncText = flowText(
  callText("erp", "create"),
  'impact: { class: customer, amount: "1", currency: "\'EUR\'" }\n',
).replace("post-thing", "customer-sync");

const noteText = flowText(
  callText("support", "create"),
  'impact: { class: information, amount: "0", currency: "\'EUR\'" }\nsla: { complete: 10m }\npriority: low\n',
)
  .replace("post-thing", "support-note")
  .replace("shop.thing.made", "shop.thing.confirmed");

test("a failed customer sync is critical and pages; a support note that is late is low and does not", async () => {
  const world = await World.open({
    files: texts({
      "sluice.yaml": workspace(`  impact:
    - { category: low, impact: information }
    - { category: critical, impact: [revenue, cash, customer] }
`),
      "flows/process/post-thing.yaml": null,
      "flows/process/customer-sync.yaml": syncText,
      "flows/process/support-note.yaml": noteText,
    }),
  });
  world.partners.answer = ({ system }) => (system === "erp" ? { status: 503 } : {});
  await world.admin("POST", "/pause", { kind: "system", system: "support" });
  await world.tell(note("N-1"), made("C-1", "other"));
  await world.advance(30 * minuteMs);
  const issues = await json<Issue[]>(world, "issues");
  expect(issues.map(({ category, flow, kind }) => `${category} ${flow} ${kind}`)).toEqual([
    "critical customer-sync dead",
    "low support-note late",
  ]);
  const [sync, late] = issues;
  expect(pages(world)).toEqual([[`opened ${sync?.number}`]]);
  expect((await sluice(world, "issues")).out).toMatch(
    /critical[^]*customer-sync[^]*low[^]*support-note/,
  );
  expect((await sluice(world, "issues", "--category", "critical")).out).not.toContain(
    "support-note",
  );
  expect((await sluice(world, "issues", "show", String(late?.number))).out).toMatch(/low/);
  expect((await sluice(world, "status")).out).toMatch(/issues +1 critical, 1 low/);
});

/** Things whose amount is too long for their schema, told within a minute. */
async function refusedThings(count: number): Promise<World> {
  const strict = (texts()["schemas/canonical/thing@1.json"] ?? "").replace(
    '"amount":{"type":"string"}',
    '"amount":{"type":"string","maxLength":2}',
  );
  const world = await World.open({
    files: texts({
      "sluice.yaml": workspace("  impact: [{ category: critical, impact: revenue }]\n"),
      "schemas/canonical/thing@1.json": strict,
      "flows/process/post-thing.yaml": flowText(
        callText("erp", "create"),
        'input: canonical/thing@1\nimpact: { class: revenue, amount: "1", currency: "\'EUR\'" }\n',
      ),
    }),
  });
  const rounds = 20;
  for (let round = 0; round < rounds; round += 1) {
    const from = (count * round) / rounds;
    const events = Array.from({ length: count / rounds }, (_, i) =>
      made(`T-${from + i}`, `k-${from + i}`, { amount: "long" }),
    );
    await tellAll(world, events);
    await world.advance(minuteMs / rounds);
  }
  await world.advance(2 * minuteMs);
  return world;
}

test("five thousand failures within a minute are one issue and two notices at most", async () => {
  const count = 5_000;
  const world = await refusedThings(count);
  expect(await json<Issue[]>(world, "issues")).toMatchObject([
    { number: 1, category: "critical", failures: count, status: "open" },
  ]);
  expect((await sluice(world, "issues")).out).toContain(String(count));
  expect(pages(world).length).toBeLessThanOrEqual(2);
  expect(pages(world)[0]).toEqual(["opened 1"]);
  await world.advance(60 * minuteMs);
  expect(pages(world).length).toBeLessThanOrEqual(2);
}, 120_000);

test("once what failed is mended and replayed, one notice says that it is over", async () => {
  const count = 200;
  const world = await refusedThings(count);
  const before = pages(world).length;
  const path = "schemas/canonical/thing@1.json";
  world.files = { ...world.files, [path]: texts()[path] ?? "" };
  await world.serving.reload.check();
  const { out } = await sluice(world, "replay", "--issue", "1", "--current", "--canary", "10");
  expect(out).toContain(`${count} to be replayed, the first 10 before a look`);
  await world.advance(minuteMs);
  expect(pages(world)).toHaveLength(before);
  await sluice(world, "replay", "continue", "1");
  await world.advance(10 * minuteMs);
  expect(world.partners.effects("erp").size).toBe(count);
  expect((await sluice(world, "issues")).out).toBe("no issue is open\n");
  expect(pages(world).slice(before)).toEqual([["resolved 1"]]);
}, 120_000);

/** `BURST_EVENTS=50000` is a month's end. */
const burst = Number(process.env["BURST_EVENTS"] ?? 1_500);

test(
  `${burst} events within a minute are all taken, and how long they take is shown`,
  async () => {
    const keys = Math.ceil(burst / 10);
    const world = await World.open({
      files: texts({
        "flows/system/erp.erp-one.yaml": adapterText("erp", "budget: [{ limit: 10, per: 1s }]"),
      }),
    });
    for (let second = 0; second < 60; second += 1) {
      const from = Math.floor((burst * second) / 60);
      const to = Math.floor((burst * (second + 1)) / 60);
      const events = Array.from({ length: to - from }, (_, i) =>
        made(`T-${from + i}`, `k-${(from + i) % keys}`),
      );
      await tellAll(world, events);
      await world.advance(1_000);
    }
    const { out } = await sluice(world, "status");
    expect(out).toContain(`messages    ${burst} accepted`);
    const [, requests, left] = /erp-one: (\d+) requests, sent in about (.+)/.exec(out) ?? [];
    expect(Number(requests)).toBe(burst - world.partners.to("erp").length);
    // Ten a second at most; at least eight, by what a request counts for until it is answered.
    const seconds = spanSeconds(left ?? "");
    expect(seconds).toBeGreaterThanOrEqual(Math.floor(Number(requests) / 10));
    expect(seconds).toBeLessThanOrEqual(Number(requests) / 8 + 1);
    await world.advance(seconds * 1_100 + 1_000);
    expect((await sluice(world, "status")).out).not.toContain("erp-one: ");
    const seen = world.partners.to("erp");
    expect(seen).toHaveLength(burst);
    for (const [index, { at }] of seen.entries()) {
      expect(at - (seen[index - 10]?.at ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
    }
    const last = new Map<string, number>();
    for (const { body } of seen) {
      const number = Number(String(body["id"]).slice(2));
      expect(number).toBeGreaterThan(last.get(String(body["key"])) ?? -1);
      last.set(String(body["key"]), number);
    }
    expect(await world.statuses()).toEqual({ done: Math.min(burst, 10_000) });
  },
  burst * 60 + 60_000,
);

/** `1m 25s`, `3h 2m`, `58.4s`. */
function spanSeconds(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1, ms: 0.001 };
  return [...text.matchAll(/([\d.]+)(ms|h|m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? Number.NaN),
    0,
  );
}

const noted = (erp: string) =>
  texts({
    "flows/system/erp.erp-one.yaml": adapterText("erp", erp),
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create"),
      "priority: high\nsla: { complete: 5s }\n",
    ),
    "flows/process/support-note.yaml": flowText(callText("erp", "create"), "priority: low\n")
      .replace("post-thing", "support-note")
      .replace("shop.thing.made", "shop.thing.confirmed"),
  });

test("over the limit notes are refused with a time to come back, orders pass, and the status says so", async () => {
  const world = await World.open({ files: noted(""), limits: { backlog: 20 } });
  await world.admin("POST", "/pause", { kind: "system", system: "erp" });
  const told: string[] = [];
  const refused: Response[] = [];
  for (let n = 0; n < 25; n += 1) {
    const answer = await world.deliver(note(`N-${n}`));
    if (answer.status === 202) told.push(`N-${n}`);
    else refused.push(answer);
  }
  expect([told.length, refused.length]).toEqual([16, 9]);
  for (const answer of refused) {
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  }
  for (let n = 0; n < 10; n += 1) {
    const order = await world.deliver(made(`O-${n}`, `O-${n}`));
    expect(order.status).toBe(202);
    told.push(`O-${n}`);
  }
  const { out } = await sluice(world, "status");
  expect(out).toContain(
    "refuses     normal, low priority: senders get 429 until less is under way",
  );
  expect(out).toMatch(/messages +26 accepted/);
  await world.admin("POST", "/unpause", { kind: "system", system: "erp" });
  await world.idle();
  expect(new Set(world.partners.to("erp").map(({ body }) => body["id"]))).toEqual(new Set(told));
  expect(world.partners.to("erp")).toHaveLength(told.length);
  // Whoever was refused comes back, and is taken.
  expect((await world.deliver(note("N-24"))).status).toBe(202);
  expect((await sluice(world, "status")).out).not.toContain("refuses");
});

test("over the limit a poll waits where it is, and goes on from there; nothing is passed over", async () => {
  const rows = 40;
  const world = await World.open({
    files: texts({
      "flows/system/erp.yaml": `system: erp
owner: ops
operations: {}
events: { thing.changed: { data: canonical/thing@1 } }
`,
      "flows/system/erp.erp-one.yaml": `adapter: erp-one
plays: erp
owner: ops
base-url: "\${ $env.PARTNERS_URL & '/erp' }"
auth: { none: true }
operations: {}
polls:
  changes:
    every: 1m
    get: /changes
    query: { after: "\${ $cursor }" }
    items: "$response.body.rows"
    cursor: { value: "$item.number", start: 0 }
    dedupe: "$string($item.number)"
    events:
      - event: erp.thing.changed
        data: { id: "\${ 'P-' & $item.number }", key: "\${ 'P-' & $item.number }" }
`,
      "flows/process/support-note.yaml": flowText(callText("support", "create"), "priority: low\n")
        .replace("post-thing", "support-note")
        .replace("shop.thing.made", "erp.thing.changed"),
      "flows/process/post-thing.yaml": flowText(callText("support", "create"), "priority: high\n"),
    }),
    limits: { backlog: 10 },
  });
  world.partners.answer = ({ system, query }) => {
    if (system !== "erp") return {};
    const after = Number(query["after"]);
    const length = Math.min(10, rows - after);
    return { body: { rows: Array.from({ length }, (_, i) => ({ number: after + i + 1 })) } };
  };
  await world.admin("POST", "/pause", { kind: "system", system: "support" });
  await world.advance(10 * minuteMs);
  const looks = async () => json<{ backlog: number; refused: string[] }>(world, "status");
  // What is handed over at once may be a page beyond the limit; then nothing more is asked for.
  const { backlog, refused } = await looks();
  expect(backlog).toBeGreaterThanOrEqual(8);
  expect(backlog).toBeLessThanOrEqual(18);
  expect(refused).toContain("low");
  await world.advance(10 * minuteMs);
  expect((await looks()).backlog).toBe(backlog);
  expect((await world.deliver(made("O-1"))).status).toBe(202);
  await world.admin("POST", "/unpause", { kind: "system", system: "support" });
  await world.advance(10 * minuteMs);
  const told = world.partners.to("support").map(({ body }) => body["id"]);
  expect(told).toHaveLength(rows + 1);
  expect(new Set(told)).toEqual(
    new Set(["O-1", ...Array.from({ length: rows }, (_, i) => `P-${i + 1}`)]),
  );
});

test("while notes flood in, orders keep their promise, and it is shown", async () => {
  const world = await World.open({ files: noted("budget: [{ limit: 10, per: 1s }]") });
  for (let n = 0; n < 500; n += 100) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => world.deliver(note(`N-${n + i}`))),
    );
    expect(answers.every(({ status }) => status === 202)).toBe(true);
  }
  await world.advance(5_000);
  for (let n = 0; n < 20; n += 1) {
    expect((await world.deliver(made(`O-${n}`, `O-${n}`))).status).toBe(202);
    await world.advance(1_000);
  }
  await world.advance(5_000);
  const { promises } = await json<{
    promises: { flow: string; due: number; inTimePercent: number; longestMs: number }[];
  }>(world, "sla");
  expect(promises).toMatchObject([{ flow: "post-thing", due: 20, inTimePercent: 100, broken: [] }]);
  expect(promises[0]?.longestMs).toBeLessThanOrEqual(2_000);
  expect((await sluice(world, "sla")).out).toMatch(/post-thing[^]*100/);
  // The notes were not done before: they are what gives way.
  expect((await sluice(world, "status")).out).toMatch(/erp-one: \d{2,} requests, sent in about/);
});
