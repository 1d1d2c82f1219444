import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Waits of the reference workspace, cut so that a partner's faults cost a test no minutes. */
const shorter: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  "sluice.yaml": [
    [
      /^ {4}default: \{ max: .*$/m,
      "    default: { max: 60, backoff: 50ms, factor: 1.5, limit: 500ms, on: [transient, throttled, auth] }",
    ],
    [
      /^ {4}patient: \{ max: .*$/m,
      "    patient: { max: 60, backoff: 50ms, factor: 1.5, limit: 500ms, on: [transient, throttled, auth] }",
    ],
  ],
  "flows/system/crm.salesforce.yaml": [
    [/^circuit: .*$/m, "circuit: { failures: 10, within: 30s, open: 300ms }"],
  ],
  "flows/system/billing.stripe.yaml": [
    [/^circuit: .*$/m, "circuit: { failures: 10, within: 30s, open: 300ms }"],
    [/settle: 2s/g, "settle: 200ms"],
  ],
  "flows/system/erp.acme-erp.yaml": [
    [/^circuit: .*$/m, "circuit: { failures: 10, within: 30s, open: 300ms }"],
    [/settle: 2s/g, "settle: 200ms"],
    [/every: 5s/, "every: 300ms"],
  ],
};

const players = ["salesforce", "zendesk", "stripe", "acme-erp"];

/**
 * Copies the reference workspace to `folder`, with shorter waits, and without the vendors that play no
 * role in it: each process compiles what is there.
 */
export function copyWorkspace(folder: string): void {
  const vendors = readdirSync(join(root, "schemas/vendor"));
  const idle = vendors.filter((vendor) => vendor !== "process" && !players.includes(vendor));
  const isIdle = (path: string) =>
    path.endsWith(".test.yaml") ||
    idle.some((vendor) => path.endsWith(`/${vendor}`) || path.endsWith(`.${vendor}.yaml`));
  for (const part of ["sluice.yaml", "flows", "mappings", "schemas"]) {
    const options = { recursive: true, filter: (path: string) => !isIdle(path) };
    cpSync(join(root, part), join(folder, part), options);
  }
  for (const [path, changes] of Object.entries(shorter)) {
    const file = join(folder, path);
    const before = readFileSync(file, "utf8");
    const after = changes.reduce((text, [found, instead]) => {
      if (text.search(found) < 0) throw new Error(`${path} has no ${String(found)} any more`);
      return text.replace(found, instead);
    }, before);
    writeFileSync(file, after);
  }
}
