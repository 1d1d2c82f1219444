import Database from "better-sqlite3";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ErpAnswer, Shop } from "./shop.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open();
});

afterEach(async () => {
  await shop.close();
});

const down = { status: 503, body: { message: "in maintenance, ask ann@example.com" } };

describe("a dead letter", () => {
  test("tells of a run that ended as failed as of one that waits, also once its payload is over", async () => {
    shop.answer = { status: 422, body: { error: "no such product" } };
    await shop.run();
    await shop.order("S-1");
    const id = await shop.runIn("failed", "S-1");
    const { out } = await shop.call("dead-letters", id);
    for (const part of [
      /the ERP refused the order \[order-refused, business\]/,
      /likely {6}example-erp says no to this record/,
      /flows\/process\/order-to-erp\.yaml:13:5/,
      /impact {6}revenue, 20\.00 EUR/,
      /owner {7}Operations, operations@example\.com/,
      /generation {2}[0-9a-f]{12}/,
      /request {2}POST [^]*"article": "TEA-CHEST"[^]*422[^]*no such product/,
      new RegExp(`sluice replay ${id} --only order --dry-run`),
    ]) {
      expect(out).toMatch(part);
    }
    const alone = await shop.call("replay", id, "--only", "order", "--dry-run");
    expect([alone.code, alone.err]).toEqual([0, ""]);
    expect(alone.out).toMatch(/same +1 +erp\.createOrder of order-to-erp: would be sent as it was/);
    const settled = await vi.waitFor(async () => {
      const issues = JSON.parse((await shop.call("issues", "--json")).out) as { number: number }[];
      expect(issues).toHaveLength(1);
      return String(issues[0]?.number);
    });
    await shop.call("issues", "ignore", settled);
    await shop.call("purge", "--class", "payloads", "--before", "0s");
    const over = await shop.call("dead-letters", id);
    expect(over.out).toMatch(/payload {5}went on \d{4}-\d\d-\d\d/);
    expect(over.out).toMatch(/order-refused, business[^]*impact {6}revenue, 20\.00 EUR/);
    expect(over.out).not.toMatch(/TEA-CHEST|no such product/);
  });

  test("tells one cause whole, and masks what is personal", async () => {
    shop.edit(
      "schemas/canonical/order@1.yaml",
      "minLength: 1 }\n        quantity",
      "minLength: 1, x-pii: true }\n        quantity",
    );
    shop.edit(
      "sluice.yaml",
      "operations@example.com }",
      "operations@example.com, escalation: [{ after: 30m, to: finance }] }\n  finance: { contact: finance@example.com }",
    );
    shop.answer = down;
    await shop.run();
    expect(await shop.order("S-1")).toBe(202);
    const id = await shop.runIn("dead", "S-1");
    await vi.waitFor(async () => expect((await shop.call("issues")).out).toContain("http-503"));
    const before = shop.rowCounts();
    const list = await shop.call("dead-letters");
    expect(list.out).toContain("revenue, 20.00 EUR");
    const { out, code } = await shop.call("dead-letters", id);
    expect(code).toBe(0);
    expect(out).toMatch(/flows\/process\/order-to-erp\.yaml:13:5[^]*call: erp\.createOrder/);
    expect(out).toContain("after 2 attempts");
    expect(out).toContain(
      "Operations, operations@example.com; after 30m 0s finance, finance@example.com",
    );
    expect(out).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/orders/);
    expect(out.match(/^ {2}\d\d:\d\d:\d\d\.\d{3} {2}503 {2}/gm)).toHaveLength(2);
    expect(out).toContain("in maintenance, ask •••");
    expect(out).toContain('"article": "•••"');
    expect(out).not.toMatch(/TEA-CHEST|t0p-secret|ann@/);
    expect(out).toContain(`sluice replay ${id}\n`);
    const { out: json } = await shop.call("dead-letters", id, "--json");
    expect(json).not.toMatch(/TEA-CHEST|t0p-secret|ann@/);
    expect(JSON.parse(json)).toMatchObject({
      owner: { team: "operations", escalation: [{ afterMs: 1_800_000, team: "finance" }] },
      requests: [{ method: "POST", attempts: [{ status: 503 }, { status: 503 }] }],
    });
    const messageId = (JSON.parse(json) as { readonly messageId: string }).messageId;
    const looks = [
      ["dead-letters"],
      ["dead-letters", "--json"],
      ["messages", messageId],
      ["runs"],
      ["runs", "--json"],
      ["runs", id],
      ["runs", id, "--json"],
      ["trace", id, "--verbose"],
      ["trace", id, "--json"],
    ];
    for (const look of looks) {
      const { out: shown } = await shop.call(...look);
      expect(shown).not.toMatch(/TEA-CHEST|ann@/);
    }
    for (const verb of ["runs", "messages", "tasks", "status"]) await shop.call(verb);
    await shop.call("trace", "S-1");
    await shop.call("replay", id, "--dry-run");
    expect(shop.rowCounts()).toEqual(before);
    for (const [verb, of] of [
      ["messages", messageId],
      ["runs", id],
    ] as const) {
      const plain = await shop.call(verb, of, "--reveal", "--by", "ann", "--json");
      expect(plain.out).toContain("TEA-CHEST");
    }
    const db = new Database(shop.storePath, { readonly: true });
    const audited = db.prepare("SELECT target FROM audit WHERE actor = 'ann'").pluck().all();
    db.close();
    expect(audited).toEqual([messageId, id]);
  });

  test("goes on by replay once the partner is back, and is sent once", async () => {
    shop.answer = down;
    await shop.run();
    await shop.order("S-1");
    const id = await shop.runIn("dead", "S-1");
    const preview = await shop.call("replay", "--flow", "order-to-erp", "--dry-run");
    expect(preview.out).toMatch(/resume +\S+ +order-to-erp +S-1 +steps\.order/);
    shop.answer = { status: 201, body: { number: "SO-7001" } };
    shop.seen.length = 0;
    expect((await shop.call("replay", id)).code).toBe(0);
    await shop.runIn("done", "S-1");
    expect(shop.seen).toHaveLength(1);
    const story = await shop.call("trace", "SO-7001");
    expect(story.out).toContain("S-1 is SO-7001 in erp");
    const again = await shop.call("dead-letters", id);
    expect(again.code).toBe(2);
    expect(again.err).toContain("waits for nobody: it is done");
  });

  test("is mended with other data", async () => {
    shop.answer = { status: 201, body: {} };
    await shop.run();
    await shop.order("S-2");
    const id = await shop.runIn("invalid", "S-2");
    const { out } = await shop.call("dead-letters", id);
    expect(out).toContain("`$result.number` is absent");
    expect(out).toMatch(/flows\/system\/erp\.example-erp\.yaml:\d+:\d+\n.*\n.*result: /);
    expect(out).toContain(`sluice replay ${id} --current`);
    const data = join(shop.root, "data.json");
    writeFileSync(data, "[]");
    expect(out).toMatch(/likely +the mapping or expression at flows.system.erp/);
    writeFileSync(
      data,
      JSON.stringify({ orderId: "S-2", currency: "USD", total: "1.00", lines: [] }),
    );
    await shop.call("replay", id, "--with", "data.json", "--reason", "wrong currency");
    await vi.waitFor(
      async () => {
        const { out: mended } = await shop.call("dead-letters", id);
        expect(mended).toMatch(/edited by \S+, .*: wrong currency\n +\/currency: "EUR" → "USD"/);
      },
      { timeout: 5_000 },
    );
    writeFileSync(data, "[]");
    const both = await shop.call("replay", id, id, "--with", "data.json", "--discard", "x");
    expect(both.code).toBe(2);
    expect((await shop.call("replay", id, "--discard", "entered by hand")).code).toBe(0);
    await shop.runIn("discarded", "S-2");
  });
});

