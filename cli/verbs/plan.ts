import {
  type Generation,
  isJsonObject,
  type Json,
  loadRehearsal,
  loadTransport,
  openReader,
  type StoreReader,
  UsageError,
} from "../../engine/index.ts";
import { existsSync } from "node:fs";
import { brief, jsonText } from "../output/list.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { generationHere, type WorkspaceOptions } from "../workspace/compile.ts";
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
  const { generation } = await generationHere(options, terminal);
  if (!generation.flows.has(flow)) {
    throw new UsageError("cli/unknown-flow", `there is no flow ${JSON.stringify(flow)}`, {
      help: `there are ${[...generation.flows.keys()].sort().join(", ")}`,
    });
  }
  const event = await readInput({ file, message: options.message, options, terminal });
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
      answers: options.answers === undefined ? {} : answersFile(options.answers, terminal),
      ...(transport === undefined ? {} : { read: transport.read }),
      env: (name) => environment(generation, terminal, name),
      fact: async (request) => crosswalkFact(reader, request),
    });
    terminal.out(options.json === true ? jsonText(found) : text(flow, found, terminal));
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

type Found = Awaited<ReturnType<Awaited<ReturnType<typeof loadRehearsal>>["plan"]>>;

function text(flow: string, found: Found, terminal: Terminal): string {
  const style = styles(terminal);
  const { rehearsed } = found;
  const lines = [
    `${style.strong(flow)}: nothing is sent or written${rehearsed.started ? "" : "; no run would start"}`,
  ];
  if (rehearsed.why !== undefined) lines.push(`  ${style.bad(rehearsed.why)}`);
  if (rehearsed.started)
    lines.push(`  key ${rehearsed.laneKey ?? "none"}, identity ${rehearsed.identity}`);
  lines.push("", style.strong("calls"));
  for (const call of found.calls) {
    lines.push(
      `  ${style.name(call.name)}  ${style.faint(call.path)}${call.effect === undefined ? "" : `  ${call.effect}`}`,
    );
    for (const request of call.requests) {
      const query =
        request.query === undefined
          ? ""
          : `?${new URLSearchParams(Object.entries(request.query).map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
      lines.push(`    ${request.method} ${request.url}${query}`);
      for (const [name, value] of Object.entries(request.headers))
        lines.push(style.faint(`      ${name}: ${value}`));
      if (request.body !== undefined)
        lines.push(style.faint(`      ${brief(request.body, terminal.width * 3)}`));
    }
    if (call.later.length > 0)
      lines.push(style.faint(`    then, by what is answered: ${call.later.join(", ")}`));
    lines.push(
      style.faint(`    answer (${call.answer.from}): ${brief(call.answer.output, terminal.width)}`),
    );
  }
  lines.push("", style.strong("steps"));
  for (const [path, node] of Object.entries(rehearsed.state.nodes)) {
    const why =
      node.error === undefined
        ? ""
        : `  ${style.bad(`${node.error.message} [${node.error.code}]`)}`;
    lines.push(`  ${path.padEnd(36)} ${node.status}${why}`);
  }
  for (const event of rehearsed.events)
    lines.push(
      `  emits ${style.name(event.type)}  ${style.faint(brief(event.data, terminal.width))}`,
    );
  lines.push(
    "",
    `ends ${rehearsed.status}${found.openEnd === undefined ? "" : `; ${found.openEnd}`}`,
  );
  return `${lines.join("\n")}\n`;
}
