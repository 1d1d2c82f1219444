import type { Instant } from "../../model/json.ts";
import { KeyFilter } from "./key-filter.ts";
import type { Queries } from "./queries.ts";

/** Rows of so many numbers share a segment. */
const segmentBits = 16;

/** Where a key leads, and until when it is remembered. */
export interface KeyTarget {
  readonly rowNo: number;
  readonly knownUntil: Instant;
}

/** The kinds of keys: the number that the tables know them by, and how to read what is not merged. */
const kinds = {
  dedupe: { number: 1, unmerged: "key-unmerged-dedupe" },
  identity: { number: 2, unmerged: "key-unmerged-identity" },
  effect: { number: 3, unmerged: "key-unmerged-effect" },
} as const;

export type KeyKind = keyof typeof kinds;

interface Unmerged extends KeyTarget {
  readonly key: Buffer;
}

/** Entries of one merge, sorted, and the number up to which nothing is left out. */
export interface KeyMerge {
  readonly upTo: number;
  readonly entries: readonly (Unmerged & { readonly segment: number })[];
  /** Those of the segments that get entries, with them. */
  readonly filters: ReadonlyMap<number, KeyFilter>;
}

/**
 * Finds rows by keys that come from outside, and are therefore as good as random. What came lately
 * is held in memory (the rows themselves keep it over a crash) and merged into the tables many at
 * once: written one at a time into a large tree, each key would cost a page of its own.
 */
export class KeyIndex {
  readonly #kind: KeyKind;
  readonly #query: Queries;
  readonly #recent = new Map<string, KeyTarget>();
  /** Newest first; a segment of an older store has no filter. */
  #segments: { readonly segment: number; readonly filter: KeyFilter | undefined }[] = [];
  /** When the first key of a segment is over, where that was looked for. */
  readonly #earliest = new Map<number, Instant>();
  #isLoaded = false;

  constructor(kind: KeyKind, query: Queries) {
    this.#kind = kind;
    this.#query = query;
  }

  /** How many keys wait to be merged. */
  get waiting(): number {
    return this.#recent.size;
  }

  find(key: Buffer): KeyTarget | undefined {
    this.#load();
    const recent = this.#recent.get(key.toString("latin1"));
    if (recent !== undefined) return recent;
    for (const { segment, filter } of this.#segments) {
      if (filter !== undefined && !filter.mayHave(key)) continue;
      const found = this.#query.get<KeyTarget>("key-find", { kind: this.#number, segment, key });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The row that keeps the key must be written in the same operation. */
  add(key: Buffer, target: KeyTarget): void {
    this.#load();
    this.#recent.set(key.toString("latin1"), target);
  }

  /**
   * Removes up to `limit` keys whose time is over, of one segment; `more` until all were looked at.
   * A segment is read again only when one of its keys may be over.
   */
  forgetOver(now: Instant, limit: number): { readonly done: number; readonly more: boolean } {
    this.#load();
    const next = this.#segments.find(({ segment }) => (this.#earliest.get(segment) ?? 0) <= now);
    if (next === undefined) return { done: 0, more: false };
    const of = { kind: this.#number, segment: next.segment };
    const done = this.#query.run("key-over", { ...of, now, limit });
    if (done > 0) return { done, more: true };
    const at = this.#query.get<{ at: Instant | null }>("key-earliest", of)?.at ?? undefined;
    if (at !== undefined) this.#earliest.set(next.segment, at);
    else {
      this.#query.run("key-filter-delete", of);
      this.#segments = this.#segments.filter((each) => each !== next);
    }
    return { done, more: true };
  }

  /** After a rollback: what was added since the last transaction is not there. */
  forget(): void {
    this.#isLoaded = false;
  }

  /** What is to be merged now: sorted, so that neighbours share their pages. */
  plan(): KeyMerge {
    this.#load();
    // The texts' own order, which is the table's: a comparison of ours would hold up everything.
    const entries = [...this.#recent.keys()].sort().flatMap((text) => {
      const target = this.#recent.get(text);
      if (target === undefined) return [];
      const segment = target.rowNo >> segmentBits;
      return [{ ...target, key: Buffer.from(text, "latin1"), segment }];
    });
    entries.sort((a, b) => a.segment - b.segment);
    const upTo = entries.reduce((most, { rowNo }) => Math.max(most, rowNo), 0);
    return { upTo, entries, filters: this.#filtersWith(entries) };
  }

  /** Writes some of the entries of a merge; they may be written twice. */
  write(entries: KeyMerge["entries"]): void {
    const kind = this.#number;
    const rows = entries.map(({ segment, key, rowNo, knownUntil }) => {
      return { kind, segment, key, rowNo, knownUntil };
    });
    this.#query.insertAll("key-insert", rows);
  }

  /** Says in the tables that all entries are written. */
  close(merge: KeyMerge): void {
    for (const [segment, filter] of merge.filters) {
      this.#query.run("key-filter-save", { kind: this.#number, segment, bits: filter.bits });
    }
    this.#query.run("merged-save", { name: this.#kind, upTo: merge.upTo });
  }

  /** `close` is on disk: the tables are asked from now on. */
  closed(merge: KeyMerge): void {
    if (!this.#isLoaded) return;
    const { filters } = merge;
    for (const segment of filters.keys()) this.#earliest.delete(segment);
    const kept = this.#segments.filter(({ segment }) => !filters.has(segment));
    const changed = [...filters].map(([segment, filter]) => ({ segment, filter }));
    this.#segments = [...kept, ...changed].sort((a, b) => b.segment - a.segment);
    for (const [key, { rowNo }] of this.#recent) {
      if (rowNo <= merge.upTo) this.#recent.delete(key);
    }
  }

  get #number(): number {
    return kinds[this.#kind].number;
  }

  #filtersWith(entries: KeyMerge["entries"]): ReadonlyMap<number, KeyFilter> {
    const filters = new Map<number, KeyFilter>();
    for (const { segment, key } of entries) {
      const filter = filters.get(segment) ?? this.#filterOf(segment);
      filter.add(key);
      filters.set(segment, filter);
    }
    return filters;
  }

  #filterOf(segment: number): KeyFilter {
    const known = this.#segments.find((each) => each.segment === segment)?.filter;
    return known === undefined ? new KeyFilter() : new KeyFilter(known.bits.slice());
  }

  #load(): void {
    if (this.#isLoaded) return;
    this.#recent.clear();
    const rows = this.#query.all<{ segment: number; bits: Uint8Array | null }>("key-segments", {
      kind: this.#number,
    });
    this.#segments = rows.map(({ segment, bits }) => ({
      segment,
      filter: bits === null ? undefined : new KeyFilter(bits),
    }));
    const upTo = this.#query.get<{ upTo: number }>("merged-get", { name: this.#kind })?.upTo ?? 0;
    const unmerged = this.#query.all<Unmerged>(kinds[this.#kind].unmerged, { upTo });
    for (const { key, rowNo, knownUntil } of unmerged) {
      this.#recent.set(key.toString("latin1"), { rowNo, knownUntil });
    }
    this.#isLoaded = true;
  }
}
