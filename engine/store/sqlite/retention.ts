import type { Instant } from "../../model/json.ts";
import type {
  Need,
  RetentionClass,
  RetentionOutlook,
  RetentionPass,
  RetentionReader,
  RetentionStep,
  RetentionStore,
} from "../../ports/retention-store.ts";
import type { AuditAnchor } from "./audit.ts";
import { agedStatements } from "./bounds.ts";
import { emptyMessage } from "./emptying.ts";
import { GenerationSweep } from "./generation-sweep.ts";
import { isAwaited } from "./listening.ts";
import type { Queries } from "./queries.ts";
import { removeMessage, type RemovedMessage } from "./removing.ts";
import type { Work } from "./work.ts";

/** Rows that one transaction changes, more or less: a few milliseconds between two others. */
const rowsMax = 250;
/** Rows that the question costs whether something needs a message. */
const lookCost = 2;
/** Messages looked at between two looks at the event loop. */
const outlookPage = 500;

type MessageClass = Exclude<RetentionClass, "audit">;

interface OverRecord extends RemovedMessage {
  readonly messageId: Uint8Array;
  readonly type: string;
  readonly receivedAt: number;
  readonly bytes: number;
}

/** How the store lets retention work. */
export interface RetentionTables {
  readonly query: Queries;
  /** One transaction. `unbound`: foreign keys are not enforced in it. */
  transact<T>(
    now: Instant,
    how: { readonly unbound: boolean },
    operate: (work: Work) => T,
  ): Promise<T>;
  /** Brings keys that only their rows keep into the tables of keys. */
  mergeKeys(): Promise<void>;
  /** Forgets some keys; false once none is over. */
  forgetKeys(work: Work, limit: number): { readonly done: number; readonly more: boolean };
  /** Generations went: their numbers name nothing any more. */
  generationsGone(): void;
  /** Gives some free pages back; answers the bytes that are still free. */
  shrink(): number;
}

export class SqliteRetentionReader implements RetentionReader {
  readonly #query: Queries;

  constructor(query: Queries) {
    this.#query = query;
  }

