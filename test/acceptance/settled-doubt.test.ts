import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import type { Answer, Seen } from "./world/partners.ts";
import { made, World } from "./world/world.ts";

/** A call in doubt that was done: a person says what it gave, and the flow goes on from there. */
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Nobody can ask the ERP; its operation gives a reference, and links the thing with it. */
const erpText = adapterText("erp")
  .replace(
    /^ {2}create: .*$/m,
    [
      "  create:",
      '    request: { post: /things, body: "${ $input }" }',
      "    in-doubt: { park: true }",
      '    link: { entity: thing, canonical: "$input.id", id: "$result.number" }',
    ].join("\n"),
  )
  .replace(
    /^ {2}cancel: .*$/m,
    '  cancel: { request: { post: /cancellations, body: "${ $input }" }, in-doubt: { park: true } }',
  );

const files = (changes: Readonly<Record<string, string>> = {}) =>
  texts({
    "schemas/canonical/reference@1.json": JSON.stringify({
      title: "Reference",
      owner: "ops",
      type: "object",
      required: ["number"],
      properties: { number: { type: "string" } },
    }),
    "flows/system/erp.yaml": `system: erp
owner: ops
operations:
  create: { input: canonical/thing@1, output: canonical/reference@1, effect: create }
  cancel: { input: canonical/thing@1, effect: update }
  find: { input: canonical/thing@1, effect: read }
`,
    "schemas/canonical/thing@1.json": (texts()["schemas/canonical/thing@1.json"] ?? "").replace(
      '"amount":',
      '"lines":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"key":{"type":"string"}}}},"amount":',
    ),
    "flows/system/erp.erp-one.yaml": erpText,
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create") +
        callText("billing", "create").replace(
          "${ $message.data }",
          "${ $merge([$message.data, { 'tier': $steps.erpcreate.number }]) }",
        ),
    ),
    ...changes,
  });

/** Writes every thing that is posted, and answers no create. */
class Erp {
  readonly book: string[] = [];
  isMute = true;

  answer({ system, method, path, body }: Seen): Answer {
    if (system !== "erp" || method !== "POST") return {};
    this.book.push(`${path} ${String(body["id"])}`);
    return this.isMute ? "drop" : { body: { number: `N-${this.book.length}` } };
  }
}

async function open(changes: Readonly<Record<string, string>> = {}) {
  const world = await World.open({ files: files(changes) });
  const erp = new Erp();
  world.partners.answer = (seen) => erp.answer(seen);
  return { world, erp };
}

/** One run in doubt, which the ERP has in its book. */
async function inDoubt(changes: Readonly<Record<string, string>> = {}) {
  const { world, erp } = await open(changes);
  await world.tell(made("T-1"));
  await world.advance(hourMs);
  const run = await world.lastRun();
  expect(run.status).toBe("in-doubt");
  expect(erp.book).toEqual(["/things T-1"]);
  return { world, erp, run };
}