describe("issues", () => {
  test("are listed by cause, shown with cause and remedy, and take a person's word", async () => {
    shop.answer = down;
    await shop.run();
    expect((await shop.call("issues")).out).toBe("no issue is open\n");
    await shop.order("S-8");
    await shop.order("S-9");
    await shop.runIn("dead", "S-8");
    const id = await shop.runIn("dead", "S-9");
    await vi.waitFor(async () => {
      expect((await shop.call("issues")).out).toMatch(/1 +normal +open +2 +2 +40\.00 EUR/);
    });
    const { out } = await shop.call("issues", "show", "1");
    expect(out).toContain("2 of 2 records, 2 not settled");
    expect(out).toContain("example-erp was down or overloaded");
    expect(out).toContain(id);
    expect(out).toContain("sluice replay --issue 1 --dry-run");
    const said = await shop.call("issues", "ack", "1", "--comment", "called", "--by", "ann");
    expect(said.out).toBe("issue 1: acknowledged by ann, recorded\n");
    expect((await shop.call("issues", "1")).out).toMatch(/acknowledged by ann, [^]*: called/);
    const { out: json } = await shop.call("issues", "--json", "--status", "acknowledged");
    expect(JSON.parse(json)).toMatchObject([{ number: 1, changedBy: "ann", unsettled: 2 }]);
    for (const wrong of [
      ["show"],
      ["show", "7"],
      ["akc", "1"],
      ["--status", "nope"],
      ["ack", "9"],
    ]) {
      const { code, err } = await shop.call("issues", ...wrong);
      expect([wrong, code]).toEqual([wrong, 2]);
      expect(err).not.toBe("");
    }
  });
});

