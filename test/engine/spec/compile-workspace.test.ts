import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { Names } from "../../../engine/spec/resolve/names.ts";
import { readWorkspace } from "../../../engine/spec/documents/read-workspace.ts";
import { compileWorkspace, ReadCache, type WorkspaceFiles } from "../../../engine/spec/index.ts";
import { digest, soundWorkspace } from "../../spec/workspace.ts";

const compile = (files: WorkspaceFiles) =>
  compileWorkspace({ ...soundWorkspace, ...files }, { digest });
const findings = (files: WorkspaceFiles) =>
  compile(files)
    .diagnostics.filter(({ severity }) => severity !== "information")
    .map(({ code, at }) => `${at.file}:${at.line} ${code}`);

function generationOf(files: WorkspaceFiles) {
  const { generation, diagnostics } = compile(files);
  if (generation === undefined)
    throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return generation;
}

const orderFlow = `flow: order
owner: sales
trigger: [ { event: crm.order.won }, { event: erp.order.approved } ]
input: canonical/order@1
key: "$message.data.orderId"
steps:
  - call: erp.createOrder
    id: order
    on-error: continue
    undo: { call: erp.updateCustomer, with: { customerId: c-1 } }
  - parallel:
      - [ { call: erp.getOrder } ]
      - [ { call: erp.getOrder, timeout: 90s } ]
  - wait: { for: 2m }
on-error: [ { fail: { class: business, code: late, message: "\${ $error.code }" } } ]
`;

describe("a generation", () => {
  const generation = generationOf({ "flows/process/order.yaml": orderFlow });
  const flow = generation.flows.get("order");

  test("has flows with camel-case keys, places and milliseconds", () => {
    expect(flow).toMatchObject({
      name: "order",
      layer: "process",
      owner: "sales",
      at: { file: "flows/process/order.yaml", line: 1, column: 1 },
      onError: [{ kind: "fail", at: { line: 15 } }],
    });
    expect(flow?.steps[0]).toMatchObject({
      kind: "call",
      argument: "erp.createOrder",
      id: "order",
      named: true,
      common: { onError: "continue" },
    });
    expect(flow?.steps[2]?.argument).toMatchObject({ kind: "for", value: 120_000 });
  });

  test("names steps without an id by kind and number, in the order of the text", () => {
    expect([...(flow?.stepsById.keys() ?? [])]).toEqual([
      "order",
      "call-2",
      "parallel-1",
      "call-3",
      "call-4",
      "wait-1",
      "fail-1",
    ]);
    expect(flow?.stepsById.get("call-4")?.common.timeout).toBe(90_000);
  });

  test("knows who hears what", () => {
    const heard = [...generation.subscriptions].map(([type, flows]) => [
      type,
      flows.map(({ name }) => name),
    ]);
    expect(heard).toEqual([
      ["crm.order.won", ["order"]],
      ["erp.order.approved", ["order"]],
    ]);
  });

  test("is named by its texts alone", () => {
    const files = { "flows/process/order.yaml": orderFlow };
    expect(generationOf(files).hash).toBe(generation.hash);
    const shuffled = Object.fromEntries(
      Object.entries({ ...soundWorkspace, ...files }).toReversed(),
    );
    expect(compileWorkspace(shuffled, { digest }).generation?.hash).toBe(generation.hash);
    expect(generationOf({ ...files, "README.md": "x" }).hash).toBe(generation.hash);
    expect(generationOf({ "flows/process/order.yaml": `${orderFlow}\n` }).hash).not.toBe(
      generation.hash,
    );
  });

  test("has expressions that evaluate", () => {
    const key = flow?.key;
    const context = { now: 0, seed: "", facts: new Map(), codes: new Map() };
    const value =
      typeof key === "object" && key.evaluate({ message: { data: { orderId: "o1" } } }, context);
    expect(value).toBe("o1");
  });

  test("has mappings with contracts, and code lists", () => {
    const made = generationOf({
      "mappings/terms.yaml": "codes: terms\nvalues: { net30: 30 }\n",
      "mappings/erp/order.yaml":
        "mapping: erp/order\nfrom: canonical/order@1\nto: canonical/order-ref@1\n",
      "mappings/erp/order.jsonata": '{ "orderId": orderId }',
    });
    expect(made.codes.get("terms")?.get("net30")).toBe(30);
    expect(made.mappings.get("erp/order")).toMatchObject({
      name: "erp/order",
      contract: { from: "canonical/order@1", to: "canonical/order-ref@1" },
    });
    expect(made.schemas.get("canonical/order@1")?.check({})).toHaveLength(3);
  });
});

test("flow tests are read beside the flows and are none", () => {
  const { tests, diagnostics } = compile({
    "flows/process/order.yaml": orderFlow,
    "flows/process/order.test.yaml":
      'test: orders\nflow: order\ncases: [ { name: a, given: { message: { data: { orderId: a, total: "1.00", lines: [] } } }, expect: { outcome: done } } ]\n',
  });
  expect(diagnostics).toEqual([]);
  expect(tests).toMatchObject([
    { file: "flows/process/order.test.yaml", test: { test: "orders", flow: "order" } },
  ]);
});

