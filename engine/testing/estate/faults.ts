import type { System } from "./system.ts";
import { type Random, streamOf } from "./random.ts";

export const requestFaults = [
  "latency",
  "throttle",
  "error",
  "expire-session",
  "drop-before-commit",
  "drop-after-commit",
  "hang-after-commit",
  "slow-drip",
  "malformed",
  "error-in-200",
] as const;
export const webhookFaults = ["duplicate-webhook", "lose-webhook", "delay-webhook"] as const;

type RequestFaultKind = (typeof requestFaults)[number];
type WebhookFaultKind = (typeof webhookFaults)[number];
export type FaultKind = RequestFaultKind | WebhookFaultKind;

export interface Fault {
  readonly kind: FaultKind;
  readonly match?: FaultMatch;
  /** How many times; once unless told. */
  readonly times?: number | "always";
  /** So many matches pass unharmed first. */
  readonly skip?: number;
  /** Probability of each match, drawn from the seed; 1 unless told. */
  readonly chance?: number;
  /** For `latency`, `slow-drip` and `hang-after-commit`; 500 unless told. */
  readonly ms?: number;
  /** For `error`; 503 unless told. */
  readonly status?: number;
  /** For `throttle`, in seconds; 1 unless told. */
  readonly retryAfter?: number;
}

export interface FaultMatch {
  readonly method?: string;
  /** A part of the path. */
  readonly path?: string;
  /** A regular expression for the path. */
  readonly pattern?: string;
  /** A part of a webhook event's type. */
  readonly event?: string;
}

/** Faults drawn for any request, without being asked for one by one. */
export interface BackgroundFaults {
  readonly chance: number;
  readonly kinds: readonly [FaultKind, ...FaultKind[]];
  /** All four unless told. */
  readonly systems?: readonly System[];
}

/** The faults one partner will have. The first that matches is taken. */
export class Faults {
  readonly #random: Random;
  readonly #background: BackgroundFaults | undefined;
  readonly #planned: { readonly fault: Fault; left: number; skip: number }[] = [];

  constructor(seed: number, system: System, background?: BackgroundFaults) {
    this.#random = streamOf(seed, `faults ${system}`);
    const concerned = background?.systems?.includes(system) ?? true;
    this.#background = concerned ? background : undefined;
  }

  next(fault: Fault): void {
    const left = fault.times === "always" ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
    this.#planned.push({ fault, left, skip: fault.skip ?? 0 });
  }

  clear(): void {
    this.#planned.length = 0;
  }

  /** The fault for a request, used up by this call. */
  forRequest(method: string, path: string): Fault | undefined {
    return this.#take(
      requestFaults,
      ({ match }) =>
        (match?.method === undefined || match.method.toUpperCase() === method) &&
        (match?.path === undefined || path.includes(match.path)) &&
        (match?.pattern === undefined || new RegExp(match.pattern).test(path)),
    );
  }

  /** The fault for a webhook, used up by this call. */
  forWebhook(event: string): Fault | undefined {
    return this.#take(
      webhookFaults,
      ({ match }) => match?.event === undefined || event.includes(match.event),
    );
  }

  #take(kinds: readonly FaultKind[], matches: (fault: Fault) => boolean): Fault | undefined {
    for (const plan of this.#planned) {
      const { fault } = plan;
      if (plan.left <= 0 || !kinds.includes(fault.kind) || !matches(fault)) continue;
      if (plan.skip > 0) {
        plan.skip -= 1;
        continue;
      }
      if (fault.chance !== undefined && this.#random.next() >= fault.chance) continue;
      plan.left -= 1;
      return fault;
    }
    return this.#drawn(kinds);
  }

  #drawn(kinds: readonly FaultKind[]): Fault | undefined {
    const background = this.#background;
    if (background === undefined) return undefined;
    const hit = this.#random.next() < background.chance;
    const kind = this.#random.pick(background.kinds);
    return hit && kinds.includes(kind) ? { kind } : undefined;
  }
}
