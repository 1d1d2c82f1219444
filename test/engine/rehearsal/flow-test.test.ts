import { describe, expect, test } from "vitest";
import { runFlowTest } from "../../../engine/composition/rehearse.ts";
import { compiled, order } from "./workspace.ts";

const path = "flows/process/delivery.test.yaml";
const message = JSON.stringify({ data: order });
const reference = '{ orderId: S-1, number: "7001" }';

const calls = `    calls:
      - { call: erp.getOrder, returns: ${reference} }
      - { call: run order-to-erp, returns: ${reference} }
`;
const happens = `    happens:
      - { choose: approval, choice: ship }
      - { event: erp.order.shipped, data: { orderId: S-1, number: "7009" } }
`;
const expected = `    expect:
      outcome: done
      requests: [erp.getOrder, { run order-to-erp: ${JSON.stringify(order)} }]
      events: [{ order.delivered: { orderId: S-1, number: "7009" } }]
`;

async function run(flow: string, ...parts: string[]) {
  const text = `test: deliveries\nflow: ${flow}\ncases:\n  - name: case\n    given: { message: ${message} }\n${parts.join("")}`;
  const { generation, tests } = compiled({ [path]: text });
  const test = tests.find(({ test: title }) => title === "deliveries");
  if (test === undefined) throw new Error("the test is not there");
  const [result] = await runFlowTest(generation, test);
  if (result === undefined) throw new Error("the case was not run");
  return result;
}

describe("a case", () => {
  test("passes when everything happens as it says", async () => {
    const result = await run("delivery", calls, happens, expected);
    expect(result.problems).toEqual([]);
    expect(result.passed).toBe(true);
  });

  test("stays open without the person's answer, and says so", async () => {
    const result = await run("delivery", calls, expected);
    expect(result.passed).toBe(false);
    expect(result.problems[0]).toBe("outcome: expected done, and it is active");
    expect(result.problems).toContain("event 1: expected order.delivered, and there is none");
  });

  test("takes no event of another order", async () => {
    const other = happens.replace("{ orderId: S-1,", "{ orderId: S-2,");
    expect((await run("delivery", calls, other, expected)).rehearsed.status).not.toBe("done");
  });

  test("shows where a request differs from what was expected", async () => {
    const wrong = expected.replace('"currency":"EUR"', '"currency":"USD"');
    expect((await run("delivery", calls, happens, wrong)).problems).toEqual([
      'request 2 run order-to-erp /currency: expected "USD", and it is "EUR"',
    ]);
  });

  test("says which request came instead, and which was too much", async () => {
    const wrong = expected.replace(/requests: .*/, "requests: [erp.createOrder]");
    expect((await run("delivery", calls, happens, wrong)).problems).toEqual([
      "request 1: expected erp.createOrder, and it is erp.getOrder",
      `request 2: run order-to-erp was not expected: ${JSON.stringify(order)}`,
    ]);
  });

  test("wants a mock with a count to be used so often", async () => {
    const twice = calls.replace("call: erp.getOrder,", "call: erp.getOrder, times: 2,");
    expect((await run("delivery", twice, happens, expected)).problems).toEqual([
      "erp.getOrder is mocked for 2 calls, and 1 were made",
    ]);
  });

  test("ends as a mocked failure of a child ends it", async () => {
    const failing = calls.replace(
      `run order-to-erp, returns: ${reference}`,
      "run order-to-erp, fails: { class: business, code: no-stock }",
    );
    const result = await run(
      "delivery",
      failing,
      "    expect: { outcome: failed, events: [], error: { code: no-stock } }\n",
    );
    expect(result.problems).toEqual([]);
  });

  test("retries in virtual time as the policy says, and waits for nothing", async () => {
    const failing =
      "    calls:\n      - { call: erp.createOrder, fails: { class: transient, code: down }, times: 6 }\n";
    const result = await run("order-to-erp", failing, "    expect: { outcome: dead }\n");
    expect(result.problems).toEqual([]);
    expect(result.calls).toHaveLength(6);
  });
});

describe("an unmocked call", () => {
  const alone = "    expect: { outcome: done }\n";

  test("fails the case, and says its input", async () => {
    const result = await run("order-to-erp", alone);
    expect(result.passed).toBe(false);
    expect(result.problems[0]).toBe(
      `erp.createOrder was called and is not mocked: its input was ${JSON.stringify(order)}`,
    );
  });

  test("gives lines that mend the case when they are pasted as they are", async () => {
    const { stanza = "" } = await run("order-to-erp", alone);
    expect(stanza).toContain("returns: {");
    const mended = await run("order-to-erp", alone, stanza);
    expect(mended.problems).toEqual([]);
  });

  test("gives lines for the calls there are, where some are mocked", async () => {
    const some = calls.split("\n").slice(0, 2).join("\n");
    const { stanza = "" } = await run("delivery", `${some}\n`, happens, expected);
    expect(stanza).not.toContain("calls:");
    const child = stanza.replace("returns: {}", `returns: ${reference}`);
    const mended = await run("delivery", `${some}\n`, child, happens, expected);
    expect(mended.problems).toEqual([]);
  });
});
