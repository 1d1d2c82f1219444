import type { Json, ProblemRow, RunRow, StoreReader } from "../../engine/index.ts";
import { endedStatuses, parkedStatuses, UsageError } from "../../engine/index.ts";
import { listFilter, type ListOptions } from "../output/list.ts";
import type { Terminal } from "../output/terminal.ts";
import { admin, type AdminOptions } from "./admin.ts";
import type { Reader } from "./store.ts";

/** How things to be replayed are named. */
export interface TargetOptions extends Omit<ListOptions, "limit">, AdminOptions {
  readonly issue?: string;
  readonly code?: string;
  readonly discard?: string;
  readonly current?: boolean;
}

/** One thing to be replayed: a parked run goes on, anything else is processed once more. */
export interface Target {
  readonly id: string;
  readonly what: "resume" | "discard" | "replay";
  readonly flow: string;
  readonly key: string | null;
  /** Step that it goes on from; a replay begins at the first. */
  readonly from?: string;
  readonly why: string;
}

export interface Targets {
  readonly targets: readonly Target[];
  /** Parked runs that a filter found and that are asked for by name only. */
  readonly leftOut: number;
}

/** A bulk replay never sends what may have been done: those are named one by one, or by status. */
export const onlyOnRequest = "in-doubt";
const bulkMax = 10_000;

/** Dead letters that a filter or an issue names, the oldest first. */
export async function targetsByFilter(reader: Reader, options: TargetOptions): Promise<Targets> {
  const found = await letters(reader, options);
  const { status, discard } = options;
  const isAsked = (row: ProblemRow): boolean =>
    row.status !== onlyOnRequest || status === onlyOnRequest || discard !== undefined;
  return {
    targets: found.filter(isAsked).map((row) => parked(row, options)),
    leftOut: found.filter((row) => !isAsked(row)).length,
  };
}

async function letters(reader: Reader, options: TargetOptions): Promise<readonly ProblemRow[]> {
  const { flow, since, until, status, code, issue } = options;
  if (issue !== undefined) {
    const affected = await reader.insight.issueRuns(issueOption(issue), bulkMax);
    const rows: ProblemRow[] = [];
    for (const { runId } of affected.filter(({ settled }) => !settled).toReversed()) {
      rows.push(...(await reader.deadLetters({ id: runId, limit: 1 })));
    }
    return rows;
  }
  const filter = listFilter(
    {
      ...(flow === undefined ? {} : { flow }),
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(status === undefined ? {} : { status }),
    },
    parkedStatuses,
  );
  const found = await reader.deadLetters({ ...filter, limit: bulkMax });
  return found.filter((row) => code === undefined || row.failure.code === code).toReversed();
}

/** The number of an issue. */
export function issueOption(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError("cli/unknown-issue", `--issue ${JSON.stringify(text)} is no number`, {
    help: "`sluice issues` lists them with their numbers",
  });
}

export async function targetsById(
  reader: StoreReader,
  ids: readonly string[],
  options: TargetOptions,
): Promise<Targets> {
  const targets: Target[] = [];
  for (const id of new Set(ids)) {
    const [letter] = await reader.deadLetters({ id, limit: 1 });
    targets.push(letter === undefined ? await again(reader, id, options) : parked(letter, options));
  }
  return { targets, leftOut: 0 };
}

function parked(row: ProblemRow, { discard }: TargetOptions): Target {
  const { path } = row.failure;
  return {
    id: row.runId,
    what: discard === undefined ? "resume" : "discard",
    flow: row.flow,
    key: row.laneKey,
    ...(path === undefined ? {} : { from: path }),
    why: `${row.status}: ${row.failure.code}`,
  };
}

/** What is not parked: an ended run's message, or a message, is processed once more. */
async function again(reader: StoreReader, id: string, { discard }: TargetOptions): Promise<Target> {
  const found: RunRow | undefined = await reader.run(id);
  if (discard !== undefined) {
    throw new UsageError(
      "cli/not-parked",
      found === undefined
        ? `there is no run ${JSON.stringify(id)} to discard`
        : `run ${id} is ${found.status}: only what waits for a person can be discarded`,
      { help: "`sluice dead-letters` lists what waits" },
    );
  }
  if (found !== undefined) {
    if (!endedStatuses.includes(found.status)) {
      throw new UsageError(
        "cli/still-running",
        `run ${id} is ${found.status}: it goes on by itself`,
        { help: `\`sluice runs ${id}\` shows what it waits for` },
      );
    }
    const { messageId, flow, laneKey, status } = found;
    return { id: messageId, what: "replay", flow, key: laneKey, why: status };
  }
  const message = await reader.message(id);
  if (message !== undefined)
    return { id, what: "replay", flow: "", key: null, why: message.message.type };
  throw new UsageError("cli/unknown-id", `no run or message ${JSON.stringify(id)}`, {
    help: "`sluice runs`, `sluice dead-letters` and `sluice messages` list them",
  });
}

/** One target, at once and without a job. */
export async function sendTarget(
  target: Target,
  options: TargetOptions & { readonly reason?: string },
  data: Json | undefined,
  terminal: Terminal,
): Promise<Json> {
  const { reason, current, discard } = options;
  const edited = {
    ...(data === undefined ? {} : { data }),
    ...(reason === undefined ? {} : { reason }),
  };
  const { path, body } = {
    resume: {
      path: `runs/${target.id}/resume`,
      body: { ...edited, ...(current === true ? { generation: "current" } : {}) },
    },
    discard: { path: `runs/${target.id}/discard`, body: { reason: discard ?? "" } },
    replay: {
      path: `messages/${target.id}/replay`,
      body: { ...edited, ...(target.flow === "" ? {} : { flow: target.flow }) },
    },
  }[target.what];
  return (await admin(path, body, options, terminal)).body;
}
