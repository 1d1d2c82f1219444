import { describe, expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import type { Answer, Seen } from "./world/partners.ts";
import { made, World } from "./world/world.ts";

/** Of the operation, and what its ERP knows. */
const policies = {
  "look-up": "{ lookup: byId }",
  "same key": "{ resend: same-key }",
  "its own number": "{ resend: safe }",
  person: "{ park: true }",
} as const;
type Policy = keyof typeof policies;

const fates = [
  "lost before it was written",
  "lost after it was written",
  "a 502 after it was written",
  "a 500 before it was written",
  "too late, after it was written",
] as const;
type Fate = (typeof fates)[number];

const files = (policy: Policy) =>
  texts({
    "flows/system/erp.erp-one.yaml": adapterText(
      "erp",
      `lookups:
  byId: { get: /book, query: { id: "\${ $input.id }" }, found: "$result.items[0] ?? null" }
errors:
  - { when: "$response.status = 409", class: exists, code: there-already }
`,
    ).replace(
      /create: .*/,
      `create: { request: { post: /things, body: "\${ $input }", timeout: 20s }, in-doubt: ${policies[policy]} }`,
    ),
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create") + callText("billing", "create"),
    ),
  });

/** Counts what it wrote; it knows keys, or its own numbers, only where the policy says so. */
class Erp {
  readonly book: string[] = [];
  readonly #answers = new Map<string, unknown>();
  readonly #policy: Policy;
  readonly #fate: Fate;
  #posts = 0;
  readonly late = Promise.withResolvers<void>();

  constructor(policy: Policy, fate: Fate) {
    this.#policy = policy;
    this.#fate = fate;
  }

  async answer({ path, query, body, headers }: Seen): Promise<Answer> {
    if (path === "/book") return { body: { items: this.book.filter((id) => id === query["id"]) } };
    this.#posts += 1;
    const id = String(body["id"]);
    const key = String(headers["idempotency-key"]);
    const known = this.#answers.get(key);
    if (this.#policy === "same key" && known !== undefined) return { body: known };
    if (this.#policy === "its own number" && this.book.includes(id)) return { status: 409 };
    const isFirst = this.#posts === 1;
    if (isFirst && this.#fate === "lost before it was written") return "drop";
    if (isFirst && this.#fate === "a 500 before it was written") return { status: 500 };
    this.book.push(id);
    this.#answers.set(key, { number: id });
    if (!isFirst) return { body: { number: id } };
    if (this.#fate === "lost after it was written") return "drop";
    if (this.#fate === "a 502 after it was written") return { status: 502 };
    await this.late.promise;
    return { body: { number: id } };
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function firstAttempt(world: World, erp: Erp, fate: Fate): Promise<void> {
  await world.deliver(made("T-1"));
  await world.partners.requests(1);
  if (fate === "too late, after it was written") {
    // Nobody waits for the answer any more; then it comes.
    await world.clock.advance(21_000, turn);
    erp.late.resolve();
  }
  await world.idle();
}

/** A person looks into the book, and says what is to become of the run. */
async function look(world: World, erp: Erp): Promise<"sent" | "there"> {
  const run = await world.lastRun();
  expect(run.status).toBe("in-doubt");
  const isThere = erp.book.includes("T-1");
  const verb = isThere ? "discard" : "resume";
  await world.admin("POST", `/runs/${run.id}/${verb}`, { reason: "the partner has it" });
  await world.idle();
  return isThere ? "there" : "sent";
}

describe.each([false, true])("with a restart in between: %s", (restarts) => {
  describe.each(Object.keys(policies) as Policy[])(
    "an effect whose doubt is settled by: %s",
    (policy) => {
      test.each(fates)("is done once where the answer is %s", async (fate) => {
        const erp = new Erp(policy, fate);
        let world = await World.open({ files: files(policy) });
        world.partners.answer = (seen) => (seen.system === "erp" ? erp.answer(seen) : {});
        await firstAttempt(world, erp, fate);
        if (restarts) world = await world.restart();
        await world.advance(600_000);
        if (policy === "person") {
          const { messageId } = await world.lastRun();
          if ((await look(world, erp)) === "there") {
            // Whoever has it processed once more is asked again, and nothing is sent before.
            await world.admin("POST", `/messages/${messageId}/replay`, {});
            await world.idle();
            expect((await world.lastRun()).error?.code).toBe("call/left-in-doubt");
            expect(world.partners.to("billing")).toEqual([]);
            expect(erp.book).toEqual(["T-1"]);
            return;
          }
        }
        expect(erp.book).toEqual(["T-1"]);
        expect(await world.statuses()).toEqual({ done: 1 });
        expect(world.partners.effects("billing").size).toBe(1);
      });
    },
  );
});
