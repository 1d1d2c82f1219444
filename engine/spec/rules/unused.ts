import { closest } from "../../errors/did-you-mean.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import { resolveRef } from "../../validation/index.ts";
import { allDocuments } from "../documents/document.ts";
import type { FoundReference } from "../walk/walk.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const unusedMapping: Rule = {
  code: "unused/mapping",
  docs: "What nothing uses is read and mended all the same.",
  wrong: "mappings/process/old.jsonata  # no map: process/old anywhere",
  right: "- map: process/old",
  check(workspace, report) {
    if (isUnreadable(workspace)) return;
    const used = namesOf(workspace, "mapping");
    for (const { name, at } of workspace.documents.mappings.values()) {
      if (!used.has(name)) report(at, `nothing uses the mapping "${name}"`);
    }
  },
};

export const unusedSchema: Rule = {
  code: "unused/schema",
  docs: "A schema that nothing refers to checks nothing.",
  wrong: "schemas/canonical/old@1.yaml  # no input: canonical/old@1 anywhere",
  right: "input: canonical/old@1",
  check(workspace, report) {
    if (isUnreadable(workspace)) return;
    const used = namesOf(workspace, "schema");
    const { schemas } = workspace.documents;
    for (const { json, name } of schemas.values()) {
      for (const ref of refsIn(json)) used.add(resolveRef(ref, name, schemas)?.name ?? ref);
    }
    for (const { name, at } of schemas.values()) {
      if (!used.has(name)) report(at, `nothing refers to the schema "${name}"`);
    }
  },
};

export const unusedFlow: Rule = {
  code: "unused/flow",
  docs: "A flow that nothing starts never runs, however good its steps are.",
  wrong: "flow: customer-sync\nowner: sales\nsteps: []",
  right: "flow: customer-sync\nowner: sales\ntrigger: { event: crm.customer.changed }\nsteps: []",
  check(workspace, report) {
    if (isUnreadable(workspace)) return;
    const flows = [...workspace.documents.flows.values()];
    const sites = flows.flatMap(({ walk }) => walk.allSites());
    const run = new Set(sites.flatMap((site) => site.references.flatMap(flowNames)));
    const meant = new Set([...run].map((name) => name.replace(/^.*\//, "")));
    for (const { name, nameAt, plan } of workspace.flows) {
      if (plan.trigger !== undefined || meant.has(name) || plan.test === true) continue;
      report(nameAt, `nothing starts the flow "${name}"`);
    }
  },
};

/** What cannot be read may use anything. */
export const isUnreadable = ({ names, documents }: Workspace): boolean =>
  names.lacksFlows || documents.broken.some(({ kind }) => kind !== "mapping" && kind !== "test");

const flowNames = ({ to, name }: FoundReference) => (to === "flow" ? [name] : []);

/** What the documents name of a kind. */
export function namesOf(workspace: Workspace, kind: "mapping" | "schema"): Set<string> {
  const sites = allDocuments(workspace.documents).flatMap(({ walk }) => walk.allSites());
  const references = sites.flatMap((site) => site.references.filter(({ to }) => to === kind));
  const known = kind === "mapping" ? workspace.names.mappings : workspace.names.schemas;
  // A misspelt reference means the one it is close to, which is then no leftover.
  return new Set(
    references.map(({ name }) =>
      known.names.has(name) ? name : (closest(name, known.names.keys()) ?? name),
    ),
  );
}

/** All `$ref`s to other files, as written. */
function refsIn(json: Json): readonly string[] {
  if (Array.isArray(json)) return (json as readonly Json[]).flatMap(refsIn);
  if (!isJsonObject(json)) return [];
  return Object.entries(json).flatMap(([key, value]) => {
    if (key !== "$ref" || typeof value !== "string") return refsIn(value);
    return value.startsWith("#") ? [] : [value];
  });
}
