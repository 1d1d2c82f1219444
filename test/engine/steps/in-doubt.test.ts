/* oxlint-disable typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import { factKey } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import { adapter, type AnyScope, at, flow, generation, step, system, t, x } from "../core/plans.ts";
import { Stage } from "../core/stage.ts";

function writing(
  request: object,
  more: object = {},
  operation: object = {},
  stage: object = {},
): Stage {
  const plan = generation({
    flows: [flow("main", [step("call", "order", "erp.do")])],
    adapters: [
      adapter(
        "tryton",
        {
          do: {
            requests: [
              {
                at,
                id: "create",
                post: t("/orders"),
                body: t({ id: (s: AnyScope) => s.input.id }),
                ...request,
              },
            ],
            ...operation,
          },
        },
        { ...more },
      ),
    ],
    systems: [system("erp", { do: { effect: "create" } })],
  });
  return new Stage(plan, { data: { id: "7" }, ...stage });
}
const own = "steps.order/create";
const ask = "steps.order/create?";
const lookups = { lookups: { find: { at, get: t("/find"), found: x((s) => s.result[0]) } } };
const lookup = (more = {}) => ({ inDoubt: { kind: "lookup", value: "find", ...more } });
const node = (stage: Stage) => stage.run.state.nodes["steps.order"];
const result = (stage: Stage) => stage.run.results["steps.order"];

describe("a write whose outcome is unknown", () => {
  test("with a look-up is looked up first, and adopted when it happened", () => {
    const stage = writing(lookup(), lookups).start().unknown(own);
    expect(stage.delivery(own)).toMatchObject({ sends: 1, markSent: false });
    expect(stage.delivery(ask)).toMatchObject({
      read: true,
      request: { url: "https://erp.test/find" },
    });
    stage.answer(ask, [{ id: 5 }]);
    expect(stage.status).toBe("done");
    expect(result(stage)).toEqual({ id: 5 });
    expect(stage.last?.effects).toMatchObject([{ path: own, outcome: { result: { id: 5 } } }]);
  });

  test("is sent again, the same delivery, when the look-up finds nothing", () => {
    const stage = writing(lookup(), lookups).start().unknown(own).answer(ask, []);
    expect(node(stage)).toMatchObject({
      status: "retrying",
      failures: 1,
      error: { code: "not-done" },
    });
    expect(stage.delivery(own).sends).toBe(2);
    expect(stage.answer(own, { id: 1 }).status).toBe("done");
  });

  test("is sent again at once, and no failure of the partner is counted, where we crashed", () => {
    const stage = writing(lookup(), lookups).start().unknown(own, true).answer(ask, []);
    expect(node(stage)).toMatchObject({ status: "retrying", failures: 0 });
    stage.unknown(own).answer("steps.order/create?~1", []);
    expect(node(stage)).toMatchObject({ status: "retrying", failures: 1 });
  });

  test("404 to a look-up means that there is none", () => {
    const stage = writing(lookup(), lookups).start().unknown(own).answer(ask, "none", 404);
    expect(stage.delivery(own).sends).toBe(2);
  });

  test("settles first where the adapter says so", () => {
    const stage = writing(lookup({ settle: 2000 }), lookups)
      .start()
      .unknown(own);
    expect(stage.paths()).toEqual([own]);
    stage.due("steps.order", "settle");
    expect(stage.answer(ask, [{ id: 5 }]).status).toBe("done");
  });

  test("`done` tells this request's effect from another's", () => {
    const done = x((s) => s.result.state === "confirmed");
    const stage = writing(lookup({ done }), lookups).start().unknown(own);
    stage.answer(ask, [{ state: "draft" }]);
    expect(stage.delivery(own).sends).toBe(2);
    stage.unknown(own).answer("steps.order/create?~1", [{ state: "confirmed" }]);
    expect(stage.status).toBe("done");
  });

  test("stays in doubt as long as the partner cannot be asked, and parks then", () => {
    const stage = writing(lookup(), lookups).start().unknown(own);
    for (let time = 0; time < 10; time += 1) stage.answer(ask, "down", 503);
    expect(stage.status).toBe("active");
    stage.unknown(ask);
    expect(stage.status).toBe("in-doubt");
    expect(stage.delivery(own).sends).toBe(1);
    stage.resume();
    stage.answer("steps.order/create?~1", [{ id: 5 }]);
    expect(stage.status).toBe("done");
  });

  test("parks when the partner refuses the look-up", () => {
    const stage = writing(lookup(), lookups).start().unknown(own).answer(ask, "no", 400);
    expect(stage.status).toBe("in-doubt");
  });

  test("a look-up whose log-in fails is tried again", () => {
    const stage = writing(lookup(), lookups).start().unknown(own);
    stage.outcome(ask, {
      kind: "unauthorized",
      reason: "locked",
      ms: 1,
      retryAt: stage.now + 999_999,
    });
    expect(stage.last?.resends[0]?.due).toBe(stage.now + 999_999);
  });

  test("a look-up that the adapter lacks parks the run, and may be added before it goes on", () => {
    const stage = writing(lookup()).start().unknown(own);
    expect(stage.problems[0]?.code).toBe("call/unknown-lookup");
  });

  test("`resend: safe` sends again after the back-off, and at once after our own crash", () => {
    const safe = { inDoubt: { kind: "resend", value: "safe" } };
    const stage = writing(safe).start().unknown(own, true);
    expect(stage.last?.resends).toEqual([{ deliveryId: "x1", due: stage.now, attempt: 0 }]);
    expect(node(stage)?.failures).toBe(0);
    stage.unknown(own);
    expect(stage.last?.resends[0]).toMatchObject({ due: stage.now + 900, attempt: 1 });
  });

  test("`settle` lets what was sent arrive before it is sent again, also after our own crash", () => {
    const safe = { inDoubt: { kind: "resend", value: "safe", settle: 20_000 } };
    const stage = writing(safe).start().unknown(own, true);
    expect(stage.last?.resends).toEqual([
      { deliveryId: "x1", due: stage.now + 20_000, attempt: 0 },
    ]);
    stage.unknown(own);
    expect(stage.last?.resends[0]).toMatchObject({ due: stage.now + 20_000, attempt: 1 });
    stage.answer(own, "bad gateway", 502);
    expect(stage.last?.resends[0]).toMatchObject({ due: stage.now + 20_000, attempt: 2 });
    // What was certainly not sent is on its way nowhere.
    stage.outcome(own, { kind: "not-sent", reason: "ECONNREFUSED", ms: 1 });
    expect(stage.last?.resends[0]?.due).toBeLessThan(stage.now + 20_000);
  });

  test("the same key is sent again only while the partner remembers it", () => {
    const idempotent = { at, header: "Idempotency-Key", valid: 5000 };
    const stage = writing({}, { idempotent }).start();
    expect(stage.delivery(own).markSent).toBe(false);
    stage.unknown(own);
    expect(stage.delivery(own).sends).toBe(2);
    stage.now += 5001;
    stage.unknown(own);
    expect(stage.status).toBe("in-doubt");
    const declared = writing(
      { inDoubt: { kind: "resend", value: "same-key" } },
      {},
      { idempotent },
    );
    declared.start().unknown(own);
    expect(declared.delivery(own).sends).toBe(2);
    const unlimited = writing({ inDoubt: { kind: "resend", value: "same-key" } })
      .start()
      .unknown(own);
    expect(unlimited.delivery(own).sends).toBe(2);
  });

  test("that can neither be resent nor looked up is marked as sent, and parks for a person", () => {
    for (const request of [{}, { inDoubt: { kind: "park", value: true } }]) {
      const stage = writing(request).start();
      expect(stage.delivery(own).markSent).toBe(true);
      stage.unknown(own, true);
      expect(stage.status).toBe("in-doubt");
      expect(stage.problems).toEqual([
        { kind: "in-doubt", path: "steps.order", code: "call/outcome-unknown" },
      ]);
      stage.resume();
      expect(stage.paths()).toEqual([own, `${own}~1`]);
      expect(stage.delivery(`${own}~1`).effectKey).toBe(stage.delivery(own).effectKey);
    }
  });

  test("an answer of something before the partner is doubt where there is a look-up", () => {
    const stage = writing(lookup(), lookups).start().answer(own, "gateway", 504);
    expect(stage.paths()).toContain(ask);
    const busy = writing(lookup(), lookups).start().answer(own, "later", 503);
    expect(busy.paths()).toEqual([own]);
  });

  test("an answer of something before the partner parks a write that can neither be resent nor looked up", () => {
    const stage = writing({}).start().answer(own, "gateway", 504);
    expect(stage.status).toBe("in-doubt");
    expect(stage.delivery(own).sends).toBe(1);
    const errors = [{ at, when: x((s) => s.response.status === 500), class: "transient" }];
    const ruled = writing({ errors }).start().answer(own, "rolled back", 500);
    expect(node(ruled)).toMatchObject({ status: "retrying", error: { class: "transient" } });
  });

  const page = "<!DOCTYPE html>\n<html><body>We are back in an hour.</body></html>";

  test("a web page in place of the answer is doubt, however well its status sounds", () => {
    const looked = writing(lookup(), lookups).start().answer(own, page);
    expect(looked.paths()).toContain(ask);
    expect(looked.last?.effects).toMatchObject([{ outcome: { doubt: { operation: "erp.do" } } }]);
    expect(looked.answer(ask, [{ id: 5 }]).status).toBe("done");
    expect(writing({}).start().answer(own, page).status).toBe("in-doubt");
  });

  test("a web page in place of what the look-up finds does not say that there is nothing", () => {
    const stage = writing(lookup(), lookups).start().unknown(own).answer(ask, page);
    expect(node(stage)).toMatchObject({ status: "retrying", error: { code: "no-answer" } });
    expect(stage.delivery(own).sends).toBe(1);
    expect(stage.answer(ask, [{ id: 5 }]).status).toBe("done");
    expect(stage.delivery(own).sends).toBe(1);
  });

  test("a web page with status 404 is no word of the partner's, unless a rule says so", () => {
    const stage = writing(lookup(), lookups).start().unknown(own).answer(ask, page, 404);
    expect(node(stage)).toMatchObject({
      status: "retrying",
      error: {
        code: "no-answer",
        message: expect.stringContaining("a rule under errors") as string,
      },
    });
    expect(stage.delivery(own).sends).toBe(1);
    const none = { at, when: x((s) => s.response.status === 404), class: "business" };
    const ruled = writing(lookup(), { ...lookups, errors: [none] });
    ruled.start().unknown(own).answer(ask, page, 404);
    expect(ruled.delivery(own).sends).toBe(2);
  });

  test("a web page, or a way elsewhere, under the same key is no refusal of the partner's", () => {
    const same = { inDoubt: { kind: "resend", value: "same-key" } };
    const stage = writing(same).start().unknown(own).answer(own, page, 404);
    expect(stage.status).toBe("in-doubt");
    expect(writing(same).start().unknown(own).answer(own, null, 302).status).toBe("in-doubt");
    expect(writing(same).start().unknown(own).answer(own, "no", 422).status).toBe("failed");
    expect(writing(same).start().answer(own, page, 404).status).toBe("failed");
  });

  test("a web page is the answer where a rule names it, or where text is asked for", () => {
    const when = x((s) => String(s.response.body).includes("back in an hour"));
    const errors = [{ at, when, class: "transient", code: "maintenance" }];
    const ruled = writing({ errors }).start().answer(own, page);
    expect(node(ruled)).toMatchObject({ status: "retrying", error: { code: "maintenance" } });
    const wanted = writing({ decode: "text" }).start().answer(own, page);
    expect(wanted.status).toBe("done");
    expect(result(wanted)).toBe(page);
  });

  test("a rule may say that an answer leaves doubt", () => {
    const errors = [{ at, when: x((s) => s.response.status === 418), class: "in-doubt" }];
    expect(writing({ errors }).start().answer(own, "?", 418).status).toBe("in-doubt");
    const safe = { errors, inDoubt: { kind: "resend", value: "safe" } };
    expect(writing(safe).start().answer(own, "?", 418).last?.resends).toHaveLength(1);
  });

  test("a read is simply tried again", () => {
    const stage = writing({ post: undefined, get: t("/x") })
      .start()
      .unknown(own);
    expect(node(stage)).toMatchObject({ status: "retrying", error: { code: "no-answer" } });
    stage.unknown(own, true);
    expect(node(stage)?.failures).toBe(1);
    expect(stage.delivery(own).sends).toBe(3);
  });
});

describe("a doubt that outlives the retries", () => {
  const idempotent = { at, header: "Idempotency-Key", valid: 999_999_999 };
  const sameKey = (more = {}) => ({ inDoubt: { kind: "resend", value: "same-key", ...more } });
  // oxlint-disable-next-line unicorn/no-thenable -- a key of the language
  const asked = { then: "find" };
  const withLookup = (): Stage =>
    writing(sameKey(asked), lookups, { idempotent }).start().unknown(own);
  const spend = (stage: Stage): Stage => {
    for (let time = 0; time < 10; time += 1) stage.outcome(own, refused);
    return stage;
  };
  const refused = { kind: "not-sent", reason: "ECONNREFUSED", ms: 1 } as const;

  test("is looked up, once nothing of it can be under way any more", () => {
    const stage = spend(withLookup());
    expect(stage.delivery(own).sends).toBe(11);
    expect(stage.delivery(ask).due).toBe(stage.now + 30_000);
    expect(stage.status).toBe("active");
    expect(stage.run.state.doubts).toBe(1);
    expect(stage.answer(ask, [{ id: 5 }]).status).toBe("done");
    expect(result(stage)).toEqual({ id: 5 });
    expect(stage.last?.effects).toMatchObject([{ path: own }]);
  });

  test("ends as a failure where the look-up shows that nothing happened: no retry is left", () => {
    const stage = spend(withLookup()).answer(ask, []);
    expect(stage.status).toBe("dead");
    expect(node(stage)).toMatchObject({ status: "failed", error: { code: "not-done" } });
    expect(stage.delivery(own).sends).toBe(11);
  });

  test("gives its look-up retries of its own, and parks for a person after them", () => {
    const stage = spend(withLookup());
    for (let time = 0; time < 10; time += 1) stage.outcome(ask, refused);
    expect(stage.status).toBe("active");
    stage.outcome(ask, refused);
    expect(stage.status).toBe("in-doubt");
    stage.resume();
    stage.answer(`${ask}~1`, [{ id: 5 }]);
    expect(stage.status).toBe("done");
  });

  test("parks for a person where there is no look-up", () => {
    const stage = spend(writing(sameKey(), {}, { idempotent }).start().unknown(own));
    expect(stage.status).toBe("in-doubt");
    expect(stage.problems.at(-1)).toMatchObject({ kind: "in-doubt", path: "steps.order" });
  });

  test("stands where our own rules keep the next attempt, or the look-up, back", () => {
    const kept = { kind: "not-sent", reason: "not under egress", refused: true, ms: 0 } as const;
    const again = writing(sameKey(), {}, { idempotent }).start().unknown(own);
    expect(again.delivery(own).sends).toBe(2);
    expect(again.outcome(own, kept).status).toBe("in-doubt");
    const asked = writing(lookup(), lookups).start().unknown(own);
    expect(asked.outcome(ask, kept).status).toBe("in-doubt");
  });

  test("is none after a refusal under the same key", () => {
    const stage = withLookup().answer(own, "no", 422);
    expect(stage.last?.end).toMatchObject({ failure: { class: "business" } });
    expect(stage.paths()).toEqual([own]);
  });

  test("is one after a gateway's answer, too", () => {
    const stage = writing(sameKey(asked), lookups, { idempotent }).start();
    spend(stage.answer(own, "bad gateway", 502));
    expect(stage.paths()).toEqual([own, ask]);
  });

  test("of what does no harm twice is left alone, unless it would be undone", () => {
    const safe = { inDoubt: { kind: "resend", value: "safe" } };
    expect(spend(writing(safe).start().unknown(own)).status).toBe("dead");
  });
});

describe("what is there already", () => {
  const exists = { errors: [{ at, when: x((s) => s.response.status === 409), class: "exists" }] };

  test("is adopted by the request's look-up", () => {
    const stage = writing({ ...exists, ...lookup() }, lookups)
      .start()
      .answer(own, "dup", 409);
    stage.answer(ask, [{ id: 9 }]);
    expect(result(stage)).toEqual({ id: 9 });
  });

  test("and not found is a business failure", () => {
    const stage = writing({ ...exists, ...lookup() }, lookups)
      .start()
      .answer(own, "dup", 409)
      .answer(ask, []);
    expect(stage.last?.end).toMatchObject({ failure: { code: "exists-not-found" } });
  });

  test("is waited for while the look-up fails", () => {
    const stage = writing({ ...exists, ...lookup() }, lookups)
      .start()
      .answer(own, "dup", 409)
      .answer(ask, "", 503);
    expect(stage.delivery(ask).sends).toBe(2);
    expect(stage.unknown(ask).delivery(ask).sends).toBe(3);
  });

  test("without a look-up is done, with no result", () => {
    const stage = writing(exists).start().answer(own, "dup", 409);
    expect(stage.status).toBe("done");
    expect(result(stage)).toBeNull();
  });
});

describe("expectations", () => {
  const expectation = (more = {}) => ({
    at,
    that: x((s) => s.result.state === "ok", "$result.state = 'ok'"),
    error: { at, class: "business", code: "not-ok" },
    ...more,
  });

  test("are conditions on the answer, asked in order", () => {
    const stage = writing({ expect: [expectation(), expectation()] }).start();
    expect(stage.answer(own, { state: "ok" }).status).toBe("done");
    const refused = writing({ expect: [expectation()] })
      .start()
      .answer(own, { state: "no" });
    expect(refused.last?.end).toMatchObject({
      failure: { code: "not-ok", message: "\"$result.state = 'ok'\" is not true of the answer" },
    });
  });

  test("may look again first", () => {
    const read = { read: "find" };
    const stage = writing({ expect: [expectation(read)] }, lookups)
      .start()
      .answer(own, {});
    stage.answer(ask, [{ state: "ok" }]);
    expect(stage.status).toBe("done");
    const none = writing(
      { expect: [expectation({ ...read, that: x((s) => s.result === null) })] },
      lookups,
    );
    expect(none.start().answer(own, {}).answer(ask, "", 404).status).toBe("done");
  });

  test("that may hold later are looked at again", () => {
    const error = { at, class: "transient", code: "not-yet", message: t("not yet") };
    const stage = writing({ expect: [expectation({ read: "find", error })] }, lookups).start();
    stage.answer(own, {}).answer(ask, [{ state: "wait" }]);
    expect(stage.delivery(ask).sends).toBe(2);
    stage.unknown(ask);
    stage.answer(ask, [{ state: "ok" }]);
    expect(stage.status).toBe("done");
    const same = writing({ expect: [expectation({ error })] })
      .start()
      .answer(own, { state: "wait" });
    expect(same.delivery(own).sends).toBe(2);
    expect(same.answer(own, { state: "ok" }).status).toBe("done");
  });

  test("of the operation are asked after its last request", () => {
    const error = { at, class: "transient", code: "not-yet" };
    const stage = writing({}, lookups, { expect: [expectation({ error })] }).start();
    stage.answer(own, { state: "wait" });
    expect(stage.paths()).toEqual([own, `${own}~1`]);
    expect(stage.answer(`${own}~1`, { state: "ok" }).status).toBe("done");
    expect(stage.run.results["steps.order"]).toEqual({ state: "ok" });
    const skipped = writing(
      { if: x(() => false) },
      {},
      { expect: [expectation({ that: x((s) => s.result === null) })] },
    );
    expect(skipped.start().status).toBe("done");
    const read = writing({}, lookups, { expect: [expectation({ read: "find" })] }).start();
    read.answer(own, {}).answer("steps.order/expect?", [{ state: "ok" }]);
    expect(read.status).toBe("done");
  });

  test("whose look-up was out when a person let the run go on are looked at anew", () => {
    const stage = writing(
      { expect: [expectation({ read: "find", that: x((s) => s.no.thing) })] },
      lookups,
    );
    stage
      .start()
      .answer(own, {})
      .answer(ask, [{ state: "ok" }]);
    expect(stage.status).toBe("invalid");
    stage.resume();
    expect(stage.status).toBe("invalid");
    expect(stage.delivery(own).sends).toBe(1);
  });
});

describe("the ledger", () => {
  const replay = { run: { replayOf: "m0" } };
  const key = (path: string) =>
    factKey({ kind: "effect", key: `#${JSON.stringify(["main", "i1", path])}` });
  const first = () => writing({}).start();
  const hash = () => first().answer(own, { id: 1 }).last?.effects[0]?.bodyHash ?? "";
  const recorded = (bodyHash: string): Json => ({
    key: "k",
    bodyHash,
    path: own,
    outcome: { result: { id: 1 } },
  });

  test("is asked by replays only", () => {
    expect(first().asked).toEqual([]);
    const stage = writing({}, {}, {}, replay).start();
    expect(stage.asked).toMatchObject([{ kind: "effect" }]);
    expect(stage.paths()).toEqual([own]);
  });

  test("gives a replay what happened before, and nothing is sent", () => {
    const facts = new Map([[key(own), recorded(hash())]]);
    const stage = writing({}, {}, {}, { ...replay, facts }).start();
    expect(stage.status).toBe("done");
    expect(stage.sent).toEqual([]);
    expect(result(stage)).toEqual({ id: 1 });
  });

  test("whose answer went with the payloads sends nothing, and waits for a person", () => {
    const gone = { bodyHash: hash(), path: own, outcome: { gone: true } };
    const facts = new Map([[key(own), gone]]);
    const stage = writing({}, {}, {}, { ...replay, facts }).start();
    expect(stage.status).toBe("invalid");
    expect(stage.sent).toEqual([]);
    expect(stage.problems[0]).toMatchObject({ code: "call/answer-gone" });
  });

  test("another body under the same key stops for a person", () => {
    const facts = new Map([[key(own), recorded("another")]]);
    const stage = writing({}, {}, {}, { ...replay, facts }).start();
    expect(stage.status).toBe("in-doubt");
    expect(stage.problems[0]?.code).toBe("call/effect-conflict");
  });

  test("an effect that was undone may happen again, under the next key", () => {
    const undone: Json = { key: "k", bodyHash: "b", path: own, outcome: { undone: true } };
    const facts = new Map([[key(own), undone]]);
    const stage = writing({}, {}, {}, { ...replay, facts }).start();
    expect(stage.delivery(own).effectKey).toBe(`#${JSON.stringify(["main", "i1", `${own}~1`])}`);
  });

  describe("knows what stands in doubt", () => {
    const since = 1_699_999_000_000;
    const doubt = (bodyHash = hash()): Json => ({
      bodyHash,
      path: own,
      at: since,
      runId: "r0",
      outcome: { doubt: true },
    });
    const left = (request: object, more: object = {}, operation: object = {}, entry = doubt()) =>
      writing(request, more, operation, { ...replay, facts: new Map([[key(own), entry]]) }).start();
    const effects = (stage: Stage) => stage.decisions.flatMap((decision) => decision.effects);
    const outcomes = (stage: Stage) => effects(stage).map(({ outcome }) => outcome);
    const doubted = { doubt: { operation: "erp.do", since: 1_700_000_000_000 } };

    test("from the time it does until it is known: done, or not", () => {
      const found = writing(lookup(), lookups)
        .start()
        .unknown(own)
        .answer(ask, [{ id: 5 }]);
      expect(outcomes(found)).toEqual([doubted, { result: { id: 5 } }]);
      const none = writing(lookup(), lookups).start().unknown(own).answer(ask, []);
      expect(outcomes(none)).toEqual([doubted, { notDone: true }]);
      none.unknown(own);
      expect(outcomes(none)).toEqual([doubted, { notDone: true }, doubted]);
    });

    test("once, however often it is sent again; a refusal under the same key settles it", () => {
      const same = { inDoubt: { kind: "resend", value: "same-key" } };
      const stage = writing(same).start().unknown(own).unknown(own).answer(own, "no", 422);
      expect(stage.status).toBe("failed");
      expect(outcomes(stage)).toEqual([doubted, { notDone: true }]);
    });

    test("but for what is set rather than made", () => {
      const stage = writing({ inDoubt: { kind: "resend", value: "safe" } })
        .start()
        .unknown(own);
      expect(outcomes(stage)).toEqual([]);
    });

    test("a replay looks it up first: found, it is taken over and nothing is sent", () => {
      const stage = left(lookup(), lookups);
      expect(stage.paths()).toEqual([ask]);
      expect(stage.run.state.doubts).toBe(1);
      stage.answer(ask, [{ id: 5 }]);
      expect(stage.status).toBe("done");
      expect(result(stage)).toEqual({ id: 5 });
      expect(outcomes(stage)).toEqual([{ result: { id: 5 } }]);
    });

    test("a replay sends what was not found, and counts no failure", () => {
      const stage = left(lookup({ settle: 2000 }), lookups);
      expect(stage.paths()).toEqual([]);
      stage.due("steps.order", "settle").answer(ask, []);
      expect(stage.paths()).toEqual([ask, own]);
      expect(node(stage)).toMatchObject({ status: "waiting", failures: 0 });
      expect(outcomes(stage)).toEqual([{ notDone: true }]);
      expect(stage.answer(own, { id: 1 }).status).toBe("done");
    });

    test("a replay asks a person where the partner cannot be asked, at last", () => {
      const stage = left(lookup(), lookups);
      for (let time = 0; time < 11; time += 1) stage.answer(ask, "down", 503);
      expect(stage.status).toBe("in-doubt");
      expect(stage.paths()).toEqual([ask]);
      stage.resume();
      expect(stage.answer("steps.order/create?~1", [{ id: 5 }]).status).toBe("done");
    });

    test("a replay sends it under its key again while the partner knows that, and finds out afterwards", () => {
      const idempotent = { at, header: "Idempotency-Key", valid: 2_000_000 };
      const stage = left({}, { idempotent });
      expect(stage.paths()).toEqual([own]);
      stage.unknown(own);
      expect(stage.delivery(own).sends).toBe(2);
      stage.now += 1_500_000;
      expect(stage.unknown(own).status).toBe("in-doubt");
      const late = left({}, { idempotent: { ...idempotent, valid: 500_000 } });
      expect(late.paths()).toEqual([]);
      expect(late.problems[0]?.code).toBe("call/left-in-doubt");
      const asks = left(
        // oxlint-disable-next-line unicorn/no-thenable -- a key of the language
        { inDoubt: { kind: "resend", value: "same-key", then: "find" } },
        { idempotent: { ...idempotent, valid: 500_000 }, ...lookups },
      );
      expect(asks.paths()).toEqual([ask]);
    });

    test("a replay with another body under its key, or with no way to ask, waits for a person", () => {
      for (const stage of [left({}), left(lookup(), lookups, {}, doubt("another"))]) {
        expect(stage.status).toBe("in-doubt");
        expect(stage.paths()).toEqual([]);
        expect(stage.problems[0]?.code).toBe("call/left-in-doubt");
      }
      const sent = left({}).resume();
      expect(sent.paths()).toEqual([own]);
      expect(sent.answer(own, { id: 1 }).status).toBe("done");
    });
  });

  test("keys are made of business identity, never of the run", () => {
    const one = first().delivery(own).effectKey;
    const other = writing({}, {}, {}, { run: { id: "r2" } }).start();
    expect(other.delivery(own).effectKey).toBe(one);
  });
});
