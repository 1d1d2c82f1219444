import { inflateSync } from "node:zlib";
import type { Instant } from "../../model/json.ts";
import { endedStatuses, type RunStatus } from "../../model/run.ts";
import type {
  AuditChain,
  AuditRow,
  Begun,
  ConflictFilter,
  ConflictRow,
  CrosswalkRow,
  DeliveryRow,
  LastGeneration,
  ListFilter,
  MessageRow,
  ProblemRow,
  RunDetail,
  RunRow,
  StoreReader,
  StoredMessage,
  TaskRow,
  TraceEntry,
  Waiting,
} from "../../ports/store-reader.ts";
import type { Selection } from "../../ports/selection.ts";
import { type AuditAnchor, type AuditRecord, checkChain } from "./audit.ts";
import { conflictRows } from "./conflicts.ts";
import { effectKeysOf } from "./effects.ts";
import { fromBlob, toBlobOrNone } from "./ids.ts";
import { loadMessage } from "./message-row.ts";
import { messagesOfFlow } from "./messages-of-flow.ts";
import { type DeliveryRecord, toDelivery } from "./outbox.ts";
import type { Queries } from "./queries.ts";
import { retryingOf } from "./retrying.ts";
import * as rows from "./rows.ts";
import { loadResults, selectionText } from "./run-row.ts";
import { traceOf } from "./trace.ts";
import { parse } from "./work.ts";

const limitDefault = 50;
const begunMax = 5;

interface BegunRecord {
  readonly runId: Uint8Array;
  readonly flow: string;
  readonly laneKey: string | null;
  readonly status: RunStatus;
}

/** Lists and traces on any connection, the owner's or a read-only one. */
export class SqliteReader implements StoreReader {
  readonly #query: Queries;

  constructor(query: Queries) {
    this.#query = query;
  }

