import { createHmac, generateKeyPairSync } from "node:crypto";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { serve } from "../../../engine/index.ts";
import { compiled } from "../../compiled.ts";
import { partner, type Seen } from "../channels/partner.ts";
import { memoryLog } from "../channels/plans.ts";

/** A workspace of other vendors, served: one of them answers as a test says. */

const hardCases = join(import.meta.dirname, "../../hard-cases");
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
export const secrets: Readonly<Record<string, string>> = {
  SHOP_TOKEN: "shpat-canary",
  SHOP_SECRET: "shop-secret",
  XERO_CLIENT: "xero-client",
  XERO_SECRET: "xero-canary",
  XERO_WEBHOOK_KEY: "xero-webhook-key",
  SAP_LOGIN: Buffer.from("COMM:sap-canary").toString("base64"),
  INTERCOM_TOKEN: "intercom-canary",
  INTERCOM_SECRET: "intercom-secret",
  NETSUITE_CLIENT: "netsuite-client",
  NETSUITE_KEY: privateKey,
  NETSUITE_KEY_ID: "cert-1",
  QUICKBOOKS_CLIENT: "quickbooks-client",
  QUICKBOOKS_SECRET: "quickbooks-canary",
  QUICKBOOKS_REFRESH: "quickbooks-refresh",
  QUICKBOOKS_VERIFIER: "quickbooks-verifier",
  ADYEN_API_KEY: "adyen-canary",
  ADYEN_HMAC_KEY: "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
  BULK_TOKEN: "bulk-canary",
  NETSUITE_CONSUMER: "netsuite-consumer",
  NETSUITE_CONSUMER_SECRET: "netsuite-consumer-canary",
  NETSUITE_TOKEN: "netsuite-token",
  NETSUITE_TOKEN_SECRET: "netsuite-token-canary",
  GOCARDLESS_TOKEN: "gocardless-canary",
  GOCARDLESS_SECRET: "gocardless-secret",
  JIRA_USER: "sluice@example.com",
  JIRA_TOKEN: "jira-canary",
  JIRA_SECRET: "jira-secret",
  GRAPH_CLIENT: "graph-client",
  GRAPH_SECRET: "graph-canary",
  GRAPH_CLIENT_STATE: "graph-state",
  TWILIO_SID: "AC00000000000000000000000000000001",
  TWILIO_AUTH_TOKEN: "twilio-canary",
  PADDLE_KEY: "paddle-canary",
  PADDLE_SECRET: "paddle-secret",
  ODOO_USER: "sluice",
  ODOO_PASSWORD: "odoo-canary",
  RECURLY_KEY: "recurly-canary",
  RECURLY_SECRET: "recurly-secret",
  FRESHDESK_KEY: "freshdesk-canary",
  FRESHDESK_HOOK_TOKEN: "freshdesk-hook",
  PIPEDRIVE_TOKEN: "pipedrive-canary",
  PIPEDRIVE_HOOK_USER: "hook",
  PIPEDRIVE_HOOK_PASSWORD: "pipedrive-hook",
  LEDGER_KEY: "ledger-canary",
  AWS_KEY: "AKIAEXAMPLE",
  AWS_SECRET_KEY: "aws-canary",
  AWS_SESSION: "aws-session-canary",
  DYNAMICS_CLIENT: "dynamics-client",
  DYNAMICS_SECRET: "dynamics-canary",
  SQUARE_TOKEN: "square-canary",
  SQUARE_SIGNATURE_KEY: "square-signature-key",
  EXACT_CLIENT: "exact-client",
  EXACT_SECRET: "exact-canary",
  EXACT_REFRESH: "exact-refresh-0",
  EXACT_WEBHOOK_SECRET: "exact-webhook-secret",
  SERVICENOW_USER: "sluice",
  SERVICENOW_PASSWORD: "servicenow-canary",
  MONDAY_TOKEN: "monday-canary",
};

/** An API flow for each operation of every contract: what is asked of the engine is asked of the vendor. */
function withFlows(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const all = { ...files };
  for (const [path, text] of Object.entries(files)) {
    const [, system] = /^flows\/system\/(\w+)\.yaml$/.exec(path) ?? [];
    if (system === undefined) continue;
    for (const [, operation = "", input] of text.matchAll(/^ {2}(\w+): \{ input: ([\w@/-]+)/gm)) {
      const name = `${system}-${operation.toLowerCase()}`;
      all[`flows/experience/${name}.yaml`] = `flow: ${name}
owner: team
trigger: { api: { post: /${name} } }
input: ${input}
key: none
steps: [{ call: ${system}.${operation}, id: call }]
respond:
  "200": { when: "$error = null", body: "\${ $steps.call }" }
  "502": { body: { class: "\${ $error.class }", code: "\${ $error.code }", message: "\${ $error.message }" } }
`;
    }
  }
  return all;
}

export async function world(
  name: string,
  answer: (seen: Seen, response: ServerResponse) => void,
  workspace: "vendors" | "more-vendors" | "further-vendors" = "vendors",
) {
  const vendor = await partner(answer);
  // The others are not there.
  const env = (asked: string): string | undefined =>
    asked === `${name}_URL`
      ? vendor.url
      : asked.endsWith("_URL")
        ? "http://127.0.0.1:9"
        : undefined;
  const files = withFlows(readWorkspace(join(hardCases, workspace)).files);
  const serving = await serve({
    read: () => Promise.resolve(files),
    compiled: await compiled(files, workspace),
    storePath: ":memory:",
    secrets: { secret: (asked) => secrets[asked], env },
    log: memoryLog(),
    port: 0,
  });
  onTestFinished(async () => serving.stop({ drainMs: 0 }));
  const post = async (path: string, body: string, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${serving.url}${path}`, { method: "POST", body, headers });
    return { status: response.status, text: await response.text() };
  };
  let calls = 0;
  const call = async (name: string, input: unknown) => {
    calls += 1;
    const headers = { "content-type": "application/json", "idempotency-key": `k-${calls}` };
    const { status, text } = await post(`/api/v1/${name}`, JSON.stringify(input), headers);
    return { status, body: JSON.parse(text) as Readonly<Record<string, unknown>> };
  };
  /** Data of the messages that were stored, oldest first. */
  const told = async () => {
    const rows = await serving.store.read.messages({ limit: 100 });
    const whole = await Promise.all(rows.map(({ id }) => serving.store.read.message(id)));
    return whole
      .flatMap((one) => (one === undefined ? [] : [one.message]))
      .filter(({ channel }) => channel !== "api")
      .map(({ data, type }) => ({ data, type }))
      .reverse();
  };
  const unmapped = () => serving.engine.status().unmapped;
  return { call, post, serving, told, unmapped, vendor };
}

export const day = { day: "2026-11-20" };
export const order = {
  orderId: "42",
  customerId: "17100001",
  currency: "EUR",
  total: "10.50",
  orderedOn: "2026-11-20",
  lines: [{ sku: "TG11", quantity: "3", net: "10.50" }],
};
export const signed = (secret: string | Buffer, body: string, algorithm = "sha256") =>
  createHmac(algorithm, secret).update(body);
