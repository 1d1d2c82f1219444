import type { PathRead } from "../../mapping/index.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const ownershipExtension: Rule = {
  code: "ownership/extension",
  docs: "What a system says that has no canonical home stands under its own name in an `x-extension` property, and is shown to that system alone: a mapping for another one finds nothing there.",
  wrong: 'mapping: tryton/party-out  # plays erp\n"note": customer.ext.crm.region',
  right: '"salesRegion": customer.salesRegion  # an attribute of the canonical customer',
  check(workspace, report) {
    const extensions = extensionNames(workspace);
    for (const { plan } of workspace.contracts) {
      const [folder, vendor] = plan.to.split("/");
      const role = workspace.adapter(vendor)?.plan.plays;
      if (folder !== "vendor" || role === undefined) continue;
      const reads = workspace.documents.mappings.get(plan.mapping)?.analysis?.reads ?? [];
      for (const read of reads) {
        const owner = extensionOwner(read, extensions);
        if (owner === undefined || owner === role) continue;
        if (!workspace.names.systems.names.has(owner)) continue;
        const message = `"${read.segments.join(".")}" is ${owner}'s own, and "${vendor}" plays ${role}: it is not shown there`;
        report(read.at, message, {
          help: "give it a canonical attribute, and let the mapping that brings it fill that",
        });
      }
    }
  },
};

/** Names of the properties that any canonical schema marks. */
function extensionNames(workspace: Workspace): ReadonlySet<string> {
  const names = [...workspace.documents.schemas.keys()].flatMap((schema) => {
    const view = workspace.schema(schema);
    return (view?.properties ?? []).filter(
      (name) => view?.property(name)?.annotation("x-extension") === true,
    );
  });
  return new Set(names);
}

/** `customer.ext.crm.region` → `crm`. */
function extensionOwner({ segments }: PathRead, names: ReadonlySet<string>): string | undefined {
  const at = segments.findIndex((name) => names.has(name));
  return at === -1 ? undefined : segments[at + 1];
}
