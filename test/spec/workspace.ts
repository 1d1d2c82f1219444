import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import type { WorkspaceFiles } from "../../engine/spec/index.ts";

export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A small workspace without findings; cases add files to it or replace some. */
export const soundWorkspace: WorkspaceFiles = {
  "sluice.yaml": `workspace: example
teams:
  finance: { contact: finance@example.com }
  sales: { contact: sales@example.com, escalation: [ { after: 1h, to: finance } ] }
systems: { erp: acme, crm: relate }
env:
  ERP_URL: { description: Where the ERP is }
secrets: { ERP_TOKEN: Token of the ERP, CRM_SECRET: Secret of the CRM's webhooks }
policies: { retry: { patient: { max: 20, backoff: 10s } } }
`,
  "flows/system/erp.yaml": `system: erp
owner: finance
operations:
  createOrder: { input: canonical/order@1, output: canonical/order-ref@1, effect: create }
  updateCustomer: { input: canonical/customer@1, effect: update }
  getOrder: { input: canonical/order-ref@1, output: canonical/order@1, effect: read }
events:
  order.approved: { data: canonical/order-ref@1, correlate: [orderId] }
`,
  "flows/system/erp.acme.yaml": `adapter: acme
owner: finance
plays: erp
base-url: "\${ $env.ERP_URL }"
auth: { bearer: ERP_TOKEN }
idempotent: { header: Idempotency-Key, valid: 24h }
operations:
  createOrder: { request: { post: /orders } }
  updateCustomer: { request: { put: /customers } }
  getOrder: { request: { get: /orders } }
polls:
  approvals:
    every: 5m
    get: /approvals
    items: "$response.body"
    cursor: { value: "$item.at", start: now }
    dedupe: "$item.id"
    events: [ { event: erp.order.approved } ]
`,
  "flows/system/crm.yaml": `system: crm
owner: sales
operations:
  getCustomer: { output: canonical/customer@1, effect: read }
events:
  order.won: { data: canonical/order@1 }
  customer.changed: { data: canonical/customer@1 }
`,
  "flows/system/crm.relate.yaml": `adapter: relate
owner: sales
plays: crm
base-url: https://relate.example.com
auth: { none: true }
operations:
  getCustomer: { request: { get: /customers } }
webhooks:
  changed:
    verify: { hmac: CRM_SECRET, header: X-Signature }
    dedupe: "$body.id"
    events: [ { event: crm.customer.changed } ]
polls:
  orders:
    every: 5m
    get: /orders
    items: "$response.body"
    cursor: { value: "$item.at", start: now }
    dedupe: "$item.id"
    events: [ { event: crm.order.won } ]
`,
  "schemas/canonical/order@1.yaml": `owner: sales
type: object
required: [orderId, total, lines]
additionalProperties: false
properties:
  orderId: { type: string }
  total: { type: string, format: decimal }
  due: { type: string, format: date-time }
  note: { type: string }
  lines:
    type: array
    items: { $ref: "#/$defs/line" }
$defs:
  line:
    type: object
    required: [sku]
    properties: { sku: { type: string }, quantity: { type: string, format: decimal } }
`,
  "schemas/canonical/order-ref@1.yaml": `owner: sales
type: object
required: [orderId]
properties: { orderId: { type: string } }
`,
  "schemas/canonical/customer@1.yaml": `owner: sales
type: object
required: [customerId]
properties:
  customerId: { type: string }
  legalName: { type: string, x-system-of-record: erp }
  email: { type: string, format: email, x-system-of-record: crm, x-pii: true }
`,
};

const starterFolder = join(import.meta.dirname, "../../cli/starter");

/** What `sluice new` gives, read from where it stands. */
function starterWorkspace(): WorkspaceFiles {
  const paths = globSync("**/*.{yaml,jsonata}", { cwd: starterFolder });
  return Object.fromEntries(
    paths.map((path) => [path, readFileSync(join(starterFolder, path), "utf8")]),
  );
}

/**
 * A case as one text: `#--- path` begins a file, `#--- path (absent)` takes one away, and
 * `#--- path (edited)` changes one by lines with `-`, `+` or a blank before them, as in a diff.
 * `#--- was: path` is the file as it was before, for comparing.
 * A case that begins with `#=== starter` builds on the workspace that `sluice new` makes.
 */
export function withCase(text: string): WorkspaceFiles {
  const base = text.startsWith("#=== starter\n") ? starterWorkspace() : soundWorkspace;
  const files: Record<string, string> = { ...base };
  const [, ...parts] = text.split(/^#--- (.+)\n/m);
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [path = "", how] = (parts[i] ?? "").split(/ \((absent|edited)\)$/);
    const body = parts[i + 1] ?? "";
    if (path.startsWith("was: ")) continue;
    if (how === "absent") delete files[path];
    else files[path] = how === "edited" ? edited(files[path] ?? "", body, path) : body;
  }
  return files;
}

/** The workspace before, where the case says what files were. */
export function beforeCase(text: string): WorkspaceFiles | undefined {
  const [, ...parts] = text.split(/^#--- (.+)\n/m);
  const was: Record<string, string> = {};
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [, path] = /^was: (.+)$/.exec(parts[i] ?? "") ?? [];
    if (path !== undefined) was[path] = parts[i + 1] ?? "";
  }
  return Object.keys(was).length === 0 ? undefined : { ...withCase(text), ...was };
}

/** Changes a text; `@@` stands between two places. Each place must be there exactly once. */
function edited(text: string, diff: string, path: string): string {
  return diff.split(/^@@\n/m).reduce((before, change) => {
    const lines = change.split("\n").filter((line) => /^[-+ ]/.test(line));
    const side = (mark: string) =>
      lines.flatMap((line) => (line.startsWith(mark) ? [] : [`${line.slice(1)}\n`])).join("");
    const [old, changed] = [side("+"), side("-")];
    const parts = `\n${before}`.split(`\n${old}`);
    if (parts.length !== 2) throw new Error(`${parts.length - 1} places in ${path} for:\n${old}`);
    return parts.join(`\n${changed}`).slice(1);
  }, text);
}
