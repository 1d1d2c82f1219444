import { expect, test } from "vitest";
import { callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

test("correlation id and business context go with every request, and are kept with it", async () => {
  const files = texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "find") + callText("erp", "create") + callText("billing", "create"),
      `context:
  orderNumber: "\${ $message.data.id }"
  tier: "\${ $message.data.tier }"
  region: "\${ $message.data.region ?? null }"
`,
    ).replace(
      "steps:",
      'on-error: [ { call: support.create, id: told, with: "${ $message.data }" } ]\nsteps:',
    ),
  });
  const world = await World.open({ files });
  world.partners.answer = ({ system }) => (system === "billing" ? { status: 422 } : {});
  await world.tell(made("SO 1/ü", "k,1", { tier: "gold" }));
  const run = await world.lastRun();
  expect(world.partners.seen.map(({ system }) => system)).toEqual([
    "erp",
    "erp",
    "billing",
    "support",
  ]);
  for (const { headers } of world.partners.seen) {
    expect(headers["x-correlation-id"]).toBe(run.correlationId);
    const baggage = String(headers["baggage"])
      .split(",")
      .map((member) => member.split("=").map(decodeURIComponent));
    expect(Object.fromEntries(baggage)).toEqual({
      correlation: run.correlationId,
      flow: "post-thing",
      key: "k,1",
      orderNumber: "SO 1/ü",
      tier: "gold",
    });
  }
  expect(run.deliveries).toHaveLength(4);
  for (const { context } of run.deliveries) expect(context).toMatchObject({ tier: "gold" });
  const trace = await world.serving.store.read.trace(run.correlationId);
  expect(new Set(trace.map(({ kind }) => kind))).toEqual(
    new Set(["message", "run", "step", "delivery"]),
  );
});
