import { describe, expect, test } from "vitest";
import type { NewDelivery } from "../../../engine/model/decision.ts";
import type { Json } from "../../../engine/model/json.ts";
import type { RawOutcome } from "../../../engine/model/request.ts";
import { plan } from "../../../engine/composition/rehearse.ts";
import { compiled, erpText, order } from "./workspace.ts";

const { generation } = compiled();

/** The ERP, whose orders are linked by the id that this expression gives. */
const erpWith = (id: string): string =>
  erpText
    .replace(/ {4}link:.*\n(?: {6}.*\n)*/, "")
    .replace(
      / {2}createOrder:\n/,
      `$&    link: { entity: order, canonical: "$input.orderId", id: "${id}" }\n`,
    );

async function planned(
  flow: string,
  answers: Readonly<Record<string, Json>> = {},
  read?: (delivery: NewDelivery) => Promise<RawOutcome>,
  of = generation,
) {
  return plan({
    generation: of,
    flow,
    received: {
      channel: "manual",
      source: "test",
      type: flow,
      dedupeKey: "1",
      data: order,
      headers: {},
      flow,
    },
    now: 0,
    answers,
    env: () => "https://erp.example.com",
    fact: async () => null,
    ...(read === undefined ? {} : { read }),
  });
}

const everyAnswer = {
  "task approval": "ship",
  "event erp.order.shipped": { orderId: "S-1", number: "7009" },
};

describe("what a call links", () => {
  const steps = (of: string) => `flow: twice
owner: operations
input: canonical/order@1
key: none
steps:
  - ${of}
  - call: erp.getOrder
    id: again
    with: { orderId: "\${ $message.data.orderId }", number: "\${ $xref('order', 'erp', $message.data.orderId) ?? 'none' }" }
`;
  const urlOf = async (flow: string, id: string) => {
    const linked = compiled({
      "flows/process/twice.yaml": flow,
      "flows/system/erp.example-erp.yaml": erpWith(id),
    });
    const { calls } = await planned("twice", {}, undefined, linked.generation);
    return calls.at(-1)?.requests[0]?.url;
  };
  const call = "{ call: erp.createOrder, id: made }";

  test("is found by a later step, of a child flow too", async () => {
    const found = "https://erp.example.com/orders/7001";
    expect(await urlOf(steps(call), "$result.number")).toBe(found);
    expect(await urlOf(steps("{ run: order-to-erp, id: made }"), "$result.number")).toBe(found);
    expect(await urlOf(steps("{ set: { made: true }, id: made }"), "$result.number")).toBe(
      "https://erp.example.com/orders/none",
    );
  });

  test("has a name of its own where the vendor alone would give it", async () => {
    expect(await urlOf(steps(call), "$result.internal_id")).toBe(
      "https://erp.example.com/orders/new-order",
    );
  });
});

describe("a plan", () => {
  test("shows each request as its adapter makes it, a child's too", async () => {
    const { calls } = await planned("delivery");
    expect(calls.map(({ name, path, answer }) => [path, name, answer.from])).toEqual([
      ["steps.known", "erp.getOrder", "example"],
      ["steps.order", "run order-to-erp", "plan"],
      ["steps.order › steps.order", "erp.createOrder", "example"],
    ]);
    expect(calls[0]?.requests).toMatchObject([
      { method: "GET", url: "https://erp.example.com/orders/7001" },
    ]);
    expect(calls[2]?.requests).toMatchObject([
      { method: "POST", body: { external_id: "S-1", rows: [{ article: "TEA" }] } },
    ]);
    expect(JSON.stringify(calls)).not.toMatch(/authorization|bearer/i);
  });

  test("stops at a person, and says what waits", async () => {
    const { rehearsed } = await planned("delivery");
    expect(rehearsed.status).not.toBe("done");
    expect(rehearsed.waits.tasks).toMatchObject([
      { team: "operations", choices: ["ship", "hold"] },
    ]);
  });

  test("goes on to the end with a person's answer and an event", async () => {
    const { rehearsed, unused } = await planned("delivery", everyAnswer);
    expect(rehearsed.status).toBe("done");
    expect(rehearsed.events).toMatchObject([
      { type: "order.delivered", data: { orderId: "S-1", number: "7009" } },
    ]);
    expect(unused).toEqual([]);
  });

  test("takes given answers before examples, and names those that nothing asked for", async () => {
    const given = { "erp.createOrder": { orderId: "S-1", number: "9" }, "erp.cancelOrder": {} };
    const { calls, unused } = await planned("delivery", given);
    expect(calls.at(-1)?.answer).toEqual({ from: "given", output: given["erp.createOrder"] });
    expect(unused).toEqual(["erp.cancelOrder"]);
  });

  test("takes one event once: a second that is waited for stays open", async () => {
    const other = { ...everyAnswer, "event erp.order.shipped": { orderId: "S-2", number: "1" } };
    expect((await planned("delivery", other)).rehearsed.status).not.toBe("done");
  });
});

describe("reads", () => {
  test("are sent when asked for, and writes never are", async () => {
    const sent: NewDelivery[] = [];
    const { calls, rehearsed } = await planned("delivery", everyAnswer, async (delivery) => {
      sent.push(delivery);
      const response = { status: 200, headers: {}, body: { number: "R-1" } };
      return { kind: "response", response, ms: 1 };
    });
    expect(sent.map(({ read, request }) => [read, request.method])).toEqual([[true, "GET"]]);
    expect(calls[0]?.answer).toEqual({ from: "read", output: { orderId: "S-1", number: "R-1" } });
    expect(rehearsed.status).toBe("done");
  });

  test("that fail give way to an example", async () => {
    const { calls } = await planned("delivery", {}, async () => ({
      kind: "not-sent",
      reason: "nobody is there",
      ms: 1,
    }));
    expect(calls[0]?.answer.from).toBe("example");
  });
});
