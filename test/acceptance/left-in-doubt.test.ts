import { describe, expect, test } from "vitest";
import { previewText } from "../../cli/output/replay.ts";
import { timeline } from "../../cli/output/timeline.ts";
import type { ReplayPreview } from "../../engine/index.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import type { Answer, Seen } from "./world/partners.ts";
import { made, World } from "./world/world.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What the ERP is told to do where nobody knows whether it did something. */
const policies = {
  "look-up": "{ lookup: byId }",
  "same key": "{ resend: same-key }",
  person: "{ park: true }",
} as const;

const lookups = `lookups:
  byId: { get: /book, query: { id: "\${ $input.id }" }, found: "$result.items[0] ?? null" }
`;

type Policy = keyof typeof policies;

const erp = (policy: Policy): string => {
  const writes = [
    "create: { request: { post: /things",
    "cancel: { request: { post: /cancellations",
  ];
  return writes.reduce(
    (text, write) =>
      text.replace(
        new RegExp(`${write.slice(0, 6)}: .*`),
        `${write}, body: "\${ $input }" }, in-doubt: ${policies[policy]} }`,
      ),
    adapterText("erp", lookups),
  );
};

/** An ERP with a book: each thing that is posted stands in it, once more each time. */
class Erp {
  readonly book: string[] = [];
  readonly #known = new Map<string, unknown>();
  /** How the next posts end: written or not, answered or not. */
  next: ("written, no answer" | "not written, no answer" | "well")[] = [];
  /** Nobody can be asked. */
  isMute = false;

  answer({ method, path, query, body, headers }: Seen, knowsKeys: boolean): Answer {
    if (path === "/book") {
      if (this.isMute) return { status: 503 };
      const items = this.book.filter((id) => id === query["id"]).map((id) => ({ number: id }));
      return { body: { items } };
    }
    if (method !== "POST") return {};
    const key = String(headers["idempotency-key"]);
    const before = this.#known.get(key);
    const fate = this.next.shift() ?? "well";
    if (knowsKeys && before !== undefined) return fate === "well" ? { body: before } : "drop";
    if (fate === "not written, no answer") return "drop";
    this.book.push(String(body["id"]));
    this.#known.set(key, { number: body["id"] });
    return fate === "well" ? { body: { number: body["id"] } } : "drop";
  }
}

async function open(
  policy: Policy,
  flow = flowText(callText("erp", "create")),
): Promise<{ readonly world: World; readonly erp: Erp }> {
  const book = new Erp();
  const world = await World.open({
    files: texts({
      "flows/system/erp.erp-one.yaml": erp(policy),
      "flows/process/post-thing.yaml": flow,
    }),
  });
  world.partners.answer = (seen) =>
    seen.system === "erp" ? book.answer(seen, policy === "same key") : {};
  return { world, erp: book };
}

