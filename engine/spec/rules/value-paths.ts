import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { SourceRef } from "../../errors/diagnostic.ts";
import { isMiss, type SchemaView } from "../../validation/index.ts";
import type { PathRead } from "../../mapping/index.ts";
import type { MappingContract } from "../../model/plan/mapping.ts";
import type { FlowDocument, MappingDocument, SpecDocument } from "../documents/document.ts";
import type { ExpressionUse } from "../walk/walk.ts";
import { entriesOf, valueOf } from "../yaml/node.ts";
import { allSteps, asKind } from "./blocks.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";
import { typeWords } from "./type-words.ts";
import { pathHelp, sizeHelp, subtracted } from "./value-path-help.ts";
import { meantAsNames } from "./value-target.ts";
import type { Lack } from "./may-not-run.ts";
import { scopesOf } from "./step-scope.ts";
import { checkRunOutputs } from "./value-run-output.ts";
import { dotted, readingUses, type ReadTarget, written } from "./value-reads.ts";

export const valueUnknownPath: Rule = {
  code: "value/unknown-path",
  docs: "A slip in a path gives nothing, silently: a condition that is never true, a key that all messages share. The schema knows the paths that exist.",
  wrong: 'key: "$message.data.custmerId"',
  right: 'key: "$message.data.customerId"',
  check(workspace, report) {
    const paths = new Map<string, ReadPath[]>();
    for (const { use, target } of readingUses(workspace)) {
      for (const read of use.analysis?.reads ?? []) {
        checkEnvelope(read, report);
        const found = target(read);
        if (found === undefined || isSubtracted(workspace, read, found)) continue;
        const source = `${read.at.file} ${read.root} ${found.schema}`;
        const path = { ...found, at: read.at, written: written(read) };
        const known = paths.get(source);
        if (known === undefined) paths.set(source, [path]);
        else known.push(path);
      }
    }
    checkRunOutputs(workspace, report);
    for (const [source, ofOne] of paths) {
      const input = source.includes(" message ") ? inputOf(workspace, ofOne) : undefined;
      if (input !== undefined && allMiss(ofOne)) reportWrongSource(ofOne, input, report);
      else for (const path of ofOne) checkPath(path, report);
    }
    for (const mapping of workspace.documents.mappings.values()) {
      checkMapping(workspace, mapping, report);
    }
  },
};

function checkMapping(workspace: Workspace, mapping: MappingDocument, report: Report): void {
  const contract = workspace.documents.contracts.get(mapping.name);
  const from = contract?.walk.sound === true ? contract.plan.from : undefined;
  if (contract !== undefined && workspace.isSwapped(mapping.name)) {
    reportSwapped(contract, report);
    return;
  }
  const view = workspace.schema(from);
  if (view === undefined || from === undefined) return;
  const told = new Set<string>();
  const target = workspace.schema(workspace.mappingTarget(mapping.name));
  const names = new Set(
    (target === undefined ? [] : meantAsNames(mapping, target)).map(({ at }) => placeText(at)),
  );
  const read = mappingPaths(mapping).filter(({ at }) => !names.has(placeText(at)));
  const paths = read.map(({ path, at }) => {
    const segments = view.spell(path);
    return { schema: from, view, segments, at, written: dotted(path), told };
  });
  const at = contract === undefined ? undefined : valueOf(contract.node, "from")?.at;
  if (at !== undefined && allMiss(paths)) return reportWrongSource(paths, at, report);
  const rest = withoutSubtracted(paths, workspace.documents.files[mapping.file] ?? "", report);
  for (const path of rest) checkPath(path, report);
}

/** In YAML what stands behind the - has a finding: it has no root. */
function isSubtracted(workspace: Workspace, { at }: PathRead, found: ReadTarget): boolean {
  const text = workspace.documents.files[at.file] ?? "";
  return (
    isMiss(found.view.follow(found.segments)) &&
    subtracted({ path: at.file, text }, at) !== undefined
  );
}

/** Names with a - that JSONata takes for two paths: one finding for both. */
function withoutSubtracted(
  paths: readonly ReadPath[],
  text: string,
  report: Report,
): readonly ReadPath[] {
  const told = new Set<string>();
  for (const { view, segments, at } of paths) {
    const name = isMiss(view.follow(segments))
      ? subtracted({ path: at.file, text }, at)
      : undefined;
    if (name === undefined) continue;
    report(name.at, `"${name.name}" is one path less another here`, {
      help: `write a name with - in backticks: \`${name.name}\``,
    });
    told.add(placeText(at)).add(placeText(name.rest));
  }
  return paths.filter(({ at }) => !told.has(placeText(at)));
}

