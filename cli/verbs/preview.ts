import { readFileSync, watch } from "node:fs";
import { join, resolve } from "node:path";
import {
  didYouMean,
  ExpressionError,
  FlowError,
  formatFindings,
  type Json,
  listWords,
  loadRehearsal,
  UsageError,
} from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { table } from "../output/table.ts";
import { styles, type Terminal } from "../output/terminal.ts";
import { count } from "../output/words.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { generationHere, type WorkspaceOptions } from "../workspace/compile.ts";
import { readInput } from "../workspace/input.ts";
import { findWorkspace } from "../workspace/read.ts";

interface Options extends CommonOptions, WorkspaceOptions {
  readonly store?: string;
  readonly message?: string;
  readonly watch?: boolean;
}

type Input = VerbInput<Options>;

export async function run(input: Input): Promise<number> {
  if (input.options.watch !== true) return once(input);
  return again(input);
}

async function once({ terminal, arguments: [name = "", file], options }: Input): Promise<number> {
  const { generation, files } = await generationHere(options, terminal);
  const mapping = generation.mappings.get(
    name.replace(/^mappings\//, "").replace(/\.jsonata$/, ""),
  );
  if (mapping === undefined) {
    throw new UsageError(
      "cli/unknown-mapping",
      `there is no mapping ${JSON.stringify(name)}${didYouMean(name, generation.mappings.keys())}`,
      {
        help: `there are ${listWords([...generation.mappings.keys()].sort())}`,
      },
    );
  }
  const value = await readInput({ file, message: options.message, options, terminal }, mapping);
  const { preview } = await loadRehearsal();
  const crosswalk = mapping.contract?.examples?.[0]?.crosswalk;
  let found: Found;
  try {
    found = await preview(generation, mapping, value, crosswalk);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    terminal.err(`${expressionFinding(error, files, terminal)}\n`);
    return 1;
  }
  if (options.json === true)
    terminal.out(jsonText({ mapping: mapping.name, input: value, ...found }));
  else terminal.out(text(mapping.name, found, terminal));
  return found.outputBreaches.length + found.inputBreaches.length === 0 ? 0 : 1;
}

type Found = Awaited<ReturnType<Awaited<ReturnType<typeof loadRehearsal>>["preview"]>>;

/** The place in the mapping that this input cannot pass. */
function expressionFinding(
  { code, message, at, help }: ExpressionError,
  files: Readonly<Record<string, string>>,
  terminal: Terminal,
): string {
  const finding = { code, severity: "error" as const, message, at };
  return formatFindings([help === undefined ? finding : { ...finding, help }], "human", {
    files,
    color: terminal.color,
  });
}

function text(name: string, found: Found, terminal: Terminal): string {
  const style = styles(terminal);
  const verdict = (what: string, breaches: Found["inputBreaches"]) =>
    breaches.length === 0
      ? `${what}  ${style.good("conforms")}\n`
      : `${what}  ${style.bad(count(breaches.length, "breach", "breaches"))}\n${breaches
          .map(({ pointer, message }) => `  ${pointer === "" ? "(root)" : pointer}: ${message}\n`)
          .join("")}`;
  const origins = table(
    ["target", "from"],
    found.origins.map(({ target, sources }) => [
      target === "" ? "(whole)" : target,
      sources.map((source) => (source === "" ? "(whole input)" : source)).join(", ") ||
        "(constant)",
    ]),
  );
  const unread =
    found.unread.length === 0
      ? "every field of this input is read\n"
      : `not read: ${found.unread.map((path) => (/^(\[\])?$/.test(path) ? "(whole input)" : path)).join(", ")}\n`;
  return [
    `${style.strong(name)}\n`,
    jsonText(found.output satisfies Json),
    "\n",
    verdict("input ", found.inputBreaches),
    verdict("output", found.outputBreaches),
    "\n",
    origins,
    "\n",
    unread,
    found.byLibrary === undefined
      ? ""
      : `evaluated by the jsonata library, which takes some hundred times as long: ${found.byLibrary}\n`,
  ].join("");
}

/** Again at each change, until the user stops it; a mistake is shown and waited out. */
async function again(input: Input): Promise<number> {
  const {
    terminal,
    arguments: [, file],
    options,
  } = input;
  const root = findWorkspace(options.workspace, terminal.cwd);
  const show = async (): Promise<void> => {
    terminal.out(terminal.color ? "\u001B[2J\u001B[H" : "\n");
    try {
      await once(input);
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      terminal.out(`${error.message} [${error.code}]\n`);
      if (error.help !== undefined) terminal.out(`  = help: ${error.help}\n`);
    }
    terminal.out("watching; stop with Ctrl-C\n");
  };
  let running = show();
  const stamp = new Map<string, string>();
  const changed = (path: string): void => {
    // Editors touch files several times; only another text is news.
    const now = safeRead(path);
    if (now === undefined || stamp.get(path) === now) return;
    stamp.set(path, now);
    running = running.then(show, show);
  };
  const watchers = ["mappings", "schemas"].map((folder) =>
    watch(join(root, folder), { recursive: true }, (_event, name) => {
      if (name !== null) changed(join(root, folder, name));
    }),
  );
  if (file !== undefined && file !== "-") {
    const path = resolve(terminal.cwd, file);
    watchers.push(
      watch(path, () => {
        changed(path);
      }),
    );
  }
  await terminal.stopped();
  for (const watcher of watchers) watcher.close();
  await running;
  return 0;
}

function safeRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