const post = async (world: World, path: string, body: unknown = {}) => {
  const answer = await world.admin("POST", path, body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

/** A run in doubt whose partner cannot be asked for so long that a person is. */
async function discarded(policy: Policy, fate: "written, no answer" | "not written, no answer") {
  const { world, erp: book } = await open(policy);
  book.next = Array.from({ length: 10 }, () => fate);
  book.isMute = true;
  await world.tell(made("T-1"));
  await world.advance(hourMs);
  const run = await world.lastRun();
  expect(run.status).toBe("in-doubt");
  expect((await post(world, `/runs/${run.id}/discard`, { reason: "to be done anew" })).status).toBe(
    200,
  );
  book.next = [];
  book.isMute = false;
  return { world, erp: book, run };
}

async function replayed(world: World, messageId: string) {
  expect((await post(world, `/messages/${messageId}/replay`)).status).toBe(200);
  await world.idle();
  await world.advance(minuteMs);
  return world.lastRun();
}

describe("a message whose run was discarded in doubt is replayed", () => {
  test("a look-up finds what had happened: nothing is sent again", async () => {
    const { world, erp: book, run } = await discarded("look-up", "written, no answer");
    const again = await replayed(world, run.messageId);
    expect(book.book).toEqual(["T-1"]);
    expect(again.status).toBe("done");
    expect(again.results["steps.erpcreate"]).toEqual({ number: "T-1" });
  });

  test("a look-up that finds nothing has it sent once", async () => {
    const { world, erp: book, run } = await discarded("look-up", "not written, no answer");
    const again = await replayed(world, run.messageId);
    expect(book.book).toEqual(["T-1"]);
    expect(again.status).toBe("done");
  });

  test("the same key goes again", async () => {
    const { world, erp: book, run } = await discarded("same key", "written, no answer");
    const again = await replayed(world, run.messageId);
    expect(book.book).toEqual(["T-1"]);
    expect(again.status).toBe("done");
    expect(world.partners.effects("erp").size).toBe(1);
  });

  test("where nobody can be asked it waits for a person, and goes once that person says so", async () => {
    const { world, erp: book, run } = await discarded("person", "not written, no answer");
    const again = await replayed(world, run.messageId);
    expect(book.book).toEqual([]);
    expect(again).toMatchObject({ status: "in-doubt", error: { code: "call/left-in-doubt" } });
    expect(again.error?.message).toContain(`run ${run.id} sent it first at 2026-01-01T00:00:00Z`);
    await post(world, `/runs/${again.id}/resume`);
    await world.idle();
    expect(book.book).toEqual(["T-1"]);
    expect((await world.lastRun()).status).toBe("done");
  });

  test("what a look-up settled is settled for the replays after it", async () => {
    const { world, erp: book, run } = await discarded("look-up", "not written, no answer");
    await replayed(world, run.messageId);
    const before = world.partners.seen.length;
    expect((await replayed(world, run.messageId)).status).toBe("done");
    expect(world.partners.seen).toHaveLength(before);
    expect(book.book).toEqual(["T-1"]);
  });

  test("other data under its key waits for a person", async () => {
    const { world, erp: book, run } = await discarded("look-up", "written, no answer");
    const body = { data: { id: "T-1", key: "k", amount: "7" }, reason: "amount was missing" };
    expect((await post(world, `/messages/${run.messageId}/replay`, body)).status).toBe(200);
    await world.idle();
    const again = await world.lastRun();
    expect(again).toMatchObject({ status: "in-doubt", error: { code: "call/left-in-doubt" } });
    expect(again.error?.message).toContain("with another body than it has now");
    await post(world, `/runs/${again.id}/resume`);
    await world.idle();
    expect(book.book).toEqual(["T-1"]);
    expect((await world.lastRun()).status).toBe("done");
  });

  test("still after its body and its run were let go of, and after a restart", async () => {
    const { world, erp: book, run } = await discarded("look-up", "written, no answer");
    await world.advance(hourMs);
    await post(world, "/issues/1/resolve");
    const before = new Date(world.clock.now()).toISOString();
    expect((await post(world, "/purge", { class: "payloads", before })).status).toBe(200);
    await world.advance(minuteMs);
    expect((await world.serving.store.read.run(run.id))?.emptiedAt).toBeDefined();
    const next = await world.restart();
    const body = { data: { id: "T-1", key: "k" }, reason: "as the shop has it" };
    await post(next, `/messages/${run.messageId}/replay`, body);
    await next.idle();
    expect((await next.lastRun()).status).toBe("done");
    expect(book.book).toEqual(["T-1"]);
  });

  test.each(["same-key", undefined] as const)(
    "one step of it alone (%s) is looked up, too",
    async (again) => {
      const { world, erp: book, run } = await discarded("look-up", "written, no answer");
      const how = again === undefined ? {} : { again };
      expect(
        await post(world, `/runs/${run.id}/replay-step`, {
          step: "erpcreate",
          reason: "r",
          ...how,
        }),
      ).toMatchObject({ status: 200 });
      await world.idle();
      expect((await world.lastRun()).status).toBe("done");
      expect(book.book).toEqual(["T-1"]);
    },
  );
});

describe("a run in doubt that still stands", () => {
  test("is not overtaken by the replay of its message where the flow has no lane", async () => {
    const flow = flowText(callText("erp", "create")).replace(/^key: .*/m, "key: none");
    const { world, erp: book } = await open("look-up", flow);
    book.next = ["written, no answer"];
    book.isMute = true;
    await world.tell(made("T-1"));
    await world.advance(hourMs);
    const run = await world.lastRun();
    expect(run.status).toBe("in-doubt");
    book.isMute = false;
    expect((await replayed(world, run.messageId)).status).toBe("done");
    expect(book.book).toEqual(["T-1"]);
    await post(world, `/runs/${run.id}/resume`);
    await world.idle();
    expect(await world.statuses()).toEqual({ done: 2 });
    expect(book.book).toEqual(["T-1"]);
  });
});

test("a step whose undo stands in doubt is not taken for done by a replay", async () => {
  const undone = callText(
    "erp",
    "create",
    "    undo: { call: erp.cancel, with: '${ $message.data }' }\n",
  );
  const { world, erp: book } = await open(
    "person",
    flowText(undone + callText("billing", "create")),
  );
  const { answer } = world.partners;
  world.partners.answer = (seen, count) => {
    if (seen.system === "billing") return { status: 422 };
    return seen.path === "/cancellations" ? "drop" : answer(seen, count);
  };
  await world.tell(made("T-1"));
  const run = await world.lastRun();
  expect(run.status).toBe("stuck");
  await post(world, `/runs/${run.id}/discard`, { reason: "seen to" });
  world.partners.answer = answer;
  const again = await replayed(world, run.messageId);
  expect(again).toMatchObject({ status: "in-doubt", error: { code: "call/undo-in-doubt" } });
  expect(world.partners.to("billing")).toHaveLength(1);
  await post(world, `/runs/${again.id}/resume`);
  await world.idle();
  expect((await world.lastRun()).status).toBe("done");
  expect(book.book).toEqual(["T-1"]);
});

describe("what a person is told", () => {
  const terminal = recordingTerminal({ cwd: ".", env: {} });
  const foresee = async (world: World, path: string, body: unknown) => {
    const found = (await post(world, path, body)).body as unknown as ReplayPreview;
    return { found, text: previewText(found, terminal) };
  };
  const trace = async (world: World) =>
    timeline(await world.serving.store.read.trace("T-1"), terminal);

  test.each([
    ["look-up", "look-up", "the partner is asked before anything is sent"],
    ["same key", "same-key", "sent again under its key, which the partner knows"],
    ["person", "person", "it would stop for a person"],
  ] as const)("before a replay, by policy: %s", async (policy, next, words) => {
    const { world, run } = await discarded(policy, "written, no answer");
    const seen = world.partners.seen.length;
    const { found, text } = await foresee(world, "/replays/preview", {
      selection: { ids: [run.messageId] },
      begin: "event",
    });
    expect(found.groups).toMatchObject([{ verdict: "in-doubt", next, name: "erp.create" }]);
    expect(text).toContain(`was sent, and nobody knows whether it took effect; `);
    expect(text).toContain(words);
    expect(world.partners.seen).toHaveLength(seen);
  });

  test("before it goes on itself, and before one step is sent as a second effect", async () => {
    const { world, erp: book } = await open("person");
    book.next = ["written, no answer"];
    await world.tell(made("T-1"));
    const run = await world.lastRun();
    const { found } = await foresee(world, "/replays/preview", { selection: { ids: [run.id] } });
    expect(found.groups).toMatchObject([{ verdict: "in-doubt", next: "again" }]);
    await post(world, `/runs/${run.id}/discard`, { reason: "it is there" });
    const alone = { step: "erpcreate", again: "new-key" };
    const step = await foresee(world, `/runs/${run.id}/replay-step/preview`, alone);
    expect(step.found.groups).toMatchObject([{ verdict: "in-doubt", next: "second" }]);
    const refused = await post(world, `/runs/${run.id}/replay-step`, { step: "erpcreate" });
    expect(refused.status).toBe(409);
    expect(String(refused.body["detail"])).toContain("look at the partner's record");
  });

  test("by the lists and the trace, until it is settled", async () => {
    const { world, run } = await discarded("look-up", "written, no answer");
    const row = async () => (await world.serving.store.read.runs({ id: run.id }))[0];
    expect(await row()).toMatchObject({ status: "discarded", doubts: 1 });
    expect(await world.serving.store.read.counts()).toMatchObject({ doubts: 0, doubtsLeft: 1 });
    const before = await trace(world);
    expect(before).toMatch(
      /left-in-doubt: nobody knows whether erp\.create took effect \(key \w{12}\)/,
    );
    expect(before).toContain("■ discarded, IN DOUBT");
    await replayed(world, run.messageId);
    expect((await row())?.doubts).toBeUndefined();
    expect(await world.serving.store.read.counts()).toMatchObject({ doubtsLeft: 0 });
    const after = await trace(world);
    expect(after).toContain(`in-doubt: run ${run.id} sent it first at`);
    expect(after).toContain("never known; the partner is asked");
    expect(after).not.toContain("■ discarded, IN DOUBT");
  });
});
