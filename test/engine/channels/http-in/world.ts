import { onTestFinished } from "vitest";
import { request } from "undici";
import {
  createServer,
  type EnginePort,
  type EngineView,
  type OutlookView,
  type ServerOptions,
} from "../../../../engine/channels/http-in/index.ts";
import type { ApiResponse } from "../../../../engine/model/decision.ts";
import type { Json } from "../../../../engine/model/json.ts";
import type { Generation } from "../../../../engine/model/plan/generation.ts";
import type { PauseTarget, ReplayOptions } from "../../../../engine/model/operator.ts";
import type { CallAnswer, ReceiveAnswer, Received } from "../../../../engine/model/received.ts";
import type { TaskAnswer } from "../../../../engine/model/run-event.ts";
import type { AuditEntry, Unpark } from "../../../../engine/ports/store.ts";
import type { RunDetail, StoreReader } from "../../../../engine/ports/store-reader.ts";
import { SeededIds } from "../../../../engine/testing/seeded-ids.ts";
import { VirtualClock } from "../../../../engine/testing/virtual-clock.ts";
import { memoryLog, secretsOf } from "../plans.ts";
import { MemoryReceiver } from "../receiver.ts";

/** An engine that remembers what it was told. */
class MemoryEngine extends MemoryReceiver implements EnginePort {
  readonly told: unknown[] = [];
  answer: ApiResponse | undefined = { status: 200, headers: {}, body: { ok: true } };
  view: EngineView = {
    state: "running",
    generation: "test",
    backlog: 3,
    deciding: 0,
    sending: 0,
    waiting: 0,
    adapters: [{ adapter: "tryton", queued: 2, sending: 1, circuit: "open" }],
    unmapped: [{ adapter: "acme", status: 418, count: 2 }],
    paused: [],
  };

  async receiveAndWait(received: Received): Promise<CallAnswer> {
    const stored: ReceiveAnswer = await this.receive(received);
    if (stored.outcome === "refused") return stored;
    const { messageId } = stored;
    const runId = `run-${messageId}`;
    return this.answer === undefined
      ? { outcome: "pending", messageId, runId }
      : { outcome: "answered", messageId, runId, response: this.answer };
  }

  async response(): Promise<ApiResponse | undefined> {
    return this.answer;
  }

  async replay(messageId: string, options: ReplayOptions): Promise<ReceiveAnswer> {
    this.told.push(["replay", messageId, options]);
    return { outcome: "accepted", messageId: "m-replay", runs: [] };
  }

  async choose(taskId: string, answer: TaskAnswer): Promise<boolean> {
    this.told.push(["choose", taskId, answer]);
    return taskId === "t-1";
  }

  async unpark(runId: string, answer: Unpark): Promise<boolean> {
    this.told.push(["unpark", runId, answer]);
    return runId === "r-1";
  }

  async pause(target: PauseTarget, by: string): Promise<void> {
    this.told.push(["pause", target, by]);
  }

  async drain(target: PauseTarget, by: string): Promise<void> {
    this.told.push(["drain", target, by]);
  }

  async outlook(): Promise<OutlookView> {
    return { adapters: [], draining: [] };
  }

  async resume(target: PauseTarget, by: string): Promise<boolean> {
    this.told.push(["unpause", target, by]);
    return true;
  }

  status(): EngineView {
    return this.view;
  }
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A server on a free port, and someone who asks it. */
export async function listening(
  generation: Generation,
  secrets: Readonly<Record<string, string>> = {},
  more: Partial<ServerOptions> = {},
) {
  const clock = new VirtualClock(Date.parse("2026-05-01T00:00:00Z"));
  const engine = new MemoryEngine(generation);
  const log = memoryLog();
  const audit: AuditEntry[] = [];
  const server = await createServer({
    engine,
    read: readerOf(engine),
    masks: {
      message: async (message) => ({ ...message, data: "masked" }),
      runs: async (rows) => rows,
      problems: async (rows) => rows,
      run: async (run) => ({ ...run, state: "masked" }),
      tasks: async (rows) => rows,
      conflicts: (rows) => rows,
      trace: async (entries) => entries.map((entry) => ({ ...entry, detail: "masked" })),
    },
    audit: async (entry) => void audit.push(entry),
    secrets: secretsOf(secrets),
    clock,
    ids: new SeededIds(1),
    log,
    port: 0,
    ...more,
  });
  onTestFinished(async () => {
    const closed = server.close(0);
    await clock.advance(0);
    await closed;
  });
  const ask = async (path: string, { body, headers = {}, method }: Asked = {}) => {
    const response = await request(`${server.url}${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.body.text();
    const type = String(response.headers["content-type"]);
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      body: (/json/.test(type) ? JSON.parse(text) : text) as Json & Record<string, unknown>,
    };
  };
  return { ask, audit, clock, engine, log, server };
}

function readerOf(engine: MemoryEngine): StoreReader {
  const note =
    <T>(name: string, answer: T) =>
    async (...given: unknown[]): Promise<T> => {
      engine.told.push([name, ...given]);
      return answer;
    };
  return {
    messages: note("messages", []),
    message: async (id) => {
      const received = engine.received[Number(id.slice(2)) - 1];
      if (received === undefined) return undefined;
      const message = {
        ...received,
        id,
        time: 0,
        receivedAt: 0,
        correlationId: "c",
        traceparent: "t",
      };
      return { message, ...(received.raw === undefined ? {} : { raw: received.raw }) };
    },
    runs: note("runs", []),
    run: async (id) =>
      id === "run-m-1"
        ? ({ id, flow: "orders", status: "active", messageId: "m-1" } as RunDetail)
        : undefined,
    deadLetters: note("deadLetters", []),
    begun: note("begun", { count: 0, oldest: [] }),
    waiting: note("waiting", { deliveries: [], runs: [] }),
    tasks: note("tasks", []),
    trace: note("trace", []),
    crosswalk: note("crosswalk", []),
    conflicts: note("conflicts", []),
    sources: note("sources", undefined),
    lastGeneration: note("lastGeneration", undefined),
    audits: note("audits", []),
    auditChain: async () => ({ rows: 0 }),
    counts: async () => ({ messages: 5, runs: 4 }),
  };
}
