import {
  endedStatuses,
  type Json,
  parkedStatuses,
  type ReplayPreview,
  StoreError,
  UsageError,
} from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import {
  jobsText,
  jobText,
  previewText,
  type ReplayJobDetail,
  targetsText,
} from "../output/replay.ts";
import type { Terminal } from "../output/terminal.ts";
import { timeOption } from "../output/time.ts";
import type { VerbInput } from "../verb.ts";
import { admin, adminLook } from "../workspace/admin.ts";
import { readJsonFile } from "../workspace/input.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import {
  issueOption,
  onlyOnRequest,
  sendTarget,
  type TargetOptions,
  type Targets,
  targetsByFilter,
  targetsById,
} from "../workspace/replay-targets.ts";
import { checkDoneUsage, settleDoubt, type SettleOptions } from "../workspace/settle-doubt.ts";
import { checkStepUsage, replayStep, type StepOptions } from "../workspace/replay-step.ts";
import { withReader } from "../workspace/store.ts";

interface Options extends TargetOptions, StepOptions, SettleOptions {
  readonly from?: string;
  readonly pinned?: boolean;
  readonly canary?: string;
  readonly atOnce?: string;
  readonly with?: string;
  readonly dryRun?: boolean;
}

export async function run(input: VerbInput<Options>): Promise<number> {
  const [first = "", ...more] = input.arguments;
  if (first === "list") return list(input);
  if (first === "show") return show(input, jobNumber(more));
  if (first === "stop" || first === "continue") return say(input, jobNumber(more), first);
  checkUsage(input.arguments, input.options);
  if (input.options.done !== undefined) return settleDoubt(input);
  if (isOneStep(input)) return replayStep(input);
  if (input.options.dryRun === true) return preview(input);
  return isOne(input) ? direct(input) : job(input);
}

/** One id goes on at once; everything else is a job, which survives this command and the engine. */
function isOne({ arguments: ids, options }: VerbInput<Options>): boolean {
  const { discard, from, canary, only, pinned } = options;
  if (only !== undefined) return false;
  if (discard !== undefined) return true;
  return ids.length === 1 && from === undefined && canary === undefined && pinned !== true;
}

/** Of one run; of several it is a job, too. */
function isOneStep({ arguments: ids, options }: VerbInput<Options>): boolean {
  return options.only !== undefined && ids.length === 1;
}

function checkUsage(ids: readonly string[], options: Options): void {
  const { flow, since, until, status, code, issue } = options;
  const filters = [flow, since, until, status, code, issue].filter((one) => one !== undefined);
  if (ids.length === 0 && filters.length === 0) {
    throw new UsageError("cli/nothing-named", "nothing is named to be replayed", {
      help: "name runs or messages by id, an --issue, or what --flow, --status, --code, --since or --until find",
    });
  }
  if ((ids.length > 0 && filters.length > 0) || (issue !== undefined && filters.length > 1)) {
    throw new UsageError("cli/two-ways-named", "ids, an issue and filters do not go together", {
      help: "name runs by id, by --issue, or by --flow, --status, --code, --since and --until",
    });
  }
  if (options.current === true && options.pinned === true) {
    throw new UsageError("cli/two-generations", "--current and --pinned do not go together", {
      help: "leave both out: what goes on keeps its generation, a message is read by the current one",
    });
  }
  const known: readonly string[] = [...parkedStatuses, ...endedStatuses];
  if (status !== undefined && !known.includes(status)) {
    throw new UsageError(
      "cli/bad-status",
      `nothing is replayed in status ${JSON.stringify(status)}`,
      {
        help: `it is one of ${known.join(", ")}`,
      },
    );
  }
  checkDoneUsage(ids, options);
  checkStepUsage(ids, options);
  if (options.with === undefined) return;
  if (ids.length !== 1 || options.discard !== undefined) {
    throw new UsageError("cli/with-one", "--with replaces the data of one run or message", {
      help: "name one id, without --discard",
    });
  }
  if (options.reason === undefined) {
    throw new UsageError("cli/no-reason", "other data needs a reason: it is kept with both", {
      help: "add --reason 'why the data is another'",
    });
  }
}

async function targetsOf({
  terminal,
  arguments: ids,
  options,
}: VerbInput<Options>): Promise<Targets> {
  const found = await withReader(options, terminal, async (reader) =>
    ids.length === 0 ? targetsByFilter(reader, options) : targetsById(reader, ids, options),
  );
  await expectKnownFlow(options, found.targets.length + found.leftOut, terminal);
  return found;
}

function warnOfDoubt(leftOut: number, terminal: Terminal): void {
  if (leftOut === 0) return;
  terminal.err(
    `left out: ${leftOut} in doubt; look at the partner first, then name them, or add --status ${onlyOnRequest}\n`,
  );
}

