import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const ids = (world: World) => world.partners.to("erp").map(({ body }) => body["id"]);

/** Two calls, so that a run may be half-way. */
const twoCalls = (more = "") =>
  flowText(`${callText("billing", "create")}${callText("erp", "create")}`, more);

async function drainOf(world: World) {
  const { outlook } = (await (await world.admin("GET", "/status")).json()) as {
    readonly outlook: Awaited<ReturnType<World["serving"]["engine"]["outlook"]>>;
  };
  return outlook.draining;
}

test("a drained system gets what has begun and nothing else, and then it is said to be empty", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": twoCalls(),
    "flows/process/note-thing.yaml": flowText(callText("support", "create")).replace(
      "flow: post-thing",
      "flow: note-thing",
    ),
  });
  const world = await World.open({ files });
  let answer = (): void => {};
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  world.partners.answer = async ({ system, body }) => {
    if (system === "billing" && body["id"] === "1") await slow;
    return {};
  };
  expect((await world.deliver(made("1"))).status).toBe(202);
  await world.partners.requests(2);
  expect((await world.admin("POST", "/drain", { kind: "system", system: "erp" })).status).toBe(200);
  // In the lane of the one that has begun, and in another.
  expect((await world.deliver(made("2"))).status).toBe(202);
  expect((await world.deliver(made("3", "other"))).status).toBe(202);
  const [before] = await drainOf(world);
  expect(before?.begun).toMatchObject({ count: 1, oldest: [{ flow: "post-thing", laneKey: "k" }] });
  answer();
  await world.idle();
  expect(ids(world)).toEqual(["1"]);
  // Flows that do not call it go on.
  expect(world.partners.to("support")).toHaveLength(3);
  expect((await drainOf(world))[0]?.begun).toEqual({ count: 0, oldest: [] });

  const next = await world.restart();
  await next.advance(60_000);
  expect(ids(next)).toEqual(["1"]);
  expect(await next.statuses()).toEqual({ done: 4, ready: 2 });
  await next.admin("POST", "/unpause", { kind: "system", system: "erp" });
  await next.advance(60_000);
  expect(ids(next)).toEqual(["1", "2", "3"]);
});

test("a drained flow finishes the flows that it runs, and what stands before them in their lane", async () => {
  const child = (name: string, trigger: string) =>
    flowText(callText("erp", "create"), "input: canonical/thing@1")
      .replace("flow: post-thing", `flow: ${name}`)
      .replace("trigger: { event: shop.thing.made }\n", trigger);
  const files = texts({
    "flows/process/post-thing.yaml": flowText(
      `${callText("billing", "create")}  - run: store-thing\n    id: stored\n    with: "\${ $message.data }"\n`,
    ),
    "flows/process/store-thing.yaml": child(
      "store-thing",
      "trigger: { event: shop.thing.confirmed }\n",
    ),
  });
  const world = await World.open({ files });
  let answer = (): void => {};
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  world.partners.answer = async ({ system }) => {
    if (system === "billing") await slow;
    return {};
  };
  await world.deliver(made("1"));
  await world.partners.requests(1);
  for (const flow of ["post-thing", "store-thing"]) {
    await world.admin("POST", "/drain", { kind: "flow", flow });
  }
  // Not begun, in the lane that the child of the first one will need.
  await world.deliver({ ...made("2"), type: "confirmed" });
  await world.deliver(made("3", "other"));
  answer();
  await world.idle();
  expect(ids(world)).toEqual(["2", "1"]);
  expect((await drainOf(world)).map(({ begun }) => begun.count)).toEqual([0, 0]);
});

test("a region and a key are paused alone, and a region's calls go to its own adapter", async () => {
  const base = texts();
  const files = texts({
    "sluice.yaml": (base["sluice.yaml"] ?? "").replace(
      "erp: erp-one",
      "erp: { adapter: erp-one, regions: { eu: erp-eu } }",
    ),
    "flows/system/erp.erp-eu.yaml": adapterText("erp")
      .replace("adapter: erp-one", "adapter: erp-eu")
      .replace("'/erp'", "'/erp-eu'"),
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create"),
      `region: "$message.data.region"`,
    ),
  });
  const world = await World.open({ files });
  const pause = (target: unknown) => world.admin("POST", "/pause", target);
  expect((await pause({ kind: "region", region: "eu" })).status).toBe(200);
  expect((await pause({ kind: "key", flow: "post-thing", laneKey: "slow" })).status).toBe(200);
  await world.tell(
    made("1", "a", { region: "eu" }),
    made("2", "b", { region: "us" }),
    made("3", "slow", { region: "us" }),
  );
  expect(world.partners.story).toEqual(["erp POST /things 2"]);
  await world.admin("POST", "/unpause", { kind: "region", region: "eu" });
  await world.idle();
  expect(world.partners.story).toEqual(["erp POST /things 2", "erp-eu POST /things 1"]);
  await world.admin("POST", "/unpause", { kind: "key", flow: "post-thing", laneKey: "slow" });
  await world.idle();
  expect(world.partners.story.at(-1)).toBe("erp POST /things 3");
});

test("what was decided before a pause of its key or region is not sent either", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create", "    retry: { max: 9, backoff: 10s, factor: 1 }\n"),
      `region: "$message.data.region"`,
    ),
  });
  const world = await World.open({ files });
  world.partners.answer = () => ({ status: 503 });
  await world.tell(made("1", "k", { region: "eu" }), made("2", "other", { region: "us" }));
  await world.admin("POST", "/pause", { kind: "region", region: "eu" });
  await world.admin("POST", "/pause", { kind: "key", flow: "post-thing", laneKey: "other" });
  world.partners.answer = () => ({});
  const before = world.partners.seen.length;
  await world.advance(60_000);
  expect(world.partners.seen).toHaveLength(before);
  await world.admin("POST", "/unpause", { kind: "region", region: "eu" });
  await world.advance(60_000);
  expect(ids(world).slice(before)).toEqual(["1"]);
});

test("how much waits and how long it takes is told, runs that have not begun included", async () => {
  const files = texts({
    "flows/system/erp.erp-one.yaml": adapterText(
      "erp",
      "budget: [{ limit: 2, per: 1s }]\nconcurrency: 1",
    ),
  });
  const world = await World.open({ files });
  await world.tell(...Array.from({ length: 42 }, (_, index) => made(`${index}`, `k${index % 4}`)));
  const { adapters } = await world.serving.engine.outlook();
  expect(adapters).toEqual([{ adapter: "erp-one", requests: 40, drainMs: 20_000 }]);
  const metrics = await (await world.admin("GET", "/../../metrics")).text();
  expect(metrics).toContain('sluice_adapter_drain_seconds{adapter="erp-one"} 20');
  await world.advance(21_500);
  expect(await world.statuses()).toEqual({ done: 42 });
});
