import { expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../../engine/channels/http-out/index.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { json, partner } from "../partner.ts";
import { generation, memoryLog, secretsOf } from "../plans.ts";

const here = generation({});

async function world() {
  let status = 200;
  let version = 1;
  const vendor = await partner((_, response) => {
    json(response, status, { keys: [{ kid: `k${version}` }] });
  });
  const clock = new VirtualClock();
  const transport = createTransport({ secrets: secretsOf({}), clock, log: memoryLog() });
  onTestFinished(async () => transport.close());
  const ask = async (fresh = false) => transport.keySet(`${vendor.url}/jwks`, here, fresh);
  return {
    ask,
    clock,
    vendor,
    answer: (next: { status?: number; version?: number }) => {
      status = next.status ?? status;
      version = next.version ?? version;
    },
  };
}

const keys = (kid: string) => ({ kind: "keys", keys: { keys: [{ kid }] } });

test("keys are asked once for many callers, kept ten minutes, and anew at most every half minute", async () => {
  const { answer, ask, clock, vendor } = await world();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([keys("k1"), keys("k1"), keys("k1")]);
  answer({ version: 2 });
  // Made-up key names do not have the vendor asked for each.
  expect(await ask(true)).toEqual(keys("k1"));
  expect(vendor.seen).toHaveLength(1);
  await clock.advance(31_000);
  expect(await ask()).toEqual(keys("k1"));
  expect(await ask(true)).toEqual(keys("k2"));
  await clock.advance(601_000);
  answer({ version: 3 });
  expect(await ask()).toEqual(keys("k3"));
  expect(vendor.seen).toHaveLength(3);
});

test("keys that are known outlive a vendor that is down; unknown ones are told missing", async () => {
  const { answer, ask, clock } = await world();
  answer({ status: 502 });
  expect(await ask()).toEqual({ kind: "unreachable", reason: "it was answered 502" });
  answer({ status: 200 });
  expect(await ask()).toEqual(keys("k1"));
  answer({ status: 502 });
  await clock.advance(601_000);
  expect(await ask()).toEqual(keys("k1"));
});

test("keys are asked by http or https alone", async () => {
  const clock = new VirtualClock();
  const transport = createTransport({ secrets: secretsOf({}), clock, log: memoryLog() });
  onTestFinished(async () => transport.close());
  expect(await transport.keySet("file:///etc/passwd", here, false)).toEqual({
    kind: "unreachable",
    reason: '"file:" is no protocol for requests: http and https are',
  });
});
