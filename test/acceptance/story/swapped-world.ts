import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { SystemSecrets } from "../../../engine/ports/system/index.ts";
import { serve } from "../../../engine/composition/serve.ts";
import { startEstate } from "../../../engine/testing/index.ts";
import { BusinessCentral } from "../../engine/adapters/fakes/business-central/business-central.ts";
import { Chargebee } from "../../engine/adapters/fakes/chargebee/chargebee.ts";
import type { Fake } from "../../engine/adapters/fakes/exchange.ts";
import { HubSpot } from "../../engine/adapters/fakes/hubspot.ts";
import { RequestTracker } from "../../engine/adapters/fakes/request-tracker.ts";
import { compiled } from "../../compiled.ts";
import { partner } from "../../engine/channels/partner.ts";
import { estateSides } from "./estate-sides.ts";
import type { Sides } from "./sides.ts";
import type { Api } from "./story.ts";
import {
  businessCentralSide,
  chargebeeSide,
  hubspotSide,
  requestTrackerSide,
} from "./vendor-sides.ts";

export type Role = "crm" | "support" | "billing" | "erp";
/** The other vendor of each role. */
export const others: Readonly<Record<Role, string>> = {
  crm: "hubspot",
  support: "request-tracker",
  billing: "chargebee",
  erp: "business-central",
};

/** The reference workspace with other vendors in these roles: one line of sluice.yaml for each. */
export function swappedFiles(roles: readonly Role[]): Readonly<Record<string, string>> {
  const { files } = readWorkspace(join(import.meta.dirname, "../../.."));
  let settings = files["sluice.yaml"] ?? "";
  for (const role of roles) {
    settings = settings.replace(new RegExp(`^  ${role}: .*$`, "m"), `  ${role}: ${others[role]}`);
  }
  return { ...files, "sluice.yaml": settings };
}

