import type { SourceRef } from "../../errors/diagnostic.ts";
import type { Rule } from "./rule.ts";

export const layerMappingTwice: Rule = {
  code: "layer/mapping-twice",
  docs: "Between what a vendor says and the canonical model there is one mapping each way: of two, one is mended and the other is forgotten, and the same order means two things.",
  wrong:
    "mapping: tryton/order-in-new\nfrom: vendor/tryton/sale\nto: canonical/order@1 # as tryton/order-in has it",
  right: "mapping: tryton/order-in\nfrom: vendor/tryton/sale\nto: canonical/order@1",
  check(workspace, report) {
    const first = new Map<string, { readonly name: string; readonly at: SourceRef }>();
    const { contracts, mappings } = workspace.documents;
    // A contract without its mapping is another finding.
    const sound = [...contracts.values()].filter(
      ({ plan, walk }) => walk.sound && mappings.has(plan.mapping),
    );
    const byFile = sound.toSorted((left, right) => (left.nameAt.file < right.nameAt.file ? -1 : 1));
    for (const { plan, nameAt } of byFile) {
      const { from, mapping, to } = plan;
      if (!isVendor(from) && !isVendor(to)) continue;
      const way = JSON.stringify([from, to]);
      const known = first.get(way);
      if (known === undefined) {
        first.set(way, { name: mapping, at: nameAt });
        continue;
      }
      report(nameAt, `"${mapping}" maps "${from}" to "${to}", as "${known.name}" does`, {
        help: "keep one mapping each way: make one of the two, or give each shape a schema of its own",
        related: [{ at: known.at, message: "the first one" }],
      });
    }
  },
};

const isVendor = (schema: string): boolean => schema.startsWith("vendor/");
