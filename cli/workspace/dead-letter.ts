import {
  type DeliveryRow,
  digest,
  type Generation,
  type Json,
  isJsonObject,
  loadMasks,
  loadSpec,
  type EditRow,
  type IssueRow,
  loadAdvice,
  loadRehearsal,
  type ProblemRow,
  type RunDetail,
  type SourceRef,
} from "../../engine/index.ts";
import type { Reader } from "./store.ts";

/** Everything somebody who is woken at night wants to know of one parked run; personal data masked. */
export interface DeadLetter extends ProblemRow {
  readonly parentRunId?: string;
  readonly correlationId?: string;
  /** What failed before, so that this was tried: why something was being undone. */
  readonly because?: ProblemRow["failure"];
  /** Data of the message. */
  readonly data?: Json;
  /** Where the step stands in the flow; `failure.at` may be deeper, in the adapter. */
  readonly step?: SourceRef;
  readonly owner?: Owner;
  /** What it sent and nobody knows the outcome of; nobody need have failed by it. */
  readonly doubts: readonly Doubt[];
  /** Requests of the step that failed, the last one last. */
  readonly requests: readonly SentRequest[];
  /** The issue that it is filed under, with how many are like it. */
  readonly issue?: IssueRow;
  /** When requests, answers and data went, their retention being over. */
  readonly emptiedAt?: number;
  /** What probably happened, and what to do about it. */
  readonly likelyCause: string;
  readonly suggestedAction: string;
  /** Set for a replay: of which message, by whom and why. */
  readonly replayOf?: string;
  readonly replay?: Json;
  /** Mends of its data, the last one last. */
  readonly edits: readonly Edit[];
  /** Shell commands, the likeliest first. */
  readonly next: readonly { readonly command: string; readonly why: string }[];
}

export interface Doubt {
  readonly path: string;
  /** `erp.createOrder`. */
  readonly operation: string;
  /** When it was first sent. */
  readonly since: number;
  /** Its idempotency key, under which a replay meets it again. */
  readonly key: string;
}

export interface Edit {
  readonly at: number;
  readonly by: string;
  readonly reason?: string;
  /** Members that differ, personal data masked. */
  readonly changes: readonly {
    readonly pointer: string;
    readonly before?: Json;
    readonly after?: Json;
  }[];
}

export interface Owner {
  readonly team: string;
  readonly name?: string;
  readonly contact?: string;
  readonly escalation: readonly {
    readonly afterMs: number;
    readonly team: string;
    readonly contact?: string;
  }[];
}

export interface SentRequest {
  readonly path: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Json;
  readonly body?: Json;
  readonly attempts: readonly {
    readonly at: number;
    readonly outcome: string;
    readonly status?: number;
    readonly ms: number;
    readonly answer?: Json;
  }[];
}

/** A dead letter with the texts of its own generation, for code frames. */
export interface FoundDeadLetter {
  readonly letter: DeadLetter;
  readonly files: Readonly<Record<string, string>>;
}

