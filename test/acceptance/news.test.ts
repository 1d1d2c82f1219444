import { expect, test } from "vitest";
import { adapterText, callText, flowText, shopTextWithGapCheck, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

/** The shop's webhook, and a poll over its own list of the same facts. */
const withGapCheck = () =>
  texts({
    "flows/system/shop.web-shop.yaml": shopTextWithGapCheck(),
  });

test("what a webhook did not bring is found, named, and processed once, as if it had", async () => {
  const list: unknown[] = [];
  const world = await World.open({
    files: withGapCheck(),
    arrange: ({ partners }) => {
      partners.answer = ({ system, query }) =>
        system === "shop" ? { body: { rows: list.slice(Number(query["after"] ?? 0)) } } : {};
    },
  });
  for (let number = 1; number <= 8; number += 1) {
    const id = String(number);
    const at = new Date(world.clock.now()).toISOString();
    list.push({ number, id: `made-${id}`, at, data: { id, key: id } });
    // Three of them are lost on their way.
    if (![3, 5, 6].includes(number)) await world.deliver(made(id, id));
    await world.advance(1_000);
  }
  expect(world.partners.to("erp")).toHaveLength(5);
  await world.advance(1_200_000);
  const ids = world.partners.to("erp").map(({ body }) => body["id"]);
  expect(ids.slice(5)).toEqual(["3", "5", "6"]);
  expect(await world.statuses()).toEqual({ done: 8 });
  const missed = (await world.serving.store.read.audits({})).filter(
    ({ action }) => action === "missed",
  );
  expect(missed).toMatchObject([
    {
      target: "webhook web-shop.events",
      detail: { count: 3, ids: ["made-3", "made-5", "made-6"] },
    },
  ]);
  const metrics = await (await world.admin("GET", "/../../metrics")).text();
  expect(metrics).toMatch(/sluice_webhook_messages_total\{[^}]*outcome="missed"[^}]*\} 3/);
  // The webhook that was late after all is a duplicate.
  expect((await world.deliver(made("3", "3"))).status).toBe(202);
  await world.idle();
  expect(world.partners.to("erp")).toHaveLength(8);
});

test("what is younger than the grace is not called missed", async () => {
  const list: unknown[] = [];
  const world = await World.open({
    files: withGapCheck(),
    arrange: ({ partners }) => {
      partners.answer = ({ system, query }) =>
        system === "shop" ? { body: { rows: list.slice(Number(query["after"] ?? 0)) } } : {};
    },
  });
  await world.advance(9 * 60_000);
  const at = new Date(world.clock.now()).toISOString();
  list.push({ number: 1, id: "made-1", at, data: { id: "1", key: "1" } });
  await world.advance(2 * 60_000);
  expect(world.partners.to("erp")).toEqual([]);
  await world.deliver(made("1", "1"));
  await world.advance(3_600_000);
  expect(world.partners.to("erp")).toHaveLength(1);
  const audits = await world.serving.store.read.audits({});
  expect(audits.filter(({ action }) => action === "missed")).toEqual([]);
});

/** The shop tells a change; we write it into support, which tells it back; and the other way round. */
const bothWays = () => {
  const support = adapterText("support").replace(
    /^ {2}create: .*\n/m,
    () => `  create:
    request: { post: /things, body: "\${ $input }" }
    in-doubt: { resend: same-key }
    echo: { record: "$input.key", values: "\${ { 'amount': $input.amount } }", within: 1h }
`,
  );
  return texts({
    "flows/system/support.yaml": `system: support
owner: ops
operations:
  create: { input: canonical/thing@1, effect: create }
  cancel: { input: canonical/thing@1, effect: update }
  find: { input: canonical/thing@1, effect: read }
events: { thing.changed: { data: canonical/thing@1 } }
`,
    "flows/system/support.support-one.yaml": `${support}webhooks:
  changes:
    verify: { none: true }
    dedupe: "$body.change"
    echo: { record: "$body.data.key", values: "\${ { 'amount': $body.data.amount } }" }
    events: [ { event: support.thing.changed, data: "\${ $body.data }" }, { else: ignore } ]
`,
    "flows/process/post-thing.yaml": flowText(callText("support", "create")),
    "flows/process/back.yaml": flowText(callText("erp", "create"))
      .replace("flow: post-thing", "flow: back")
      .replace("shop.thing.made", "support.thing.changed"),
  });
};

test("our own write that comes back ends with no call, and a change that looks alike is not taken for it", async () => {
  const world = await World.open({ files: bothWays() });
  let change = 0;
  const changed = async (amount: string, key = "k") => {
    change += 1;
    const outcome = await tellChange(world, { change, key, amount });
    await world.idle();
    return outcome;
  };
  const early: string[] = [];
  // The news is quicker than the answer to the write that caused it.
  world.partners.answer = async ({ system }) => {
    if (system === "support") early.push(await tellChange(world, { change: 99, amount: "10" }));
    return {};
  };
  await world.tell(made("1", "k", { amount: "10" }));
  expect(early).toEqual(["ignored"]);
  expect(world.partners.story).toEqual(["support POST /things 1"]);
  world.partners.answer = () => ({});

  expect(await changed("10")).toBe("ignored");
  expect(await changed("10", "another record")).toBe("accepted");
  expect(await changed("11")).toBe("accepted");
  // Changed back by a person: the same values, and no echo any more.
  expect(await changed("10")).toBe("accepted");
  expect(world.partners.to("erp")).toHaveLength(3);

  await world.tell(made("2", "k", { amount: "12" }));
  const next = await world.restart();
  await next.advance(3_599_000);
  const before = world.partners.to("erp").length;
  world.partners.answer = () => ({});
  expect(await tellChange(next, { change: 90, amount: "12" })).toBe("ignored");
  await next.advance(2_000);
  expect(await tellChange(next, { change: 91, amount: "12" })).toBe("accepted");
  await next.idle();
  expect(world.partners.to("erp")).toHaveLength(before + 1);
  const metrics = await (await next.admin("GET", "/../../metrics")).text();
  expect(metrics).toMatch(/sluice_webhook_messages_total\{[^}]*outcome="echo"[^}]*\} 1/);
});

async function tellChange(
  world: World,
  { change, key = "k", amount }: { change: number; key?: string; amount: string },
): Promise<string> {
  const response = await fetch(`${world.serving.url}/webhooks/support-one/changes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ change: String(change), data: { id: `c${change}`, key, amount } }),
  });
  return ((await response.json()) as { outcome: string }).outcome;
}
