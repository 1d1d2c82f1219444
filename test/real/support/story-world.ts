import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Estate, startEstate } from "../../../engine/testing/index.ts";
import { Life } from "../../crash/life.ts";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy.ts";
import type { RequestTracker } from "./request-tracker.ts";
import { openStripe, type StripeDesk } from "./stripe.ts";
import type { Tryton } from "./tryton.ts";

const root = join(import.meta.dirname, "../../..");

/**
 * `sluice run` on the reference workspace as it is, with Tryton as ERP and Request Tracker as support
 * desk by two words of the command line; the CRM is the estate's.
 */
export interface StoryWorld {
  readonly tryton: Tryton;
  readonly desk: RequestTracker;
  readonly stripe: StripeDesk;
  readonly estate: Estate;
  /** Stands between the engine and Tryton. */
  readonly proxy: LossyProxy;
  readonly url: string;
  readonly crmSecret: string;
  /** Ends the engine as the power does, and starts it anew on the same store. */
  crash(): Promise<void>;
  /** What the engine wrote last, for the message of a failing test. */
  output(): string;
  stop(): Promise<void>;
}

export async function startStoryWorld(
  tryton: Tryton,
  desk: RequestTracker,
  seed: number,
): Promise<StoryWorld> {
  const port = process.env["SLUICE_REAL_PORT"] ?? "";
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "sluice-story-"));
  const estate = await startEstate({ seed });
  const proxy = await startLossyProxy(tryton.url);
  const stripe = await openStripe(`${url}/webhooks/stripe/events`);
  const environment: Readonly<Record<string, string>> = {
    ...estate.environment(),
    ...desk.environment,
    ...tryton.environment,
    ...stripe.environment,
    TRYTON_URL: proxy.url,
  };
  const start = async () => {
    const life = new Life({
      workspace: root,
      store: join(folder, "sluice.db"),
      env: environment,
      more: ["--port", port, "--system", "erp=tryton", "support=request-tracker"],
    });
    if ((await life.ready) === undefined) throw new Error(`no engine:\n${life.output}`);
    return life;
  };
  let life = await start();
  return {
    tryton,
    desk,
    stripe,
    estate,
    proxy,
    url,
    crmSecret: environment["CRM_WEBHOOK_SECRET"] ?? "",
    crash: async () => {
      await life.kill();
      life = await start();
    },
    output: () => life.output,
    stop: async () => {
      await life.stop();
      await stripe.close();
      await proxy.close();
      await estate.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
