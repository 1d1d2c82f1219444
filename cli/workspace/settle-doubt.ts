import { type Json, type ReplayPreview, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { previewText } from "../output/replay.ts";
import type { VerbInput } from "../verb.ts";
import { admin, type AdminOptions } from "./admin.ts";
import { readJsonFile } from "./input.ts";

/** How a call in doubt that was done is named, and what it gave. */
export interface SettleOptions extends AdminOptions {
  /** File with what the operation gave; true where it gives nothing. */
  readonly done?: string | true;
  readonly step?: string;
  readonly reason?: string;
  readonly current?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The engine's own answer, of this version or a near one. */
interface Settled {
  readonly path: string;
  readonly operation: string;
  readonly notSent: readonly string[];
  readonly linksOpen: readonly string[];
}

/** What does not go with an answer, by the name of its option. */
const otherOptions = {
  with: "with",
  discard: "discard",
  from: "from",
  only: "only",
  again: "again",
  pinned: "pinned",
  canary: "canary",
  atOnce: "at-once",
} as const;

/** Throws `UsageError` where what is asked for makes no sense of one call. */
export function checkDoneUsage(
  ids: readonly string[],
  options: SettleOptions & { readonly [Name in keyof typeof otherOptions]?: string | boolean },
): void {
  const { done, step, reason, dryRun } = options;
  if (done === undefined && step === undefined) return;
  if (done === undefined) {
    throw new UsageError(
      "cli/step-of-what",
      "--step says of which call --done is, and that is not given",
      {
        help: "add --done with what it gave; one step alone is sent by --only",
      },
    );
  }
  const other = Object.entries(otherOptions).find(
    ([name]) => options[name as keyof typeof otherOptions] !== undefined,
  );
  if (other !== undefined) {
    throw new UsageError("cli/done-alone", `--done and --${other[1]} do not go together`, {
      help: "--done takes one call in doubt for done, and lets its run go on from there",
    });
  }
  if (ids.length !== 1) {
    throw new UsageError("cli/done-one", "--done is what one call of one run gave", {
      help: "name one run by its id; `sluice dead-letters --status in-doubt` lists them",
    });
  }
  if (reason === undefined && dryRun !== true) {
    throw new UsageError(
      "cli/no-reason",
      "that it was done needs a reason: it is kept with the answer",
      {
        help: "add --reason 'how you know that it was done'",
      },
    );
  }
}

/** Takes a call in doubt for done, or says what would follow. */
export async function settleDoubt({
  terminal,
  arguments: [runId = ""],
  options,
}: VerbInput<SettleOptions>): Promise<number> {
  const { done, step, reason, current, dryRun, json } = options;
  const output: { readonly output?: Json } =
    typeof done === "string" ? { output: readJsonFile(done, terminal) } : {};
  const { body } = await admin(
    `runs/${runId}/settle${dryRun === true ? "/preview" : ""}`,
    {
      ...output,
      ...(step === undefined ? {} : { step }),
      ...(current === true ? { generation: "current" } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
    options,
    terminal,
  );
  if (json === true) {
    terminal.out(jsonText(body));
    return 0;
  }
  const settled = body as unknown as Settled;
  const { path, operation } = settled;
  if (dryRun === true) {
    terminal.out(`${operation} of ${path} would be taken for done, and not sent again\n`);
    terminal.out(leftText(settled));
    terminal.out(previewText(body as unknown as ReplayPreview, terminal));
    return 0;
  }
  terminal.out(`${operation} of ${path} is taken for done: the run goes on from there\n`);
  terminal.out(leftText(settled));
  terminal.out(`\`sluice runs ${runId}\` shows how it fares\n`);
  return 0;
}

/** What nobody does any more unless a person does it. */
function leftText({ operation, notSent, linksOpen }: Settled): string {
  return [
    ...(notSent.length === 0
      ? []
      : [`  not sent: ${notSent.join(", ")}: the whole of ${operation} is taken for done\n`]),
    ...linksOpen.map((link) => `  not linked: ${link}: only the partner's own answer has its id\n`),
  ].join("");
}