  async messages(filter: ListFilter): Promise<readonly MessageRow[]> {
    const { id, flow, type } = filter;
    if (id !== undefined) return this.#one("message-row", "messageId", id, rows.toMessageRow);
    const values = { ...range(filter), flow: null };
    const found =
      flow !== undefined
        ? messagesOfFlow(this.#query, { ...values, flow, type })
        : type === undefined
          ? this.#query.all<rows.MessageListRecord>("message-list", values)
          : this.#query.all<rows.MessageListRecord>("message-list-type", { ...values, type });
    return found.map(rows.toMessageRow);
  }

  async message(id: string): Promise<StoredMessage | undefined> {
    const messageId = toBlobOrNone(id);
    if (messageId === undefined) return undefined;
    const found = this.#query.get<{ messageNo: number }>("message-number", { messageId });
    return found === undefined ? undefined : loadMessage({ query: this.#query }, found.messageNo);
  }

  async runs(filter: ListFilter): Promise<readonly RunRow[]> {
    if (filter.id !== undefined)
      return this.#one<rows.RunListRecord, RunRow>("run-row-by-id", "runId", filter.id, (record) =>
        this.#runRow(record),
      );
    const { flow = null, status = null, type = null } = filter;
    const values = { ...range(filter), flow, status, type };
    const found = this.#query.all<rows.RunListRecord>(runList(filter), values);
    return found.map((record) => this.#runRow(record));
  }

  #runRow(record: rows.RunListRecord): RunRow {
    const retrying = retryingOf(this.#query, record);
    const row = rows.toRunRow(record);
    return retrying === undefined ? row : { ...row, retrying };
  }

  async run(id: string): Promise<RunDetail | undefined> {
    const runId = toBlobOrNone(id);
    const query = this.#query;
    const found =
      runId === undefined ? undefined : query.get<{ runNo: number }>("run-find", { runId });
    if (found === undefined) return undefined;
    const { runNo } = found;
    const row = query.get<rows.RunListRecord>("run-row", { runNo });
    const document = query.get<rows.DocumentRecord>("run-document", { runNo });
    if (row === undefined || document === undefined) return undefined;
    const milestones = query.all<{ name: string; at: Instant }>("milestone-list", { runNo });
    const history = query
      .all<rows.HistoryRecord>("history-list", { runNo })
      .flatMap(rows.toHistoryRows);
    return {
      ...this.#runRow(row),
      ...rows.toDocument(document, effectKeysOf({ query: this.#query }, runNo)),
      results: loadResults({ query }, runNo, { forgotten: true }),
      history,
      deliveries: this.#deliveries(runNo, history),
      milestones: milestones.map(({ name, at }) => ({ name, at })),
    };
  }

  #deliveries(runNo: number, history: RunDetail["history"]): readonly DeliveryRow[] {
    const attempts = this.#query.all<rows.AttemptRecord>("attempt-list", { runNo });
    return this.#query.all<DeliveryRecord>("delivery-list", { runNo }).map((record) => ({
      ...toDelivery(record),
      stage: rows.stageOf(record, history),
      attempts: attempts
        .filter(({ deliveryNo }) => deliveryNo === record.deliveryNo)
        .map(rows.toAttempt),
    }));
  }

  async deadLetters(filter: ListFilter): Promise<readonly ProblemRow[]> {
    const { flow = null, status = null, type = null } = filter;
    const runId = filter.id === undefined ? null : toBlobOrNone(filter.id);
    if (runId === undefined) return [];
    const values = { ...range(filter), flow, status, type, runId };
    return this.#query.all<rows.ProblemRecord>("problem-parked", values).map(rows.toProblemRow);
  }

  async tasks(filter: ListFilter): Promise<readonly TaskRow[]> {
    const { id, flow = null, status } = filter;
    if (id !== undefined) return this.#one("task-row", "taskId", id, rows.toTaskRow);
    const values = { ...range(filter), flow };
    const found =
      status === "open"
        ? this.#query.all<rows.TaskRecord>("task-list-open", values)
        : this.#query.all<rows.TaskRecord>("task-list", { ...values, status: status ?? null });
    return found.map(rows.toTaskRow);
  }

  async trace(id: string): Promise<readonly TraceEntry[]> {
    return traceOf(this.#query, id);
  }

  async crosswalk(entity: string, id: string): Promise<readonly CrosswalkRow[]> {
    return this.#query.all<CrosswalkRow>("crosswalk-list", { entity, id });
  }

  async conflicts(filter: ConflictFilter): Promise<readonly ConflictRow[]> {
    return conflictRows(this.#query, filter);
  }

  async sources(generation: string): Promise<Readonly<Record<string, string>> | undefined> {
    const row = this.#query.get<{ files: Uint8Array }>("generation-get", { hash: generation });
    return row === undefined ? undefined : textsOf(row.files);
  }

  async lastGeneration(): Promise<LastGeneration | undefined> {
    const row = this.#query.get<Omit<LastGeneration, "files"> & { files: Uint8Array }>(
      "generation-last",
    );
    return row === undefined ? undefined : { ...row, files: textsOf(row.files) };
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    const counted = ["counter-list", "count-runs", "count-queues"].flatMap((name) =>
      this.#query.all<{ name: string; value: number }>(name),
    );
    return Object.fromEntries(counted.map(({ name, value }) => [name, value]));
  }

  async begun(selection: Selection): Promise<Begun> {
    const text = selectionText(selection);
    const found = this.#query.all<BegunRecord>("run-begun", { selection: text, limit: begunMax });
    const all = this.#query.get<{ value: number }>("run-begun-count", { selection: text });
    const oldest = found.map(({ runId, flow, laneKey, status }) => {
      return { runId: fromBlob(runId), flow, laneKey, status };
    });
    return { count: all?.value ?? 0, oldest };
  }

  async waiting(): Promise<Waiting> {
    return {
      deliveries: this.#query.all<Waiting["deliveries"][number]>("waiting-deliveries"),
      runs: this.#query.all<Waiting["runs"][number]>("waiting-runs"),
    };
  }

  async audits(filter: {
    readonly before?: number;
    readonly limit?: number;
  }): Promise<readonly AuditRow[]> {
    const { before = Number.MAX_SAFE_INTEGER, limit = limitDefault } = filter;
    const found = this.#query.all<AuditRecord>("audit-list", { before, limit });
    return found.map(({ auditNo, at, actor, action, target, detail }) => ({
      number: auditNo,
      at,
      actor,
      action,
      target,
      detail: parse(detail),
    }));
  }

  async auditChain(): Promise<AuditChain> {
    const anchor = this.#query.get<AuditAnchor>("audit-anchor-get");
    return checkChain(this.#query.iterate<AuditRecord>("audit-chain"), anchor);
  }

  /** An id that is none finds nothing, rather than everything. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of rows
  #one<Record, Row>(
    name: string,
    idName: string,
    id: string,
    toRow: (record: Record) => Row,
  ): readonly Row[] {
    const blob = toBlobOrNone(id);
    if (blob === undefined) return [];
    return this.#query.all<Record>(name, { [idName]: blob }).map(toRow);
  }
}

/** The list whose index narrows most: what is open or went wrong is rare, a flow is less so. */
function runList({ flow, status }: ListFilter): string {
  if (status !== undefined && isRareEnd(status)) {
    return flow === undefined ? "run-list-failed" : "run-list-failed-flow";
  }
  if (status !== undefined && status !== "done") return "run-list-open";
  return flow === undefined ? "run-list" : "run-list-flow";
}

function isRareEnd(status: string): boolean {
  return status !== "done" && endedStatuses.some((ended) => ended === status);
}

function range(filter: ListFilter): Readonly<Record<"since" | "until" | "limit", number>> {
  const { since = 0, until = Number.MAX_SAFE_INTEGER, limit = limitDefault } = filter;
  return { since, until, limit };
}

const textsOf = (packed: Uint8Array): Readonly<Record<string, string>> =>
  parse(inflateSync(packed).toString("utf8"));
