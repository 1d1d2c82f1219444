import { type Random, streamOf } from "../estate/random.ts";
import type { VirtualClock } from "../virtual-clock.ts";

/** All that can go wrong. Each kind has its own luck, so that leaving one out changes no other. */
export const faultKinds = [
  "crash",
  "crash-in-commit",
  "restart",
  "lost-request",
  "lost-answer",
  "reset",
  "refused-connection",
  "gateway-error",
  "partner-down",
  "rate-limit",
  "session-expired",
  "slow-network",
  "duplicate-webhook",
  "lost-acknowledgement",
  "disorder",
  "disk-full",
  "store-busy",
  "failed-commit",
  "clock-forward",
  "clock-back",
  "reload",
  "broken-reload",
  "pause",
  "long-outage",
  "replay",
  "replay-step",
  "hasty-operator",
  "discard",
  "flow-stop",
  "purge",
  "last-breath",
  "replay-job",
  "key-stop",
  "caller",
  "system-drain",
  "region-stop",
  "lost-webhook",
  "disk-error",
  "web-page",
  "slow-disk",
  "freeze",
] as const;

const clockFaults = ["clock-forward", "clock-back", "long-outage"] as const;

export type FaultKind = (typeof faultKinds)[number];

/**
 * What goes wrong in one run: each seed has some of the kinds, some often and some seldom, until the
 * sky clears for good.
 */
export class Weather {
  readonly #clock: VirtualClock;
  readonly #streams = new Map<FaultKind, Random>();
  readonly #chances = new Map<FaultKind, number>();
  #isClear = false;

  constructor(seed: number, clock: VirtualClock, without: ReadonlySet<FaultKind>) {
    this.#clock = clock;
    const mood = streamOf(seed, "mood");
    const roughness = mood.pick([0.02, 0.06, 0.15] as const);
    for (const kind of faultKinds) {
      const stays = mood.next() < 0.45;
      const chance = roughness * (0.5 + mood.next());
      this.#streams.set(kind, streamOf(seed, `fault ${kind}`));
      if (stays && !without.has(kind)) this.#chances.set(kind, chance);
    }
  }

  /** The kinds that this seed has. */
  get kinds(): readonly FaultKind[] {
    return [...this.#chances.keys()];
  }

  /** Somebody sets the machine's clock in this seed. */
  get setsClock(): boolean {
    return clockFaults.some((kind) => this.#chances.has(kind));
  }

  has(kind: FaultKind): boolean {
    return !this.#isClear && this.#chances.has(kind);
  }

  /** Draws: does it strike now? `weight` for kinds that strike at rarer or more frequent occasions. */
  strikes(kind: FaultKind, weight = 1): boolean {
    const chance = this.#chances.get(kind);
    // Drawn in any case: what clears later must not change what came before.
    const luck = this.luck(kind).next();
    return !this.#isClear && chance !== undefined && luck < chance * weight;
  }

  luck(kind: FaultKind): Random {
    const stream = this.#streams.get(kind);
    if (stream === undefined) throw new RangeError(`no luck for ${kind}`);
    return stream;
  }

  /** Lets a kind strike a few times in a span, at random moments. */
  plan(kind: FaultKind, spanMs: number, times: number, act: (luck: Random) => void): void {
    if (!this.#chances.has(kind)) return;
    const luck = this.luck(kind);
    const count = 1 + luck.below(times);
    for (let nth = 0; nth < count; nth += 1) {
      this.#clock.schedule(this.#clock.now() + luck.below(spanMs), () => {
        if (!this.#isClear) act(luck);
      });
    }
  }

  clear(): void {
    this.#isClear = true;
  }
}
