import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { main } from "../../../cli/main.ts";
import { readWorkspace } from "../../../cli/workspace/read.ts";
import { SystemSecrets } from "../../../engine/ports/system/index.ts";
import { serve, type Serving } from "../../../engine/composition/serve.ts";
import { type Deal, type Estate, startEstate } from "../../../engine/testing/index.ts";
import { RecordingSignals } from "../../../engine/testing/signals.ts";
import { recordingTerminal } from "../../cli/recording-terminal.ts";
import { compiled } from "../../compiled.ts";

const adminToken = "token-of-admins";

/** One credential for each reader. */
const apiTokens = Object.fromEntries(
  ["partner", "finance", "operations", "metering", "support"].map((role) => [
    `SLUICE_API_TOKEN_${role.toUpperCase()}`,
    `token-of-${role}`,
  ]),
);

type DealOptions = NonNullable<Parameters<Estate["closeDeal"]>[0]>;

/** The reference workspace at work on the simulated partners, with quicker polls. */
export class ReferenceWorld {
  readonly estate: Estate;
  readonly serving: Serving;
  readonly signals: RecordingSignals;
  readonly #storePath: string;

  private constructor(
    parts: Pick<ReferenceWorld, "estate" | "serving" | "signals">,
    storePath: string,
  ) {
    this.estate = parts.estate;
    this.serving = parts.serving;
    this.signals = parts.signals;
    this.#storePath = storePath;
  }

  /** `edit` changes texts of the workspace, such as how often it looks. */
  static async open(
    edit: (path: string, text: string) => string = (_, text) => text,
    { crmPageSize, delivers = true, env = {}, more = {} }: WorldOptions = {},
  ): Promise<ReferenceWorld> {
    const folder = mkdtempSync(join(tmpdir(), "sluice-reference-"));
    const paging = crmPageSize === undefined ? {} : { crmPageSize };
    const habits = { approvalMs: 20, activationMs: 20, ...paging };
    const estate = await startEstate({ seed: 11, habits });
    const signals = new RecordingSignals();
    const files = Object.fromEntries(
      Object.entries({ ...referenceFiles(), ...more }).map(([path, text]) => [
        path,
        edit(path, text),
      ]),
    );
    const storePath = join(folder, "sluice.db");
    const serving = await serve({
      read: () => Promise.resolve(files),
      compiled: await compiled(files),
      storePath,
      secrets: new SystemSecrets({
        ...estate.environment(),
        ...apiTokens,
        ...env,
        SLUICE_ADMIN_TOKEN: adminToken,
      }),
      log: { write: () => undefined },
      port: 0,
      signals,
    });
    if (delivers) {
      estate.webhooks.to("crm", `${serving.url}/webhooks/salesforce/changes`);
      estate.webhooks.to("support", `${serving.url}/webhooks/zendesk/events`);
      estate.webhooks.to("billing", `${serving.url}/webhooks/stripe/events`);
    }
    cleanups.push(async () => {
      await serving.stop({ drainMs: 0 });
      await estate.close();
      rmSync(folder, { recursive: true, force: true });
    });
    return new ReferenceWorld({ estate, serving, signals }, storePath);
  }

  /** Closes a deal, and waits until its run has ended or parked. */
  async close(options: DealOptions): Promise<Deal> {
    const deal = this.estate.closeDeal(options);
    await this.ended("opportunity-to-order", deal.opportunityId);
    return deal;
  }

  /** Resolves when a run of the flow with this key has ended or parked. */
  async ended(flow: string, laneKey: string): Promise<void> {
    for (;;) {
      const next = Promise.race([this.signals.next("run-ended"), this.signals.next("run-parked")]);
      const runs = await this.serving.store.read.runs({ flow, limit: 1_000 });
      const run = runs.find((row) => row.laneKey === laneKey);
      const isOver =
        run !== undefined &&
        (run.endedAt !== undefined ||
          ["dead", "invalid", "in-doubt", "stuck"].includes(run.status));
      if (isOver) return;
      await next;
    }
  }

  /** Calls an endpoint with the credential of a role. */
  async api(role: string, path: string, body?: unknown) {
    const response = await fetch(`${this.serving.url}/api${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer token-of-${role}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Readonly<Record<string, unknown>>;
    return { status: response.status, headers: response.headers, body: answer };
  }

  /** Calls a verb of the command line on this engine and its store. */
  async cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const terminal = recordingTerminal({
      env: { SLUICE_STORE: this.#storePath, SLUICE_ADMIN_TOKEN: adminToken },
    });
    const code = await main(argv, terminal);
    return { code, out: terminal.output(), err: terminal.errors() };
  }

  /** As `cli`, for verbs that ask the running engine. */
  async ask(...argv: string[]) {
    return this.cli(...argv, "--server", this.serving.url);
  }

  opportunity(deal: Deal): Readonly<Record<string, unknown>> {
    return this.estate.crm.records.get("Opportunity", deal.opportunityId) ?? {};
  }
}

interface WorldOptions {
  /** Records of one page of the CRM. */
  readonly crmPageSize?: number;
  /** False: no vendor posts anything, and polls alone bring the news. */
  readonly delivers?: boolean;
  /** What the environment says beside where the estate is. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files beside those of the reference workspace. */
  readonly more?: Readonly<Record<string, string>>;
}

/** The reference workspace; the ERP's changes are asked for more often than a business would. */
export function referenceFiles(): Readonly<Record<string, string>> {
  const { files } = readWorkspace(join(import.meta.dirname, "../../.."));
  const adapter = "flows/system/erp.acme-erp.yaml";
  return { ...files, [adapter]: (files[adapter] ?? "").replace("every: 5s", "every: 100ms") };
}

const cleanups: (() => Promise<void>)[] = [];

/** Of the file: a world may be opened in a test, where no hook of its own could be set up any more. */
afterAll(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
