import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Files } from "../world/texts.ts";

/** A tax engine beside the reference business: its own files, one step, and its lines of sluice.yaml. */

const root = import.meta.dirname;
const step = readFileSync(join(root, "step.yaml"), "utf8");
const publication = "flows/process/invoice-publication";

/** The tax engine's own files: role, adapter, service, mapping and schemas. */
export function taxFiles(): Files {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" });
  const own = paths.filter((path) => /^(flows|mappings|schemas)\/.*\.(yaml|jsonata)$/.test(path));
  return Object.fromEntries(own.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

/** What changes in the files that are there. */
export function withTaxStep(path: string, text: string): string {
  if (path === `${publication}.yaml`) {
    return text.replace("  - call: erp.createInvoice\n", `${step}$&`);
  }
  if (path === `${publication}.test.yaml`) {
    const answer = `{ invoiceId: in_1, taxId: "77", tax: "224.20", assessed: "224.20" }`;
    return text
      .replaceAll(
        /^( +)- \{ call: erp\.createInvoice/gm,
        `$1- { call: run tax-record, returns: ${answer} }\n$&`,
      )
      .replaceAll(/^( +)- erp\.createInvoice/gm, "$1- run tax-record\n$&")
      .replaceAll(", erp.createInvoice,", ", run tax-record$&");
  }
  if (path !== "sluice.yaml") return text;
  return text
    .replace(/^systems:\n/m, "$&  tax: avatax\n")
    .replace(
      /^env:\n/m,
      `$&  TAX_URL: { description: "Base URL of the tax engine." }\n  TAX_COMPANY: { description: "Our company there.", default: ACME }\n`,
    )
    .replace(
      /^secrets:\n/m,
      "$&  TAX_ACCOUNT: Account at the tax engine.\n  TAX_LICENSE: Its licence key.\n",
    );
}
