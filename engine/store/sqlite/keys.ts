import type { Instant } from "../../model/json.ts";
import { hashId } from "./ids.ts";
import { KeyIndex, type KeyKind } from "./key-index.ts";
import type { Queries } from "./queries.ts";

/** So many keys are merged at once: enough of them share a page, and few are read at a start. */
const mergeAtDefault = 8192;
/** Rows written in one operation: short enough to stand between two others. */
const chunk = 256;

/** Performs one operation of the group commit. */
type Write = (operate: () => void) => Promise<void>;

interface IdsRow {
  readonly messageNo: number;
  readonly upTo: number;
  readonly ids: Uint8Array;
}

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
      await this.#mergeIds("message", "business-id-of-messages", write);
      await this.#mergeIds("journal", "business-id-of-journal", write);
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

  async #mergeIds(name: string, source: string, write: Write): Promise<void> {
    const from = this.#query.get<{ upTo: number }>("merged-get", { name })?.upTo ?? 0;
    const rows = this.#query.all<IdsRow>(source, { upTo: from, limit: 2 * this.#mergeAt });
    const upTo = rows.at(-1)?.upTo;
    if (upTo === undefined) return;
    const entries = rows.flatMap(idsOf);
    entries.sort((a, b) => (a.text < b.text ? -1 : 1));
    entries.sort((a, b) => (a.messageNo >> 14) - (b.messageNo >> 14));
    for (let at = 0; at < entries.length; at += chunk) {
      const some = entries.slice(at, at + chunk);
      await write(() => {
        for (const { text, messageNo } of some) {
          const idHash = Buffer.from(text, "latin1");
          this.#query.run("business-id-insert", { idHash, messageNo });
        }
      });
    }
    await write(() => void this.#query.run("merged-save", { name, upTo }));
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

function idsOf({ messageNo, ids }: IdsRow): { text: string; messageNo: number }[] {
  const text = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("latin1");
  return Array.from({ length: text.length / 8 }, (_, index) => ({
    text: text.slice(8 * index, 8 * index + 8),
    messageNo,
  }));
}

/** Hashes of ids side by side, each once; null where there is none. */
export function packIds(ids: Iterable<string | null | undefined>): Buffer | null {
  const hashes: Buffer[] = [];
  for (const id of new Set(ids)) {
    if (id !== null && id !== undefined && id !== "") hashes.push(hashId(id));
  }
  return hashes.length === 0 ? null : Buffer.concat(hashes);
}