async function direct(input: VerbInput<Options>): Promise<number> {
  const { terminal, options } = input;
  const data = options.with === undefined ? undefined : readJsonFile(options.with, terminal);
  const { targets, leftOut } = await targetsOf(input);
  warnOfDoubt(leftOut, terminal);
  let failed = 0;
  const answers: unknown[] = [];
  for (const target of targets) {
    try {
      answers.push({ ...target, answer: await sendTarget(target, options, data, terminal) });
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

function requestOf({ arguments: ids, options }: VerbInput<Options>): Json {
  const { flow, since, until, status, code, issue, from, current, pinned, reason } = options;
  const { only, again } = options;
  const selection = {
    ...(ids.length === 0 ? {} : { ids }),
    ...(issue === undefined ? {} : { issue: issueOption(issue) }),
    ...(flow === undefined ? {} : { flow }),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(since === undefined ? {} : { since: timeAsText("--since", since) }),
    ...(until === undefined ? {} : { until: timeAsText("--until", until) }),
  };
  return {
    selection,
    ...(from === undefined ? {} : { begin: from }),
    ...(only === undefined ? {} : { step: only }),
    ...(again === undefined ? {} : { again }),
    ...(current === true ? { generation: "current" } : {}),
    ...(pinned === true ? { generation: "pinned" } : {}),
    ...countOption("--canary", "canary", options.canary),
    ...countOption("--at-once", "atOnce", options.atOnce),
    ...(reason === undefined ? {} : { reason }),
  };
}

function timeAsText(option: string, given: string): string {
  return new Date(timeOption(option, given)).toISOString();
}

function countOption(
  option: string,
  name: string,
  text: string | undefined,
): Readonly<Record<string, number>> {
  if (text === undefined) return {};
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000) return { [name]: count };
  throw new UsageError("cli/bad-count", `${option} ${JSON.stringify(text)} is no count`, {
    help: "give a whole number from 1 to 1000",
  });
}

async function job(input: VerbInput<Options>): Promise<number> {
  const { terminal, options } = input;
  const { body } = await admin("replays", requestOf(input), options, terminal);
  if (options.json === true) {
    terminal.out(jsonText(body));
    return 0;
  }
  // The engine's own answer, of this version or a near one.
  const { job: made, leftOut } = body as unknown as { job: ReplayJobDetail; leftOut: number };
  warnOfDoubt(leftOut, terminal);
  const first = made.canary === 0 ? "" : `, the first ${made.canary} before a look`;
  terminal.out(
    `replay ${made.number}: ${made.total} to be replayed${first}; \`sluice replay show ${made.number}\` shows how they fare\n`,
  );
  return 0;
}

/** The runs are listed from the store; what the partners would see, only the engine can say. */
async function preview(input: VerbInput<Options>): Promise<number> {
  const { terminal, options } = input;
  const { issue, from, only, status } = options;
  const isListed =
    from === undefined && issue === undefined && only === undefined && !isEnded(status);
  const { targets, leftOut } = isListed ? await targetsOf(input) : { targets: [], leftOut: 0 };
  warnOfDoubt(leftOut, terminal);
  const isEmpty = isListed && targets.length === 0;
  const found = isEmpty || options.discard !== undefined ? undefined : await foreseen(input);
  if (options.json === true) {
    terminal.out(jsonText(isListed ? { targets, preview: found ?? null } : (found ?? null)));
    return 0;
  }
  if (isListed) terminal.out(targetsText(targets));
  terminal.out(found === undefined ? "nothing was changed\n" : previewText(found, terminal));
  return 0;
}

function isEnded(status: string | undefined): boolean {
  return endedStatuses.some((ended) => ended === status);
}

async function foreseen(input: VerbInput<Options>): Promise<ReplayPreview | undefined> {
  const { terminal, options } = input;
  try {
    const { body } = await admin("replays/preview", requestOf(input), options, terminal);
    return body as unknown as ReplayPreview;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    terminal.err(`what would be sent, a running engine says: ${error.message}\n`);
    return undefined;
  }
}

function jobNumber([text, ...more]: readonly string[]): number {
  if (text !== undefined && /^\d{1,15}$/.test(text) && more.length === 0) return Number(text);
  throw new UsageError(
    "cli/unknown-replay",
    text === undefined ? "no replay is named" : `${JSON.stringify(text)} is no number of a replay`,
    { help: "`sluice replay list` lists them with their numbers" },
  );
}

async function list({ terminal, options }: VerbInput<Options>): Promise<number> {
  const jobs = await withReader(options, terminal, async ({ replays }) => replays.jobs(50));
  terminal.out(options.json === true ? jsonText(jobs) : jobsText(jobs));
  return 0;
}

async function show({ terminal, options }: VerbInput<Options>, number: number): Promise<number> {
  return withReader(options, terminal, async ({ replays }) => {
    const row = await replays.job(number);
    if (row === undefined) {
      throw new UsageError("cli/unknown-replay", `there is no replay ${number}`, {
        help: "`sluice replay list` lists them",
      });
    }
    const items = await replays.items(number, options.json === true ? 100_000 : 20);
    const detail = { ...row, outcomes: await replays.outcomes(number), items };
    terminal.out(options.json === true ? jsonText(detail) : jobText(detail, terminal));
    return 0;
  });
}

async function say(
  { terminal, options }: VerbInput<Options>,
  number: number,
  verb: "stop" | "continue",
): Promise<number> {
  await adminLook(`replays/${number}`, options, terminal);
  const { body } = await admin(`replays/${number}/${verb}`, {}, options, terminal);
  terminal.out(
    options.json === true
      ? jsonText(body)
      : `replay ${number}: ${verb === "stop" ? "takes nothing more" : "goes on"}\n`,
  );
  return 0;
}
