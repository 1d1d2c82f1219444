import type { MadeMember, Shape } from "../../mapping/index.ts";
import type { SpecDocument } from "../documents/document.ts";
import type { FlowTest } from "../../model/plan/flow-test.ts";
import { toJson } from "../yaml/to-json.ts";
import { entriesOf, type ScalarNode, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";
import { dataSchema } from "./value-reads.ts";
import { checkShape } from "./value-shape.ts";
import type { Workspace } from "./workspace.ts";

export const valueExample: Rule = {
  code: "value/example",
  docs: "A test that gives what no partner may give, and an example that its own schemas refuse, prove nothing.",
  wrong: "given: { message: { data: { orderID: S-1, total: 25 } } }  # input: canonical/order@1",
  right: 'given: { message: { data: { orderId: S-1, total: "25.00" } } }',
  check(workspace, report) {
    for (const [name, { node, walk }] of workspace.documents.contracts) {
      if (!walk.sound) continue;
      for (const example of itemsOf(valueOf(node, "examples"))) {
        checkGiven(workspace, workspace.mappingSource(name), valueOf(example, "input"), report);
        checkGiven(workspace, workspace.mappingTarget(name), valueOf(example, "output"), report);
      }
    }
    for (const test of workspace.documents.tests) {
      if (test.walk.sound) checkTest(workspace, test, report);
    }
  },
};

/** What a test may say of its message. */
const envelope = ["data", "type", "source", "time", "id", "sequence", "subject", "headers"];

function checkTest(
  workspace: Workspace,
  { node, plan }: SpecDocument<FlowTest>,
  report: Report,
): void {
  const flow = workspace.flow(plan.flow);
  for (const one of itemsOf(valueOf(node, "cases"))) {
    // What is tested there may be just what a schema refuses.
    const outcome = textOf(valueOf(valueOf(one, "expect"), "outcome"));
    if (outcome === "invalid") continue;
    const given = valueOf(one, "given");
    const message = valueOf(given, "message");
    const data = valueOf(message, "data");
    const strange = entriesOf(message).find(({ key }) => !envelope.includes(key));
    if (data === undefined && strange !== undefined) {
      report(strange.keyAt, `"${strange.key}" is no part of a message, and "data" is missing`, {
        help: `write message: { data: { ${strange.key}: … } }`,
      });
    }
    if (flow !== undefined) checkGiven(workspace, dataSchema(workspace, flow), data, report);
    const events = [...itemsOf(valueOf(given, "events")), ...itemsOf(valueOf(one, "happens"))];
    for (const event of events) {
      const schema = workspace.eventSchema(textOf(valueOf(event, "event")) ?? "");
      checkGiven(workspace, schema, valueOf(event, "data"), report);
    }
    for (const call of itemsOf(valueOf(one, "calls"))) {
      const name = textOf(valueOf(call, "call")) ?? "";
      checkGiven(workspace, outputOf(workspace, name), valueOf(call, "returns"), report);
    }
    checkExpected(workspace, valueOf(one, "expect"), report);
  }
}

/** What calls are given and events bring, where it is written out: `{ <name>: data }`. */
function checkExpected(workspace: Workspace, expected: YamlNode | undefined, report: Report): void {
  for (const { key, value } of itemsOf(valueOf(expected, "requests")).flatMap(entriesOf)) {
    checkGiven(workspace, inputOf(workspace, key), value, report);
  }
  for (const { key, value } of itemsOf(valueOf(expected, "events")).flatMap(entriesOf)) {
    checkGiven(workspace, workspace.eventSchema(key), value, report);
  }
}

/** Schema of what a call is given: of an operation, or of a flow after `run`. */
function inputOf(workspace: Workspace, name: string): string | undefined {
  const service = serviceOf(name);
  if (service !== undefined) return workspace.flow(service)?.plan.input;
  return workspace.operation(name)?.input;
}

const serviceOf = (name: string): string | undefined => /^run\s+(\S+)$/.exec(name)?.[1];

/** Schema of what a mocked call gives back: of an operation, or of a flow after `run`. */
function outputOf(workspace: Workspace, name: string): string | undefined {
  const service = serviceOf(name);
  if (service !== undefined) return workspace.flow(service)?.plan.returns;
  return workspace.operation(name)?.output;
}

function checkGiven(
  workspace: Workspace,
  schema: string | undefined,
  given: YamlNode | undefined,
  report: Report,
): void {
  const view = workspace.soundSchema(schema);
  if (schema === undefined || view === undefined || given === undefined) return;
  const findings: Parameters<Report>[] = [];
  const check = {
    report: (...finding: Parameters<Report>) => void findings.push(finding),
    target: () => undefined,
    unknown: "closed",
  } as const;
  checkShape(shapeOf(given), { schema, view, name: "" }, check);
  // The schema itself has the last word: alternatives may allow what none of their parts seems to.
  if (findings.length === 0 || workspace.takes(schema, toJson(given))) return;
  for (const finding of findings) report(...finding);
}

/** A value that is written out. */
function shapeOf(node: YamlNode): Shape | undefined {
  if (node.kind === "scalar") return constantOf(node);
  if (node.kind === "list") return { kind: "list", items: node.items.map(shapeOf), at: node.at };
  const members = new Map<string, MadeMember>(
    entriesOf(node).map(({ key, keyAt, value }) => [key, { shape: shapeOf(value), at: keyAt }]),
  );
  return { kind: "object", members, isOpen: false, at: node.at };
}

function constantOf({ value, text, at }: ScalarNode): Shape {
  return { kind: "constant", value, at, text: value === null ? "null" : text };
}

const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] =>
  node?.kind === "list" ? node.items : [];
