import type { Rule } from "./rule.ts";
import { isUnreadable, namesOf } from "./unused.ts";

export const mappingContract: Rule = {
  code: "mapping/no-contract",
  docs: "Without its contract nobody knows what a mapping reads and what it makes: neither is checked, here or when a message comes, and it has no examples.",
  wrong: "mappings/shop/order-in.jsonata  # alone",
  right: "mapping: shop/order-in\nfrom: vendor/shop/order\nto: canonical/order@1",
  check(workspace, report) {
    if (isUnreadable(workspace)) return;
    const { broken, contracts, mappings } = workspace.documents;
    // One that cannot be read is there all the same.
    const there = new Set(broken.map(({ file }) => file));
    const used = namesOf(workspace, "mapping");
    for (const { at, file, name } of mappings.values()) {
      const beside = file.replace(/\.jsonata$/, ".yaml");
      if (!used.has(name) || contracts.has(name) || there.has(beside)) continue;
      report(
        at,
        `the mapping "${name}" has no contract, so that nothing checks what it reads and makes`,
        {
          help: `write ${beside} beside it: mapping: ${name}, from: and to: with the schemas of both sides`,
        },
      );
    }
  },
};
