import { serve, type Serving } from "../../../engine/index.ts";
import { createLog, SystemClock, SystemSecrets } from "../../../engine/ports/system/index.ts";
import { type Estate, startEstate } from "../../../engine/testing/index.ts";
import type { Tryton } from "./tryton.ts";
import { postChange } from "./salesforce.ts";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy.ts";
import { workspaceWith } from "./workspace.ts";

/** The engine on the reference workspace: Tryton as ERP, the estate as everything else. */
export interface DemoWorld {
  readonly estate: Estate;
  readonly serving: Serving;
  /** Stands between the engine and Tryton. */
  readonly proxy: LossyProxy;
  /** Posts a change event as the CRM signs it: the status of the answer. */
  postChange(body: string): Promise<number>;
  /** Posts an outbound message to the address that has its token: the answer. */
  postOutbound(xml: string): Promise<string>;
  /** Whether the CRM tells of changes by itself; it does unless told. */
  listenToCrm(listen: boolean): void;
  stop(): Promise<void>;
}

/**
 * Another world each time, and for each of up to four that begin at once: Tryton remembers the deals of all.
 */
export function worldSeed(which: 0 | 1 | 2 | 3): number {
  const seed = (Math.floor(Date.now() / 1000) * 4 + which) % 2 ** 31;
  process.stdout.write(`seed ${seed}\n`);
  return seed;
}

/** `files` are added to the reference workspace; `crm` is who plays it, the estate unless told. */
export async function startDemoWorld(
  tryton: Tryton,
  seed: number,
  files: Readonly<Record<string, string>> = {},
  crm?: string,
): Promise<DemoWorld> {
  const estate = await startEstate({ seed });
  const proxy = await startLossyProxy(tryton.url);
  const environment: Readonly<Record<string, string>> = {
    ...estate.environment(),
    ...tryton.environment,
    TRYTON_URL: proxy.url,
    TRYTON_CRM_URL: proxy.url,
  };
  const workspace = workspaceWith({ erp: "tryton", ...(crm === undefined ? {} : { crm }) }, files);
  const serving = await serve({
    read: () => Promise.resolve(workspace),
    storePath: ":memory:",
    secrets: new SystemSecrets(environment),
    log: createLog({
      clock: new SystemClock(),
      format: "json",
      level: "error",
      write: (line) => process.stderr.write(`${line}\n`),
    }),
    port: 0,
  });
  const endpoint = `${serving.url}/webhooks/salesforce/changes`;
  const listenToCrm = (listen: boolean) => estate.webhooks.to("crm", listen ? endpoint : null);
  listenToCrm(true);
  estate.webhooks.to("billing", `${serving.url}/webhooks/stripe/events`);
  return {
    estate,
    serving,
    proxy,
    listenToCrm,
    postChange: (body) => postChange(endpoint, environment["CRM_WEBHOOK_SECRET"] ?? "", body),
    postOutbound: async (body) => {
      const token = environment["CRM_OUTBOUND_TOKEN"] ?? "";
      const headers = { "content-type": "text/xml; charset=utf-8" };
      const url = `${serving.url}/webhooks/salesforce/outbound?token=${token}`;
      return (await fetch(url, { method: "POST", headers, body })).text();
    },
    stop: async () => {
      await serving.stop({ drainMs: 5_000 });
      await estate.close();
      await proxy.close();
    },
  };
}
