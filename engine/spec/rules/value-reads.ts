import type { Analysis, PathRead } from "../../mapping/index.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import { isMiss, type SchemaView } from "../../validation/index.ts";
import type { AdapterDocument, FlowDocument } from "../documents/document.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { allSteps, asKind, type PlacedStep } from "./blocks.ts";
import {
  givenView,
  scheduledSchema,
  scheduledView,
  taskResult,
  taskSchema,
} from "./given-values.ts";
import { overlap } from "./may-not-run.ts";
import { scopesOf } from "./step-scope.ts";
import type { Workspace } from "./workspace.ts";

/** Where a read path begins in a schema. */
export interface ReadTarget {
  /** Name of the schema, for messages. */
  readonly schema: string;
  readonly view: SchemaView;
  /** The path from there. */
  readonly segments: readonly string[];
}

/** An expression, and how to find the schema of what it reads. */
export interface ReadingUse {
  readonly use: ExpressionUse;
  readonly target: (read: PathRead | undefined) => ReadTarget | undefined;
  /** True when a condition before it has asked for the path, or for what it stands in. */
  readonly asked: (read: PathRead) => boolean;
}

/** A path as its author wrote it: in a mapping, the input is not named. */
export function written({ root, segments }: PathRead): string {
  const path = dotted(segments.join("."));
  return root === "input" || root === "context" ? path : `$${root}.${path}`;
}

/** `lines.[].sku` as people write it. */
export const dotted = (path: string): string => path.replaceAll(".[]", "[]");

/** Every expression of flows and adapters. */
export function readingUses(workspace: Workspace): readonly ReadingUse[] {
  const known = usesOf.get(workspace);
  if (known !== undefined) return known;
  const uses = [
    ...workspace.flows.flatMap((flow) => flowUses(workspace, flow)),
    ...workspace.adapters.flatMap((adapter) => adapterUses(workspace, adapter)),
  ];
  usesOf.set(workspace, uses);
  return uses;
}

/** Several rules ask for them. */
const usesOf = new WeakMap<Workspace, readonly ReadingUse[]>();

/** What is known of one expression, and how to find the schema of what it reads. */
interface AnalysisRead {
  readonly analysis: Analysis | undefined;
  readonly target: ReadingUse["target"];
}

/** Every expression of flows and adapters, and every mapping. */
export function* analysesRead(workspace: Workspace): Generator<AnalysisRead, void> {
  for (const { use, target } of readingUses(workspace)) yield { analysis: use.analysis, target };
  for (const { name, analysis } of workspace.documents.mappings.values()) {
    const contract = workspace.documents.contracts.get(name);
    const from = contract?.walk.sound === true ? contract.plan.from : undefined;
    yield {
      analysis,
      target: (read) => (read?.root === "input" ? at(workspace, from, read.segments) : undefined),
    };
  }
}

/** The reading of one use. */
export function readingOf(workspace: Workspace, use: ExpressionUse): ReadingUse | undefined {
  const known =
    byUse.get(workspace) ?? new Map(readingUses(workspace).map((one) => [one.use, one] as const));
  byUse.set(workspace, known);
  return known.get(use);
}

const byUse = new WeakMap<Workspace, ReadonlyMap<ExpressionUse, ReadingUse>>();

/** What an expression that is one path alone leads to. */
export interface ReadWhole {
  readonly read: PathRead;
  /** Name of the schema, for messages; the path within it. */
  readonly schema: string;
  readonly segments: readonly string[];
  readonly view: SchemaView;
}

/** Undefined where the expression is more than a path, or nothing is known of what it reads. */
export function readWhole({ use, target }: ReadingUse): ReadWhole | undefined {
  const [read] = use.analysis?.reads ?? [];
  if (read === undefined || use.expression.text.trim() !== written(read)) return undefined;
  const found = target(read);
  const end = found?.view.follow(found.segments);
  if (found === undefined || end === undefined || isMiss(end)) return undefined;
  return { read, schema: found.schema, segments: found.segments, view: end.view };
}

function flowUses(workspace: Workspace, flow: FlowDocument): readonly ReadingUse[] {
  const data = dataSchema(workspace, flow);
  const results = new Map<string, StepPlan>();
  const placed = allSteps(flow.plan);
  for (const { step } of placed) if (step.named) results.set(step.id, step);
  const target =
    (placed?: PlacedStep) =>
    (read: PathRead | undefined): ReadTarget | undefined => {
      const step = placed?.step;
      const [first, ...rest] = read?.segments ?? [];
      if (read === undefined || first === undefined) return undefined;
      if (read.root === "message" && first === "data") {
        return at(workspace, data, rest) ?? scheduledTarget(flow, rest);
      }
      if (read.root === "item") return itemTarget(flow, placed, target, read);
      if (read.root === "steps") return resultTarget(workspace, results.get(first), rest);
      if (read.root === "error") return givenTarget(read);
      const event = step === undefined ? undefined : asKind(step, "listen")?.argument.event;
      if (read.root !== "event" || event === undefined || first !== "data") return undefined;
      return at(workspace, workspace.eventSchema(event), rest);
    };
  const reading = (use: ExpressionUse, one?: PlacedStep): ReadingUse => ({
    use,
    target: target(one),
    asked: ({ root, segments }) => {
      const path = [root, ...segments].join(".");
      return [...(scopesOf(flow).asked.get(use) ?? [])].some((topic) => overlap(topic, path));
    },
  });
  const own = flow.walk.site.uses.map((use) => reading(use));
  const inSteps = placed.flatMap((one) =>
    (flow.walk.sites.get(one.step)?.uses ?? []).map((use) => reading(use, one)),
  );
  return [...own, ...inSteps];
}

