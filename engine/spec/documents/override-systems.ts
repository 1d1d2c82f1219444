import { isJsonObject } from "../../model/json.ts";
import type { WorkspacePlan } from "../../model/plan/workspace.ts";
import type { SpecDocument } from "./document.ts";

/**
 * A text of its own that says which adapter plays which role on this machine, instead of what
 * `sluice.yaml` says: `{ "erp": "tryton" }`. It is made by the command line, belongs to the
 * generation and is stored with it, so that an old run still knows whom it spoke to.
 */
export const overrideFile = "systems.override.json";

/** The workspace document with the overrides applied; unknown roles and adapters are found later. */
export function overrideSystems(
  document: SpecDocument<WorkspacePlan>,
  files: Readonly<Record<string, string>>,
): SpecDocument<WorkspacePlan> {
  const text = files[overrideFile];
  if (text === undefined) return document;
  const given: unknown = JSON.parse(text);
  if (!isJsonObject(given)) return document;
  const systems: Record<string, string> = {};
  for (const [role, adapter] of Object.entries(given)) {
    if (typeof adapter === "string") systems[role] = adapter;
  }
  const plan = { ...document.plan, systems: { ...document.plan.systems, ...systems } };
  return { ...document, plan };
}