/** Collects one dead letter; `again` are the options that its commands must be called with. */
export async function collectDeadLetter(
  reader: Reader,
  row: ProblemRow,
  again: string,
): Promise<FoundDeadLetter> {
  const [run, message, edits, files = {}] = await Promise.all([
    reader.run(row.runId),
    reader.message(row.messageId),
    reader.replays.edits(row.runId),
    reader.sources(row.generation),
  ]);
  const issue = await reader.insight.issueOfRun(row.runId);
  const { adviceFor } = await loadAdvice();
  const { cause, action } = adviceFor(row.status as Parameters<typeof adviceFor>[0], row.failure);
  const { compileWorkspace } = await loadSpec();
  const { generation } = compileWorkspace(files, { digest });
  const { maskFailure, maskFor } = await loadMasks();
  const mask = maskFor(generation, run, message?.message);
  const because = causeOf(run, row);
  const step = stepOf(generation, row);
  const owner = ownerOf(generation, row.flow);
  const letter: DeadLetter = {
    ...row,
    failure: maskFailure(row.failure, mask),
    ...(because === undefined ? {} : { because: maskFailure(because, mask) }),
    ...(message === undefined ? {} : { data: mask(message.message.data) }),
    ...(run?.parentRunId === undefined ? {} : { parentRunId: run.parentRunId }),
    ...(run === undefined ? {} : { correlationId: run.correlationId }),
    ...(run?.emptiedAt === undefined ? {} : { emptiedAt: run.emptiedAt }),
    ...(step === undefined ? {} : { step }),
    ...(owner === undefined ? {} : { owner }),
    doubts: doubtsOf(run),
    requests: (run?.deliveries ?? [])
      .filter(({ path }) => isOfStep(path, row.failure.path))
      .map((delivery) => sentRequest(delivery, mask)),
    ...(issue === undefined ? {} : { issue }),
    likelyCause: cause,
    suggestedAction: action,
    ...(message?.message.replayOf === undefined ? {} : { replayOf: message.message.replayOf }),
    ...(message?.message.replay === undefined ? {} : { replay: { ...message.message.replay } }),
    edits: await Promise.all(edits.map(async (edit) => editOf(edit, mask))),
    next: [...nextCommands(row, again), ...commandsForAll(issue, again)],
  };
  return { letter, files };
}

function doubtsOf(run: RunDetail | undefined): readonly Doubt[] {
  return (run?.deliveries ?? [])
    .filter(({ stage }) => stage === "in-doubt")
    .map(({ path, system, operation, attempts, createdAt, effectKey = "" }) => ({
      path,
      operation: `${system}.${operation}`,
      since: attempts[0]?.at ?? createdAt,
      key: effectKey,
    }));
}

async function editOf(edit: EditRow, mask: (value: Json) => Json): Promise<Edit> {
  const { differences } = await loadRehearsal();
  const { at, actor, reason, before, after } = edit;
  return {
    at,
    by: actor,
    ...(reason === undefined ? {} : { reason }),
    changes: differences(before, after).map(({ pointer, expected, actual }) => ({
      pointer,
      ...(expected === undefined ? {} : { before: mask(expected) }),
      ...(actual === undefined ? {} : { after: mask(actual) }),
    })),
  };
}

/** Why the run left its steps, where that is not the failure itself. */
function causeOf(
  run: RunDetail | undefined,
  { failure }: ProblemRow,
): ProblemRow["failure"] | undefined {
  const state = isJsonObject(run?.state) ? run.state["error"] : undefined;
  if (!isJsonObject(state) || state["path"] === failure.path) return undefined;
  // The engine's own document.
  return state as unknown as ProblemRow["failure"];
}

function isOfStep(deliveryPath: string, step: string | undefined): boolean {
  return step === undefined || deliveryPath === step || deliveryPath.startsWith(`${step}/`);
}

function stepOf(generation: Generation | undefined, row: ProblemRow): SourceRef | undefined {
  const [, id] = /\.([^.[\]/]+)$/.exec(row.failure.path ?? "") ?? [];
  const flow = generation?.flows.get(row.flow);
  // What never began failed at none of its steps: the flow itself is the place.
  return (id === undefined ? undefined : flow?.stepsById.get(id)?.at) ?? flow?.at;
}

function ownerOf(generation: Generation | undefined, flow: string): Owner | undefined {
  const team = generation?.flows.get(flow)?.owner;
  if (generation === undefined || team === undefined) return undefined;
  const { teams } = generation.workspace;
  const own = teams[team];
  return {
    team,
    ...(own?.name === undefined ? {} : { name: own.name }),
    ...(own === undefined ? {} : { contact: own.contact }),
    escalation: (own?.escalation ?? []).map(({ after, to }) => {
      const contact = teams[to]?.contact;
      return { afterMs: after, team: to, ...(contact === undefined ? {} : { contact }) };
    }),
  };
}