async function sluice(world: World, ...argv: readonly string[]) {
  const terminal = recordingTerminal({
    cwd: world.folder,
    env: { SLUICE_ADMIN_TOKEN: "admin-token", SLUICE_STORE: join(world.folder, "sluice.db") },
  });
  const where = argv[0] === "replay" ? ["--server", world.serving.url, "--by", "ada"] : [];
  const code = await main([...argv, ...where], terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

function answerFile(world: World, answer: unknown): string {
  const path = join(world.folder, "answer.json");
  writeFileSync(path, JSON.stringify(answer));
  return path;
}

const reason = "N-77 stands in the ERP";

async function settle(world: World, runId: string, ...more: readonly string[]) {
  return settleAs("N-77", world, runId, ...more);
}

async function settleAs(number: string, world: World, runId: string, ...more: readonly string[]) {
  const answered = await sluice(
    world,
    "replay",
    runId,
    "--done",
    answerFile(world, { number }),
    "--reason",
    reason,
    ...more,
  );
  await world.idle();
  return answered;
}

const replayed = async (world: World, messageId: string, body: object = {}) => {
  expect((await world.admin("POST", `/messages/${messageId}/replay`, body)).status).toBe(200);
  await world.idle();
  await world.advance(minuteMs);
  return world.lastRun();
};

describe("a run in doubt whose call was done", () => {
  test("goes on with what a person says it gave, and has one effect", async () => {
    const { world, erp, run } = await inDoubt();
    const { code, out, err } = await settle(world, run.id);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("erp.create of steps.erpcreate is taken for done");
    expect(erp.book).toEqual(["/things T-1"]);
    const done = await world.lastRun();
    expect(done).toMatchObject({
      id: run.id,
      status: "done",
      results: { "steps.erpcreate": { number: "N-77" } },
    });
    expect(world.partners.to("billing").map(({ body }) => body["tier"])).toEqual(["N-77"]);
    expect(await world.serving.store.read.crosswalk("thing", "T-1")).toMatchObject([
      { system: "erp", id: "N-77" },
    ]);
    expect(await world.serving.store.read.counts()).toMatchObject({ doubts: 0, doubtsLeft: 0 });
  });

  test("is not sent again by a replay after a restart: the ledger has what was said", async () => {
    const { world, erp, run } = await inDoubt();
    erp.isMute = false;
    const next = await world.restart();
    await settle(next, run.id);
    expect((await next.lastRun()).status).toBe("done");
    const last = await next.restart();
    const again = await replayed(last, run.messageId);
    expect(again).toMatchObject({
      status: "done",
      results: { "steps.erpcreate": { number: "N-77" } },
    });
    expect(again.id).not.toBe(run.id);
    expect(erp.book).toEqual(["/things T-1"]);
    expect(last.partners.effects("billing").size).toBe(1);
    const other = { data: { id: "T-1", key: "k", amount: "7" }, reason: "amount was missing" };
    expect(await replayed(last, run.messageId, other)).toMatchObject({
      status: "in-doubt",
      error: { code: "call/effect-conflict" },
    });
    expect(erp.book).toEqual(["/things T-1"]);
  });

  test("is foreseen without being changed", async () => {
    const { world, erp, run } = await inDoubt();
    const seen = world.partners.seen.length;
    const { code, out } = await settle(world, run.id, "--dry-run");
    expect(code).toBe(0);
    expect(out).toContain("would be taken for done, and not sent again");
    expect(out).toMatch(/done +1 +erp\.create of post-thing/);
    expect(out).toMatch(/new +1 +billing\.create of post-thing/);
    expect(out).toContain("what comes after billing.create depends on its answer");
    expect(out).not.toMatch(/gone/);
    expect(world.partners.seen).toHaveLength(seen);
    expect(erp.book).toHaveLength(1);
    expect((await world.lastRun()).status).toBe("in-doubt");
  });

  test("tells in trace, audit and lists who settled it and why", async () => {
    const { world, run } = await inDoubt();
    const letter = await sluice(world, "dead-letters", run.id);
    expect(letter.out).toContain(`sluice replay ${run.id} --done answer.json --reason`);
    await settle(world, run.id);
    const { out } = await sluice(world, "trace", "T-1");
    expect(out).toContain(`done, says ada: ${reason}`);
    expect(out).toContain("■ done");
    const audit = (await (await world.admin("GET", "/audit")).json()) as { items: object[] };
    expect(audit.items).toContainEqual(
      expect.objectContaining({
        actor: "ada",
        action: "run.settle",
        target: run.id,
        detail: { path: "steps.erpcreate", reason },
      }),
    );
    expect(JSON.stringify(audit.items)).not.toContain('"output"');
  });

  test("closes its issue as any other remedy does", async () => {
    const { world, run } = await inDoubt();
    const issue = async () =>
      (await (await world.admin("GET", "/issues/1")).json()) as { issue?: { unsettled: number } };
    const before = JSON.stringify(await issue());
    await settle(world, run.id);
    await world.advance(minuteMs);
    const after = JSON.stringify(await issue());
    expect(before).toContain('"unsettled":1');
    expect(after).toContain('"unsettled":0');
  });
});

describe("an answer that is none", () => {
  test("does not fit the contract: what, which place, where it is said", async () => {
    const { world, erp, run } = await inDoubt();
    const answer = answerFile(world, { number: 77 });
    const { code, err } = await sluice(world, "replay", run.id, "--done", answer, "--reason", "r");
    expect(code).toBe(2);
    expect(err).toMatch(/the answer given for erp\.create breaks canonical\/reference@1: \/number/);
    expect(err).toContain("flows/system/erp.erp-one.yaml:");
    const none = await sluice(world, "replay", run.id, "--done", "--reason", "r");
    expect(none.err).toContain("no answer is given for erp.create, and it gives one");
    expect((await world.lastRun()).status).toBe("in-doubt");
    expect(erp.book).toHaveLength(1);
  });

  test("comes a second time: whose word it was is told", async () => {
    const { world, run } = await inDoubt();
    await settle(world, run.id);
    const { code, err } = await settle(world, run.id);
    expect(code).toBe(2);
    expect(err).toContain(`run ${run.id} is done: steps.erpcreate was settled by ada already`);
  });

  test("is of a run that is not in doubt, or of none", async () => {
    const { world, erp } = await open();
    world.partners.answer = (seen) => (seen.system === "erp" ? { status: 403 } : erp.answer(seen));
    await world.tell(made("T-1"));
    await world.advance(hourMs);
    const dead = await world.lastRun();
    expect(dead.status).not.toBe("in-doubt");
    expect((await settle(world, dead.id)).err).toContain(`run ${dead.id} is ${dead.status}`);
    expect((await settle(world, "019a2b7c-0000-7000-8000-000000000000")).err).toContain(
      "there is no run",
    );
    const { status } = await world.admin("POST", `/runs/${dead.id}/settle`, { output: {} });
    expect(status).toBe(400);
  });

  test("is asked for with what does not go with it", async () => {
    const { world, run } = await inDoubt();
    const file = answerFile(world, {});
    const bad = async (...argv: readonly string[]) => (await sluice(world, "replay", ...argv)).err;
    expect(await bad(run.id, "--done", file)).toContain("that it was done needs a reason");
    expect(await bad(run.id, "other", "--done", file, "--reason", "r")).toContain("one run");
    expect(await bad(run.id, "--done", file, "--discard", "r")).toContain("--discard");
    expect(await bad(run.id, "--step", "erpcreate")).toContain("--step");
  });
});

describe("several calls of one run", () => {
  const items = flowText(`  - split:
      from: "$message.data.lines"
      key: "$item.id"
      concurrency: 5
      steps:
        - call: erp.create
          id: line
          with: "\${ $item }"
        - call: billing.create
          id: billed
          with: "\${ $merge([$item, { 'tier': $steps.line.number }]) }"
    id: lines
`);
  const lines = ["A", "B"].map((id) => ({ id, key: id }));

  test("are settled one by one, by their names", async () => {
    const { world, erp } = await open({ "flows/process/post-thing.yaml": items });
    await world.tell(made("T-1", "k", { lines }));
    await world.advance(hourMs);
    const run = await world.lastRun();
    expect(run.status).toBe("in-doubt");
    expect(erp.book).toEqual(["/things A", "/things B"]);
    const unnamed = await settle(world, run.id);
    expect(unnamed.err).toContain("2 calls of run");
    expect(unnamed.err).toContain("steps.lines[A].line, steps.lines[B].line");
    expect((await settle(world, run.id, "--step", "steps.lines[C].line")).err).toContain(
      "is not in doubt in run",
    );
    expect((await settle(world, run.id, "--step", "steps.lines[B].line")).code).toBe(0);
    expect((await world.lastRun()).status).toBe("in-doubt");
    expect(world.partners.to("billing").map(({ body }) => body["id"])).toEqual(["B"]);
    // One number cannot be of both: what was said wrongly is said again.
    expect((await settle(world, run.id)).code).toBe(0);
    expect((await world.lastRun()).error).toMatchObject({ code: "store/link-conflict" });
    expect((await settleAs("N-76", world, run.id)).code).toBe(0);
    expect((await world.lastRun()).status).toBe("done");
    expect(world.partners.to("billing").map(({ body }) => body["id"])).toEqual(["B", "A"]);
    expect(erp.book).toEqual(["/things A", "/things B"]);
  });
});

test("an undo in doubt that was done ends the undoing", async () => {
  const undo = "    undo: { call: erp.cancel, with: '${ $message.data }' }\n";
  const { world, erp } = await open({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create", undo) + callText("billing", "create"),
    ),
  });
  world.partners.answer = (seen) => {
    if (seen.system === "billing") return { status: 422 };
    erp.isMute = seen.path === "/cancellations";
    return erp.answer(seen);
  };
  await world.tell(made("T-1"));
  await world.advance(hourMs);
  const run = await world.lastRun();
  expect(run.status).toBe("stuck");
  const answered = await sluice(world, "replay", run.id, "--done", "--reason", "it is cancelled");
  expect(answered).toMatchObject({ code: 0, err: "" });
  await world.idle();
  expect((await world.lastRun()).status).toBe("failed");
  expect(erp.book).toEqual(["/things T-1", "/cancellations T-1"]);
});

test("a generation that has the call no more is told, and changes nothing", async () => {
  const { world, run } = await inDoubt();
  world.files = files({ "flows/process/post-thing.yaml": flowText(callText("support", "create")) });
  await world.advance(hourMs);
  const { err } = await settle(world, run.id, "--current");
  expect(err).toMatch(/has no call at steps\.erpcreate any more/);
  expect((await settle(world, run.id)).code).toBe(0);
  expect((await world.lastRun()).status).toBe("done");
});

test("what a person said was done is undone when the flow fails later, and may be done anew by a replay", async () => {
  const undo = "    undo: { call: erp.cancel, with: '${ $message.data }' }\n";
  const { world, erp, run } = await inDoubt({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create", undo) + callText("billing", "create"),
    ),
  });
  erp.isMute = false;
  world.partners.answer = (seen) =>
    seen.system === "billing" ? { status: 422 } : erp.answer(seen);
  await settle(world, run.id);
  expect((await world.lastRun()).status).toBe("failed");
  expect(erp.book).toEqual(["/things T-1", "/cancellations T-1"]);
  world.partners.answer = (seen) => erp.answer(seen);
  expect((await replayed(world, run.messageId)).status).toBe("done");
  expect(erp.book).toEqual(["/things T-1", "/cancellations T-1", "/things T-1"]);
});

