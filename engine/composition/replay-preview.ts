import { stepOf } from "../insight/index.ts";
import type { Json } from "../model/json.ts";
import type { ReplayItem } from "../ports/replay-store.ts";
import type { DoubtNext, EffectVerdict, ReplayEffects } from "../rehearsal/index.ts";

/** What a replay would do, in groups of what is alike. */
export interface ReplayPreview {
  /** Runs and messages that the selection finds. */
  readonly total: number;
  /** In doubt: asked for by name or status only. */
  readonly leftOut: number;
  /** So many were rehearsed. */
  readonly looked: number;
  /** Reads that would be sent again. */
  readonly reads: number;
  readonly groups: readonly PreviewGroup[];
  /** What would not be replayed, and why. */
  readonly refused: readonly PreviewReason[];
  /** Where a rehearsal could go no further: what comes after is not in the groups. */
  readonly open: readonly PreviewReason[];
}

export interface PreviewGroup {
  readonly verdict: EffectVerdict;
  /** What would be done about a doubt, where that can be foreseen. */
  readonly next?: DoubtNext;
  readonly flow: string;
  readonly step: string;
  /** `erp.createOrder`. */
  readonly name: string;
  /** Members that differ, without places in lists. */
  readonly members: readonly string[];
  readonly count: number;
  /** The first of them; personal data masked. */
  readonly sample: {
    readonly runId?: string;
    readonly messageId: string;
    readonly differences: readonly {
      readonly pointer: string;
      readonly sent?: Json;
      readonly now?: Json;
    }[];
  };
}

export interface PreviewReason {
  readonly why: string;
  readonly count: number;
  readonly sample: string;
}

const order: readonly EffectVerdict[] = [
  "in-doubt",
  "conflict",
  "changed",
  "new",
  "gone",
  "same",
  "done",
];

/** Collects previews of single runs into groups. */
export class Grouping {
  readonly #total: number;
  readonly #leftOut: number;
  readonly #groups = new Map<string, PreviewGroup>();
  readonly #refused = new Map<string, PreviewReason>();
  readonly #open = new Map<string, PreviewReason>();
  #looked = 0;
  #reads = 0;

  constructor(total: number, leftOut: number) {
    this.#total = total;
    this.#leftOut = leftOut;
  }

  refuse(why: string, item: ReplayItem): void {
    this.#looked += 1;
    count(this.#refused, why, item);
  }

  add(
    flow: string,
    { effects, reads, openEnd }: ReplayEffects,
    item: ReplayItem,
    mask: (value: Json) => Json,
    /** Why it would not be done all the same. */
    refusal?: string,
  ): void {
    this.#looked += 1;
    if (refusal !== undefined) count(this.#refused, refusal, item);
    this.#reads += reads;
    if (openEnd !== undefined) count(this.#open, openEnd, item);
    for (const { path, name, verdict, next, differences } of effects) {
      const step = stepOf(path);
      const members = [
        ...new Set(differences.map(({ pointer }) => pointer.replaceAll(/\/\d+(?=\/|$)/g, "/*"))),
      ];
      const key = JSON.stringify([verdict, next, flow, step, name, members]);
      const known = this.#groups.get(key);
      if (known !== undefined) {
        this.#groups.set(key, { ...known, count: known.count + 1 });
        continue;
      }
      this.#groups.set(key, {
        verdict,
        ...(next === undefined ? {} : { next }),
        flow,
        step,
        name,
        members,
        count: 1,
        sample: {
          ...(item.runId === undefined ? {} : { runId: item.runId }),
          messageId: item.messageId,
          differences: differences.map(({ pointer, expected, actual }) => ({
            pointer,
            ...(expected === undefined ? {} : { sent: mask(expected) }),
            ...(actual === undefined ? {} : { now: mask(actual) }),
          })),
        },
      });
    }
  }

  preview(): ReplayPreview {
    return {
      total: this.#total,
      leftOut: this.#leftOut,
      looked: this.#looked,
      reads: this.#reads,
      groups: [...this.#groups.values()].sort(
        (a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || b.count - a.count,
      ),
      refused: [...this.#refused.values()],
      open: [...this.#open.values()],
    };
  }
}

function count(reasons: Map<string, PreviewReason>, why: string, item: ReplayItem): void {
  const known = reasons.get(why);
  const sample = known?.sample ?? item.runId ?? item.messageId;
  reasons.set(why, { why, count: (known?.count ?? 0) + 1, sample });
}