test("beyond its backlog it refuses, says so, and takes again once less is under way", async () => {
  const gate = Promise.withResolvers<ErpAnswer>();
  shop.answer = gate.promise;
  shop.edit("flows/system/erp.example-erp.yaml", "budget:", "concurrency: 1\nbudget:");
  await shop.run("--backlog", "5");
  const taken: number[] = [];
  for (let number = 0; number < 7; number += 1) taken.push(await shop.order(`B-${number}`));
  expect(taken).toEqual([202, 202, 202, 202, 202, 429, 429]);
  const busy = await shop.call("status");
  expect(busy.out).toContain("refuses     normal, low priority: senders get 429");
  await shop.call("pause", "--system", "erp");
  expect((await shop.call("status")).out).toMatch(/waits .*4 requests.*, without the pauses/);
  await shop.call("resume", "--system", "erp");
  gate.resolve({ status: 201, body: (count) => ({ number: `SO-${count}` }) });
  await shop.runIn("done", "B-4");
  await vi.waitFor(async () => {
    expect((await shop.call("status")).out).not.toContain("refuses");
  });
  expect(await shop.order("B-9")).toBe(202);
  for (const wrong of ["0", "many", "-3", "1.5"]) {
    const { code, err } = await shop.call("run", "--backlog", wrong);
    expect(code).toBe(2);
    expect(err).toContain("is no number of runs");
  }
});

test("a refusal is shown with the partner's own words, where its issue says they are", async () => {
  shop.answer = { status: 409, body: { error: { code: "E-77", text: "the period is closed" } } };
  await shop.run();
  await shop.order("S-1");
  const id = await shop.runIn("failed", "S-1");
  const shown = await shop.call("runs", id);
  expect(shown.out).toContain(
    "erp.createOrder was answered 409 by example-erp [http-409, business]",
  );
  expect(shown.out).toContain(
    'answer      {"error":{"code":"E-77","text":"the period is closed"}}',
  );
  const issue = await vi.waitFor(async () => {
    const { out } = await shop.call("issues", "show", "1");
    expect(out).toContain("its answer has the words");
    return out;
  });
  expect(issue).toContain(`sluice runs ${id}`);
  const resolved = await shop.call("issues", "resolve", "1", "--by", "ann");
  expect(resolved.out).toBe(
    "issue 1: resolved by ann, recorded; 1 record of it has not succeeded since: `sluice replay --issue 1 --dry-run`\n",
  );
});