function reportSwapped(
  { node, plan, nameAt }: SpecDocument<MappingContract>,
  report: Report,
): void {
  const { from, to } = plan;
  const message = `"from" and "to" are swapped: the mapping reads what ${to} has, and makes what ${from} has`;
  report(valueOf(node, "from")?.at ?? nameAt, message, {
    help: `write from: ${to} and to: ${from}`,
  });
}

const placeText = ({ line, column }: Pick<SourceRef, "line" | "column">): string =>
  `${line}:${column}`;

interface ReadPath {
  readonly schema: string;
  readonly view: SchemaView;
  readonly segments: readonly string[];
  readonly at: SourceRef;
  readonly written: string;
  /** Misses that were reported: what stands below one misses with it. */
  readonly told?: Set<string>;
}

/** Names that a message has of its own; a flow's input is its `data`. */
const envelope = [
  "id",
  "channel",
  "source",
  "type",
  "subject",
  "time",
  "receivedAt",
  "sequence",
  "data",
  "headers",
  "correlationId",
];

function checkEnvelope({ root, segments, at }: PathRead, report: Report): void {
  const [first, second] = segments;
  if (root !== "message" || first === undefined || !/^\w+$/.test(first)) return;
  if (envelope.includes(first)) return;
  // What other products call the data.
  const isData =
    /^(?:payload|body|content|value)$/.test(first) && second !== undefined && /^\w+$/.test(second);
  report(at, `"${first}" in "$message.${first}" is no part of a message`, {
    help: `for a field of its data, write $message.data.${isData ? second : first}; it has ${listWords(envelope)}`,
  });
}

/** Where a flow names the schema of its input. */
function inputOf(workspace: Workspace, [path]: readonly ReadPath[]): SourceRef | undefined {
  const flow = workspace.flows.find(({ file }) => file === path?.at.file);
  return flow === undefined ? undefined : valueOf(flow.node, "input")?.at;
}

/** True when a mapping or flow reads nothing that the schema has: then most likely the schema is wrong. */
function allMiss(paths: readonly ReadPath[]): boolean {
  const firsts = new Set(paths.map(({ segments }) => segments[0]));
  return (
    firsts.size > 1 &&
    paths.every(({ view, segments }) => {
      const found = view.follow(segments);
      return isMiss(found) && found.index === 0;
    })
  );
}

function reportWrongSource(paths: readonly ReadPath[], at: SourceRef, report: Report): void {
  const [first] = paths;
  if (first === undefined) return;
  const read = new Set(paths.map(({ segments }) => segments[0] ?? ""));
  const message = `${first.schema} has nothing of what is read from it: ${listWords(read)}`;
  report(at, message, {
    help: `name the schema that has it; this one has ${listWords(first.view.properties)}`,
    related: [{ at: first.at, message: `"${first.written}" is read here` }],
  });
}

function checkPath(path: ReadPath, report: Report): void {
  const found = path.view.follow(path.segments);
  if (!isMiss(found) || /[“”„‘’‚]/.test(path.written)) return;
  const word = path.segments[found.index] ?? "";
  const around = path.view.follow(path.segments.slice(0, found.index));
  // The schema requires it and does not describe it: that is the schema's finding.
  if (around !== undefined && !isMiss(around) && around.view.requires(word)) return;
  const missed = path.segments.slice(0, found.index + 1).join(".");
  if (path.told?.has(missed) === true) return;
  path.told?.add(missed);
  const where = word === path.written ? "" : ` in "${path.written}"`;
  if (found.scalar !== undefined) {
    const rest = dotted(path.segments.slice(found.index).join("."));
    const whole = path.written.endsWith(`.${rest}`) ? path.written.slice(0, -rest.length - 1) : "";
    const message = `"${word}"${where} is read of ${typeWords[found.scalar] ?? found.scalar}, which has no members`;
    const help = sizeHelp(word, whole) ?? (whole === "" ? undefined : `write ${whole}`);
    report(path.at, message, help === undefined ? {} : { help });
    return;
  }
  const message = `"${word}"${where} is not in the schema ${path.schema}${didYouMean(word, found.candidates)}`;
  const { written } = path;
  const { candidates } = found;
  report(path.at, message, { help: pathHelp(path.segments, found.index, { written, candidates }) });
}

/** Paths into the input that the mapping's output is made of, each once. */
function mappingPaths(
  mapping: MappingDocument,
): readonly { readonly path: string; readonly at: SourceRef }[] {
  const { analysis } = mapping;
  if (analysis === undefined) return [];
  const paths = new Map<string, SourceRef>();
  for (const path of analysis.lineage.flatMap(({ sources }) => sources)) {
    if (path === "" || paths.has(path)) continue;
    const last = path.split(".").at(-1);
    const read = analysis.reads.find(({ segments }) => segments.at(-1) === last);
    paths.set(path, read?.at ?? mapping.at);
  }
  for (const { root, segments, at } of analysis.reads) {
    if (root === "input" && segments.length > 0) paths.set(segments.join("."), at);
  }
  // A path before those below it, so that a miss is told where it begins.
  const sorted = [...paths].toSorted(([a], [b]) => a.split(".").length - b.split(".").length);
  return sorted.map(([path, at]) => ({ path, at }));
}

