import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { callText, flowText, texts } from "./world/texts.ts";
import { made, World, type WorldOptions } from "./world/world.ts";

const minuteMs = 60_000;
const hookSecret = "whsec_c2VjcmV0IG9mIHRoZSBob29r";

/** A workspace whose team has a webhook on the partners' own server, at `/hook`. */
const files = (sluice = "", steps = callText("erp", "create"), more = "") => {
  const base = texts();
  return {
    ...base,
    "sluice.yaml": `${(base["sluice.yaml"] ?? "")
      .replace(
        "teams: { ops: { contact: ops@example.com } }",
        `teams:
  ops:
    contact: ops@example.com
    escalation: [{ after: 30m, to: bosses }]
    notify: [{ webhook: "\${ $env.PARTNERS_URL & '/hook/ops' }", sign: HOOK_SECRET }, { log: warn }]
  bosses: { contact: bosses@example.com, notify: [{ webhook: "\${ $env.PARTNERS_URL & '/hook/bosses' }" }] }`,
      )
      .replace("secrets: {", "secrets: { HOOK_SECRET: Signs notices.,")}${sluice}`,
    "flows/process/post-thing.yaml": flowText(
      steps,
      `impact: { class: revenue, amount: "$message.data.amount", currency: "'EUR'" }\n${more}`,
    ),
  };
};

const policy = `  impact:
    - { category: critical, impact: revenue, amount: "1000" }
    - { category: high, impact: revenue }
`;

const open = async (options: WorldOptions = {}) => {
  const world = await World.open({
    files: files(policy),
    ...options,
    env: { HOOK_SECRET: hookSecret },
  });
  world.partners.answer = ({ system }) => (system === "erp" ? { status: 503 } : {});
  return world;
};

const issuesOf = async (world: World, query = "?status=any") => {
  const answer = (await (await world.admin("GET", `/issues${query}`)).json()) as {
    items: Record<string, unknown>[];
  };
  return answer.items;
};

const hooks = (world: World, team = "ops") =>
  world.partners
    .to("hook")
    .filter(({ path }) => path === `/${team}`)
    .map(({ body }) => body["data"] as { issues: Record<string, unknown>[]; more: number });

test("what is personal stands neither in an issue's title nor in the log, however it looks", async () => {
  const base: Readonly<Record<string, string>> = files(policy);
  const schema = JSON.parse(base["schemas/canonical/thing@1.json"] ?? "") as {
    properties: Record<string, unknown>;
  };
  schema.properties["tier"] = { type: "string", "x-pii": true };
  const world = await open({
    files: {
      ...base,
      "schemas/canonical/thing@1.json": JSON.stringify(schema),
      "flows/process/post-thing.yaml": flowText(
        `  - require:
      - that: "false"
        error: { class: business, code: refused, message: "\${ $message.data.tier } is on hold" }
`,
        "input: canonical/thing@1\n",
      ),
    },
  });
  for (const [id, name] of [
    ["1", "anneliese"],
    ["2", "bartholomew"],
  ] as const) {
    await world.tell(made(id, id, { tier: name }));
  }
  const issues = await issuesOf(world);
  expect(issues).toMatchObject([{ title: "••• is on hold", failures: 2 }]);
  expect(JSON.stringify([issues, world.log])).not.toMatch(/anneliese|bartholomew/);
});

