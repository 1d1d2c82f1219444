import {
  didYouMean,
  type Generation,
  isJsonObject,
  type Json,
  listWords,
  loadRehearsal,
  loadTransport,
  openReader,
  type StoreReader,
  UsageError,
} from "../../engine/index.ts";
import { existsSync } from "node:fs";
import { jsonText } from "../output/list.ts";
import { planText } from "../output/plan.ts";
import type { Terminal } from "../output/terminal.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import {
  type CompiledWorkspace,
  generationHere,
  type WorkspaceOptions,
} from "../workspace/compile.ts";
import { readInput, readJsonFile } from "../workspace/input.ts";
import { storePath } from "../workspace/store.ts";

interface Options extends CommonOptions, WorkspaceOptions {
  readonly store?: string;
  readonly message?: string;
  readonly reads?: boolean;
  readonly answers?: string;
}

export async function run(input: VerbInput<Options>): Promise<number> {
  const {
    terminal,
    arguments: [flow = "", file],
    options,
  } = input;
  const { generation, compilation } = await generationHere(options, terminal);
  if (!generation.flows.has(flow)) {
    throw new UsageError(
      "cli/unknown-flow",
      `there is no flow ${JSON.stringify(flow)}${didYouMean(flow, generation.flows.keys())}`,
      {
        help: `there are ${listWords([...generation.flows.keys()].sort())}`,
      },
    );
  }
  const event =
    file === undefined && options.message === undefined
      ? ownMessage(compilation.tests, generation, flow, terminal)
      : await readInput({ file, message: options.message, options, terminal });
  const answers = options.answers === undefined ? {} : answersFile(options.answers, terminal);
  checkAnswers(answers, generation);
  const { plan } = await loadRehearsal();
  const transport =
    options.reads === true ? await loadTransport(terminal.env, generation) : undefined;
  const reader = await readerIfAny(options, terminal);
  try {
    const found = await plan({
      generation,
      flow,
      received: received(generation, flow, event),
      now: Date.now(),
      answers,
      ...(transport === undefined ? {} : { read: transport.read }),
      env: (name) => environment(generation, terminal, name),
      fact: async (request) => crosswalkFact(reader, request),
    });
    if (options.json === true) terminal.out(jsonText(found));
    else terminal.out(planText(flow, found, terminal, { reads: options.reads === true }));
    if (found.unused.length > 0)
      terminal.err(`answers that nothing asked for: ${found.unused.join(", ")}\n`);
    return found.rehearsed.status === "invalid" || !found.rehearsed.started ? 1 : 0;
  } finally {
    reader?.close();
    await transport?.close();
  }
}

/** Unset values are shown as what they are, so that a plan needs no accounts. */
function environment(generation: Generation, terminal: Terminal, name: string): string | undefined {
  return (
    terminal.env[name] ??
    generation.workspace.env?.[name]?.default ??
    `https://${name.toLowerCase().replaceAll("_", "-")}.unset`
  );
}

async function readerIfAny(options: Options, terminal: Terminal) {
  const path = await storePath(options, terminal);
  return existsSync(path) ? openReader(path) : undefined;
}

async function crosswalkFact(
  reader: StoreReader | undefined,
  request: {
    readonly kind: string;
    readonly entity?: string;
    readonly system?: string;
    readonly id?: string;
  },
): Promise<Json> {
  const { kind, entity, system, id } = request;
  if (reader === undefined || entity === undefined || id === undefined) return null;
  const rows = await reader.crosswalk(entity, id);
  if (kind === "xref")
    return rows.find((row) => row.canonicalId === id && row.system === system)?.id ?? null;
  return rows.find((row) => row.id === id && row.system === system)?.canonicalId ?? null;
}

function answersFile(file: string, terminal: Terminal): Readonly<Record<string, Json>> {
  const value = readJsonFile(file, terminal);
  if (isJsonObject(value)) return value;
  throw new UsageError("cli/bad-answers", `${file} holds no object`, {
    help: 'write answers by operation: { "erp.createOrder": { "orderId": "SO-1" } }',
  });
}

/** Names of answers that could never be asked for are slips of the pen. */
function checkAnswers(answers: Readonly<Record<string, Json>>, generation: Generation): void {
  const players = [...generation.systems, ...generation.adapters];
  const operations = players.flatMap(([name, { operations: known }]) =>
    Object.keys(known).map((operation) => `${name}.${operation}`),
  );
  const flows = [...generation.flows.keys()].map((name) => `run ${name}`);
  for (const [name, answer] of Object.entries(answers)) {
    if (/^task \S/.test(name)) checkChoice(name, answer);
    if (/^(?:task|event) \S/.test(name)) continue;
    const known = name.startsWith("run ") ? flows : operations;
    if (known.includes(name)) continue;
    throw new UsageError(
      "cli/unknown-answer",
      `nothing is called ${JSON.stringify(name)}${didYouMean(name, known)}`,
      {
        help: "answers are named by <system>.<operation>, run <flow>, task <step> or event <name>",
      },
    );
  }
}

/** A person's answer is the choice, or the choice with what belongs to it. */
function checkChoice(name: string, answer: Json): void {
  const members = isJsonObject(answer) ? answer : { choice: answer };
  const texts = ["choice", "pick", "by", "comment"];
  const known = [...texts, "data"];
  const [unknown] = Object.keys(members).filter((member) => !known.includes(member));
  const isWhole =
    typeof members["choice"] === "string" &&
    texts.every((member) => ["string", "undefined"].includes(typeof members[member]));
  if (isWhole && unknown === undefined) return;
  const given =
    unknown === undefined
      ? JSON.stringify(answer).slice(0, 120)
      : `"${unknown}"${didYouMean(unknown, known)}`;
  throw new UsageError("cli/bad-answers", `the answer to ${JSON.stringify(name)} has ${given}`, {
    help: 'write the choice, or { "choice": "link", "pick": "C-1001" }, with "by", "comment" and "data" if wanted',
  });
}

/** The message of the flow's first test: realistic, and always at hand. A schedule's is known without one. */
function ownMessage(
  tests: CompiledWorkspace["compilation"]["tests"],
  generation: Generation,
  flow: string,
  terminal: Terminal,
): Json {
  const [first] = tests.flatMap(({ test }) => (test.flow === flow ? test.cases : []));
  if (first === undefined) {
    if (generation.flows.get(flow)?.trigger?.some(({ kind }) => kind === "schedule") === true) {
      terminal.err("no event named: as if the schedule's time were now\n");
      return { data: { scheduledAt: new Date().toISOString() } };
    }
    throw new UsageError("cli/no-input", "no event is named, and the flow has no test", {
      help: "name a JSON file, `-` for standard input, or a recorded message with --message <id>",
    });
  }
  terminal.err(`no event named: taking the message of the test ${JSON.stringify(first.name)}\n`);
  // Tests are YAML: whatever stands there is JSON.
  return first.given.message as Json;
}

/** `{ type?, data, … }` is taken as an envelope, anything else as the event's data. */
function received(generation: Generation, flow: string, event: Json) {
  const trigger = generation.flows.get(flow)?.trigger?.[0];
  const own = trigger !== undefined && typeof trigger.value === "string" ? trigger.value : flow;
  const envelope = isJsonObject(event) && event["data"] !== undefined ? event : { data: event };
  return {
    channel: "manual" as const,
    source: "plan",
    type: typeof envelope["type"] === "string" ? envelope["type"] : own,
    dedupeKey: typeof envelope["id"] === "string" ? envelope["id"] : "plan",
    data: envelope["data"] ?? null,
    headers: {},
    flow,
  };
}
