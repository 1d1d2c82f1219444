import type { Json, ProblemRow, RunRow, StoreReader } from "../../engine/index.ts";
import { endedStatuses, parkedStatuses, UsageError } from "../../engine/index.ts";
import { brief, jsonText, listFilter, type ListOptions } from "../output/list.ts";
import { table } from "../output/table.ts";
import type { Terminal } from "../output/terminal.ts";
import type { VerbInput } from "../verb.ts";
import { admin, type AdminOptions } from "../workspace/admin.ts";
import { readJsonFile } from "../workspace/input.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends Omit<ListOptions, "limit">, AdminOptions {
  readonly current?: boolean;
  readonly discard?: string;
  readonly with?: string;
  readonly dryRun?: boolean;
}

/** One thing to be replayed: a parked run goes on, anything else is processed once more. */
interface Target {
  readonly id: string;
  readonly what: "resume" | "discard" | "replay";
  readonly flow: string;
  readonly key: string | null;
  /** Step that it goes on from; a replay begins at the first. */
  readonly from?: string;
  readonly why: string;
}

interface Targets {
  readonly targets: readonly Target[];
  /** Parked runs that a filter found and that are asked for by name only. */
  readonly leftOut: readonly string[];
}

/** A bulk replay never sends what may have been done: those are named one by one, or by status. */
const onlyOnRequest = "in-doubt";
const bulkMax = 10_000;

export async function run({
  terminal,
  arguments: ids,
  options,
}: VerbInput<Options>): Promise<number> {
  checkUsage(ids, options);
  const data = options.with === undefined ? undefined : readJsonFile(options.with, terminal);
  const { targets, leftOut } = await withReader(options, terminal, async (reader) =>
    ids.length === 0 ? byFilter(reader, options) : byId(reader, ids, options),
  );
  if (leftOut.length > 0) {
    terminal.err(
      `left out: ${leftOut.length} in doubt; look at the partner first, then name them, or add --status ${onlyOnRequest}\n`,
    );
  }
  if (options.dryRun === true) {
    terminal.out(options.json === true ? jsonText(targets) : preview(targets));
    return 0;
  }
  let failed = 0;
  const answers: unknown[] = [];
  for (const target of targets) {
    try {
      answers.push({ ...target, answer: await send({ target, options, data, terminal }) });
      if (options.json !== true) terminal.out(`${target.what} ${target.id}  ${target.flow}\n`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      failed += 1;
      answers.push({ ...target, refused: error.message });
      terminal.err(`${target.what} ${target.id}  ${target.flow}: ${error.message}\n`);
    }
  }
  if (options.json === true) terminal.out(jsonText(answers));
  else if (targets.length === 0) terminal.out("nothing to replay\n");
  else
    terminal.out(
      `${targets.length - failed} of ${targets.length} taken; \`sluice runs\` shows how they fare\n`,
    );
  return failed === 0 ? 0 : 1;
}

function checkUsage(ids: readonly string[], options: Options): void {
  const filters = [options.flow, options.since, options.until, options.status];
  const isFiltered = filters.some((filter) => filter !== undefined);
  if (ids.length === 0 && !isFiltered) {
    throw new UsageError("cli/nothing-named", "nothing is named to be replayed", {
      help: "name runs or messages by id, or dead letters by --flow, --status, --since or --until",
    });
  }
  if (ids.length > 0 && isFiltered) {
    throw new UsageError("cli/two-ways-named", "ids and filters do not go together", {
      help: "name runs by id, or dead letters by --flow, --status, --since and --until",
    });
  }
  if (options.with === undefined) return;
  if (ids.length !== 1 || options.discard !== undefined) {
    throw new UsageError("cli/with-one", "--with replaces the data of one run or message", {
      help: "name one id, without --discard",
    });
  }
}

async function byFilter(reader: StoreReader, options: Options): Promise<Targets> {
  const { flow, since, until, status } = options;
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
  const isAsked = (row: ProblemRow): boolean =>
    row.status !== onlyOnRequest || status === onlyOnRequest || options.discard !== undefined;
  return {
    // The oldest first, as they came.
    targets: found
      .filter(isAsked)
      .map((row) => parked(row, options))
      .toReversed(),
    leftOut: found.filter((row) => !isAsked(row)).map(({ runId }) => runId),
  };
}

async function byId(
  reader: StoreReader,
  ids: readonly string[],
  options: Options,
): Promise<Targets> {
  const targets: Target[] = [];
  for (const id of new Set(ids)) {
    const [letter] = await reader.deadLetters({ id, limit: 1 });
    targets.push(letter === undefined ? await again(reader, id, options) : parked(letter, options));
  }
  return { targets, leftOut: [] };
}

function parked(row: ProblemRow, options: Options): Target {
  const { path } = row.failure;
  return {
    id: row.runId,
    what: options.discard === undefined ? "resume" : "discard",
    flow: row.flow,
    key: row.laneKey,
    ...(path === undefined ? {} : { from: path }),
    why: `${row.status}: ${row.failure.code}`,
  };
}

/** What is not parked: an ended run's message, or a message, is processed once more. */
async function again(reader: StoreReader, id: string, options: Options): Promise<Target> {
  const found: RunRow | undefined = await reader.run(id);
  if (options.discard !== undefined) {
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
        {
          help: `\`sluice runs ${id}\` shows what it waits for`,
        },
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

function preview(targets: readonly Target[]): string {
  if (targets.length === 0) return "nothing to replay\n";
  return `${table(
    ["would", "id", "flow", "key", "from", "because"],
    targets.map(({ what, id, flow, key, from, why }) => [
      what,
      id,
      flow,
      key ?? "",
      what === "discard" ? "" : (from ?? "the start"),
      brief(why, 70),
    ]),
  )}nothing was changed\n`;
}

async function send({
  target,
  options,
  data,
  terminal,
}: {
  readonly target: Target;
  readonly options: Options;
  readonly data: Json | undefined;
  readonly terminal: Terminal;
}): Promise<Json> {
  const edited = data === undefined ? {} : { data };
  const { path, body } = {
    resume: {
      path: `runs/${target.id}/resume`,
      body: { ...edited, ...(options.current === true ? { generation: "current" } : {}) },
    },
    discard: { path: `runs/${target.id}/discard`, body: { reason: options.discard ?? "" } },
    replay: {
      path: `messages/${target.id}/replay`,
      body: { ...edited, ...(target.flow === "" ? {} : { flow: target.flow }) },
    },
  }[target.what];
  return (await admin(path, body, options, terminal)).body;
}
