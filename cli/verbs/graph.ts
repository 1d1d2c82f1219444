import { didYouMean, type Use, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { generationHere, type WorkspaceOptions } from "../workspace/compile.ts";

interface Options extends CommonOptions, WorkspaceOptions {
  readonly format?: string;
}

/** What one flow is tied to, names sorted. */
interface Ties {
  readonly flow: string;
  readonly layer: string;
  readonly startedBy: readonly string[];
  readonly runs: readonly string[];
  readonly runBy: readonly string[];
  readonly calls: readonly string[];
  readonly emits: readonly string[];
}

const formats = ["text", "mermaid", "json"] as const;

export async function run({
  terminal,
  arguments: [name],
  options,
}: VerbInput<Options>): Promise<number> {
  const format = formats.find(
    (known) => known === (options.format ?? (options.json === true ? "json" : "text")),
  );
  if (format === undefined) {
    throw new UsageError("cli/bad-format", `there is no format ${JSON.stringify(options.format)}`, {
      help: `formats are ${formats.join(", ")}`,
    });
  }
  const { generation, compilation } = await generationHere(options, terminal);
  if (name !== undefined && !generation.flows.has(name)) {
    const message = `there is no flow "${name}"${didYouMean(name, generation.flows.keys())}`;
    throw new UsageError("cli/unknown-name", message, { help: "`sluice graph` shows them all" });
  }
  const uses = compilation.uses();
  const all = [...generation.flows.values()]
    .map((flow) =>
      tiesOf(flow.name, { uses, layer: flow.layer ?? "process", trigger: flow.trigger ?? [] }),
    )
    .toSorted((a, b) => a.flow.localeCompare(b.flow));
  const shown = name === undefined ? all : near(all, name);
  terminal.out(writers[format](shown));
  return 0;
}

function tiesOf(
  flow: string,
  {
    uses,
    layer,
    trigger,
  }: {
    readonly uses: readonly Use[];
    readonly layer: string;
    readonly trigger: readonly { readonly kind: string; readonly value: unknown }[];
  },
): Ties {
  const own = uses.filter(({ by }) => by.kind === "flow" && by.name === flow);
  const named = (to: Use["to"]) => sorted(own.flatMap((use) => (use.to === to ? [use.name] : [])));
  const startedBy = sorted(
    trigger.map(({ kind, value }) => (typeof value === "string" ? value : kind)),
  );
  const runBy = uses.flatMap(({ to, name, by }) =>
    to === "flow" && name === flow && by.kind === "flow" ? [by.name] : [],
  );
  return {
    flow,
    layer,
    startedBy,
    runs: named("flow"),
    runBy: sorted(runBy),
    calls: named("operation"),
    emits: named("event").filter((event) => !startedBy.includes(event)),
  };
}

/** A flow, and the flows it shares a run or an event with. */
function near(all: readonly Ties[], name: string): readonly Ties[] {
  const one = all.find(({ flow }) => flow === name);
  return all.filter(
    (other) =>
      other.flow === name ||
      other.runs.includes(name) ||
      other.runBy.includes(name) ||
      other.emits.some((event) => one?.startedBy.includes(event) === true) ||
      other.startedBy.some((event) => one?.emits.includes(event) === true),
  );
}

const writers: Readonly<Record<(typeof formats)[number], (ties: readonly Ties[]) => string>> = {
  json: (ties) => jsonText(ties),
  text: (ties) => ties.map(textOf).join("\n"),
  mermaid: (ties) =>
    `flowchart LR\n${ties
      .flatMap(edgesOf)
      .map((edge) => `  ${edge}\n`)
      .join("")}`,
};

function textOf({ flow, layer, ...ties }: Ties): string {
  const rows = [
    ["started by", ties.startedBy],
    ["run by", ties.runBy],
    ["runs", ties.runs],
    ["calls", ties.calls],
    ["emits or hears", ties.emits],
  ] as const;
  const lines = rows.flatMap(([what, names]) =>
    names.length === 0 ? [] : [`  ${what.padEnd(15)} ${names.join(", ")}\n`],
  );
  return `${flow} (${layer})\n${lines.join("")}`;
}

function edgesOf({ flow, startedBy, runs, calls, emits }: Ties): readonly string[] {
  const systems = sorted(calls.map((operation) => operation.split(".")[0] ?? operation));
  return [
    ...startedBy.map((event) => `${node(event)} --> ${node(flow)}`),
    ...runs.map((other) => `${node(flow)} ==> ${node(other)}`),
    ...systems.map((system) => `${node(flow)} -.-> ${node(system)}`),
    ...emits.map((event) => `${node(flow)} --> ${node(event)}`),
  ];
}

const node = (name: string): string => `${name.replaceAll(/[^A-Za-z0-9]/g, "_")}["${name}"]`;

const sorted = (names: readonly string[]): readonly string[] =>
  [...new Set(names)].toSorted((a, b) => a.localeCompare(b));