describe("replay", () => {
  test("processes the message of an ended run with edited data, and discards nothing that ended", async () => {
    await shop.run();
    await shop.order("S-3");
    const id = await shop.runIn("done", "S-3");
    const discard = await shop.call("replay", id, "--discard", "no");
    expect(discard.code).toBe(2);
    expect(discard.err).toContain("only what waits for a person can be discarded");
    const order = {
      orderId: "S-4",
      currency: "EUR",
      total: "5.00",
      lines: [{ sku: "CUP", quantity: 1, amount: "5.00" }],
    };
    writeFileSync(join(shop.root, "data.json"), JSON.stringify(order));
    shop.answer = { status: 201, body: { number: "SO-7002" } };
    const { code, err } = await shop.call("replay", id, "--with", "data.json", "--reason", "other");
    expect([code, err]).toEqual([0, ""]);
    await shop.runIn("done", "S-4");
    expect(shop.seen.at(-1)?.body).toContain("CUP");
    expect((await shop.call("trace", "S-4")).out).toMatch(/replay of \S+, edited, by \S+, other/);
  });

  test("needs an engine, and says so with 3", async () => {
    await shop.run();
    await shop.order("S-5");
    const id = await shop.runIn("done", "S-5");
    expect(await shop.stop()).toBe(0);
    const { code, err } = await shop.call("replay", id);
    expect(code).toBe(3);
    expect(err).toContain("no engine runs on");
    expect((await shop.call("status")).code).toBe(3);
  });

  test("takes ids or filters, and known statuses only", async () => {
    await shop.run();
    expect((await shop.call("replay")).code).toBe(2);
    expect((await shop.call("replay", "x", "--flow", "order-to-erp")).code).toBe(2);
    expect((await shop.call("replay", "--status", "nope")).err).toContain("dead, invalid");
    expect((await shop.call("runs", "--status", "nope")).code).toBe(2);
  });
});

describe("the replay of one step", () => {
  test("is foreseen, refused where nothing would come of it, and told by run and trace", async () => {
    await shop.run();
    await shop.order("O-1");
    const id = await shop.runIn("done", "O-1");
    const done = await shop.call("replay", id, "--only", "order", "--dry-run");
    expect(done.code).toBe(0);
    expect(done.out).toMatch(/done +1 +erp\.createOrder of order-to-erp: done already/);
    expect(done.err).toMatch(/it would be refused: nothing would be sent: by the ledger/);
    const refused = await shop.call("replay", id, "--only", "order");
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/nothing would be sent[^]*`same-key`[^]*`new-key`/);
    expect(shop.seen).toHaveLength(1);
    const again = ["replay", id, "--only", "order", "--again", "same-key"];
    const foreseen = await shop.call(...again, "--dry-run");
    expect(foreseen.out).toMatch(
      /same +1 +erp\.createOrder of order-to-erp: would be sent as it was/,
    );
    expect([foreseen.err, shop.seen.length]).toEqual(["", 1]);
    const sent = await shop.call(...again, "--reason", "lost there", "--by", "ann", "--json");
    const { runs, step } = JSON.parse(sent.out) as { runs: { id: string }[]; step: string };
    expect([sent.code, step, runs.length]).toEqual([0, "steps.order", 1]);
    await vi.waitFor(async () => {
      const { out } = await shop.call("runs", runs[0]?.id ?? "");
      expect(out).toMatch(/^order-to-erp \S+ {2}done[^]*replay of {3}\S+, only steps\.order/);
    });
    expect(shop.seen.map(({ body }) => body)).toEqual([shop.seen[0]?.body, shop.seen[0]?.body]);
    expect((await shop.call("trace", "O-1")).out).toMatch(
      new RegExp(`replay of \\S+, only steps.order of run ${id}, once more under its key, by ann`),
    );
  });

  test("is a job where it is of several runs", async () => {
    // The ERP knows the key of what it has, and answers as it did.
    shop.answer = { status: 201, body: (n: number) => ({ number: `SO-${n % 2}` }) };
    await shop.run();
    for (const n of [1, 2]) {
      await shop.order(`O-${n}`);
      await shop.runIn("done", `O-${n}`);
    }
    const lost = ["replay", "--flow", "order-to-erp", "--status", "done", "--only", "order"];
    const again = [...lost, "--again", "same-key"];
    const foreseen = await shop.call(...again, "--dry-run");
    expect(foreseen.out).toMatch(/same +2 +erp\.createOrder of order-to-erp/);
    const sent = await shop.call(...again, "--reason", "lost there", "--at-once", "1");
    expect(sent.out).toMatch(/^replay 1: 2 to be replayed/);
    await vi.waitFor(async () => {
      const { out } = await shop.call("replay", "show", "1");
      expect(out).toMatch(
        /replay 1 {2}done {2}status done, flow order-to-erp, only order[^]*2 done/,
      );
    });
    expect(shop.seen).toHaveLength(4);
  });

  test("says in words what it sends, and which steps there are", async () => {
    await shop.run();
    await shop.order("O-2");
    const id = await shop.runIn("done", "O-2");
    const again = ["--again", "new-key", "--reason", "two of it"];
    const { out } = await shop.call("replay", id, "--only", "steps.order/request", ...again);
    expect(out).toMatch(/^steps\.order of run \S+ alone, as run \S+; `sluice runs \S+` shows/);
    const { code, err } = await shop.call("replay", id, "--only", "ordr");
    expect(code).toBe(2);
    expect(err).toMatch(/order-to-erp has no step "ordr"[^]*order can be sent alone/);
  });
});

