import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { PartnerReport } from "./partner.ts";

/** The partners' process; it ends with `close`, and when this process does. */
export class PartnerProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(
    ledger: string,
    { seed, faults }: { readonly seed: number; readonly faults: number },
  ): Promise<PartnerProcess> {
    const script = join(import.meta.dirname, "partner.ts");
    const child = fork(script, [ledger, String(seed), String(faults)]);
    const [{ url }] = (await once(child, "message")) as [{ readonly url: string }];
    return new PartnerProcess(url, child);
  }

  async report(): Promise<PartnerReport> {
    const answer = once(this.#child, "message") as Promise<[{ readonly report: PartnerReport }]>;
    this.#child.send({});
    return (await answer)[0].report;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