test("many equal failures are one issue with one notice, and it closes when the records succeed", async () => {
  const world = await open();
  const count = 60;
  for (let n = 0; n < count; n += 1) {
    await world.deliver(made(`T-${n}`, `key-${n}`, { amount: "20.05" }));
  }
  await world.advance(5 * minuteMs);
  expect(await issuesOf(world)).toMatchObject([
    {
      status: "open",
      category: "critical",
      flow: "post-thing",
      step: "steps.erpcreate",
      system: "erp",
      class: "transient",
      code: "http-503",
      failures: count,
      runs: count,
      unsettled: count,
      amounts: { EUR: "1203.00" },
      team: "ops",
    },
  ]);
  const sent = hooks(world);
  expect(sent.length).toBeLessThanOrEqual(2);
  expect(sent[0]).toMatchObject({
    issues: [
      {
        issue: 1,
        category: "critical",
        owner: { team: "ops", contact: "ops@example.com" },
        sample: { at: "flows/process/post-thing.yaml:9:5", payload: { amount: "20.05" } },
        command: "sluice issues show 1",
      },
    ],
  });
  const told = JSON.stringify(sent[0]);
  expect(told).toContain("erp-one was down");
  expect(told).toMatch(/"link":"http:\/\/127\.0\.0\.1:\d+\/admin\/v1\/issues\/1"/);
  expect(told).toContain('"sluice replay --issue 1"');
  world.partners.answer = () => ({});
  for (const { runId } of await world.serving.store.read.deadLetters({ limit: 1_000 })) {
    await world.admin("POST", `/runs/${runId}/resume`, {});
  }
  await world.advance(5 * minuteMs);
  expect(await issuesOf(world)).toMatchObject([
    { status: "resolved", unsettled: 0, changedBy: "sluice", failures: count },
  ]);
  expect(hooks(world).at(-1)).toMatchObject({ issues: [{ what: "resolved", issue: 1 }] });
  expect(hooks(world).length).toBeLessThanOrEqual(3);
}, 60_000);

test("an issue that returns is opened again, and one that is ignored is only counted", async () => {
  const world = await open();
  await world.tell(made("1", "a", { amount: "10" }));
  await world.advance(5 * minuteMs);
  await world.admin("POST", "/issues/1/resolve", { comment: "erp is up again" });
  expect(await issuesOf(world)).toMatchObject([{ status: "resolved", changedBy: "ada" }]);
  await world.tell(made("2", "b", { amount: "10" }));
  await world.advance(5 * minuteMs);
  expect(await issuesOf(world)).toMatchObject([{ status: "open", reopened: 1, failures: 2 }]);
  expect(hooks(world).map(({ issues }) => issues[0]?.["what"])).toEqual(["opened", "returned"]);
  await world.admin("POST", "/issues/1/ignore", {});
  await world.tell(made("3", "c", { amount: "10" }));
  await world.advance(5 * minuteMs);
  expect(await issuesOf(world)).toMatchObject([{ status: "ignored", failures: 3 }]);
  expect(hooks(world)).toHaveLength(2);
  const audit = (await (await world.admin("GET", "/audit")).json()) as { items: unknown[] };
  expect(audit.items[0]).toMatchObject({ actor: "ada", action: "admin.ignore", target: "1" });
});

test("a critical issue that nobody acknowledges climbs to the next team, once", async () => {
  const world = await open();
  await world.tell(made("1", "a", { amount: "5000" }));
  await world.advance(29 * minuteMs);
  expect(hooks(world, "bosses")).toEqual([]);
  await world.advance(10 * minuteMs);
  expect(hooks(world, "bosses")).toMatchObject([{ issues: [{ what: "escalated", issue: 1 }] }]);
  await world.advance(300 * minuteMs);
  expect(hooks(world, "bosses")).toHaveLength(1);
});

test("an acknowledged issue does not climb, and the category is the workspace's to say", async () => {
  const world = await open();
  await world.tell(made("1", "a", { amount: "5000" }));
  await world.advance(5 * minuteMs);
  await world.admin("POST", "/issues/1/acknowledge", {});
  await world.advance(60 * minuteMs);
  expect(hooks(world, "bosses")).toEqual([]);
  const calm = await open({ files: files("  impact: [{ category: low, impact: revenue }]\n") });
  await calm.tell(made("1", "a", { amount: "5000" }));
  await calm.advance(60 * minuteMs);
  expect(await issuesOf(calm, "")).toMatchObject([{ category: "low", status: "open" }]);
  expect(hooks(calm)).toEqual([]);
  expect(calm.log.join("\n")).toContain("issue 1 opened: erp.create was answered 503 by erp-one");
});