function sentRequest(delivery: DeliveryRow, mask: (value: Json) => Json): SentRequest {
  const { method, url, headers, query, body } = delivery.request;
  return {
    path: delivery.path,
    method,
    url: textOf(mask(url)),
    headers,
    ...(query === undefined ? {} : { query: mask(query) }),
    ...(body === undefined ? {} : { body: mask(body) }),
    attempts: delivery.attempts.map(({ at, outcome, status, ms, response }) => ({
      at,
      outcome,
      ms,
      ...(status === undefined ? {} : { status }),
      ...(response === undefined ? {} : { answer: mask(response) }),
    })),
  };
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What failed for the same cause is replayed together. */
function commandsForAll(issue: IssueRow | undefined, again: string): DeadLetter["next"] {
  if (issue === undefined || issue.unsettled < 2) return [];
  return [
    {
      command: `sluice replay --issue ${issue.number} --dry-run${again}`,
      why: `foresees a replay of all ${issue.unsettled} that failed for this cause`,
    },
  ];
}

/** Until when one waits before it is replayed. */
function onceMended({ class: failed }: ProblemRow["failure"]): string {
  if (failed === "auth") return "once the credentials are replaced";
  return failed === "throttled" ? "once the limit is free again" : "once the partner is back";
}

/** What a replay does about a doubt. */
function whyReplayed({ code }: ProblemRow["failure"]): string {
  if (code === "call/outcome-unknown")
    return "sends it again: only where the partner does not have it";
  return code === "outcome-unknown"
    ? "sends it again under the same key, and goes on from there"
    : "asks the partner whether it happened, and goes on from there";
}

/** Of a step that can be taken alone: `steps.order`, and no item or handler. */
function stepAlone(replay: string, path: string | undefined, again: string): DeadLetter["next"] {
  const [, step] = /^steps\.([\w-]+)$/.exec(path ?? "") ?? [];
  if (step === undefined) return [];
  const command = `${replay} --only ${step} --dry-run${again}`;
  return [{ command, why: "foresees that step alone, and nothing else of the flow" }];
}

/** A call that was done after all: what it gave, and the flow goes on. Not for what was done with other data. */
function doneByHand(replay: string, { code }: ProblemRow["failure"], again: string) {
  const known = ["call/effect-conflict", "call/undo-in-doubt"];
  if (known.includes(code)) return [];
  return [
    {
      command: `${replay} --done answer.json --reason 'the partner has it'${again}`,
      why: "where the partner has it: the file is what the operation gave (leave it out where that is nothing); it is not sent again, and the flow goes on from there",
    },
  ];
}

/** What to do about each status, as commands that can be pasted. */
function nextCommands({ status, runId, failure }: ProblemRow, again: string): DeadLetter["next"] {
  const replay = `sluice replay ${runId}`;
  const discard = {
    command: `${replay} --discard 'entered by hand'${again}`,
    why: "ends it instead: nothing after that step is done, nothing before it undone; the key goes on",
  };
  const goOn = { command: `${replay}${again}`, why: "goes on from the step that failed" };
  switch (status) {
    case "invalid":
      return [
        { command: `${replay} --current${again}`, why: "once mapping, schema or flow is mended" },
        {
          command: `${replay} --with data.json --reason 'what was wrong'${again}`,
          why: "where the message's data is wrong",
        },
        discard,
      ];
    case "in-doubt":
      return [
        { command: `${replay}${again}`, why: whyReplayed(failure) },
        ...doneByHand(replay, failure, again),
        {
          command: `${replay} --discard 'the partner has it'${again}`,
          why: `${discard.why}; the doubt stays in the ledger, and a replay settles it before it sends`,
        },
      ];
    case "failed":
      return [
        { command: `sluice trace ${runId}${again}`, why: "the whole story, undoing included" },
        { command: `${replay}${again}`, why: "once the record is changed: from the start, anew" },
        ...stepAlone(replay, failure.path, again),
      ];
    case "stuck":
      return [
        { ...goOn, why: "once the partner's side is mended: undoes the rest" },
        ...(failure.class === "in-doubt" ? doneByHand(replay, failure, again) : []),
        discard,
      ];
    default:
      return [
        { ...goOn, why: `${onceMended(failure)}: goes on from the step that failed` },
        discard,
      ];
  }
}
