import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { serve, type Serving } from "../../../engine/index.ts";
import { compiled } from "../../compiled.ts";
import { partner } from "../channels/partner.ts";
import { memoryLog } from "../channels/plans.ts";
import { BusinessCentral } from "./fakes/business-central/business-central.ts";
import { Chargebee } from "./fakes/chargebee/chargebee.ts";
import { HubSpot } from "./fakes/hubspot.ts";
import { Zendesk } from "./fakes/zendesk.ts";

const root = join(import.meta.dirname, "../../..");

/** The reference workspace, played by other vendors; retries and polls come sooner. */
function workspace(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const folder of ["flows", "mappings", "schemas"]) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      const path = `${folder}/${name.replaceAll("\\", "/")}`;
      if (!/\.(ya?ml|jsonata)$/.test(name) || path.startsWith("schemas/spec/")) continue;
      const text = readFileSync(join(root, path), "utf8");
      files[path] = text
        .replace(/^( +every: )\d+[sm]$/gm, "$1200ms")
        .replaceAll(/settle: \d+s/g, "settle: 50ms");
    }
  }
  files["sluice.yaml"] = readFileSync(join(root, "sluice.yaml"), "utf8")
    .replace(/crm: salesforce.*/, "crm: hubspot")
    .replace(/billing: stripe.*/, "billing: chargebee")
    .replace(/erp: acme-erp.*/, "erp: business-central")
    .replaceAll(/backoff: \w+/g, "backoff: 50ms");
  return files;
}

export interface Estate {
  readonly crm: HubSpot;
  readonly billing: Chargebee;
  readonly erp: BusinessCentral;
  readonly support: Zendesk;
  readonly serving: Serving;
  /** What the engine wrote into its log. */
  readonly log: readonly string[];
  /** Posts to a webhook as the vendor would; the status. */
  post(
    path: string,
    made: { body: string; headers: Readonly<Record<string, string>> },
  ): Promise<number>;
}

/** An engine on the reference workspace with fakes of four vendors, all on free ports of the loopback. */
export async function openEstate(): Promise<Estate> {
  const [crm, billing, erp, support] = [
    new HubSpot(),
    new Chargebee(),
    new BusinessCentral(),
    new Zendesk(),
  ];
  const at = await Promise.all(
    [crm, billing, erp, support].map(async ({ answer }) => partner(answer)),
  );
  const [crmUrl = "", billingUrl = "", erpUrl = "", supportUrl = ""] = at.map(({ url }) => url);
  erp.url = erpUrl;
  const env: Readonly<Record<string, string>> = {
    HUBSPOT_URL: crmUrl,
    HUBSPOT_APP_ID: "4711",
    CHARGEBEE_URL: billingUrl,
    BC_URL: `${erpUrl}/bc`,
    BC_LOGIN_URL: `${erpUrl}/login`,
    SUPPORT_URL: supportUrl,
  };
  const secrets: Readonly<Record<string, string>> = {
    ...HubSpot.secrets,
    ...Chargebee.secrets,
    ...BusinessCentral.secrets,
    ...Zendesk.secrets,
  };
  const log = memoryLog();
  const files = workspace();
  const serving = await serve({
    read: async () => Promise.resolve(files),
    compiled: await compiled(files),
    storePath: ":memory:",
    secrets: { secret: (name) => secrets[name], env: (name) => env[name] },
    log,
    port: 0,
  });
  onTestFinished(async () => serving.stop({ drainMs: 0 }));
  return {
    crm,
    billing,
    erp,
    support,
    serving,
    log: log.lines,
    post: async (path, { body, headers }) =>
      (await fetch(`${serving.url}${path}`, { method: "POST", body, headers })).status,
  };
}
