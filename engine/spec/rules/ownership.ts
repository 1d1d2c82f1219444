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
  docs: "Each attribute has one system of record (`x-system-of-record` in the canonical schema). A flow that copies it from elsewhere, from its message or from what a call returned, overwrites the truth. Values for a record that is only being created are no copy. A `golden` step takes each attribute from its own system, and keeps what did not stand.",
  wrong:
    'trigger: { event: crm.customer.changed }\nsteps:\n  - call: erp.updateCustomer\n    with: { legalName: "${ $message.data.legalName }" }  # owned by erp',
  right:
    'trigger: { event: crm.customer.changed }\nsteps:\n  - call: erp.updateCustomer\n    with: { email: "${ $message.data.email }" }  # owned by crm',
  check(workspace, report) {
    for (const flow of workspace.flows) {
      const origins = originsOf(workspace, flow);
      for (const { step } of everyStep(flow.plan.steps)) {
        const called = asKind(step, "call");
        const operation = called && workspace.operation(called.argument);
        if (called === undefined || operation === undefined) continue;
        const { effect = "read", input } = operation;
        const view = workspace.schema(input);
        if (view === undefined || effect === "read" || effect === "create") continue;
        const uses = flow.walk.sites.get(step)?.uses ?? [];
        const whole = called.beside.map === undefined ? givenWhole(uses) : undefined;
        if (whole !== undefined) {
          const at = uses.find(isWith)?.at ?? step.at;
          const origin = origins(whole);
          if (origin === undefined) continue;
          const writing = { view, source: origin.system, operation: called.argument, at };
          checkWhole(writing, whole, workspace.schema(origin.schema), report);
          continue;
        }
        for (const write of writesOf(workspace, called.beside.map, uses)) {
          const source = origins(write.from)?.system;
          if (source === undefined) continue;
          checkWrite(write, { view, source, operation: called.argument, at: step.at }, report);
        }
      }
    }
  },
};

/** Where a value comes from: the message, or the result of a step. */
type From = "message" | `steps.${string}`;

/** The system that says it, and the schema of the whole. */
interface Origin {
  readonly system: string;
  readonly schema: string | undefined;
}

/** One attribute that a step writes. */
interface Write {
  readonly from: From;
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

/** `with: "${ $message.data }"`, `"${ $steps.x }"`, or no `with` at all: the whole is handed on. */
function givenWhole(uses: readonly ExpressionUse[]): From | undefined {
  const [given, ...others] = uses.filter(isWith);
  if (given === undefined) return "message";
  if (others.length > 0 || !given.pointer.endsWith("/with")) return undefined;
  const text = given.expression.text.trim();
  if (text === "$message.data") return "message";
  const [, id] = /^\$steps\.(\w+)$/.exec(text) ?? [];
  return id === undefined ? undefined : `steps.${id}`;
}

function checkWhole(
  { view, source, operation, at }: Writing,
  from: From,
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
  const whole = from === "message" ? `the whole message of ${source}` : `all that ${source} says`;
  const message = `"${operation}" is given ${whole}, ${names} included, and its system of record is ${first.owner}`;
  report(at, message, {
    help: `write out what ${source} owns: with: { … }; or make a golden record of what both say`,
  });
}

/** Who says what stands in the message and in the results of a flow's calls. */
function originsOf(workspace: Workspace, flow: FlowDocument): (from: From) => Origin | undefined {
  const source = sourceSystem(workspace, flow);
  const origins = new Map<From, Origin>();
  if (source !== undefined) {
    origins.set("message", { system: source, schema: dataSchema(workspace, flow) });
  }
  for (const { step } of everyStep(flow.plan.steps)) {
    const called = asKind(step, "call")?.argument;
    const operation = called === undefined ? undefined : workspace.operation(called);
    if (operation === undefined) continue;
    const { owner, isVendor, output } = operation;
    const system = isVendor ? workspace.adapter(owner)?.plan.plays : owner;
    if (system !== undefined) origins.set(`steps.${step.id}`, { system, schema: output });
  }
  return (from) => origins.get(from);
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
    const adapter = workspace.adapter(owner);
    if (adapter !== undefined) return adapter.plan.plays;
  }
  return undefined;
}

/** Attributes that come from one place alone: by `with`, or by a mapping of it. */
function writesOf(
  workspace: Workspace,
  mapping: string | undefined,
  uses: readonly ExpressionUse[],
): readonly Write[] {
  const given = uses.filter(isWith);
  if (mapping === undefined) {
    return given.flatMap((use) => {
      const from = commonFrom(use.analysis?.reads ?? []);
      const [, path = ""] = use.pointer.split(/\/with(?=\/|$)/);
      if (path === "" || from === undefined) return [];
      return [{ from, target: pointerSegments(path), at: use.at }];
    });
  }
  const document = workspace.documents.mappings.get(mapping);
  const all = given.flatMap(({ analysis }) => analysis?.reads ?? []);
  const from = all.length === 0 ? "message" : commonFrom(all);
  if (document?.analysis === undefined || from === undefined) return [];
  const { reads, lineage } = document.analysis;
  return lineage.flatMap(({ target, sources }) => {
    const [source] = sources;
    if (source === undefined) return [];
    const last = source.split(".").at(-1);
    const read = reads.find(({ segments }) => segments.at(-1) === last);
    return [{ from, target: pointerSegments(target), at: read?.at ?? document.at }];
  });
}

/** Where all of it is read from, if that is one place. */
function commonFrom(reads: readonly PathRead[]): From | undefined {
  const places = new Set(
    reads.map(({ root, segments: [first] }): From | undefined =>
      root === "message" ? "message" : root === "steps" ? `steps.${first}` : undefined,
    ),
  );
  const [only] = places;
  return places.size === 1 ? only : undefined;
}
