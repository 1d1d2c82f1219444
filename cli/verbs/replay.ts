import type { ProblemRow, RunRow, StoreReader } from "../../engine/index.ts";
import { UsageError } from "../../engine/index.ts";
import { brief, jsonText, listFilter } from "../output/list.ts";
import { table } from "../output/table.ts";
import type { Terminal } from "../output/terminal.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { admin, type AdminOptions } from "../workspace/admin.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends CommonOptions, AdminOptions {
  readonly flow?: string;
  readonly since?: string;
  readonly current?: boolean;
  readonly discard?: string;
  readonly dryRun?: boolean;
  readonly by?: string;
}

/** One thing to be replayed: a parked run goes on, anything else is processed once more. */
interface Target {
  readonly id: string;
  readonly what: "resume" | "discard" | "replay";
  readonly flow: string;
  readonly why: string;
}

export async function run({
  terminal,
  arguments: ids,
  options,
}: VerbInput<Options>): Promise<number> {
  if (ids.length === 0 && options.flow === undefined && options.since === undefined) {
    throw new UsageError("cli/nothing-named", "nothing is named to be replayed", {
      help: "name runs or messages by id, or dead letters by --flow or --since",
    });
  }
  const targets = await withReader(options, terminal, async (reader) => find(reader, ids, options));
  if (options.dryRun === true) {
    terminal.out(options.json === true ? jsonText(targets) : preview(targets));
    return 0;
  }
  let failed = 0;
  const answers: unknown[] = [];
  for (const target of targets) {
    try {
      answers.push({ ...target, answer: await send(target, options, terminal) });
      if (options.json !== true) terminal.out(`${target.what} ${target.id}  ${target.flow}\n`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      failed += 1;
      answers.push({ ...target, refused: error.message });
      terminal.err(`${target.what} ${target.id}  ${target.flow}: ${error.message}\n`);
    }
  }
  if (options.json === true) terminal.out(jsonText(answers));
  else
    terminal.out(
      `${targets.length - failed} of ${targets.length} taken; \`sluice runs\` shows how they fare\n`,
    );
  return failed === 0 ? 0 : 1;
}

async function find(
  reader: StoreReader,
  ids: readonly string[],
  options: Options,
): Promise<readonly Target[]> {
  const what = options.discard === undefined ? "resume" : "discard";
  const parked = (row: ProblemRow): Target => ({
    id: row.runId,
    what,
    flow: row.flow,
    why: `${row.status}: ${row.failure.code}`,
  });
  if (ids.length === 0) {
    const filter = listFilter({
      ...(options.flow === undefined ? {} : { flow: options.flow }),
      ...(options.since === undefined ? {} : { since: options.since }),
      limit: "10000",
    });
    return (await reader.deadLetters(filter)).map(parked);
  }
  const targets: Target[] = [];
  for (const id of ids) {
    const [letter] = await reader.deadLetters({ id, limit: 1 });
    targets.push(letter === undefined ? await ended(reader, id) : parked(letter));
  }
  return targets;
}

async function ended(reader: StoreReader, id: string): Promise<Target> {
  const found: RunRow | undefined = await reader.run(id);
  if (found !== undefined)
    return { id: found.messageId, what: "replay", flow: found.flow, why: found.status };
  const message = await reader.message(id);
  if (message !== undefined) return { id, what: "replay", flow: "", why: message.message.type };
  throw new UsageError("cli/unknown-id", `no run or message ${JSON.stringify(id)}`, {
    help: "`sluice runs`, `sluice dead-letters` and `sluice messages` list them",
  });
}

function preview(targets: readonly Target[]): string {
  if (targets.length === 0) return "nothing to replay\n";
  return `${table(
    ["would", "id", "flow", "because"],
    targets.map(({ what, id, flow, why }) => [what, id, flow, brief(why, 70)]),
  )}nothing was changed\n`;
}

async function send(target: Target, options: Options, terminal: Terminal): Promise<unknown> {
  const { path, body } = {
    resume: {
      path: `runs/${target.id}/resume`,
      body: options.current === true ? { generation: "current" } : {},
    },
    discard: { path: `runs/${target.id}/discard`, body: { reason: options.discard } },
    replay: {
      path: `messages/${target.id}/replay`,
      body: target.flow === "" ? {} : { flow: target.flow },
    },
  }[target.what];
  return (await admin(path, body, options, terminal)).body;
}