export const valueMayBeAbsent: Rule = {
  code: "value/may-be-absent",
  docs: "In YAML an absent path stops the run as invalid, at that place. Where the schema allows absence, or the step that gives it may not have run, say what it means.",
  wrong: 'with: { note: "${ $message.data.note }" }  # note is optional',
  right: 'with: { note: "${ $message.data.note ?? null }" }',
  check(workspace, report) {
    const lacking = new Set<PathRead>();
    for (const flow of workspace.flows) {
      checkState(flow, report);
      for (const [read, lack] of scopesOf(flow).lacks) {
        lacking.add(read);
        checkResult(read, lack, report);
      }
    }
    for (const { use, target, asked } of readingUses(workspace)) {
      if (isKey.test(use.pointer)) checkEmptyKey(use, report);
      for (const read of use.analysis?.reads ?? []) {
        // What follows a condition may be read only where the path is there: only data tells.
        if (read.guarded || read.conditional || lacking.has(read)) continue;
        const place = target(read);
        const found = place?.view.follow(place.segments);
        if (place === undefined || found === undefined || isMiss(found) || found.always) continue;
        // Over items, absence is an empty list, not a slip.
        if (place.segments.includes("[]")) continue;
        if (workspace.isFlawed(place.schema)) continue;
        if (asked(read)) continue;
        const path = written(read);
        report(read.at, `"${path}" may be absent: ${place.schema} does not require it`, {
          help: absenceHelp(use, path),
        });
      }
    }
  },
};

const isKey = /^\/(?:key|idempotency\/key)$|\/split\/key$/;

/** Messages may share a lane; what tells facts or items apart must be of each its own. */
function absenceHelp({ pointer }: ExpressionUse, path: string): string {
  if (pointer === "/key") {
    return `write ${path} ?? 'none', which is one lane for all that lack it, or make the key of what is always there`;
  }
  return isKey.test(pointer)
    ? "make the key of what is always there, or let the schema require it"
    : `write ${path} ?? null, or what else absence means`;
}

/** `key: "$message.data.note ?? null"`: what lacks it has no key. */
function checkEmptyKey({ analysis, pointer }: ExpressionUse, report: Report): void {
  const { shape } = analysis ?? {};
  for (const one of shape?.kind === "either" ? shape.of : []) {
    if (one.kind !== "constant" || (one.value !== null && one.value !== "")) continue;
    const word = one.value === null ? "null" : "''";
    report(one.at, `${word} is no key, and refuses the message that has it`, {
      help:
        pointer === "/key"
          ? "write a word, such as 'none', which is one lane for all such, or make the key of what is always there"
          : "make the key of what is always there",
    });
  }
}

/** A result that is read of a step that may not have run. */
function checkResult(read: PathRead, { why, at, here }: Lack, report: Report): void {
  const [id = "", member] = read.segments;
  // The result as a whole is there: null.
  if (read.guarded || read.conditional || member === undefined || !/^\w+$/.test(member)) return;
  const path = written(read);
  report(read.at, `"${path}" may be absent: step "${id}" ${why}`, {
    help: `write ${path} ?? null, or what else absence means; or ask for $steps.${id} != null before`,
    related: [{ at, message: here }],
  });
}

/** `$state` begins as the flow's `state`; what stands in neither that nor a `remember` is absent. */
function checkState({ plan, node, walk }: FlowDocument, report: Report): void {
  const defaults = valueOf(node, "state");
  // A computed default has members that only data tells.
  if (defaults !== undefined && defaults.kind !== "map") return;
  const known = new Set(entriesOf(defaults).map(({ key }) => key));
  for (const { step } of allSteps(plan)) {
    for (const key of Object.keys(asKind(step, "remember")?.argument ?? {})) known.add(key);
  }
  for (const read of walk.allSites().flatMap(({ uses }) => uses.flatMap(readsOf))) {
    const [key] = read.segments;
    if (read.root !== "state" || read.guarded || key === undefined || key === "?") continue;
    if (known.has(key)) continue;
    report(
      read.at,
      `"$state.${key}" has no default and is never remembered here${didYouMean(key, known)}`,
      {
        help: `add it to state: { ${key}: null }, or write $state.${key} ?? null`,
      },
    );
  }
}

const readsOf = ({ analysis }: ExpressionUse): readonly PathRead[] => analysis?.reads ?? [];
