import type { Clock } from "../../ports/clock.ts";
import { judgeEgress } from "./egress.ts";
import { exchange } from "./exchange.ts";
import { Pools } from "./pools.ts";
import { toHttpResponse } from "./response.ts";
import { parseRetryAfter } from "../shared/retry-after.ts";
import { writeRequest } from "./wire.ts";

const timeoutMs = 10_000;
const connectTimeoutMs = 5_000;
const responseLimit = 64 * 1024;

/** One POST to an address that sluice.yaml names itself, such as a team's webhook for notices. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type PostAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly retryAt?: number }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Posts on connections of its own, so that a slow receiver of notices holds up no partner, under the
 * same rules: egress, header checks, one deadline over everything, bounded answers. Never rejects.
 */
export class Poster {
  readonly #clock: Clock;
  readonly #pools = new Pools(connectTimeoutMs);
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async post({ url, headers, body }: PostRequest): Promise<PostAnswer> {
    if (this.#closed) return { kind: "failed", reason: "the engine is stopping" };
    const request = { method: "POST", url, headers, body, encode: "text", timeoutMs } as const;
    const written = writeRequest(request);
    if (written.kind === "refused") return written;
    const judged = judgeEgress(written.address.url, [written.address.url], []);
    if (!judged.allowed) return { kind: "refused", reason: judged.reason };
    const now = this.#clock.now();
    const exchanged = await exchange(this.#pools.of(written.address.origin), written.wire, {
      clock: this.#clock,
      deadline: now + timeoutMs,
      responseLimit,
    });
    if (exchanged.kind !== "answer") return { kind: "failed", reason: exchanged.reason };
    const { status, headers: answered } = toHttpResponse(exchanged.answer, responseLimit);
    const retryAt = parseRetryAfter(answered["retry-after"], this.#clock.now());
    return { kind: "answered", status, ...(retryAt === undefined ? {} : { retryAt }) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pools.close();
  }
}
