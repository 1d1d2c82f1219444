import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const undo = (system: string) =>
  `    undo: { call: ${system}.cancel, with: "\${ $message.data }" }\n`;

const fourSteps = () =>
  texts({
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create", undo("erp")) +
        callText("billing", "create", undo("billing")) +
        callText("support", "create") +
        callText("support", "cancel"),
    ),
  });

test("what was done before a step that failed for good is undone, last first, each once", async () => {
  const world = await World.open({ files: fourSteps() });
  let drops = 1;
  world.partners.answer = ({ system, path }) => {
    if (system === "support") return { status: 422 };
    if (path === "/cancellations" && drops-- > 0) return "drop";
    return {};
  };
  await world.tell(made("1"));
  await world.advance(3_600_000);
  expect(await world.statuses()).toEqual({ failed: 1 });
  expect(world.partners.story).toEqual([
    "erp POST /things 1",
    "billing POST /things 1",
    "support POST /things 1",
    "billing POST /cancellations 1",
    "billing POST /cancellations 1",
    "erp POST /cancellations 1",
  ]);
  expect(world.partners.effects("billing").size).toBe(2);
  const trace = await world.serving.store.read.trace((await world.lastRun()).id);
  const undone = trace.filter(({ path = "" }) => path.startsWith("undo."));
  expect(undone.length).toBeGreaterThan(0);
});

test("an undo that fails is for a person, at the head of the list", async () => {
  const world = await World.open({ files: fourSteps() });
  world.partners.answer = ({ system, path }) =>
    system === "support" || path === "/cancellations" ? { status: 422 } : {};
  await world.tell(made("1"));
  expect(await world.statuses()).toEqual({ stuck: 1 });
  const [problem] = await world.serving.store.read.deadLetters({});
  expect(problem).toMatchObject({ status: "stuck" });
  expect(world.log.some((line) => line.startsWith("warn a run waits for a person"))).toBe(true);
  world.partners.answer = () => ({});
  expect((await world.admin("POST", `/runs/${problem?.runId}/resume`, {})).status).toBe(200);
  await world.advance(60_000);
  expect(await world.statuses()).toEqual({ failed: 1 });
  expect(world.partners.story.slice(-2)).toEqual([
    "billing POST /cancellations 1",
    "erp POST /cancellations 1",
  ]);
});

test("a service that answers nonsense or nothing has its declared fallback, and the flow goes on", async () => {
  const files = texts({
    "flows/system/support.support-one.yaml": adapterText("support")
      .replace(
        "find: {",
        `find:
    expect:
      - that: "$type($result.valid ?? null) = 'boolean'"
        error: { class: business, code: no-verdict, message: "the service gave no verdict" }
    request: {`,
      )
      .replace(
        'request: { request: { get: "/things/${ $input.id }" } }',
        'request: { get: "/things/${ $input.id }" }',
      ),
    "flows/process/post-thing.yaml": flowText(
      callText(
        "support",
        "find",
        `    timeout: 5s
    retry: { max: 0 }
    catch:
      - when: "$error.class in ['business', 'transient']"
        steps: [ { set: { valid: true, code: "\${ $error.code }" }, id: fallback } ]
`,
      ) + callText("erp", "create"),
    ),
  });
  const world = await World.open({ files });
  world.partners.answer = ({ system }) =>
    system === "support" ? { body: { valid: "perhaps" } } : {};
  await world.tell(made("1"));
  expect(await world.statuses()).toEqual({ done: 1 });
  expect((await world.lastRun()).history.some(({ what }) => what === "caught")).toBe(true);
  world.partners.answer = ({ system }) => (system === "support" ? "hang" : {});
  expect((await world.deliver(made("2", "two"))).status).toBe(202);
  await world.partners.requests(3);
  await world.clock.advance(5_000);
  await world.partners.requests(4);
  await expect.poll(() => world.statuses()).toEqual({ done: 2 });
});
