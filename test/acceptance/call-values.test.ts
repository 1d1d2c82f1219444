import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

/** One address for all: what is asked for is in the body, as with JSON-RPC. */
const rpc = texts({
  "flows/system/erp.erp-one.yaml": adapterText(
    "erp",
    `request: { post: /rpc, body: { method: "\${ $call.method }", id: "\${ $input.id }" }, result: "$lookup($response.body, $call.member)", call: { member: made } }
errors:
  - { when: "$call.method = 'thing.make' and $response.body.no = true", class: business, code: not-made }
  - { when: "$response.body.no = true", class: business, code: not-cancelled, message: "\${ $call.method } said no" }
lookups:
  byId: { call: { method: thing.find, member: rows }, found: "$call.method = 'thing.find' ? $result[0] : null" }
`,
  )
    .replace(
      /create: .*/,
      "create: { request: { call: { method: thing.make } }, expect: { that: \"$call.method = 'thing.make'\", error: { class: business, code: odd } }, in-doubt: { lookup: byId } }",
    )
    .replace(
      /cancel: .*/,
      "cancel: { request: { call: { method: thing.cancel } }, in-doubt: { resend: safe } }",
    ),
  "flows/process/post-thing.yaml": flowText(callText("erp", "create") + callText("erp", "cancel")),
});

const open = () => World.open({ files: rpc });

test("an error rule that names `$call` matches the answers of the requests it is about, and no others", async () => {
  const world = await open();
  world.partners.answer = () => ({ body: { no: true } });
  await world.tell(made("1"));
  expect((await world.lastRun()).error).toMatchObject({ class: "business", code: "not-made" });
  world.partners.answer = ({ body }) =>
    body["method"] === "thing.make" ? { body: { made: { number: "7" } } } : { body: { no: true } };
  await world.tell(made("2"));
  const run = await world.lastRun();
  expect(run.results["steps.erpcreate"]).toEqual({ number: "7" });
  expect(run.error).toMatchObject({ code: "not-cancelled", message: "thing.cancel said no" });
});

test("a look-up is read with its own `$call`", async () => {
  const world = await open();
  world.partners.answer = ({ body }) => {
    if (body["method"] === "thing.make") return "drop";
    return { body: { rows: [{ number: "8" }], made: { ok: true } } };
  };
  await world.tell(made("1"));
  const run = await world.lastRun();
  expect(run.status).toBe("done");
  expect(run.results["steps.erpcreate"]).toEqual({ number: "8" });
});
