import { describe, expect, test } from "vitest";
import { decide, intake } from "../../../engine/core/index.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import { adapterText, type Bench, bench as benchOf, flowText, workspace } from "./bench.ts";

const hour = 3_600_000;
const erp = { kind: "system", system: "erp" } as const;

const adapter = (inDoubt: string): string =>
  adapterText("tryton", "erp", 'lookups:\n  find: { get: "/things/one" }')
    .replace("valid: 24h", "valid: 1h")
    .replace('  confirm:\n    request: { post: "/confirmations"', `    in-doubt: ${inDoubt}\n$&`);

const bench = (inDoubt: string, after?: Bench): Promise<Bench> =>
  benchOf({
    ...(after === undefined ? {} : { after }),
    files: workspace({
      "flows/system/erp.tryton.yaml": adapter(inDoubt),
      "flows/process/post-thing.yaml": flowText("post-thing", ["erp.post"]),
    }),
    world: { rules: { decide, intake } },
  });

const dropped: RawOutcome = { kind: "unknown", reason: "the connection was closed", ms: 1 };
const found: RawOutcome = {
  kind: "response",
  ms: 1,
  response: { status: 200, headers: {}, body: { id: 7 } },
};

/** The partner takes the first write and drops the connection; a pause comes before the retry is due. */
async function dropFirst(first: Bench): Promise<void> {
  first.partners.answer = (_, { read }) =>
    read ? found : first.partners.requests.length === 1 ? dropped : 200;
  await first.receive("a");
  await first.engine.idle();
  await first.engine.pause(erp, "me");
  await first.advance(60_000);
  expect(first.partners.requests).toHaveLength(1);
}

const writes = ({ partners }: Bench): number =>
  partners.requests.filter(({ key }) => key !== "").length;

describe("a write in doubt whose turn comes after the partner forgot its key", () => {
  test("is not sent again after a pause: the partner is asked, and what it has is taken", async () => {
    const one = await bench("{ resend: same-key, then: find }");
    await dropFirst(one);
    await one.advance(2 * hour);
    await one.engine.resume(erp, "me");
    await one.engine.idle();
    await one.advance(60_000);
    expect(writes(one)).toBe(1);
    expect(one.partners.requests).toHaveLength(2);
    expect(await one.statuses()).toEqual({ done: 1 });
  });

  test("nor by a process that was down meanwhile", async () => {
    const one = await bench("{ resend: same-key, then: find }");
    await dropFirst(one);
    one.crash();
    await one.advance(2 * hour);
    const two = await bench("{ resend: same-key, then: find }", one);
    two.partners.answer = (_, { read }) => (read ? found : 200);
    await two.engine.resume(erp, "me");
    await two.engine.idle();
    await two.advance(60_000);
    expect(writes(two)).toBe(1);
    expect(await two.statuses()).toEqual({ done: 1 });
  });

  test("waits for a person where the partner cannot be asked", async () => {
    const one = await bench("{ resend: same-key }");
    await dropFirst(one);
    await one.advance(2 * hour);
    await one.engine.resume(erp, "me");
    await one.engine.idle();
    await one.advance(60_000);
    expect(one.partners.requests).toHaveLength(1);
    expect(await one.statuses()).toEqual({ "in-doubt": 1 });
    const [problem] = await one.store.read.deadLetters({});
    expect(problem?.failure.message).toContain("forgot its key before it could be sent again");
  });

  test("goes again under its key while the partner knows that", async () => {
    const one = await bench("{ resend: same-key, then: find }");
    await dropFirst(one);
    await one.advance(hour / 2);
    await one.engine.resume(erp, "me");
    await one.engine.idle();
    await one.advance(60_000);
    expect(one.partners.requests).toHaveLength(2);
    expect(writes(one)).toBe(2);
    expect(await one.statuses()).toEqual({ done: 1 });
  });
});