describe("a replay of many", () => {
  const shown = async (number: string): Promise<string> =>
    (await shop.call("replay", "show", number)).out;

  test("is foreseen, sent with a canary first, and goes on after a look", async () => {
    shop.answer = down;
    await shop.run();
    for (const n of [1, 2, 3]) await shop.order(`M-${n}`);
    for (const n of [1, 2, 3]) await shop.runIn("dead", `M-${n}`);
    const foreseen = await shop.call("replay", "--flow", "order-to-erp", "--dry-run");
    expect(foreseen.code).toBe(0);
    expect(foreseen.out).toMatch(
      /same +3 +erp\.createOrder of order-to-erp: would be sent as it was/,
    );
    expect(foreseen.out).toContain("nothing was changed\n");
    shop.answer = { status: 201, body: (n: number) => ({ number: `SO-${n}` }) };
    const made = await shop.call(
      "replay",
      "--flow",
      "order-to-erp",
      "--canary",
      "1",
      "--reason",
      "up",
    );
    expect(made.out).toContain("replay 1: 3 to be replayed, the first 1 before a look");
    await vi.waitFor(async () => expect(await shown("1")).toContain("replay 1  waiting"));
    expect(await shown("1")).toMatch(/1 of 3[^]*1 done[^]*sluice replay continue 1/);
    expect((await shop.call("replay", "continue", "1")).out).toBe("replay 1: goes on\n");
    await vi.waitFor(async () => expect(await shown("1")).toMatch(/replay 1 {2}done[^]*3 done/));
    expect((await shop.call("replay", "list")).out).toContain("3 of 3");
    expect((await shop.call("replay", "stop", "1")).code).toBe(2);
    expect((await shop.call("issues")).out).toBe("no issue is open\n");
  });

  test("names what it cannot understand", async () => {
    await shop.run();
    for (const [argv, why] of [
      [["show", "7"], "there is no replay 7"],
      [["show", "x"], "no number of a replay"],
      [["continue"], "no replay is named"],
      [["--flow", "f", "--canary", "0"], "no count"],
      [["--flow", "f", "--current", "--pinned"], "do not go together"],
      [["--issue", "1", "--flow", "f"], "do not go together"],
      [["--issue", "one"], "is no number"],
      [["--flow", "f", "--from", "never"], "step, event, message is taken"],
      [["x", "--with", "data.json"], "needs a reason"],
    ] as const) {
      const { code, err } = await shop.call("replay", ...argv);
      expect([argv, code]).toEqual([argv, 2]);
      expect(err).toContain(why);
    }
  });
});

