import type { Instant } from "../../model/json.ts";
import { hashId } from "./ids.ts";
import { KeyIndex, type KeyKind } from "./key-index.ts";
import type { Queries } from "./queries.ts";

/** So many keys are merged at once: enough of them share a page, and few are read at a start. */
const mergeAtDefault = 8192;
/** Rows written in one operation, and read at once: short enough to stand between two others. */
const [chunk, page] = [256, 1024];
/** Messages of so many numbers share a segment of ids, as `business-id-insert` has it. */
const segmentSize = 2 ** 14;

/** Performs one operation of the group commit. */
type Write = (operate: () => void) => Promise<void>;

interface IdsRow {
  readonly messageNo: number;
  readonly upTo: number;
  readonly ids: Uint8Array;
}

/** Ids to be merged at once, and the number up to which nothing is left out. */
interface IdsPart {
  readonly upTo: number;
  readonly entries: string[];
  readonly isLast: boolean;
}

/** Where ids come from: rows that have some, and the number of the newest row. */
interface Source {
  readonly rows: string;
  readonly newest: string;
}

const sources = {
  message: { rows: "business-id-of-messages", newest: "message-newest" },
  journal: { rows: "business-id-of-journal", newest: "journal-newest" },
} as const satisfies Readonly<Record<string, Source>>;

/** All that is found by a key from outside: messages, runs, effects, and ids of the business. */
export class Keys implements Readonly<Record<KeyKind, KeyIndex>> {
  readonly dedupe: KeyIndex;
  readonly identity: KeyIndex;
  readonly effect: KeyIndex;
  readonly #query: Queries;
  readonly #mergeAt: number;
  #isMerging = false;

  constructor(query: Queries, mergeAt = mergeAtDefault) {
    this.#query = query;
    this.#mergeAt = mergeAt;
    this.dedupe = new KeyIndex("dedupe", query);
    this.identity = new KeyIndex("identity", query);
    this.effect = new KeyIndex("effect", query);
  }

  /** After a rollback. */
  forget(): void {
    for (const index of this.#indexes) index.forget();
  }

  get shouldMerge(): boolean {
    return !this.#isMerging && this.#indexes.some((index) => index.waiting >= this.#mergeAt);
  }

  /** Brings what came lately into the tables, in small operations between all others. */
  async merge(write: Write): Promise<void> {
    this.#isMerging = true;
    try {
      for (const index of this.#indexes) await mergeKeys(index, write);
      await this.#mergeIds("message", write);
      await this.#mergeIds("journal", write);
    } finally {
      this.#isMerging = false;
    }
  }

  /** Merges now, unless that is under way; whoever needs it asks again. */
  async mergeNow(write: Write): Promise<void> {
    if (!this.#isMerging) await this.merge(write);
  }

  /** Forgets up to `limit` keys whose time is over; the ledger's never are. */
  forgetOver(now: Instant, limit: number): { readonly done: number; readonly more: boolean } {
    const dedupe = this.dedupe.forgetOver(now, limit);
    return dedupe.more ? dedupe : this.identity.forgetOver(now, limit);
  }

  get #indexes(): readonly KeyIndex[] {
    return [this.dedupe, this.identity, this.effect];
  }

  /**
   * A part after the other, until none is left: rows with ids may come quicker than keys do, and
   * whoever looks for an id reads all that is not merged.
   */
  async #mergeIds(name: "message" | "journal", write: Write): Promise<void> {
    let from = this.#query.get<{ upTo: number }>("merged-get", { name })?.upTo ?? 0;
    for (;;) {
      const part = await this.#unmergedIds(sources[name], from, write);
      if (part.upTo > from) await this.#writeIds(name, part, write);
      if (part.isLast) return;
      from = part.upTo;
    }
  }

  async #writeIds(name: string, { upTo, entries }: IdsPart, write: Write): Promise<void> {
    // As texts, whose order is that of the table: a comparison of our own would hold up everything.
    entries.sort();
    for (let at = 0; at < entries.length; at += chunk) {
      const some = entries.slice(at, at + chunk).map(readEntry);
      await write(() => this.#query.insertAll("business-id-insert", some));
    }
    await write(() => void this.#query.run("merged-save", { name, upTo }));
  }

  /** Ids that are not merged yet, read a page at a time: others come in between. */
  async #unmergedIds({ rows, newest }: Source, from: number, write: Write): Promise<IdsPart> {
    const entries: string[] = [];
    let upTo = from;
    for (let left = 2 * this.#mergeAt; left > 0; left -= page) {
      const limit = Math.min(left, page);
      const found = this.#query.all<IdsRow>(rows, { upTo, limit });
      for (const row of found) entries.push(...entriesOf(row));
      upTo = found.at(-1)?.upTo ?? upTo;
      if (found.length < limit) {
        // Rows without ids need not be read again either.
        const last = this.#query.get<{ last: number | null }>(newest)?.last ?? 0;
        return { upTo: Math.max(upTo, last), entries, isLast: true };
      }
      await write(() => {});
    }
    return { upTo, entries, isLast: false };
  }
}

async function mergeKeys(index: KeyIndex, write: Write): Promise<void> {
  const merge = index.plan();
  if (merge.entries.length === 0) return;
  for (let at = 0; at < merge.entries.length; at += chunk) {
    const some = merge.entries.slice(at, at + chunk);
    await write(() => index.write(some));
  }
  await write(() => index.close(merge));
  index.closed(merge);
}

/** Characters of a segment's number, and of a hash. */
const [segmentLength, hashLength] = [9, 8];

/** The ids of a row as texts: segment, hash and message, one after the other. */
function entriesOf({ messageNo, ids }: IdsRow): readonly string[] {
  const hashes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("latin1");
  const segment = String(Math.floor(messageNo / segmentSize)).padStart(segmentLength, "0");
  return Array.from({ length: hashes.length / hashLength }, (_, index) => {
    const hash = hashes.slice(hashLength * index, hashLength * (index + 1));
    return `${segment}${hash}${messageNo}`;
  });
}

function readEntry(entry: string): { readonly idHash: Buffer; readonly messageNo: number } {
  const from = segmentLength + hashLength;
  const idHash = Buffer.from(entry.slice(segmentLength, from), "latin1");
  return { idHash, messageNo: Number(entry.slice(from)) };
}

/** Hashes of ids side by side, each once; null where there is none. */
export function packIds(ids: Iterable<string | null | undefined>): Buffer | null {
  const hashes: Buffer[] = [];
  for (const id of new Set(ids)) {
    if (id !== null && id !== undefined && id !== "") hashes.push(hashId(id));
  }
  return hashes.length === 0 ? null : Buffer.concat(hashes);
}
