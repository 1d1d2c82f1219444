import type { Instant } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

const lookMs = 60_000;
/** Less than this between two looks is a clock that is being slewed, or a busy machine. */
const jumpMsMin = 2_000;
/** A jump is news for so long. */
const newsMs = 3_600_000;
/** Partners refuse signatures from about here on; `Date` tells whole seconds, and answers take a while. */
const skewMsMin = 30_000;
/** So many answers in a row must say so. */
const answersMin = 3;
/** What a partner said of the time is believed so long. */
const believedMs = 3_600_000;

export interface ClockJump {
  readonly at: Instant;
  /** Forward where it is positive: the clock was set, or the machine slept. */
  readonly ms: number;
}

/** How the machine's clock stands. */
export interface ClockView {
  /** Since the start. */
  readonly jumps: number;
  readonly lastJump?: ClockJump;
  /** By partner: how far its clock is ahead of ours, by the `Date` of its answers. */
  readonly skews: readonly {
    readonly adapter: string;
    readonly ms: number;
    /** Enough answers say that it is far off. */
    readonly isFar: boolean;
  }[];
  readonly warnings: readonly ClockWarning[];
}

export interface ClockWarning {
  /** `machine`, or the adapter whose clock is another. */
  readonly what: string;
  readonly message: string;
  readonly help: string;
  readonly at?: Instant;
}

interface Heard {
  readonly ms: number;
  /** Answers in a row that were far off. */
  readonly far: number;
  readonly at: number;
}

/**
 * Looks every minute whether the machine's clock was set, and holds it against the `Date` of the partners'
 * answers. Nothing depends on it: the engine keeps a time of its own, but signatures, tokens and other
 * people's records do not.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changed: () => void;
  readonly #heard = new Map<string, Heard>();
  #offset: number;
  #jumps = 0;
  #last: (ClockJump & { readonly steady: number }) | undefined;
  #known = "[]";
  #cancel: () => void = () => {};

  /** `changed`: a warning came or went. */
  constructor(parts: { readonly clock: Clock; readonly log: Log; readonly changed: () => void }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#changed = parts.changed;
    this.#offset = this.#offsetNow();
  }

  start(): void {
    this.#cancel = this.#clock.schedule(this.#clock.now() + lookMs, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** A partner answered just now. One that a cache kept says nothing of the time. */
  answered(adapter: string, headers: Readonly<Record<string, string>>): void {
    const { date, age } = headers;
    const told = date === undefined || age !== undefined ? NaN : Date.parse(date);
    if (Number.isNaN(told)) return;
    const wall = this.#clock.wall();
    // It is some time within the second that was told.
    const ms = wall < told ? told - wall : Math.min(0, told + 999 - wall);
    const before = this.#heard.get(adapter)?.far ?? 0;
    const far = Math.abs(ms) >= skewMsMin ? before + 1 : 0;
    this.#heard.set(adapter, { ms, far, at: this.#clock.steady() });
    if (far === answersMin || (far === 0 && before >= answersMin)) this.#tell();
  }

  view(): ClockView {
    const steady = this.#clock.steady();
    const last = this.#last;
    const skews = [...this.#heard]
      .filter(([, { at }]) => steady - at < believedMs)
      .map(([adapter, { ms, far }]) => ({ adapter, ms, isFar: far >= answersMin }));
    const isNews = last !== undefined && steady - last.steady < newsMs;
    return {
      jumps: this.#jumps,
      ...(last === undefined ? {} : { lastJump: { at: last.at, ms: last.ms } }),
      skews,
      warnings: [
        ...(isNews ? [jumpWarning(last)] : []),
        ...skews.filter(({ isFar }) => isFar).map(skewWarning),
      ],
    };
  }

  #look(): void {
    const offset = this.#offsetNow();
    const ms = Math.round(offset - this.#offset);
    this.#offset = offset;
    if (Math.abs(ms) >= jumpMsMin) {
      this.#jumps += 1;
      this.#last = { at: this.#clock.now(), ms, steady: this.#clock.steady() };
    }
    this.#tell();
  }

  /** Tells of warnings that came or went. */
  #tell(): void {
    const { warnings } = this.view();
    const known = JSON.stringify(warnings.map(({ what, at }) => [what, at]));
    if (known === this.#known) return;
    const before = this.#known;
    this.#known = known;
    for (const { what, at, message, help } of warnings) {
      if (!before.includes(JSON.stringify([what, at]))) this.#log.write("warn", message, { help });
    }
    this.#changed();
  }

  #offsetNow(): number {
    return this.#clock.wall() - this.#clock.steady();
  }
}

const help =
  "see whether the machine's time is kept in step (NTP): partners refuse signatures and tokens that are out by minutes";

function jumpWarning({ at, ms }: ClockJump): ClockWarning {
  const way = ms > 0 ? "was set forward, or the machine slept," : "was set back";
  return { what: "machine", message: `the machine's clock ${way} by ${span(ms)}`, help, at };
}

function skewWarning({ adapter, ms }: ClockView["skews"][number]): ClockWarning {
  const way = ms > 0 ? "ahead of" : "behind";
  return {
    what: adapter,
    message: `the clock of ${adapter} is ${span(ms)} ${way} this machine's, by the Date of its answers`,
    help,
  };
}

function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  return seconds < 180 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