  async outlook(kind: RetentionClass, before: Instant, now: Instant): Promise<RetentionOutlook> {
    if (kind === "audit") return this.#auditOutlook(before);
    const needed: Record<Need, number> = { run: 0, issue: 0, replay: 0, event: 0 };
    let over = 0;
    let bytes = 0;
    const walk = new Walk(this.#query, kind, before);
    for (;;) {
      const record = walk.next();
      if (record === undefined) return { over, bytes, needed };
      over += 1;
      bytes += record.bytes;
      const why = needOf({ query: this.#query, now }, record, before);
      if (why !== undefined) needed[why] += 1;
      walk.passed(record);
      if (over % outlookPage === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
  }

  #auditOutlook(before: Instant): RetentionOutlook {
    const over = auditPrefix(this.#query, before, Number.MAX_SAFE_INTEGER).rows;
    return { over, bytes: 0, needed: { run: 0, issue: 0, replay: 0, event: 0 } };
  }
}

/** Retention on the tables of the one store. */
export class SqliteRetention implements RetentionStore {
  readonly read: RetentionReader;
  readonly #tables: RetentionTables;

  constructor(tables: RetentionTables) {
    this.#tables = tables;
    this.read = new SqliteRetentionReader(tables.query);
  }

  pass(kind: RetentionClass, before: Instant): RetentionPass {
    if (kind !== "audit") return new MessagePass(this.#tables, kind, before);
    const step = (work: Work): RetentionStep => removeAudit(work, before);
    return {
      step: async (now) => this.#tables.transact(now, { unbound: false }, step),
    };
  }

  forgetKeys(): RetentionPass {
    const tables = this.#tables;
    return {
      step: async (now) =>
        tables.transact(now, { unbound: false }, (work) => {
          const cached = work.query.run("cache-over", { now, limit: rowsMax });
          const { done, more } = tables.forgetKeys(work, rowsMax);
          return { done: cached + done, waiting: 0, finished: cached < rowsMax && !more };
        }),
    };
  }

  async shrink(): Promise<number> {
    return this.#tables.shrink();
  }
}

/** Goes over messages in the order of time: those that had to wait, then those not looked at yet. */
class Walk {
  readonly #query: Queries;
  readonly #kind: MessageClass;
  readonly #before: Instant;
  #later = 0;
  #mark: number;

  constructor(query: Queries, kind: MessageClass, before: Instant) {
    this.#query = query;
    this.#kind = kind;
    this.#before = before;
    this.#mark =
      query.get<{ messageNo: number }>("retention-mark-get", { class: kind })?.messageNo ?? 0;
  }

  get mark(): number {
    return this.#mark;
  }

  next(): OverRecord | undefined {
    const later = this.#over("retention-later-next", { class: this.#kind, after: this.#later });
    if (later !== undefined) return later;
    this.#later = Number.MAX_SAFE_INTEGER;
    return this.#over("retention-next", { after: this.#mark });
  }

  /** True for one that had to wait once before. */
  hasWaited({ messageNo }: OverRecord): boolean {
    return messageNo <= this.#mark;
  }

  passed(record: OverRecord): void {
    if (this.hasWaited(record)) this.#later = record.messageNo;
    else this.#mark = record.messageNo;
  }

  #over(name: string, values: Readonly<Record<string, string | number>>): OverRecord | undefined {
    const record = this.#query.get<OverRecord>(name, values);
    return record !== undefined && record.receivedAt < this.#before ? record : undefined;
  }
}

class MessagePass implements RetentionPass {
  readonly #tables: RetentionTables;
  readonly #kind: MessageClass;
  readonly #walk: Walk;
  readonly #before: Instant;
  #generations: GenerationSweep | undefined;
  #current: { readonly record: OverRecord; readonly rows: Generator<number, void> } | undefined;
  #hasMerged = false;

  constructor(tables: RetentionTables, kind: MessageClass, before: Instant) {
    this.#tables = tables;
    this.#kind = kind;
    this.#walk = new Walk(tables.query, kind, before);
    this.#before = before;
  }

  async step(now: Instant): Promise<RetentionStep> {
    const unbound = this.#kind === "history";
    const done = await this.#tables.transact(now, { unbound }, (work) => this.#work(work));
    if (done !== "unmerged") return done;
    // Its keys are remembered by its own rows alone: first they go where they stay.
    this.#hasMerged = true;
    await this.#tables.mergeKeys();
    return { done: 0, waiting: 0, finished: false };
  }

  #work(work: Work): RetentionStep | "unmerged" {
    const kept = this.#kind === "history" ? keptNumbers(work.query) : undefined;
    const count = { done: 0, waiting: 0 };
    let rows = 0;
    while (rows < rowsMax) {
      if (this.#current === undefined) {
        const record = this.#walk.next();
        if (record === undefined) {
          const finished = this.#kind === "payloads" || this.#sweep(work, rowsMax - rows);
          return this.#end(work, { ...count, finished });
        }
        rows += lookCost;
        const isUnmerged = kept !== undefined && kept.isUnmerged(record.messageNo);
        if (isUnmerged && !this.#hasMerged) {
          this.#end(work, { ...count, finished: false });
          return "unmerged";
        }
        const isKept = isUnmerged || kept?.newest.has(record.messageNo) === true;
        if (isKept || needOf(work, record, this.#before) !== undefined) {
          this.#wait(work, record);
          count.waiting += 1;
          continue;
        }
        this.#current = { record, rows: this.#begin(work, record) };
      }
      const changed = this.#current.rows.next();
      if (changed.done === true) {
        this.#finish(work, this.#current.record);
        count.done += 1;
      } else rows += changed.value;
    }
    return this.#end(work, { ...count, finished: false });
  }

  /** What goes by its age alone, once the messages are through; false where there is more of it. */
  #sweep({ query }: Work, limit: number): boolean {
    const before = this.#before;
    let left = limit;
    for (const name of agedStatements) {
      left -= query.run(name, { before, limit: left });
      if (left <= 0) return false;
    }
    this.#generations ??= new GenerationSweep(query, before);
    const removed = this.#generations.step();
    if (removed === undefined) return false;
    if (removed > 0) this.#tables.generationsGone();
    return true;
  }

  #begin(work: Work, record: OverRecord): Generator<number, void> {
    return this.#kind === "payloads"
      ? emptyMessage(work, record.messageNo)
      : removeMessage(work, record);
  }

  #finish({ query }: Work, record: OverRecord): void {
    const { messageNo } = record;
    this.#current = undefined;
    if (this.#walk.hasWaited(record)) {
      query.run("retention-later-delete", { class: this.#kind, messageNo });
    }
    this.#walk.passed(record);
  }

  #wait({ query }: Work, record: OverRecord): void {
    const { messageNo } = record;
    if (!this.#walk.hasWaited(record)) {
      query.run("retention-later-save", { class: this.#kind, messageNo });
    }
    this.#walk.passed(record);
  }

  #end({ query }: Work, step: RetentionStep): RetentionStep {
    query.run("retention-mark-save", { class: this.#kind, messageNo: this.#walk.mark });
    return step;
  }
}

/** What still needs a message, if anything. */
function needOf(
  work: Pick<Work, "query" | "now">,
  { messageNo, messageId }: OverRecord,
  before: Instant,
): Need | undefined {
  const values = { messageNo, messageId, before };
  const found = work.query.get<{ why: Need | null }>("retention-needed", values);
  if (found !== undefined && found.why !== null) return found.why;
  return isAwaited(work, messageNo) ? "event" : undefined;
}

/**
 * Messages that stay although they are over: a number is never given twice, and what a key leads to
 * is found by it; and those whose keys no table has yet.
 */
function keptNumbers(query: Queries) {
  const { message, run, journal } = query.get<
    Readonly<Record<"message" | "run" | "journal", number | null>>
  >("retention-newest") ?? { message: null, run: null, journal: null };
  const merged = (name: string): number =>
    query.get<{ upTo: number }>("merged-get", { name })?.upTo ?? 0;
  const upTo = { dedupe: merged("dedupe"), identity: merged("identity") };
  return {
    newest: new Set([message, run, journal]),
    isUnmerged: (messageNo: number): boolean =>
      messageNo > upTo.dedupe ||
      query
        .all<{ runNo: number }>("retention-runs", { messageNo })
        .some(({ runNo }) => runNo > upTo.identity),
  };
}

/** The rows at the beginning that are over: an older row behind a younger one waits for it. */
function auditPrefix(query: Queries, before: Instant, limit: number) {
  let last: AuditAnchor | undefined;
  let rows = 0;
  for (const row of query.iterate<AuditAnchor & { readonly at: number }>("audit-over", { limit })) {
    if (row.at >= before) break;
    last = { auditNo: row.auditNo, hash: row.hash };
    rows += 1;
  }
  return { rows, last };
}

function removeAudit({ query }: Work, before: Instant): RetentionStep {
  const { rows, last } = auditPrefix(query, before, rowsMax);
  if (last !== undefined) {
    query.run("audit-anchor-save", { auditNo: last.auditNo, hash: last.hash });
    query.run("audit-delete", { auditNo: last.auditNo });
  }
  return { done: rows, waiting: 0, finished: rows < rowsMax };
}
