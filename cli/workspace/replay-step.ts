import { endedStatuses, type ReplayPreview, sendAgains, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { previewText } from "../output/replay.ts";
import type { VerbInput } from "../verb.ts";
import { admin, type AdminOptions } from "./admin.ts";

/** How one step of an ended run is named. */
export interface StepOptions extends AdminOptions {
  readonly only?: string;
  readonly again?: string;
  readonly reason?: string;
  readonly pinned?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What goes with whole runs and messages alone. */
const wholeOptions = ["with", "discard", "from"] as const;
/** What goes with several runs alone. */
const severalOptions = ["canary", "atOnce"] as const;

/** Throws `UsageError` where what is asked for makes no sense of one step. */
export function checkStepUsage(
  ids: readonly string[],
  options: StepOptions & {
    readonly [Name in (typeof wholeOptions)[number] | (typeof severalOptions)[number]]?: string;
  } & { readonly issue?: string; readonly status?: string },
): void {
  const { only, again, reason } = options;
  if (only === undefined && again === undefined) return;
  if (only === undefined) {
    throw new UsageError("cli/again-what", "--again is about one step, and none is named", {
      help: "name it with --only; what a whole run has done is never done again by its replay",
    });
  }
  const isOne = ids.length === 1;
  const other = wholeOptions.find((name) => options[name] !== undefined);
  if (other !== undefined) {
    throw new UsageError("cli/only-whole", `--only and --${other} do not go together`, {
      help: "--only sends one step as the run had it; leave it out to replay the whole",
    });
  }
  const several = severalOptions.find((name) => options[name] !== undefined);
  if (isOne && several !== undefined) {
    const flag = several === "atOnce" ? "at-once" : several;
    throw new UsageError("cli/only-one", `--${flag} is about several runs, and one is named`, {
      help: "leave it out, or name more runs, an --issue, or a --flow with the --status they ended in",
    });
  }
  const { issue, status } = options;
  const isFiltered = ids.length === 0 && issue === undefined;
  if (isFiltered && !endedStatuses.some((ended) => ended === status)) {
    throw new UsageError(
      "cli/only-ended",
      "--only is about runs that ended, and a filter without their status finds dead letters",
      { help: `add the --status that they ended in: ${endedStatuses.join(", ")}` },
    );
  }
  if (again === undefined) return;
  if (!sendAgains.some((one) => one === again)) {
    throw new UsageError("cli/again-how", `--again ${JSON.stringify(again)} is no way to send`, {
      help: `it is ${sendAgains.join(", which the partner knows again, or ")}, another effect`,
    });
  }
  if (reason === undefined && options.dryRun !== true) {
    throw new UsageError("cli/no-reason", "to send what is done already needs a reason", {
      help: "add --reason 'why it is sent again'",
    });
  }
}

/** One step of an ended run, rehearsed or sent. */
export async function replayStep({
  terminal,
  arguments: [runId = ""],
  options,
}: VerbInput<StepOptions>): Promise<number> {
  const { only = "", again, reason, pinned, dryRun, json } = options;
  const { body } = await admin(
    `runs/${runId}/replay-step${dryRun === true ? "/preview" : ""}`,
    {
      step: only,
      ...(again === undefined ? {} : { again }),
      ...(pinned === true ? { generation: "pinned" } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
    options,
    terminal,
  );
  if (json === true) {
    terminal.out(jsonText(body));
    return 0;
  }
  if (dryRun === true) {
    const found = body as unknown as ReplayPreview & { readonly refusal?: string };
    terminal.out(previewText(found, terminal));
    if (found.refusal !== undefined) terminal.err(`it would be refused: ${found.refusal}\n`);
    return 0;
  }
  // The engine's own answer, of this version or a near one.
  const { step, runs } = body as unknown as { step: string; runs: readonly { id: string }[] };
  const [run] = runs;
  terminal.out(
    run === undefined
      ? `${step} of run ${runId} was asked for already\n`
      : `${step} of run ${runId} alone, as run ${run.id}; \`sluice runs ${run.id}\` shows how it fares\n`,
  );
  return 0;
}
