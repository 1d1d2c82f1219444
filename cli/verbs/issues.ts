import {
  categories,
  didYouMean,
  isJsonObject,
  type IssueStatus,
  type Json,
  UsageError,
} from "../../engine/index.ts";
import { issueDetailText, issueListText } from "../output/issue.ts";
import { jsonText, listFilter, type ListOptions } from "../output/list.ts";
import type { VerbInput } from "../verb.ts";
import { actor, admin, type AdminOptions } from "../workspace/admin.ts";
import { expectKnownFlow } from "../workspace/known-flow.ts";
import { sameOptions, withReader } from "../workspace/store.ts";

interface Options extends ListOptions, AdminOptions {
  readonly category?: string;
  readonly comment?: string;
}

const statuses: readonly (IssueStatus | "any")[] = [
  "open",
  "acknowledged",
  "resolved",
  "ignored",
  "any",
];
/** What a person says of an issue, and how the admin API calls it. */
const words: Readonly<Record<string, { readonly verb: string; readonly done: string }>> = {
  ack: { verb: "acknowledge", done: "acknowledged" },
  resolve: { verb: "resolve", done: "resolved" },
  ignore: { verb: "ignore", done: "ignored" },
  reopen: { verb: "reopen", done: "open again" },
};
const runsShown = 10;

export async function run(input: VerbInput<Options>): Promise<number> {
  const [what = "list", number] = input.arguments;
  if (what === "list") return list(input);
  if (/^\d+$/.test(what) && number === undefined) return show(input, Number(what));
  if (what === "show") return show(input, issueNumber(number));
  const word = words[what];
  if (word !== undefined) return say(input, issueNumber(number), word);
  const known = ["list", "show", ...Object.keys(words)];
  throw new UsageError(
    "cli/unknown-word",
    `there is no \`sluice issues ${what}\`${didYouMean(what, known)}`,
    { help: `there are ${known.join(", ")}` },
  );
}

function issueNumber(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(
    "cli/unknown-issue",
    text === undefined ? "no issue is named" : `${JSON.stringify(text)} is no number of an issue`,
    { help: "`sluice issues` lists them with their numbers" },
  );
}

async function list({ terminal, options }: VerbInput<Options>): Promise<number> {
  const { status, category } = options;
  const { flow, since, limit } = listFilter(options, statuses);
  if (category !== undefined && !categories.some((one) => one === category)) {
    throw new UsageError("cli/bad-category", `there is no category ${JSON.stringify(category)}`, {
      help: `it is one of ${categories.join(", ")}`,
    });
  }
  const rows = await withReader(options, terminal, async ({ insight }) =>
    insight.issues({
      ...(status === undefined ? { unresolved: true } : {}),
      // Looked at above: it is one of them.
      ...(status === undefined || status === "any" ? {} : { status: status as IssueStatus }),
      ...(category === undefined ? {} : { category: category as (typeof categories)[number] }),
      ...(flow === undefined ? {} : { flow }),
      ...(since === undefined ? {} : { since }),
      ...(limit === undefined ? {} : { limit }),
    }),
  );
  await expectKnownFlow(options, rows.length, terminal);
  terminal.out(options.json === true ? jsonText(rows) : issueListText(rows, terminal));
  return 0;
}

async function show({ terminal, options }: VerbInput<Options>, number: number): Promise<number> {
  return withReader(options, terminal, async (reader) => {
    const [issue] = await reader.insight.issues({ number });
    if (issue === undefined) {
      throw new UsageError("cli/unknown-issue", `there is no issue ${number}`, {
        help: "`sluice issues --status any` lists all",
      });
    }
    const detail = {
      ...issue,
      affected: await reader.insight.issueRuns(number, runsShown),
      notices: await reader.insight.notices(number),
    };
    if (options.json === true) {
      terminal.out(jsonText(detail));
      return 0;
    }
    const [letter] = await reader.deadLetters({ id: issue.sampleRunId, limit: 1 });
    const failure = letter?.failure ?? (await reader.run(issue.sampleRunId))?.error;
    terminal.out(await issueDetailText(detail, failure, terminal, sameOptions(options)));
    return 0;
  });
}

async function say(
  { terminal, options }: VerbInput<Options>,
  number: number,
  { verb, done }: { readonly verb: string; readonly done: string },
): Promise<number> {
  const { comment } = options;
  const { body } = await admin(
    `issues/${number}/${verb}`,
    comment === undefined ? {} : { comment },
    options,
    terminal,
  );
  terminal.out(
    options.json === true
      ? jsonText(body)
      : `issue ${number}: ${done} by ${actor(options)}, recorded${verb === "resolve" ? openEnds(body, number) : ""}\n`,
  );
  return 0;
}

/** Saying that it is mended mends no record: those that still wait are named. */
function openEnds(issue: Json, number: number): string {
  const left = isJsonObject(issue) ? Number(issue["unsettled"] ?? 0) : 0;
  if (left === 0) return "";
  const records = left === 1 ? "1 record of it has" : `${left} records of it have`;
  return `; ${records} not succeeded since: \`sluice replay --issue ${number} --dry-run\``;
}
