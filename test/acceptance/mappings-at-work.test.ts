import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { digest } from "../../engine/composition/digest.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { compiled } from "../compiled.ts";
import { openReader } from "../../engine/store/sqlite/index.ts";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

const linesSchema = JSON.stringify({
  title: "Order",
  owner: "ops",
  type: "object",
  required: ["lines"],
  properties: { lines: { type: "array", items: { type: "object" } } },
});

test("a mapping that yields something else than its schema says sends nothing, and says where", async () => {
  const files = texts({
    "schemas/vendor/erp/order.json": linesSchema,
    "mappings/erp/order-out.yaml":
      "mapping: erp/order-out\nfrom: canonical/thing@1\nto: vendor/erp/order\n",
    "mappings/erp/order-out.jsonata": `{ "lines": $split(id, ",") }`,
    "flows/system/erp.erp-one.yaml": adapterText("erp").replace(
      `post: /things, body: "\${ $input }"`,
      "post: /things, body: { map: erp/order-out }",
    ),
  });
  const world = await World.open({ files });
  await world.tell(made("1"));
  expect(world.partners.seen).toEqual([]);
  expect(await world.statuses()).toEqual({ invalid: 1 });
  const [problem] = await world.serving.store.read.deadLetters({});
  expect(problem?.failure).toMatchObject({ class: "invalid" });
  expect(problem?.failure.message).toContain("/lines");
});

test("one line of an order becomes a list of one line where the schema says so", async () => {
  const files = texts({
    "schemas/vendor/erp/order.json": linesSchema,
    "mappings/erp/order-out.yaml":
      "mapping: erp/order-out\nfrom: canonical/thing@1\nto: vendor/erp/order\n",
    "mappings/erp/order-out.jsonata": `{ "lines": { "sku": id } }`,
    "flows/system/erp.erp-one.yaml": adapterText("erp").replace(
      `post: /things, body: "\${ $input }"`,
      "post: /things, body: { map: erp/order-out }",
    ),
  });
  const world = await World.open({ files });
  await world.tell(made("1"));
  expect(world.partners.seen.map(({ body }) => body)).toEqual([{ lines: [{ sku: "1" }] }]);
});

test("a code that the list does not have is an error with list and value, never a default", async () => {
  const files = texts({
    "mappings/codes/terms.yaml": 'codes: terms\nvalues: { "NET30": "30" }\n',
    "flows/process/post-thing.yaml": flowText(
      `  - set: { terms: "\${ $code('terms', $message.data.amount) }" }\n    id: coded\n${callText("erp", "create")}`,
    ),
  });
  const world = await World.open({ files });
  await world.tell(made("1", "k", { amount: "NET45" }));
  expect(world.partners.seen).toEqual([]);
  const [problem] = await world.serving.store.read.deadLetters({});
  expect(problem?.failure.code).toMatch(/unknown-code/);
  expect(problem?.failure.message).toContain("terms");
  expect(problem?.failure.message).toContain("NET45");
});

test("an expression without end, without bottom or with an evil pattern costs one run its time, and no more", async () => {
  const evil = (name: string, expression: string) => ({
    [`flows/process/${name}.yaml`]: flowText(
      `  - set: { value: "\${ ${expression} }" }\n    id: evil\n`,
    ).replace("flow: post-thing", `flow: ${name}`),
  });
  const world = await World.open({
    files: texts({
      ...evil("endless", "($f := function($n) { $f($n + 1) }; $f(0))"),
      ...evil("bottomless", "($f := function($n) { 1 + $f($n + 1) }; $f(0))"),
      ...evil("pattern", "$contains($message.data.tier, /^(a+)+$/)"),
      ...evil("prototype", "$lookup({}, '__proto__')"),
    }),
  });
  await world.tell(made("1", "k", { tier: `${"a".repeat(40)}!` }));
  const runs = await world.serving.store.read.runs({});
  const statusOf = (flow: string) => runs.find((run) => run.flow === flow)?.status;
  expect(statusOf("post-thing")).toBe("done");
  expect(statusOf("endless")).toBe("invalid");
  expect(statusOf("bottomless")).toBe("invalid");
  expect(statusOf("pattern")).toBe("done");
  expect(statusOf("prototype")).toBe("invalid");
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

test("a path made of a message leads to no other host, and not to the machine's metadata", async () => {
  const declared = adapterText("erp");
  const built = declared.replace("post: /things,", `post: "\${ $input.id }",`);
  expect(built).not.toBe(declared);
  const world = await World.open({ files: texts({ "flows/system/erp.erp-one.yaml": built }) });
  for (const id of [
    "//169.254.169.254/latest",
    "http://169.254.169.254/latest",
    "@169.254.169.254/",
  ]) {
    await world.tell(made(id, `key ${id}`));
    await world.advance(3_600_000);
    const run = await world.lastRun();
    expect(run.status).not.toBe("active");
    for (const { request } of run.deliveries) {
      expect(new URL(request.url).origin).toBe(world.partners.url);
    }
  }
});

const root = join(import.meta.dirname, "../..");

test("another vendor plays the ERP, and no flow is another text", async () => {
  const { files } = readWorkspace(root);
  const before = await compiled(files);
  const swapped = (files["sluice.yaml"] ?? "").replace("erp: acme-erp", "erp: tryton");
  const after = await compiled({ ...files, "sluice.yaml": swapped });
  const errors = after.diagnostics.filter(({ severity }) => severity === "error");
  expect(before.generation?.workspace.systems["erp"]).not.toEqual(
    after.generation?.workspace.systems["erp"],
  );
  expect(errors).toEqual([]);
  for (const [path, text] of Object.entries(files)) {
    if (path.startsWith("flows/process/"))
      expect(readFileSync(join(root, path), "utf8")).toBe(text);
  }
});

function refusals(changes: Readonly<Record<string, string>>) {
  return compileWorkspace(texts(changes), { digest })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code, at }) => `${at.file}:${at.line} ${code}`);
}

test("a process that names a vendor is refused at the line that does", () => {
  const flow = flowText(callText("erp", "create")).replace("call: erp.", "call: erp-one.");
  const line = flow.split("\n").findIndex((text) => text.includes("erp-one.create")) + 1;
  expect(line).toBeGreaterThan(0);
  expect(refusals({ "flows/process/post-thing.yaml": flow })).toContain(
    `flows/process/post-thing.yaml:${line} layer/no-vendor-in-process`,
  );
});

test("a vendor's event that goes straight into the ERP is refused", () => {
  const flow = flowText(callText("erp", "create"));
  const direct = flow.replace("event: shop.thing.made", "webhook: web-shop.events");
  expect(direct).not.toBe(flow);
  expect(refusals({ "flows/process/post-thing.yaml": direct }).join("\n")).toMatch(
    /post-thing\.yaml:\d+ layer\/(direct-coupling|no-vendor-in-process)/,
  );
});

test("a reader sees a running store, and leaves no trace in it", async () => {
  const world = await World.open();
  await world.tell(made("1"));
  const before = await world.serving.store.read.counts();
  const reader = openReader(join(world.folder, "sluice.db"));
  expect(await reader.runs({})).toHaveLength(1);
  reader.close();
  expect(await world.serving.store.read.counts()).toEqual(before);
});
