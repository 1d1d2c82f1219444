import type { Failure } from "../errors/failure.ts";
import type { Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import { hide, maskFor } from "./personal-data.ts";
import type { Masks } from "../ports/masks.ts";
import type {
  ConflictRow,
  RunDetail,
  RunRow,
  StoreReader,
  TraceEntry,
} from "../ports/store-reader.ts";

type Mask = (value: Json) => Json;
type Files = Readonly<Record<string, string>>;

interface Parts {
  readonly read: Pick<StoreReader, "message" | "run" | "runs" | "sources" | "trace">;
  /** The generation of stored texts; undefined when this version cannot compile them. */
  readonly compile: (files: Files) => Promise<Generation | undefined>;
}

/** Enough for what one request shows; a generation holds the texts of a whole workspace. */
const generationsKept = 4;

/** Masks as the schemas of each run's own generation say. */
export function createMasks({ read, compile }: Parts): Masks {
  const generations = new Map<string, Generation | undefined>();
  const generationOf = async (hash: string): Promise<Generation | undefined> => {
    if (generations.has(hash)) return generations.get(hash);
    const files = await read.sources(hash);
    const generation = files === undefined ? undefined : await compile(files);
    for (const old of [...generations.keys()].slice(0, 1 - generationsKept))
      generations.delete(old);
    generations.set(hash, generation);
    return generation;
  };
  const maskOf = async (run: RunDetail): Promise<Mask> => {
    const generation = await generationOf(run.generation);
    return maskFor(generation, run, (await read.message(run.messageId))?.message);
  };
  const runOf = async (id: string): Promise<RunDetail[]> => {
    const run = await read.run(id);
    return run === undefined ? [] : [run];
  };
  const maskOfId = async (id: string): Promise<Mask> => {
    const [run] = await runOf(id);
    return run === undefined ? maskFor(undefined, undefined, undefined) : maskOf(run);
  };
  return {
    async message(message) {
      const entries = await read.trace(message.id);
      const ids = new Set(
        entries.flatMap(({ runId, messageId }) =>
          runId !== undefined && messageId === message.id ? [runId] : [],
        ),
      );
      const runs = (await Promise.all([...ids].map(runOf))).flat();
      const masks: Mask[] = [];
      for (const run of runs) masks.push(await maskOf(run));
      if (masks.length === 0) {
        const [latest] = await read.runs({ limit: 1 });
        const generation = latest && (await generationOf(latest.generation));
        masks.push(maskFor(generation, noRun, undefined));
      }
      const mask: Mask = (value) => masks.reduce((shown, one) => one(shown), value);
      const { subject, data, headers } = message;
      return {
        ...message,
        ...(subject === undefined ? {} : { subject: text(mask(subject)) }),
        data: mask(data),
        headers: mask(headers) as typeof headers,
      };
    },
    runs: (rows) =>
      inTurn(rows, async (row) => {
        const { error, retrying } = row;
        return error === undefined && retrying === undefined
          ? row
          : { ...row, ...maskFailures(row, await maskOfId(row.id)) };
      }),
    problems: (rows) =>
      inTurn(rows, async (row) => {
        const failure = maskFailure(row.failure, await maskOfId(row.runId));
        return { ...row, failure };
      }),
    tasks: (rows) =>
      inTurn(rows, async (row) => {
        const mask = await maskOfId(row.runId);
        return { ...row, title: text(mask(row.title)), show: mask(row.show) };
      }),
    conflicts,
    async run(run) {
      return maskRun(run, await maskOf(run));
    },
    async trace(entries) {
      const masks = new Map<string, Mask>();
      const shown: TraceEntry[] = [];
      for (const entry of entries) shown.push(await masked(entry));
      return shown;

      async function masked(entry: TraceEntry): Promise<TraceEntry> {
        const { runId, detail, kind } = entry;
        // Ids and counts of the engine's own; payloads stand in steps, tasks and failures.
        if (runId === undefined || detail === undefined) return entry;
        if (kind !== "step" && kind !== "task" && kind !== "run") return entry;
        let mask = masks.get(runId);
        if (mask === undefined) {
          mask = await maskOfId(runId);
          masks.set(runId, mask);
        }
        return { ...entry, detail: mask(detail) };
      }
    },
  };
}

/** One after the other: what one needed is at hand for the next. */
async function inTurn<Row>(
  rows: readonly Row[],
  mask: (row: Row) => Promise<Row>,
): Promise<readonly Row[]> {
  const shown: Row[] = [];
  for (const row of rows) shown.push(await mask(row));
  return shown;
}

function conflicts(rows: readonly ConflictRow[]): readonly ConflictRow[] {
  return rows.map((row) =>
    row.personal ? { ...row, kept: hide(row.kept), given: hide(row.given) } : row,
  );
}

const noRun = { flow: "", results: {} };

function maskRun(run: RunDetail, mask: Mask): RunDetail {
  const { response, end } = run;
  return {
    ...run,
    ...maskFailures(run, mask),
    state: mask(run.state),
    results: members(run.results, mask),
    history: run.history.map((row) =>
      row.detail === undefined ? row : { ...row, detail: mask(row.detail) },
    ),
    deliveries: run.deliveries.map((delivery) => ({
      ...delivery,
      request: {
        ...delivery.request,
        url: text(mask(delivery.request.url)),
        ...(delivery.request.query === undefined
          ? {}
          : { query: mask(delivery.request.query) as typeof delivery.request.query }),
        ...(delivery.request.body === undefined ? {} : { body: mask(delivery.request.body) }),
      },
      attempts: delivery.attempts.map((attempt) =>
        attempt.response === undefined ? attempt : { ...attempt, response: mask(attempt.response) },
      ),
    })),
    ...(end === undefined
      ? {}
      : {
          end:
            "output" in end
              ? { output: mask(end.output) }
              : { failure: maskFailure(end.failure, mask) },
        }),
    ...(response === undefined ? {} : { response: { ...response, body: mask(response.body) } }),
  };
}

/** How a run failed, and what it met that is tried again. */
function maskFailures({ error, retrying }: RunRow, mask: Mask): Partial<RunRow> {
  return {
    ...(error === undefined ? {} : { error: maskFailure(error, mask) }),
    ...(retrying === undefined
      ? {}
      : { retrying: { ...retrying, failure: maskFailure(retrying.failure, mask) } }),
  };
}

/** A failure says what failed in the partner's words, which quote what it was given. */
export function maskFailure(failure: Failure, mask: Mask): Failure {
  const { message, detail } = failure;
  return {
    ...failure,
    message: text(mask(message)),
    // Written from JSON, and read as it was.
    ...(detail === undefined ? {} : { detail: mask(detail as Json) }),
  };
}

/** Step paths are no names of the business: only what stands under them is masked. */
function members(
  values: Readonly<Record<string, Json>>,
  mask: Mask,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(values).map(([path, value]) => [path, mask(value)]));
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
