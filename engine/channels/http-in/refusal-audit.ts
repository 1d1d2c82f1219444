import type { Instant } from "../../model/json.ts";
import type { HandlerContext } from "./context.ts";
import type { Incoming } from "./incoming.ts";
import type { Refusal } from "./problem.ts";

const rowsPerMinute = 60;
const minuteMs = 60_000;

type Caller = Pick<Incoming, "method" | "path" | "remote">;

/**
 * An audit row for each refusal, but no more than 60 a minute per code: whoever knocks a thousand
 * times a second must not fill the disk. The next row says how many went unwritten.
 */
export class RefusalAudit {
  readonly #windows = new Map<string, { since: Instant; rows: number; unwritten: number }>();
  readonly #context: HandlerContext;

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  /** Never rejects: a refusal must reach its sender whatever becomes of the row. */
  async write(incoming: Caller, refusal: Refusal): Promise<void> {
    const { audit, clock, meter, log } = this.#context;
    meter.add("sluice_http_refusals_total", { code: refusal.code });
    const now = clock.now();
    const window = this.#window(refusal.code, now);
    if (window.rows >= rowsPerMinute) {
      window.unwritten += 1;
      return;
    }
    window.rows += 1;
    const unwritten = window.unwritten;
    window.unwritten = 0;
    const entry = {
      actor: refusal.actor ?? incoming.remote,
      action: "refused",
      // The query may hold anything, the path only what was asked for; both come from strangers.
      target: `${incoming.method} ${incoming.path}`.slice(0, 200),
      detail: {
        code: refusal.code,
        status: refusal.status,
        ...(unwritten > 0 ? { unwritten } : {}),
      },
    };
    try {
      await audit(entry, now);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown";
      log.write("error", "a refusal could not be audited", { code: refusal.code, reason });
    }
  }

  #window(code: string, now: Instant): { since: Instant; rows: number; unwritten: number } {
    const known = this.#windows.get(code);
    if (known !== undefined && now - known.since < minuteMs) return known;
    const fresh = { since: now, rows: 0, unwritten: known?.unwritten ?? 0 };
    this.#windows.set(code, fresh);
    return fresh;
  }
}