describe("sla", () => {
  test("lists what is late and at risk, and fails while something is late", async () => {
    shop.edit("flows/process/order-to-erp.yaml", "trigger:", "sla: { complete: 1s }\ntrigger:");
    shop.answer = { status: 201, body: { number: "SO-7001" } };
    await shop.run();
    await shop.call("pause", "--system", "erp");
    await shop.order("L-1");
    const late = await vi.waitFor(
      async () => {
        const found = await shop.call("sla");
        expect(found.code).toBe(1);
        return found;
      },
      { timeout: 10_000 },
    );
    expect(late.out).toMatch(
      /order-to-erp +complete +1\.0s +0 % +1 [^]*late .*order-to-erp +complete +L-1/,
    );
    expect((await shop.call("status")).out).toContain("promises    1 broken, 0 at risk");
    await vi.waitFor(
      async () => expect((await shop.call("issues")).out).toContain("sla/complete-late"),
      {
        timeout: 10_000,
      },
    );
    await shop.call("resume", "--system", "erp");
    await shop.runIn("done", "L-1");
    const { code, out } = await shop.call("sla", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ promises: [{ due: 1, inTime: 0, broken: [] }] });
  });
});

describe("status, pause and resume", () => {
  test("a paused system is sent nothing until it is resumed", async () => {
    await shop.run();
    expect((await shop.call("status")).code).toBe(0);
    expect((await shop.call("pause", "--system", "erp")).out).toContain("requests to erp: paused");
    await shop.order("S-6");
    const id = await shop.runIn("active", "S-6");
    expect((await shop.call("status")).out).toContain("paused      requests to erp");
    const early = await shop.call("replay", id);
    expect(early.code).toBe(2);
    expect(early.err).toContain("goes on by itself");
    expect(shop.seen).toEqual([]);
    await shop.call("resume", "--system", "erp");
    await shop.runIn("done", "S-6");
    expect(shop.seen).toHaveLength(1);
    const { code, out } = await shop.call("status");
    expect(code).toBe(0);
    expect(out).toMatch(/example-erp +0 +0 +closed +\d of 10 in 1\.0s/);
  });

  test("a drain says what is at work, and ends when nothing is", async () => {
    let answer = (): void => {};
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const usual = await shop.answer;
    shop.answer = slow.then(() => usual);
    await shop.run();
    await shop.order("S-8");
    await shop.runIn("active", "S-8");
    const { code, out } = await shop.call("drain", "--system", "erp", "--timeout", "1ms");
    expect([code, out]).toEqual([
      1,
      expect.stringContaining("1 run is at work (order-to-erp S-8)"),
    ]);
    await shop.order("S-9");
    const drained = shop.call("drain", "--system", "erp", "--timeout", "1m");
    answer();
    expect(await drained).toMatchObject({ code: 0 });
    expect((await drained).out).toContain("requests to erp: drained, nothing of it is at work");
    expect((await shop.call("status")).out).toMatch(
      /draining +requests to erp: nothing at work[^]*waits +example-erp: 1 request/,
    );
    shop.answer = { status: 201, body: { number: "SO-7002" } };
    await shop.call("resume", "--system", "erp");
    await shop.runIn("done", "S-9");
  });

  test("what is not there cannot be paused", async () => {
    await shop.run();
    const { code, err } = await shop.call("pause", "--system", "epr");
    expect(code).toBe(2);
    expect(err).toContain('there is no system "epr"; there are erp, shop');
    expect((await shop.call("pause", "--key", "S-1")).code).toBe(2);
  });

  test("a run that waits for a person makes status fail", async () => {
    shop.answer = down;
    await shop.run();
    await shop.order("S-7");
    await shop.runIn("dead", "S-7");
    const { code, out } = await shop.call("status", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ state: "running", counts: { dead: 1 } });
  });
});
