import { closest, didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { holdsExpression } from "../../mapping/index.ts";
import { commonFields } from "../../model/plan/step.ts";
import type { AdapterDocument, FlowDocument } from "../documents/document.ts";
import { allSteps } from "./blocks.ts";
import {
  entriesOf,
  entryAt,
  entryOf,
  type MapNode,
  type ScalarNode,
  textOf,
  valueOf,
  type YamlNode,
} from "../yaml/node.ts";
import type { SchemaView } from "../../validation/index.ts";
import type { Report, Rule } from "./rule.ts";
import { checkMade } from "./value-made.ts";
import { checkMemberTypes } from "./value-member-type.ts";
import { constantFlaw, type Wanted } from "./value-shape.ts";
import { inputSchema } from "./value-wanted.ts";
import { checkWholes } from "./value-whole.ts";
import type { Workspace } from "./workspace.ts";

export const valueInput: Rule = {
  code: "value/input",
  docs: "Before anything is sent, the input meets the schema of the operation, event or flow; what is written out in `with` can be held against it now.",
  wrong: '- call: erp.getOrder\n  with: { orderID: "${ $message.data.orderId }" }',
  right: '- call: erp.getOrder\n  with: { orderId: "${ $message.data.orderId }" }',
  check(workspace, report) {
    for (const flow of workspace.flows) {
      checkSteps(workspace, flow, report);
      checkGiven(workspace, flow.plan.returns, valueOf(flow.node, "output"), report);
    }
    for (const adapter of workspace.adapters) {
      checkResults(workspace, adapter, report);
      checkEventData(workspace, adapter, report);
    }
    checkWholes(workspace, report);
    checkMemberTypes(workspace, report);
    checkMade(workspace, report);
  },
};

function checkSteps(
  workspace: Workspace,
  { plan, node, walk }: FlowDocument,
  report: Report,
): void {
  for (const { step } of allSteps(plan)) {
    const schema = inputSchema(workspace, step);
    const view = workspace.schema(schema);
    const site = walk.sites.get(step);
    if (schema === undefined || view === undefined || site === undefined) continue;
    if (workspace.isFlawed(schema)) continue;
    const given = entryAt(node, `${site.pointer}/with`);
    if (given !== undefined && isEmpty(given.value) && view.types.has("object")) {
      report(given.keyAt, `"with" is empty, and ${schema} wants object`, {
        help: "write what is given, or leave out with: the message's data is given then",
      });
    }
    if (given?.value.kind === "list" && view.types.has("object") && !view.types.has("array")) {
      report(given.value.at, `a list is given, and ${schema} wants object`, {
        help: "write its members without -",
      });
    }
    if (given?.value.kind !== "map") continue;
    checkMembers({ schema, view, given: given.value, path: [] }, report);
  }
}

/** What operations give back, written out. */
function checkResults(workspace: Workspace, { name, node }: AdapterDocument, report: Report): void {
  for (const { key, value } of entriesOf(valueOf(node, "operations"))) {
    const given = valueOf(value, "result");
    if (given === undefined || entryOf(given, "map") !== undefined) continue;
    checkGiven(workspace, workspace.operation(`${name}.${key}`)?.output, given, report);
  }
}

/** The data of the events that webhooks and polls bring, written out. */
function checkEventData(workspace: Workspace, { node }: AdapterDocument, report: Report): void {
  const feeds = ["webhooks", "polls"].flatMap((key) => entriesOf(valueOf(node, key)));
  const rules = feeds.flatMap(({ value }) => {
    const events = valueOf(value, "events");
    return events?.kind === "list" ? events.items : [];
  });
  for (const rule of rules) {
    const schema = workspace.eventSchema(textOf(valueOf(rule, "event")) ?? "");
    checkGiven(workspace, schema, valueOf(rule, "data"), report);
  }
}

function checkGiven(
  workspace: Workspace,
  schema: string | undefined,
  given: YamlNode | undefined,
  report: Report,
): void {
  const view = workspace.soundSchema(schema);
  if (schema === undefined || view === undefined || given?.kind !== "map") return;
  checkMembers({ schema, view, given, path: [] }, report);
}

const roots = ["message", "steps", "state", "item", "input", "result", "response"] as const;

const isEmpty = (node: YamlNode): boolean => node.kind === "scalar" && node.value === null;

interface Members {
  readonly schema: string;
  readonly view: SchemaView;
  readonly given: MapNode;
  readonly path: readonly string[];
}

function checkMembers({ schema, view, given, path }: Members, report: Report): void {
  const keys = new Set(given.entries.map(({ key }) => key));
  // A key with an expression has a finding of its own, and says nothing about names.
  if ([...keys].some((key) => holdsExpression(key, roots))) return;
  const { properties } = view;
  const misspelt = new Set<string>();
  for (const { key, keyAt, value } of given.entries) {
    const property = view.property(key);
    if (property === undefined && !view.isOpen) {
      const rest = properties.filter((one) => !keys.has(one));
      const name = [...path, key].join(".");
      const meant = closest(key, rest);
      if (meant !== undefined) misspelt.add(meant);
      report(keyAt, `"${name}" is not in the schema ${schema}${didYouMean(key, rest)}`, {
        help:
          path.length === 0 && Object.hasOwn(commonFields, key)
            ? `"${key}" is a key of the step: it stands beside with, not below it`
            : `it has ${listWords(properties)}`,
      });
    } else if (property !== undefined && value.kind === "map" && !property.isArray) {
      checkMembers({ schema, view: property, given: value, path: [...path, key] }, report);
    } else if (property !== undefined && value.kind === "scalar") {
      checkConstant({ schema, view: property, name: [...path, key].join(".") }, value, report);
    }
  }
  // An absent list is taken for an empty one.
  const missing = properties.filter(
    (key) =>
      view.requires(key) &&
      !keys.has(key) &&
      !misspelt.has(key) &&
      view.property(key)?.isArray !== true,
  );
  if (missing.length === 0) return;
  const names = missing.map((key) => `"${[...path, key].join(".")}"`);
  const verb = missing.length === 1 ? "is" : "are";
  report(
    given.at,
    `${listWords(names)} ${verb} missing; the schema ${schema} requires ${missing.length === 1 ? "it" : "them"}`,
  );
}

/** A value that is written out, without an expression. */
function checkConstant(wanted: Wanted, given: ScalarNode, report: Report): void {
  const { value, text, at } = given;
  if (given.broken === true) return;
  if (typeof value === "string" && value.includes("${")) return;
  // A number that is read otherwise than it is written has its finding.
  if (typeof value === "number" && text !== String(value) && /^[-+]?\d+$/.test(text)) return;
  const flaw = constantFlaw(wanted, value);
  if (flaw !== undefined) report(at, flaw.message, { help: flaw.help });
}
