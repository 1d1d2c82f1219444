import type { Instant } from "../model/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { StoreHealth } from "../ports/store-health.ts";

const mebibyte = 1_048_576;
const lookMs = 300_000;
/** How far back growth is measured. */
const paceMs = 3_600_000;
/** A disk that is full so soon at the pace of late is worth a word. */
const soonMs = 86_400_000;
/** Growth over less than this says nothing. */
const paceMsMin = 600_000;
/** Below a tenth of the disk, but never more than this or less than that. */
const lowShare = 0.1;
const lowBytesMax = 2_048 * mebibyte;
const lowBytesMin = 64 * mebibyte;
/** Beyond this, something keeps the log from being copied back. */
const logBytesMax = 512 * mebibyte;

export interface StoreWarning {
  readonly what: "disk-low" | "disk-soon-full" | "log-long";
  readonly message: string;
  readonly help: string;
}

/** How the store stood at the last look. */
export interface StoreView extends StoreHealth {
  readonly warnings: readonly StoreWarning[];
  /** When the disk is full at the pace of the last hour; absent where it does not grow. */
  readonly fullAt?: Instant;
}

interface Sample {
  readonly at: Instant;
  readonly bytes: number;
}

/**
 * Looks at the store every five minutes, and says before it is too late that its disk fills up. A full disk
 * loses nothing, but nothing more is taken in.
 */
export class StoreWatch {
  readonly #health: () => StoreHealth;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changed: () => void;
  #samples: readonly Sample[] = [];
  #known: ReadonlySet<string> = new Set();
  #cancel: () => void = () => {};

  /** `changed`: a warning came or went. */
  constructor(parts: {
    readonly health: () => StoreHealth;
    readonly clock: Clock;
    readonly log: Log;
    readonly changed: () => void;
  }) {
    this.#health = parts.health;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#changed = parts.changed;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  /** How it stands now. */
  view(): StoreView {
    const health = this.#health();
    const now = this.#clock.now();
    const fullAt = this.#fullAt(health, now);
    return {
      ...health,
      warnings: warningsOf(health, fullAt === undefined ? undefined : fullAt - now),
      ...(fullAt === undefined ? {} : { fullAt }),
    };
  }

  #look(): void {
    const now = this.#clock.now();
    this.#cancel = this.#clock.schedule(now + lookMs, () => this.#look());
    const { bytes, logBytes, freeBytes, warnings } = this.view();
    const kept = this.#samples.filter(({ at }) => at > now - paceMs - lookMs);
    this.#samples = [...kept, { at: now, bytes: bytes - freeBytes + logBytes }];
    const found = new Set(warnings.map(({ what }) => what));
    const fresh = warnings.filter(({ what }) => !this.#known.has(what));
    for (const { message, help } of fresh) this.#log.write("warn", message, { help });
    const isChanged = fresh.length > 0 || [...this.#known].some((what) => !has(found, what));
    this.#known = found;
    if (isChanged) this.#changed();
  }

  /** Free pages within the file are filled first. */
  #fullAt({ bytes, logBytes, freeBytes, disk }: StoreHealth, now: Instant): Instant | undefined {
    const [first] = this.#samples;
    if (disk === undefined || first === undefined || now - first.at < paceMsMin) return undefined;
    const grown = bytes - freeBytes + logBytes - first.bytes;
    if (grown <= 0) return undefined;
    return now + Math.round(((disk.freeBytes + freeBytes) * (now - first.at)) / grown);
  }
}

function has(found: ReadonlySet<string>, what: string): boolean {
  return found.has(what);
}

/** What is worth a word; `fullInMs` is how long the disk lasts at the pace of late. */
function warningsOf(
  { disk, logBytes }: StoreHealth,
  fullInMs: number | undefined,
): readonly StoreWarning[] {
  const warnings: StoreWarning[] = [];
  const low = disk && Math.max(lowBytesMin, Math.min(lowShare * disk.bytes, lowBytesMax));
  if (disk !== undefined && low !== undefined && disk.freeBytes < low) {
    warnings.push({
      what: "disk-low",
      message: `the store's disk has ${mebibytes(disk.freeBytes)} left of ${mebibytes(disk.bytes)}: once it is full, nothing more is taken in`,
      help: "make room, or let go of what is over: `sluice purge --dry-run` says how much that is",
    });
  } else if (fullInMs !== undefined && fullInMs < soonMs) {
    warnings.push({
      what: "disk-soon-full",
      message: `the store's disk is full in about ${Math.max(1, Math.round(fullInMs / 3_600_000))} h at the pace of the last hour`,
      help: "give it a larger disk, or shorten `retention` in sluice.yaml",
    });
  }
  if (logBytes > logBytesMax) {
    warnings.push({
      what: "log-long",
      message: `the log beside the store has grown to ${mebibytes(logBytes)}: a reader keeps it from being copied back`,
      help: "end long reads of the file, such as a copy of it or an open database shell",
    });
  }
  return warnings;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MiB`;
}