test("to say what a call gave needs the right to edit; to foresee it does not", async () => {
  const roles =
    "roles:\n  operator: [runs.read, runs.replay]\n  steward: [runs.replay, runs.edit]\n";
  const world = await World.open({
    files: files({ "sluice.yaml": `${texts()["sluice.yaml"] ?? ""}${roles}` }),
    env: { SLUICE_API_TOKEN_OPERATOR: "operator", SLUICE_API_TOKEN_STEWARD: "steward" },
  });
  const erp = new Erp();
  world.partners.answer = (seen) => erp.answer(seen);
  await world.tell(made("T-1"));
  const { id } = await world.lastRun();
  const ask = async (role: string, path: string, body: object) => {
    const answer = await fetch(`${world.serving.url}/admin/v1/runs/${id}/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${role}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const output = { number: "N-77" };
  expect((await ask("operator", "settle/preview", { output })).status).toBe(200);
  const denied = await ask("operator", "settle", { output, reason });
  expect(denied.status).toBe(403);
  expect(denied.text).toContain("runs.edit");
  expect((await ask("steward", "settle", { output })).text).toContain('\\"reason\\" is missing');
  expect((await ask("steward", "settle", { output: {}, reason })).status).toBe(400);
  expect((await ask("steward", "settle", { output, reason })).status).toBe(200);
  expect((await ask("steward", "settle", { output, reason })).status).toBe(409);
  await world.idle();
  expect(await world.statuses()).toEqual({ done: 1 });
  expect(erp.book).toEqual(["/things T-1"]);
});

test("a run that met a doubt of a run before it goes on with what was done then", async () => {
  const { world, erp, run } = await inDoubt();
  await world.admin("POST", `/runs/${run.id}/discard`, { reason: "seen to" });
  const again = await replayed(world, run.messageId);
  expect(again).toMatchObject({ status: "in-doubt", error: { code: "call/left-in-doubt" } });
  expect((await settle(world, again.id)).code).toBe(0);
  expect((await world.lastRun()).status).toBe("done");
  expect(await world.serving.store.read.counts()).toMatchObject({ doubts: 0, doubtsLeft: 0 });
  expect(erp.book).toEqual(["/things T-1"]);
});

test("what was done with other data is no doubt that an answer settles", async () => {
  const { world, erp, run } = await inDoubt();
  await settle(world, run.id);
  const other = { data: { id: "T-1", key: "k", amount: "7" }, reason: "amount was missing" };
  const conflict = await replayed(world, run.messageId, other);
  expect(conflict.error).toMatchObject({ code: "call/effect-conflict" });
  const { err } = await settle(world, conflict.id);
  expect(err).toContain("no call of it is in doubt so that an answer would settle it");
  expect((await sluice(world, "dead-letters", conflict.id)).out).not.toContain("--done");
  expect(erp.book).toEqual(["/things T-1"]);
});

test("one step alone that stands in doubt ends with what is said of it, and nothing else is foreseen", async () => {
  const { world, erp } = await open();
  erp.isMute = false;
  await world.tell(made("T-1"));
  const { id } = await world.lastRun();
  erp.isMute = true;
  const again = { step: "erpcreate", again: "new-key", reason: "a second one" };
  expect((await world.admin("POST", `/runs/${id}/replay-step`, again)).status).toBe(200);
  await world.idle();
  await world.advance(hourMs);
  const alone = await world.lastRun();
  expect(alone).toMatchObject({ status: "in-doubt", only: "steps.erpcreate" });
  expect((await settle(world, alone.id, "--dry-run")).out).not.toContain("billing");
  await settle(world, alone.id);
  expect((await world.lastRun()).status).toBe("done");
  expect(erp.book).toHaveLength(2);
  expect(world.partners.to("billing")).toHaveLength(1);
});

test("what an answer leaves to be done by hand is told: later writes, and links that cannot be known", async () => {
  const { world, erp, run } = await inDoubt({
    "flows/system/erp.erp-one.yaml": adapterText("erp").replace(
      /^ {2}create: .*$/m,
      `  create:
    requests:
      - { id: make, post: /things, body: "\${ $input }", in-doubt: { park: true } }
      - { id: confirm, post: /confirmations, body: "\${ $input }", in-doubt: { park: true } }
    result: { number: "\${ $requests.make.number }" }
    link: { entity: thing, canonical: "$input.id", id: "$requests.make.number" }`,
    ),
  });
  const left = [
    "not sent: confirm: the whole of erp.create is taken for done",
    "not linked: thing T-1 in erp: only the partner's own answer has its id",
  ];
  const foreseen = await settle(world, run.id, "--dry-run");
  const told = await settle(world, run.id);
  for (const line of left) {
    expect(foreseen.out).toContain(line);
    expect(told.out).toContain(line);
  }
  expect(await world.lastRun()).toMatchObject({
    status: "done",
    results: { "steps.erpcreate": { number: "N-77" } },
  });
  expect(erp.book).toEqual(["/things T-1"]);
  const { out } = await sluice(world, "trace", "T-1");
  expect(out).toContain(`${reason}; not sent: confirm`);
  expect(out).toContain("thing T-1 is not linked with erp");
});

test("within items, branches and a handler it goes on there, and a dead branch beside it stays dead until it is let go on", async () => {
  const flow = flowText(`  - split:
      from: "$message.data.lines"
      key: "$item.id"
      steps:
        - route:
            - when: "$item.id != null"
              steps:
                - parallel:
                    - [ { call: erp.create, id: line, with: "\${ $item }" } ]
                    - [ { call: support.create, id: support, with: "\${ $item }" } ]
            - else: []
    id: lines
  - call: billing.create
    id: billed
    with: "\${ $message.data }"
    catch:
      - steps:
          - { call: erp.create, id: instead, with: "\${ $merge([$message.data, { 'id': 'I-1' }]) }" }
`);
  const { world, erp } = await open({ "flows/process/post-thing.yaml": flow });
  let supportIsDown = true;
  world.partners.answer = (seen) => {
    if (seen.system === "billing") return { status: 422 };
    return seen.system === "support" && supportIsDown ? { status: 503 } : erp.answer(seen);
  };
  await world.tell(made("T-1", "k", { lines: [{ id: "A", key: "A" }] }));
  await world.advance(hourMs);
  const { id } = await world.lastRun();
  expect(await world.statuses()).toEqual({ "in-doubt": 1 });
  expect((await settleAs("N-1", world, id)).out).toContain("steps.lines[A].line");
  await world.advance(hourMs);
  expect(await world.statuses()).toEqual({ dead: 1 });
  const known = await settleAs("N-1", world, id);
  expect(known.err).toContain("no call of it is in doubt");
  supportIsDown = false;
  await world.admin("POST", `/runs/${id}/resume`);
  await world.idle();
  await world.advance(hourMs);
  expect(await world.statuses()).toEqual({ "in-doubt": 1 });
  expect((await settleAs("N-2", world, id)).out).toContain("steps.billed.catch.instead");
  expect(await world.statuses()).toEqual({ done: 1 });
  expect(erp.book).toEqual(["/things A", "/things I-1"]);
});

test("a process that ends right after the word is taken acts on it in its next life", async () => {
  const { world, erp, run } = await inDoubt();
  const word = { output: { number: "N-77" }, reason };
  expect((await world.admin("POST", `/runs/${run.id}/settle`, word)).status).toBe(200);
  const next = await world.restart();
  await next.idle();
  expect(await next.lastRun()).toMatchObject({
    status: "done",
    results: { "steps.erpcreate": { number: "N-77" } },
  });
  expect(erp.book).toEqual(["/things T-1"]);
  expect(next.partners.effects("billing").size).toBe(1);
});

test("beside a branch that was refused nothing new begins: what was done is undone", async () => {
  const flow = flowText(`  - parallel:
      - - call: erp.create
          id: line
          with: "\${ $message.data }"
          undo: { call: erp.cancel, with: "\${ $message.data }" }
        - { call: billing.create, id: billed, with: "\${ $message.data }" }
      - [ { call: support.create, id: support, with: "\${ $message.data }" } ]
    id: both
`);
  const { world, erp } = await open({ "flows/process/post-thing.yaml": flow });
  world.partners.answer = (seen) => {
    if (seen.system === "support") return { status: 422 };
    erp.isMute = seen.path === "/things";
    return erp.answer(seen);
  };
  await world.tell(made("T-1"));
  const { id } = await world.lastRun();
  expect(await world.statuses()).toEqual({ "in-doubt": 1 });
  expect((await settle(world, id)).code).toBe(0);
  expect(await world.statuses()).toEqual({ failed: 1 });
  expect(world.partners.to("billing")).toEqual([]);
  expect(erp.book).toEqual(["/things T-1", "/cancellations T-1"]);
});
