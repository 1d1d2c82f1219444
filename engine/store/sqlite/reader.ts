import type { Instant } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import type {
  AuditRow,
  CrosswalkRow,
  DeliveryRow,
  ListFilter,
  MessageRow,
  ProblemRow,
  RunDetail,
  RunRow,
  StoreReader,
  TaskRow,
  TraceEntry,
} from "../../ports/store-reader.ts";
import { type AuditRecord, brokenAt } from "./audit.ts";
import { toBlobOrNone } from "./ids.ts";
import { loadMessage } from "./message-row.ts";
import { type DeliveryRecord, toDelivery } from "./outbox.ts";
import type { Queries, Value } from "./queries.ts";
import * as rows from "./rows.ts";
import { loadResults } from "./run-row.ts";
import { traceOf } from "./trace.ts";
import { parse } from "./work.ts";

const limitDefault = 50;

/** Lists and traces on any connection, the owner's or a read-only one. */
export class SqliteReader implements StoreReader {
  readonly #query: Queries;

  constructor(query: Queries) {
    this.#query = query;
  }

  async messages(filter: ListFilter): Promise<readonly MessageRow[]> {
    const values = { ...shared(filter), type: filter.type ?? null, flow: filter.flow ?? null };
    return this.#list<rows.MessageListRecord>("message-list", filter, "messageId", values).map(
      rows.toMessageRow,
    );
  }

  async message(
    id: string,
  ): Promise<{ readonly message: Message; readonly raw?: Uint8Array } | undefined> {
    const messageId = toBlobOrNone(id);
    if (messageId === undefined) return undefined;
    const found = this.#query.get<{ messageNo: number }>("message-number", { messageId });
    return found === undefined ? undefined : loadMessage({ query: this.#query }, found.messageNo);
  }

  async runs(filter: ListFilter): Promise<readonly RunRow[]> {
    const { flow, status, type } = filter;
    const values = {
      ...shared(filter),
      flow: flow ?? null,
      status: status ?? null,
      type: type ?? null,
    };
    return this.#list<rows.RunListRecord>("run-list", filter, "runId", values).map(rows.toRunRow);
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
    return {
      ...rows.toRunRow(row),
      ...rows.toDocument(document),
      results: loadResults({ query }, runNo),
      history: query.all<rows.HistoryRecord>("history-list", { runNo }).map(rows.toHistoryRow),
      deliveries: this.#deliveries(runNo),
      milestones: milestones.map(({ name, at }) => ({ name, at })),
    };
  }

  #deliveries(runNo: number): readonly DeliveryRow[] {
    return this.#query.all<DeliveryRecord>("delivery-list", { runNo }).map((record) => ({
      ...toDelivery(record),
      attempts: this.#query
        .all<rows.AttemptRecord>("attempt-list", { deliveryNo: record.deliveryNo })
        .map(rows.toAttempt),
    }));
  }

  async deadLetters(filter: ListFilter): Promise<readonly ProblemRow[]> {
    const { flow, status, type } = filter;
    const values = {
      ...shared(filter),
      flow: flow ?? null,
      status: status ?? null,
      type: type ?? null,
    };
    return this.#list<rows.ProblemRecord>("problem-parked", filter, "runId", values).map(
      rows.toProblemRow,
    );
  }

  async tasks(filter: ListFilter): Promise<readonly TaskRow[]> {
    const { flow, status } = filter;
    const values = { ...shared(filter), flow: flow ?? null, status: status ?? null };
    return this.#list<rows.TaskRecord>("task-list", filter, "taskId", values).map(rows.toTaskRow);
  }

  async trace(id: string): Promise<readonly TraceEntry[]> {
    return traceOf(this.#query, id);
  }

  async crosswalk(entity: string, id: string): Promise<readonly CrosswalkRow[]> {
    return this.#query.all<CrosswalkRow>("crosswalk-list", { entity, id });
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    const counted = ["counter-list", "count-runs", "count-queues"].flatMap((name) =>
      this.#query.all<{ name: string; value: number }>(name),
    );
    return Object.fromEntries(counted.map(({ name, value }) => [name, value]));
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

  async auditBrokenAt(): Promise<number | undefined> {
    return brokenAt(this.#query.iterate<AuditRecord>("audit-chain"));
  }

  /** An id that is none finds nothing, rather than everything. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of rows
  #list<Row>(
    name: string,
    filter: ListFilter,
    idName: string,
    values: Readonly<Record<string, Value>>,
  ): readonly Row[] {
    const id = filter.id === undefined ? null : toBlobOrNone(filter.id);
    if (id === undefined) return [];
    return this.#query.all<Row>(name, { ...values, [idName]: id });
  }
}

function shared(filter: ListFilter): Readonly<Record<"since" | "until" | "limit", Value>> {
  return {
    since: filter.since ?? null,
    until: filter.until ?? null,
    limit: filter.limit ?? limitDefault,
  };
}