interface Posted {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Fakes {
  readonly crm: HubSpot;
  readonly support: RequestTracker;
  readonly billing: Chargebee;
  readonly erp: BusinessCentral;
}

interface World {
  readonly sides: Sides;
  readonly api: Api;
  /** Statuses of what vendors' webhooks were answered with. */
  readonly answers: readonly number[];
  /** What the simulated partners were made to do twice. */
  readonly duplicates: () => readonly unknown[];
  /** Runs that did not go well, with what was wrong. */
  readonly trouble: () => Promise<readonly unknown[]>;
  /** The other vendors, for their faults and their records. */
  readonly fakes: Fakes;
}

/** An engine on the swapped workspace; who is not swapped is played by the simulated partners. */
export async function openSwapped(roles: readonly Role[]): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-swapped-"));
  const estate = await startEstate({ seed: 11, habits: { approvalMs: 20, activationMs: 20 } });
  const fakes: Fakes = {
    crm: new HubSpot(),
    support: new RequestTracker(),
    billing: new Chargebee(),
    erp: new BusinessCentral(),
  };
  stock(fakes.erp);
  const url = async (fake: Fake) => (await partner(fake.answer)).url;
  fakes.erp.url = await url(fakes.erp);
  const env = {
    CRM_CURRENCY: "EUR",
    HUBSPOT_URL: await url(fakes.crm),
    HUBSPOT_APP_ID: "4711",
    RT_URL: await url(fakes.support),
    CHARGEBEE_URL: await url(fakes.billing),
    BC_URL: `${fakes.erp.url}/bc`,
    BC_LOGIN_URL: `${fakes.erp.url}/login`,
  };
  const secrets = {
    ...HubSpot.secrets,
    ...RequestTracker.secrets,
    ...Chargebee.secrets,
    ...BusinessCentral.secrets,
  };
  const tokens = Object.fromEntries(
    ["partner", "finance", "operations", "metering", "support"].map((role) => [
      `SLUICE_API_TOKEN_${role.toUpperCase()}`,
      `token-of-${role}`,
    ]),
  );
  const files = quicker(swappedFiles(roles));
  const serving = await serve({
    read: () => Promise.resolve(files),
    compiled: await compiled(files),
    storePath: join(folder, "sluice.db"),
    secrets: new SystemSecrets({ ...estate.environment(), ...env, ...secrets, ...tokens }),
    log: { write: () => undefined },
    port: 0,
  });
  onTestFinished(async () => {
    await serving.stop({ drainMs: 0 });
    await estate.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const answers: number[] = [];
  const post = (path: string, { body, headers }: Posted): void => {
    void fetch(`${serving.url}${path}`, { method: "POST", body, headers }).then(({ status }) =>
      answers.push(status),
    );
  };
  estate.webhooks.to("crm", `${serving.url}/webhooks/salesforce/changes`);
  estate.webhooks.to("support", `${serving.url}/webhooks/zendesk/events`);
  estate.webhooks.to("billing", `${serving.url}/webhooks/stripe/events`);
  fakes.support.listener = (made) => post("/webhooks/request-tracker/events", made);
  fakes.billing.listener = (made) => post("/webhooks/chargebee/events", made);
  const path = "/webhooks/hubspot/events";
  let events = 0;
  const hubspot = hubspotSide(fakes.crm, (dealId) => {
    events += 1;
    const event = {
      eventId: events,
      subscriptionType: "deal.creation",
      objectId: Number(dealId),
      occurredAt: Date.now(),
      changeSource: "CRM_UI",
    };
    post(path, fakes.crm.post(`${serving.url}${path}`, [event], Date.now()));
  });
  const vendors: Sides = {
    crm: hubspot,
    support: requestTrackerSide(fakes.support),
    billing: chargebeeSide(fakes.billing),
    erp: businessCentralSide(fakes.erp),
  };
  const chosen = Object.fromEntries(roles.map((role) => [role, vendors[role]]));
  return {
    sides: { ...estateSides(estate), ...chosen },
    answers,
    fakes,
    // A contract that is extended has a second schedule, and the first is ended.
    duplicates: () =>
      estate.ledger.duplicates().filter(({ effect }) => effect !== "revenue-schedule.created"),
    trouble: async () => {
      const runs = await serving.store.read.runs({ limit: 1_000 });
      return runs
        .filter(({ status }) => troubled.has(status))
        .map(({ error, flow, laneKey, status }) => ({ error, flow, laneKey, status }));
    },
    api: async (role, to, body) => {
      const response = await fetch(`${serving.url}/api${to}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer token-of-${role}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await response.json()) as Readonly<Record<string, unknown>>;
      return { status: response.status, body: answer };
    },
  };
}

const troubled = new Set(["failed", "dead", "invalid", "in-doubt", "stuck"]);

/** What the other ERP sells, in the currency of its ledger. */
function stock({ tables }: BusinessCentral): void {
  tables["items"]?.push(
    { id: "i-3", number: "PL-ANNUAL", type: "Service", inventory: 0 },
    { id: "i-4", number: "PL-PLUS", type: "Service", inventory: 0 },
    { id: "i-5", number: "IM-STD", type: "Service", inventory: 0, project: true },
    { id: "i-6", number: "GW-100", type: "Inventory", inventory: 100 },
  );
  Object.assign(tables["companyInformation"]?.[0] ?? {}, { currencyCode: "EUR" });
}

/** Polls, retries and looks come sooner than a business would want them. */
function quicker(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => {
      if (path === "sluice.yaml") return [path, text.replaceAll(/backoff: \w+/g, "backoff: 50ms")];
      if (!/^flows\/system\/\w+\.[\w-]+\.yaml$/.test(path)) return [path, text];
      // What is a net behind webhooks comes less often: looks alone would use up a vendor's budget.
      const sooner = text
        .replaceAll(/^( +every: )\d+s$/gm, "$1200ms")
        .replaceAll(/^( +every: )\d+m$/gm, "$12s");
      return [path, sooner.replaceAll(/settle: \d+s/g, "settle: 50ms")];
    }),
  );
}