test("files elsewhere are nobody's business", () => {
  expect(
    findings({ "docs/x.yaml": "a: [", "flows/x.txt": "[", "schemas/spec/flow.schema.json": "[" }),
  ).toEqual([]);
});

describe("a file that cannot be read", () => {
  const broken = "adapter: acme\nplays: erp\noperations: [\n";

  test("is told once, and what it declares is still there", () => {
    expect(
      findings({ "flows/process/order.yaml": orderFlow, "flows/system/erp.acme.yaml": broken }),
    ).toEqual(["flows/system/erp.acme.yaml:3 spec/yaml-syntax"]);
  });

  test("hides no finding of another file", () => {
    expect(
      findings({
        "flows/process/order.yaml": orderFlow.replace("owner: sales", "owner: nobody"),
        "flows/system/erp.acme.yaml": broken,
      }),
    ).toEqual([
      "flows/process/order.yaml:2 reference/unknown-team",
      "flows/system/erp.acme.yaml:3 spec/yaml-syntax",
    ]);
  });

  test.each([
    ["sluice.yaml", "workspace: [\n"],
    ["flows/system/erp.yaml", "system: erp\noperations: {\n"],
    ["flows/system/erp.yaml", "{ nobody knows\n"],
    ["schemas/canonical/order@1.yaml", "type: [\n"],
    ["schemas/canonical/order@1.yaml", ""],
  ])("%s: references into it are left alone", (file, text) => {
    const found = findings({ "flows/process/order.yaml": orderFlow, [file]: text });
    expect(found.filter((one) => !one.startsWith(file))).toEqual([]);
  });

  test("a mapping with a syntax error is not one that is missing", () => {
    const flow = "flow: m\nowner: sales\nsteps: [ { map: a/b } ]\n";
    const files = { "flows/process/m.yaml": flow, "mappings/a/b.jsonata": "{ (" };
    expect(findings(files)).toEqual(["mappings/a/b.jsonata:1 mapping/syntax"]);
  });
});

describe("a document with a flaw", () => {
  test("still declares its members", () => {
    const flawed = `${soundWorkspace["flows/system/erp.yaml"]}typo: 1\n`;
    expect(
      findings({ "flows/process/order.yaml": orderFlow, "flows/system/erp.yaml": flawed }),
    ).toEqual(["flows/system/erp.yaml:9 spec/unknown-key"]);
  });

  test("a wrong expression does not keep rules from the rest of its flow", () => {
    const flow =
      'flow: f\nowner: sales\nkey: "$mesage.id"\nsteps:\n  - stop: { code: a }\n  - stop: { code: b }\n';
    expect(findings({ "flows/process/f.yaml": flow })).toEqual([
      "flows/process/f.yaml:3 mapping/unknown-root",
      "flows/process/f.yaml:6 flow/unreachable",
    ]);
  });
});

