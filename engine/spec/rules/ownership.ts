import { listWords } from "../../errors/did-you-mean.ts";
import type { SourceRef } from "../../errors/diagnostic.ts";
import type { PathRead } from "../../mapping/index.ts";
import type { SchemaView } from "../../validation/index.ts";
import { pointerSegments } from "../../validation/index.ts";
import type { FlowDocument } from "../documents/document.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { asKind, everyStep } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import { dataSchema } from "./value-reads.ts";
import type { Workspace } from "./workspace.ts";

export const ownershipNotOwner: Rule = {
  code: "ownership/not-owner",
  docs: "Each attribute has one system of record (`x-system-of-record` in the canonical schema). A flow that copies it from elsewhere overwrites the truth. Values for a record that is only being created are no copy.",
  wrong:
    'trigger: { event: crm.customer.changed }\nsteps:\n  - call: erp.updateCustomer\n    with: { legalName: "${ $message.data.legalName }" }  # owned by erp',
  right:
    'trigger: { event: crm.customer.changed }\nsteps:\n  - call: erp.updateCustomer\n    with: { email: "${ $message.data.email }" }  # owned by crm',
  check(workspace, report) {
    for (const flow of workspace.flows) {
      const source = sourceSystem(workspace, flow);
      if (source === undefined) continue;
      for (const { step } of everyStep(flow.plan.steps)) {
        const called = asKind(step, "call");
        const operation = called && workspace.operation(called.argument);
        if (called === undefined || operation === undefined) continue;
        const { effect = "read", input } = operation;
        const view = workspace.schema(input);
        if (view === undefined || effect === "read" || effect === "create") continue;
        const uses = flow.walk.sites.get(step)?.uses ?? [];
        if (called.beside.map === undefined && givesMessage(uses)) {
          const at = uses.find(isWith)?.at ?? step.at;
          const message = workspace.schema(dataSchema(workspace, flow));
          checkWhole({ view, source, operation: called.argument, at }, message, report);
          continue;
        }
        for (const write of writesOf(workspace, called.beside.map, uses)) {
          checkWrite(write, { view, source, operation: called.argument, at: step.at }, report);
        }
      }
    }
  },
};

/** One attribute that a step writes from the message. */
interface Write {
  /** From the root of the operation's input. */
  readonly target: readonly string[];
  readonly at: SourceRef;
}

interface Writing {
  readonly view: SchemaView;
  readonly source: string;
  readonly operation: string;
  readonly at: SourceRef;
}

function checkWrite(write: Write, writing: Writing, report: Report): void {
  let view: SchemaView | undefined = writing.view;
  for (const segment of write.target) {
    view = segment === "[]" ? view?.items : view?.property(segment);
    const owner = view?.annotation("x-system-of-record");
    if (typeof owner !== "string") continue;
    if (owner === writing.source) return;
    const attribute = write.target.join(".");
    const message = `"${writing.operation}" is given "${attribute}" from ${writing.source}, and its system of record is ${owner}`;
    report(write.at, message, {
      help: `leave it out, or take it from ${owner}`,
      related: [{ at: writing.at, message: "it is written here" }],
    });
    return;
  }
}

const isWith = ({ pointer }: ExpressionUse): boolean => /\/with(?:\/|$)/.test(pointer);

/** `with: "${ $message.data }"`, or no `with` at all: the whole of the message is handed on. */
function givesMessage(uses: readonly ExpressionUse[]): boolean {
  const [given, ...others] = uses.filter(isWith);
  if (given === undefined) return true;
  if (others.length > 0 || !given.pointer.endsWith("/with")) return false;
  return given.expression.text.trim() === "$message.data";
}

function checkWhole(
  { view, source, operation, at }: Writing,
  given: SchemaView | undefined,
  report: Report,
): void {
  const foreign = (given?.properties ?? []).flatMap((name) => {
    const owner = view.property(name)?.annotation("x-system-of-record");
    return typeof owner === "string" && owner !== source ? [{ name, owner }] : [];
  });
  const [first] = foreign;
  if (first === undefined) return;
  const names = listWords(foreign.map(({ name }) => `"${name}"`));
  const message = `"${operation}" is given the whole message of ${source}, ${names} included, and its system of record is ${first.owner}`;
  report(at, message, { help: `write out what ${source} owns: with: { … }` });
}

/** The system whose facts start the flow. */
function sourceSystem(workspace: Workspace, flow: FlowDocument): string | undefined {
  for (const trigger of flow.plan.trigger ?? []) {
    if (trigger.kind === "api" || trigger.kind === "schedule") continue;
    const [owner = ""] = trigger.value.split(".");
    if (trigger.kind === "event") {
      if (workspace.names.systems.names.has(owner)) return owner;
      continue;
    }
    const adapter = workspace.adapters.find(({ name }) => name === owner);
    if (adapter !== undefined) return adapter.plan.plays;
  }
  return undefined;
}

/** Attributes that come from the message alone: by `with`, or by a mapping of the message. */
function writesOf(
  workspace: Workspace,
  mapping: string | undefined,
  uses: readonly ExpressionUse[],
): readonly Write[] {
  const given = uses.filter(({ pointer }) => /\/with(?:\/|$)/.test(pointer));
  const fromMessage = given.every(({ analysis }) => (analysis?.reads ?? []).every(isMessage));
  if (mapping === undefined) {
    return given.flatMap((use) => {
      const reads = use.analysis?.reads ?? [];
      const [, path = ""] = use.pointer.split(/\/with(?=\/|$)/);
      return path !== "" && reads.length > 0 && reads.every(isMessage)
        ? [{ target: pointerSegments(path), at: use.at }]
        : [];
    });
  }
  const document = workspace.documents.mappings.get(mapping);
  if (document?.analysis === undefined || !fromMessage) return [];
  const { reads, lineage } = document.analysis;
  return lineage.flatMap(({ target, sources }) => {
    const [source] = sources;
    if (source === undefined) return [];
    const last = source.split(".").at(-1);
    const read = reads.find(({ segments }) => segments.at(-1) === last);
    return [{ target: pointerSegments(target), at: read?.at ?? document.at }];
  });
}

const isMessage = (read: PathRead): boolean => read.root === "message";
