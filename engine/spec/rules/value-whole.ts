import { listWords } from "../../errors/did-you-mean.ts";
import type { SourceRef } from "../../errors/diagnostic.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import type { SchemaView } from "../../validation/index.ts";
import type { FlowDocument } from "../documents/document.ts";
import { entryAt, type YamlNode } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Report } from "./rule.ts";
import { inputSchema } from "./value-wanted.ts";
import { dataSchema, readingOf, readWhole } from "./value-reads.ts";
import type { Workspace } from "./workspace.ts";

/** A value with the schema it is known to have. */
interface Known {
  readonly schema: string;
  readonly view: SchemaView;
}

/**
 * A value that goes on as a whole: what a mapping makes into an operation, an operation's result or
 * the message into the next step. Only what must fail is told.
 */
export function checkWholes(workspace: Workspace, report: Report): void {
  for (const flow of workspace.flows) {
    for (const { step } of allSteps(flow.plan)) {
      const map = asKind(step, "call")?.beside.map;
      if (map !== undefined) checkMapped(workspace, flow, { step, map }, report);
      const given = givenWhole(workspace, flow, step);
      const wanted = known(workspace, inputSchema(workspace, step));
      if (given === undefined || wanted === undefined) continue;
      compare(given, wanted, `"${step.kind}" is given ${given.schema}, and wants`, report);
    }
  }
}

function checkMapped(
  workspace: Workspace,
  flow: FlowDocument,
  { step, map }: { readonly step: StepPlan; readonly map: string },
  report: Report,
): void {
  const called = asKind(step, "call")?.argument ?? "";
  const made = known(workspace, workspace.mappingTarget(map));
  const wanted = known(workspace, workspace.operation(called)?.input);
  const pointer = flow.walk.sites.get(step)?.pointer ?? "";
  const at = entryAt(flow.node, `${pointer}/map`)?.value.at ?? step.at;
  if (made === undefined || wanted === undefined) return;
  const start = `mapping "${map}" makes ${made.schema}, and ${called} wants`;
  compare({ ...made, at }, wanted, start, report);
}

/** What is given as it is: the message, where nothing is said, or one path of `with`. */
function givenWhole(
  workspace: Workspace,
  flow: FlowDocument,
  step: StepPlan,
): (Known & { readonly at: SourceRef }) | undefined {
  if (!["call", "map", "emit", "run"].includes(step.kind)) return undefined;
  const site = flow.walk.sites.get(step);
  const given = entryAt(flow.node, `${site?.pointer ?? ""}/with`)?.value;
  if (given === undefined) {
    const data = known(workspace, dataSchema(workspace, flow));
    return data === undefined ? undefined : { ...data, at: nameAt(flow, step) };
  }
  return fromPath(workspace, flow, { step, given });
}

function fromPath(
  workspace: Workspace,
  flow: FlowDocument,
  { step, given }: { readonly step: StepPlan; readonly given: YamlNode },
): (Known & { readonly at: SourceRef }) | undefined {
  if (given.kind !== "scalar" || !/^\s*\$\{\s*\$[\w.]+\s*\}\s*$/.test(given.text)) return undefined;
  const site = flow.walk.sites.get(step);
  const use = site?.uses.find(({ pointer }) => pointer === `${site.pointer}/with`);
  const reading = use === undefined ? undefined : readingOf(workspace, use);
  const whole = reading === undefined ? undefined : readWhole(reading);
  return whole && { schema: nameOf(whole), view: whole.view, at: given.at };
}

const nameOf = ({ schema, segments }: { schema: string; segments: readonly string[] }): string =>
  segments.length === 0 ? schema : `${segments.join(".")} of ${schema}`;

function nameAt(flow: FlowDocument, step: StepPlan): SourceRef {
  const pointer = flow.walk.sites.get(step)?.pointer ?? "";
  return entryAt(flow.node, `${pointer}/${step.kind}`)?.value.at ?? step.at;
}

function known(workspace: Workspace, schema: string | undefined): Known | undefined {
  const view = workspace.schema(schema);
  return schema === undefined || view === undefined || workspace.isFlawed(schema)
    ? undefined
    : { schema, view };
}

function compare(
  given: Known & { readonly at: SourceRef },
  wanted: Known,
  start: string,
  report: Report,
): void {
  // What a vendor's schema is doing here is another finding's matter.
  if (given.schema === wanted.schema || given.schema.startsWith("vendor/")) return;
  if (given.view.properties.length === 0) return;
  const { properties } = given.view;
  // An absent list is taken for an empty one.
  const lacking = wanted.view.properties.filter(
    (name) =>
      wanted.view.requires(name) &&
      wanted.view.property(name)?.isArray !== true &&
      !properties.includes(name),
  );
  if (lacking.length > 0) {
    const names = listWords(lacking.map((name) => `"${name}"`));
    report(
      given.at,
      `${start} ${wanted.schema}: ${names} ${lacking.length === 1 ? "is" : "are"} not there`,
      {
        help: `${given.schema} has ${listWords(properties)}`,
      },
    );
    return;
  }
  if (wanted.view.annotation("additionalProperties") !== false) return;
  const extra = properties.filter(
    (name) => given.view.requires(name) && wanted.view.property(name) === undefined,
  );
  if (extra.length === 0) return;
  const names = listWords(extra.map((name) => `"${name}"`));
  report(given.at, `${start} ${wanted.schema}, which has no ${names}`, {
    help: `write out what it takes: with: { ${wanted.view.properties.map((name) => `${name}: …`).join(", ")} }`,
  });
}