describe("work grows with the workspace, not with its square", () => {
  function flows(count: number): WorkspaceFiles {
    return Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `flows/process/f${i}.yaml`,
        orderFlow.replace("flow: order", `flow: f${i}`),
      ]),
    );
  }

  test("each text is read once", () => {
    const reads = new Map<string | symbol, number>();
    const files = new Proxy<WorkspaceFiles>(
      { ...soundWorkspace, ...flows(20) },
      {
        get(target, key) {
          reads.set(key, (reads.get(key) ?? 0) + 1);
          return typeof key === "string" ? target[key] : undefined;
        },
      },
    );
    expect(compileWorkspace(files, { digest }).generation?.flows.size).toBe(20);
    expect(new Set(reads.values())).toEqual(new Set([1]));
  });

  test("what was judged before is not judged again, and the generation is the same", () => {
    const first = compileWorkspace(soundWorkspace, { digest });
    const again = compileWorkspace(soundWorkspace, { digest, judged: first.diagnostics });
    expect(again.diagnostics).toBe(first.diagnostics);
    expect(again.generation?.hash).toBe(first.generation?.hash);
    expect([...(again.generation?.schemas.keys() ?? [])]).toEqual([
      ...(first.generation?.schemas.keys() ?? []),
    ]);
    const [error] = compile({ "flows/process/order.yaml": "flow: order\n" }).diagnostics;
    if (error === undefined) throw new Error("nothing was found in a flow without a trigger");
    expect(
      compileWorkspace(soundWorkspace, { digest, judged: [error] }).generation,
    ).toBeUndefined();
  });

  test("of texts without errors no expression is parsed before it is needed", () => {
    const shared = { now: 0, seed: "s", facts: new Map(), codes: new Map() };
    const order = (files: WorkspaceFiles, judged?: readonly Diagnostic[]) =>
      compileWorkspace(
        { ...soundWorkspace, ...files },
        { digest, ...(judged === undefined ? {} : { judged }) },
      ).generation?.flows.get("order")?.key;
    const message = { data: { orderId: "o-7" }, code: "late" };
    for (const judged of [undefined, []]) {
      const key = order({ "flows/process/order.yaml": orderFlow }, judged);
      if (key === undefined || key === "none") throw new Error("the flow has no key");
      expect(key).toMatchObject({ id: "flows/process/order.yaml#/key", compiled: true });
      expect(key.at).toMatchObject({ line: 5, column: 7, length: 21 });
      expect(key.evaluate({ message }, shared)).toBe("o-7");
    }
    // Whoever says that there are no errors is believed, until the text is needed.
    const broken = orderFlow.replace("$message.data.orderId", "$message.data.(");
    expect(order({ "flows/process/order.yaml": broken })).toBeUndefined();
    const believed = order({ "flows/process/order.yaml": broken }, []);
    if (believed === undefined || believed === "none") throw new Error("the flow has no key");
    expect(() => believed.evaluate({ message }, shared)).toThrow(
      expect.objectContaining({ code: "mapping/syntax" }),
    );
  });

  test("what was read without looking for mistakes does not do for who looks", () => {
    const cache = new ReadCache();
    const broken = { "flows/process/order.yaml": orderFlow.replace("orderId", "(") };
    const files = { ...soundWorkspace, ...broken };
    expect(compileWorkspace(files, { digest, cache, judged: [] }).generation).toBeDefined();
    expect(compileWorkspace(files, { digest, cache }).diagnostics).toEqual(
      compileWorkspace(files, { digest }).diagnostics,
    );
  });

  test("with a cache only what changed is read again, and the findings are the same", () => {
    const cache = new ReadCache();
    const first = { ...soundWorkspace, ...flows(3) };
    const second = { ...first, "flows/process/f1.yaml": "flow: f1\nowner: nobody\nsteps: []\n" };
    const before = compileWorkspace(first, { digest, cache }).generation;
    const changed = compileWorkspace(second, { digest, cache });
    expect(changed.diagnostics).toEqual(compileWorkspace(second, { digest }).diagnostics);
    expect(changed.generation).toBeUndefined();
    const after = compileWorkspace(first, { digest, cache }).generation;
    expect(after?.hash).toBe(before?.hash);
    expect(after?.flows.get("f0")).toBe(before?.flows.get("f0"));
    expect(after?.flows.get("f1")).not.toBe(before?.flows.get("f1"));
    const { "flows/process/f2.yaml": _, ...without } = first;
    expect([
      ...(compileWorkspace(without, { digest, cache }).generation?.flows.keys() ?? []),
    ]).toEqual(["f0", "f1"]);
  });

  test("names are gathered once, however often they are asked for", () => {
    const names = new Names(readWorkspace({ ...soundWorkspace, ...flows(3) }, new ReadCache()));
    expect(names.events).toBe(names.events);
    expect(names.flows).toBe(names.flows);
    expect(names.ofWorkspace("teams")).toBe(names.ofWorkspace("teams"));
  });

  test("200 flows make 200 plans", () => {
    expect(generationOf(flows(200)).flows.size).toBe(200);
  });
});

describe("what is sound gets no finding", () => {
  const alternatives = `title: Rows of a partner that says false for nothing
type: object
required: [rows]
properties:
  rows:
    type: array
    items:
      type: object
      properties:
        code: { oneOf: [{ type: string, pattern: "^A" }, { const: false }] }
        maker: { oneOf: [{ type: array }, { const: false }] }
        by:
          anyOf:
            - { type: object, required: [user], properties: { user: { type: string } }, additionalProperties: false }
            - { type: object, required: [flow] }
`;
  const mapping = `mapping: partner/rows-in
from: vendor/partner/rows
to: vendor/partner/rows
examples:
  - name: nothing, and something
    input: &rows
      rows:
        - { code: false, maker: false, by: { user: ann } }
        - { code: A7, maker: [3, Globex], by: { flow: nightly, run: 7 } }
    output: *rows
`;

  test("alternatives of a schema, in examples and in what a mapping reads", () => {
    const files = {
      "schemas/vendor/partner/rows.yaml": alternatives,
      "mappings/partner/rows-in.yaml": mapping,
      "mappings/partner/rows-in.jsonata": `{
  "rows": [rows.{ "code": code, "maker": maker, "by": { "user": maker ? maker[1] : "nobody" } }]
}
`,
    };
    expect(findings(files)).toEqual([]);
  });

  test("a query parameter that is called where", () => {
    const adapter = soundWorkspace["flows/system/erp.acme.yaml"]?.replace(
      "{ get: /orders }",
      `{ get: /orders, query: { where: "\${ 'Reference==' & $input.orderId }" } }`,
    );
    expect(findings({ "flows/system/erp.acme.yaml": adapter ?? "" })).toEqual([]);
  });
});
