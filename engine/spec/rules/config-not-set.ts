import type { SourceRef } from "../../errors/diagnostic.ts";
import { playingAdapters } from "../../model/plan/workspace.ts";
import { allDocuments } from "../documents/document.ts";
import { entryOf, valueOf } from "../yaml/node.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const secretNotSet: Rule = {
  code: "config/secret-not-set",
  docs: "A secret that is named and has no value fails the first request hours later; here it fails at once. Checked only where secrets are known: when the engine starts, not in an editor.",
  wrong: "secrets: { STRIPE_KEY: API key }  # and STRIPE_KEY is not set",
  right: "secrets: { STRIPE_KEY: API key }  # and STRIPE_KEY is set",
  check(workspace, report) {
    const { secrets } = workspace.present;
    if (secrets === undefined) return;
    for (const [name, used] of usedSecrets(workspace)) {
      const at = declaredAt(workspace, "secrets", name);
      if (at === undefined || secrets.has(name)) continue;
      const why = secrets.whyNot?.(name);
      report(at, `secret "${name}" has no value here${why === undefined ? "" : `: ${why}`}`, {
        help: `set ${name} in the environment, or ${name}_FILE to a file that holds it`,
        related: [{ at: used, message: "it is used here" }],
      });
    }
  },
};

export const envNotSet: Rule = {
  code: "config/env-not-set",
  docs: "A value of the environment that is read and not set would stop the first message that needs it. Checked only where the environment is known.",
  wrong: "env: { TRYTON_URL: { description: Where Tryton is } }  # and TRYTON_URL is not set",
  right: "env: { TRYTON_URL: { description: Where Tryton is, default: http://127.0.0.1:8000 } }",
  check(workspace, report) {
    const { env } = workspace.present;
    const declared = workspace.documents.workspace;
    if (env === undefined || declared === undefined || !declared.walk.sound) return;
    for (const [name, used] of readsOf(workspace, "env")) {
      const at = declaredAt(workspace, "env", name);
      const value = declared.plan.env?.[name];
      if (at === undefined || value?.default !== undefined || env.has(name)) continue;
      report(at, `environment value "${name}" is not set here and has no default`, {
        help: `set ${name}, or give it a default`,
        related: [{ at: used, message: "it is read here" }],
      });
    }
  },
};

function declaredAt(workspace: Workspace, key: string, name: string): SourceRef | undefined {
  return entryOf(valueOf(workspace.documents.workspace?.node, key), name)?.keyAt;
}

/** An adapter that plays no system asks for nothing: another may stand beside the one in use. */
export function documentsAtWork({ documents }: Workspace) {
  const settings = documents.workspace;
  if (settings === undefined || !settings.walk.sound) return allDocuments(documents);
  const players = playingAdapters(settings.plan);
  return allDocuments(documents).filter(
    ({ kind, name }) => kind !== "adapter" || players.has(name),
  );
}

function usedSecrets(workspace: Workspace): ReadonlyMap<string, SourceRef> {
  const used = new Map(readsOf(workspace, "secret"));
  for (const { walk } of documentsAtWork(workspace)) {
    for (const { to, name, at } of walk.allSites().flatMap((site) => site.references)) {
      if (to === "secret" && !used.has(name)) used.set(name, at);
    }
  }
  return used;
}

function readsOf(workspace: Workspace, root: "env" | "secret"): ReadonlyMap<string, SourceRef> {
  const used = new Map<string, SourceRef>();
  for (const { walk } of documentsAtWork(workspace)) {
    for (const { analysis } of walk.allSites().flatMap((site) => site.uses)) {
      for (const read of analysis?.reads ?? []) {
        const [name] = read.segments;
        if (read.root === root && name !== undefined && !used.has(name)) used.set(name, read.at);
      }
    }
  }
  return used;
}
