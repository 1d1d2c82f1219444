import { expect, test } from "vitest";
import { flowText, callText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const confirmed = (id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id: `confirmed-${id}-${JSON.stringify(more)}`,
  type: "confirmed" as const,
  data: { id, key: "k", ...more },
});

const waiting = (more = "", listen = "") =>
  texts({
    "flows/process/post-thing.yaml": flowText(
      `${callText("erp", "create")}  - listen:
      event: shop.thing.confirmed
      correlate: { id: "$message.data.id" }
      within: 1h
${listen}
    id: heard
    lane: release
${more}${callText("billing", "create")}`,
    ),
  });

test("a flow waits for its callback over a restart", async () => {
  const world = await World.open({ files: waiting() });
  await world.tell(made("1"));
  expect(world.partners.story).toEqual(["erp POST /things 1"]);
  const next = await world.restart();
  await next.tell(confirmed("2"));
  expect(next.partners.story).toHaveLength(1);
  await next.tell(confirmed("1"));
  expect(next.partners.story).toEqual(["erp POST /things 1", "billing POST /things 1"]);
  expect(await next.statuses()).toEqual({ done: 1 });
});

test("when no callback comes in time, its own branch is taken", async () => {
  const files = waiting(
    `    on-timeout: [ { call: support.create, id: late, with: "\${ $message.data }" }, { fail: { class: business, code: too-late } } ]\n`,
  );
  const world = await World.open({ files });
  await world.tell(made("1"));
  const next = await world.restart();
  await next.advance(3_600_000 - 1);
  expect(next.partners.story).toHaveLength(1);
  await next.advance(1);
  expect(next.partners.story).toEqual(["erp POST /things 1", "support POST /things 1"]);
  expect((await next.lastRun()).error).toMatchObject({ code: "too-late" });
});

test("a callback that comes before the flow listens is found", async () => {
  const world = await World.open({ files: waiting() });
  await world.tell(confirmed("1"));
  await world.tell(made("1"));
  expect(world.partners.story).toEqual(["erp POST /things 1", "billing POST /things 1"]);
});

test("a callback that a flow does not take leaves it waiting for the next", async () => {
  const world = await World.open({ files: waiting("", `      where: "$event.data.amount = '2'"`) });
  await world.tell(confirmed("1", { amount: "0" }), made("1"));
  await world.tell(confirmed("1", { amount: "1" }));
  expect(await world.statuses()).toEqual({ released: 1 });
  await world.tell(confirmed("1", { amount: "2" }));
  expect(await world.statuses()).toEqual({ done: 1 });
});

test("an event for one listener alone goes to the next when the first does not take it", async () => {
  const files = waiting(
    "",
    `      where: "$event.data.amount = $message.data.amount"\n      consume: true`,
  );
  const world = await World.open({
    files: {
      ...files,
      "flows/process/post-thing.yaml": (files["flows/process/post-thing.yaml"] ?? "").replace(
        'correlate: { id: "$message.data.id" }',
        "correlate: { id: \"'shared'\" }",
      ),
    },
  });
  await world.tell(made("1", "one", { amount: "1" }), made("2", "two", { amount: "2" }));
  await world.tell(confirmed("shared", { amount: "2" }));
  expect(world.partners.to("billing").map(({ body }) => body["id"])).toEqual(["2"]);
  await world.tell(confirmed("shared", { amount: "3" }), made("3", "three", { amount: "3" }));
  await world.tell(confirmed("shared", { amount: "1" }));
  expect(world.partners.to("billing").map(({ body }) => body["id"])).toEqual(["2", "3", "1"]);
  expect(await world.statuses()).toEqual({ done: 3 });
});

test("a replay finds the callback of lately, and not one of before its window", async () => {
  const world = await World.open({ files: waiting() });
  await world.tell(made("1"), confirmed("1"));
  expect(await world.statuses()).toEqual({ done: 1 });
  const { messageId } = await world.lastRun();
  const replay = async () => {
    await world.admin("POST", `/messages/${messageId}/replay`, {});
    await world.idle();
    return (await world.lastRun()).status;
  };
  await world.advance(23 * 3_600_000);
  expect(await replay()).toBe("done");
  expect(await world.statuses()).toEqual({ done: 2 });
  await world.advance(2 * 3_600_000);
  expect(await replay()).toBe("released");
  await world.advance(3_600_000);
  expect((await world.lastRun()).error).toMatchObject({ code: "timed-out" });
});
