/**
 * The front door: what the CLI and any embedding program may use. Parts that are slow to load
 * (compiler, database, HTTP) are loaded when they are first asked for, so that `sluice --help`
 * does not pay for them.
 */
export type { Diagnostic, SourceRef } from "./errors/diagnostic.ts";
export {
  FlowError,
  InvariantError,
  SpecError,
  StoreError,
  UsageError,
} from "./errors/flow-error.ts";
export { ExpressionError } from "./model/evaluation-error.ts";
export { isJsonObject, type Json } from "./model/json.ts";
export type { Kept } from "./model/kept.ts";
export type { PackedExpression } from "./mapping/index.ts";
export { sendAgains } from "./model/message.ts";
export { endedStatuses, parkedStatuses } from "./model/run.ts";
import type { Generation } from "./model/plan/generation.ts";
import type { StoreReader } from "./ports/store-reader.ts";
export type { Generation };
export type { Log } from "./ports/log.ts";
export type { SignalPoint } from "./ports/signals.ts";
export type {
  ConflictRow,
  DeliveryRow,
  ListFilter,
  MessageRow,
  ProblemRow,
  RunDetail,
  RunRow,
  StoredMessage,
  StoreReader,
  TaskRow,
  TraceEntry,
} from "./ports/store-reader.ts";
export type { IssueRow, IssueRunRow, IssueStatus, NoticeRow } from "./ports/insight-store.ts";
export type { SlaReport } from "./insight/index.ts";
export type { EditRow, ReplayItemRow, ReplayJobRow } from "./ports/replay-store.ts";
export type { ReplayPreview } from "./composition/replay-preview.ts";
export type { EngineStatus, Outlook } from "./runtime/status.ts";
export type { PauseTarget } from "./model/operator.ts";
export type { ClockView, PurgeOutlook, PurgeState, StoreView } from "./governance/index.ts";
export { type RetentionClass, retentionClasses } from "./ports/retention-store.ts";
export type {
  Compilation,
  CompileOptions,
  KeptParts,
  PackedNode,
  PackedSchema,
  Use,
} from "./spec/index.ts";
import type { ServeOptions } from "./composition/serve.ts";
export type { ServeOptions };
export type { Serving } from "./composition/serve.ts";

export { parseDuration } from "./spec/walk/duration.ts";
export { categories } from "./model/plan/impact.ts";
export { didYouMean, listWords } from "./errors/did-you-mean.ts";
export { findingFormats, formatFindings } from "./errors/format.ts";
export { codeFrame } from "./errors/frame.ts";
import { digest } from "./composition/digest.ts";
export { digest };

/** The compiler: texts in, generation and findings out. */
export const loadSpec = async () => import("./spec/index.ts");

/** What the compiler would make of texts that it judged and parsed before. */
export const loadKnownSpec = async () => import("./spec/compile-known.ts");

/** Names the compiler as it is: what it found in the same texts before, it finds again. */
export const loadFingerprint = async () =>
  (await import("./composition/compiler-fingerprint.ts")).compilerFingerprint;

/** First texts of an adapter, from an OpenAPI document or recorded traffic. */
export const loadScaffold = async () => import("./scaffold/index.ts");

/** What the functions beside JSONata's own are for. */
export const loadFunctionDocs = async () => (await import("./mapping/index.ts")).functionDocs;

/** Rehearsals: plans, flow tests and previews, with nothing behind them. */
export const loadRehearsal = async () => import("./composition/rehearse.ts");

/** The machine's own clock, secrets and log. */
export const loadSystem = async () => import("./ports/system/index.ts");

/** Masks personal data in what was sent and answered, as the schemas say. */
export const loadMasks = async () => {
  const [{ maskFailure }, { maskFor }] = await Promise.all([
    import("./composition/masks.ts"),
    import("./composition/personal-data.ts"),
  ]);
  return { maskFailure, maskFor };
};

/** What a failure probably comes from, what to do first, and the commands for it. */
export const loadAdvice = async () => import("./insight/index.ts");

/** Shows messages, runs and traces without what is personal, from any store that is read. */
export async function createMasks(read: StoreReader) {
  const [masks, { compileWorkspace }] = await Promise.all([
    import("./composition/masks.ts"),
    import("./spec/index.ts"),
  ]);
  return masks.createMasks({
    read,
    compile: async (files) => compileWorkspace(files, { digest }).generation,
  });
}

/** Opens a store for reading only; the engine that owns it may run meanwhile. */
export async function openReader(path: string) {
  const store = await import("./store/sqlite/index.ts");
  return store.openReader(path);
}

/** Copies of a store: made while its engine works, put in its place while none does. */
export const loadBackup = async () => {
  const { backupStore, restoreStore } = await import("./store/sqlite/index.ts");
  return { backupStore, restoreStore };
};

/** Lets go of what is over in a store that no engine has open. */
export const loadPurge = async () => import("./composition/purge.ts");

/** Starts an engine on a workspace: store, channels, reload. */
export async function serve(options: ServeOptions) {
  const composition = await import("./composition/serve.ts");
  return composition.serve(options);
}

/** Sends reads of a plan, and nothing else. */
export async function loadTransport(
  environment: Readonly<Record<string, string | undefined>>,
  generation: Generation,
) {
  const { createReadTransport } = await import("./composition/read-transport.ts");
  return createReadTransport(environment, generation);
}

/** The settings of `sluice.yaml` that are needed before anything is compiled. */
export async function workspaceSettings(text: string): Promise<{ readonly storePath?: string }> {
  const { readSettings } = await import("./spec/settings.ts");
  return readSettings(text);
}