test("a notice is signed, tried again when the receiver is down, and survives a crash", async () => {
  const world = await open();
  world.partners.answer = ({ system }) => ({ status: system === "erp" ? 503 : 500 });
  await world.tell(made("1", "a", { amount: "5000" }));
  await world.advance(2 * minuteMs);
  expect(hooks(world).length).toBeGreaterThan(1);
  const next = await world.restart({ env: { HOOK_SECRET: hookSecret } });
  next.partners.answer = ({ system }) => (system === "erp" ? { status: 503 } : {});
  await next.advance(60 * minuteMs);
  const [shown] = await issuesOf(next);
  expect(shown).toMatchObject({ number: 1 });
  const detail = (await (await next.admin("GET", "/issues/1")).json()) as {
    notices: Record<string, unknown>[];
  };
  const told = detail.notices.filter(({ team }) => team === "ops");
  expect(told.map(({ status }) => status)).toEqual(["sent", "sent"]);
  const last = next.partners
    .to("hook")
    .filter(({ path }) => path === "/ops")
    .at(-1);
  const headers: Readonly<Record<string, unknown>> = last?.headers ?? {};
  const key = Buffer.from(hookSecret.slice("whsec_".length), "base64");
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${JSON.stringify(last?.body)}`;
  expect(headers["webhook-signature"]).toBe(
    `v1,${createHmac("sha256", key).update(signed).digest("base64")}`,
  );
});

test("a refusal of the partner is an issue, and closes when the record is done by a replay", async () => {
  const world = await open();
  world.partners.answer = ({ system, body }) =>
    system === "erp"
      ? { status: 422, body: { message: `customer ${String(body["id"])} is on hold` } }
      : {};
  await world.tell(made("C-1", "a", { amount: "1" }), made("C-2", "b", { amount: "1" }));
  await world.advance(minuteMs);
  expect(await issuesOf(world)).toMatchObject([
    { kind: "failed", class: "business", failures: 2, status: "open" },
  ]);
  world.partners.answer = () => ({});
  for (const message of await world.serving.store.read.messages({})) {
    await world.admin("POST", `/messages/${message.id}/replay`, {});
  }
  await world.advance(minuteMs);
  expect(await issuesOf(world)).toMatchObject([{ status: "resolved" }]);
});

test("five thousand failures in a minute are one issue and at most two notices", async () => {
  const count = 5_000;
  const world = await World.open({
    files: {
      ...files(policy),
      "flows/process/post-thing.yaml": flowText(
        callText("erp", "create"),
        `impact: { class: revenue, amount: "$message.data.amount", currency: "'EUR'" }\ninput: canonical/thing@1\n`,
      ),
    },
    env: { HOOK_SECRET: hookSecret },
  });
  const taken: Promise<unknown>[] = [];
  for (let n = 0; n < count; n += 1) {
    taken.push(
      world.serving.engine.receive({
        channel: "webhook",
        source: "web-shop.events",
        type: "shop.thing.made",
        dedupeKey: `broken-${n}`,
        data: { id: `T-${n}`, key: `key-${n}`, amount: 7 },
        headers: {},
      }),
    );
    if (n % 100 === 0) {
      await Promise.all(taken.splice(0));
      await world.advance(minuteMs / (count / 100));
    }
  }
  await Promise.all(taken);
  await world.advance(minuteMs);
  expect(await issuesOf(world)).toMatchObject([
    { failures: count, runs: count, kind: "invalid", amounts: { EUR: "35000" } },
  ]);
  const sent = hooks(world);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.length).toBeLessThanOrEqual(2);
}, 60_000);

test("a question that nobody answers in time is an issue that climbs, and one that is answered is none", async () => {
  const question = `  - task: { team: bosses, within: 2h, choices: [approve, reject], title: "Approve \${ $message.data.id }?" }
    id: approval
    lane: hold
    on-timeout: [ { set: { late: true }, id: late } ]
`;
  const world = await open({ files: files(policy, question) });
  const ask = (id: string) => world.tell(made(id, id, { amount: "5000" }));
  await ask("answered");
  const [task] = await world.serving.store.read.tasks({});
  await world.serving.engine.choose(task?.id ?? "", { choice: "approve", by: "ann" });
  await ask("waits");
  await world.advance(120 * minuteMs - 1);
  expect(await issuesOf(world)).toEqual([]);
  await world.advance(1);
  expect(await issuesOf(world)).toMatchObject([
    {
      code: "task-unanswered",
      category: "critical",
      team: "ops",
      status: "open",
      title: expect.stringContaining("bosses did not answer in time") as string,
    },
  ]);
  // The run went its own way meanwhile.
  expect(await world.statuses()).toEqual({ done: 2 });
  await world.advance(minuteMs);
  expect(hooks(world)).toHaveLength(1);
  expect(hooks(world, "bosses")).toHaveLength(0);
  await world.advance(31 * minuteMs);
  expect(hooks(world, "bosses")).toHaveLength(1);
});