/** `$item` of the innermost split: an item of the list that its `from` names. */
function itemTarget(
  flow: FlowDocument,
  placed: PlacedStep | undefined,
  target: (placed?: PlacedStep) => (read: PathRead | undefined) => ReadTarget | undefined,
  { segments }: PathRead,
): ReadTarget | undefined {
  const around = placed === undefined ? [] : [...placed.within, placed.step];
  const depth = around.findLastIndex(({ kind }) => kind === "split");
  const split = around[depth];
  const from = split === undefined ? undefined : asKind(split, "split")?.argument.from;
  if (split === undefined || from === undefined || !/^\$[\w.]+$/.test(from.text.trim()))
    return undefined;
  const use = flow.walk.sites.get(split)?.uses.find(({ expression }) => expression === from);
  const list = target({ step: split, within: around.slice(0, depth) })(use?.analysis?.reads[0]);
  const found = list?.view.follow(list.segments);
  if (list === undefined || found === undefined || isMiss(found)) return undefined;
  const view = found.view.items;
  return view === undefined ? undefined : { schema: list.schema, view, segments };
}

/** Schema of `$message.data`: the flow's own, or that of the only event that triggers it. */
export function dataSchema(workspace: Workspace, { plan }: FlowDocument): string | undefined {
  if (plan.input !== undefined) return plan.input;
  const schemas = new Set(
    (plan.trigger ?? []).map((trigger) =>
      trigger.kind === "event" ? workspace.eventSchema(trigger.value) : undefined,
    ),
  );
  const [only] = schemas;
  return schemas.size === 1 ? only : undefined;
}

/** What a schedule brings is known without a schema. */
function scheduledTarget(
  { plan: { input, trigger = [] } }: FlowDocument,
  segments: readonly string[],
): ReadTarget | undefined {
  const isScheduled = trigger.length > 0 && trigger.every(({ kind }) => kind === "schedule");
  const view = input === undefined && isScheduled ? scheduledView() : undefined;
  return view === undefined ? undefined : { schema: scheduledSchema, view, segments };
}

function givenTarget({ root, segments }: PathRead): ReadTarget | undefined {
  const view = givenView(root);
  return view === undefined ? undefined : { schema: `$${root}`, view, segments };
}

function resultTarget(
  workspace: Workspace,
  step: StepPlan | undefined,
  segments: readonly string[],
): ReadTarget | undefined {
  if (step === undefined) return undefined;
  const answer = taskResult(step);
  if (answer !== undefined) return { schema: taskSchema, view: answer, segments };
  // A cached answer also has `asOf` and `stale`, which no schema describes.
  const isCached = asKind(step, "call")?.beside.cache !== undefined;
  const [first = ""] = segments;
  if (isCached && ["", "asOf", "stale"].includes(first)) return undefined;
  return at(workspace, resultSchema(workspace, step), segments);
}

/** Schema of `$steps.<id>`, where it is known. */
function resultSchema(workspace: Workspace, step: StepPlan): string | undefined {
  const called = asKind(step, "call");
  if (called !== undefined) return workspace.operation(called.argument)?.output;
  const mapped = asKind(step, "map")?.argument;
  if (mapped !== undefined) return workspace.mappingTarget(mapped);
  const service = asKind(step, "run")?.argument;
  if (service !== undefined) return workspace.flow(service)?.plan.returns;
  const merged = asKind(step, "golden")?.argument;
  if (merged !== undefined) return merged;
  const event = asKind(step, "listen")?.argument.event;
  return event === undefined ? undefined : workspace.eventSchema(event);
}

function adapterUses(workspace: Workspace, adapter: AdapterDocument): readonly ReadingUse[] {
  return adapter.walk.site.uses.map((use) => {
    const [, section, operation] = use.pointer.split("/");
    const input =
      section === "operations"
        ? workspace.operation(`${adapter.name}.${operation}`)?.input
        : undefined;
    const webhook = section === "webhooks" ? adapter.plan.webhooks?.[operation ?? ""] : undefined;
    const isIdentity = /\/(?:dedupe|sequence)$/.test(use.pointer);
    const contract = webhook?.contract ?? (isIdentity ? mappedBody(workspace, webhook) : undefined);
    const target = (read: PathRead | undefined) => {
      if (read?.root === "input") return at(workspace, input, read.segments);
      if (read?.root === "response") return givenTarget(read);
      return read?.root === "body" ? at(workspace, contract, read.segments) : undefined;
    };
    return { use, target, asked: () => false };
  });
}

type Webhook = NonNullable<AdapterDocument["plan"]["webhooks"]>[string];

/** Schema of a body without a contract: what all mappings that it goes through read. */
function mappedBody(workspace: Workspace, webhook: Webhook | undefined): string | undefined {
  if (webhook === undefined || webhook.items !== undefined) return undefined;
  const rules = (webhook.events ?? []).flatMap((rule) => (rule.kind === "event" ? [rule] : []));
  const sources = new Set(
    rules.map(({ map, data }) =>
      map === undefined || data !== undefined ? undefined : workspace.mappingSource(map),
    ),
  );
  const [only] = sources;
  return sources.size === 1 ? only : undefined;
}

function at(
  workspace: Workspace,
  schema: string | undefined,
  segments: readonly string[],
): ReadTarget | undefined {
  const view = workspace.schema(schema);
  return view === undefined || schema === undefined ? undefined : { schema, view, segments };
}
