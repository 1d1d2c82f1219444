import type { Rule } from "./rule.ts";

export const layerVendorToVendor: Rule = {
  code: "layer/vendor-to-vendor",
  docs: "Twenty vendors have four hundred ways to speak to one another, and forty to speak the canonical model.",
  wrong:
    "mapping: salesforce/order-out\nfrom: vendor/salesforce/opportunity\nto: vendor/tryton/sale",
  right:
    "mapping: salesforce/opportunity-in\nfrom: vendor/salesforce/opportunity\nto: canonical/opportunity@1",
  check(workspace, report) {
    for (const { plan, nameAt } of workspace.contracts) {
      const [from, to] = [vendorOf(plan.from), vendorOf(plan.to)];
      if (from === undefined || to === undefined || from === to) continue;
      report(nameAt, `the mapping goes from the vendor "${from}" straight to the vendor "${to}"`, {
        help: `make two of it: ${plan.from} to a canonical schema, and that to ${plan.to}`,
      });
    }
  },
};

/** `vendor/tryton/sale` → `tryton`. */
function vendorOf(schema: string): string | undefined {
  const [folder, vendor] = schema.split("/");
  return folder === "vendor" ? vendor : undefined;
}
