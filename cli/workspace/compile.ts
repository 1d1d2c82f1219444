import {
  type Compilation,
  digest,
  formatFindings,
  type Generation,
  type KeptParts,
  loadKnownSpec,
  loadSpec,
  SpecError,
  UsageError,
} from "../../engine/index.ts";
import { count } from "../output/words.ts";
import type { Terminal } from "../output/terminal.ts";
import { makeRoomFor } from "./large.ts";
import { findWorkspace, readWorkspace } from "./read.ts";
import { type Recalled, recallVerdict, type Verdict } from "./verdict.ts";
import type { Question } from "./verdict-key.ts";

/** Findings shown by verbs that cannot go on; `validate` shows all. */
const shownMax = 3;

export interface WorkspaceOptions {
  readonly workspace?: string;
  /** `erp=tryton`: another adapter plays the role. */
  readonly system?: readonly string[];
}

export interface CompiledWorkspace {
  readonly root: string;
  readonly files: Readonly<Record<string, string>>;
  readonly compilation: Compilation;
}

/** Which adapter plays which role instead of what sluice.yaml says: part of the generation's texts. */
const overrideFile = "systems.override.json";

/** The workspace's texts, with `--system` and `SLUICE_SYSTEM_<ROLE>` as a text of their own. */
export function workspaceFiles(
  root: string,
  options: WorkspaceOptions,
  terminal: Pick<Terminal, "env">,
): Readonly<Record<string, string>> {
  return withOverrides(readWorkspace(root).files, options, terminal);
}

/** Texts with `--system` and `SLUICE_SYSTEM_<ROLE>` as they are given now, whatever was given before. */
export function withOverrides(
  files: Readonly<Record<string, string>>,
  options: WorkspaceOptions,
  terminal: Pick<Terminal, "env">,
): Readonly<Record<string, string>> {
  const systems = systemOverrides(options.system ?? [], terminal.env);
  const { [overrideFile]: _before, ...own } = files;
  return Object.keys(systems).length === 0
    ? own
    : { ...own, [overrideFile]: `${JSON.stringify(systems)}\n` };
}

function systemOverrides(
  given: readonly string[],
  env: Terminal["env"],
): Readonly<Record<string, string>> {
  const systems: Record<string, string> = {};
  for (const [name, adapter] of Object.entries(env)) {
    const [, role] = /^SLUICE_SYSTEM_([A-Z][A-Z0-9_]*)$/.exec(name) ?? [];
    if (role !== undefined && adapter !== undefined && adapter !== "") {
      systems[role.toLowerCase().replaceAll("_", "-")] = adapter;
    }
  }
  for (const pair of given) {
    const [, role, adapter] = /^([a-z][a-z0-9-]*)=([a-z][a-z0-9-]*)$/.exec(pair) ?? [];
    if (role === undefined || adapter === undefined) {
      throw new UsageError(
        "cli/bad-system",
        `--system ${JSON.stringify(pair)} names no role and adapter`,
        {
          help: "write it as <role>=<adapter>, such as erp=tryton",
        },
      );
    }
    systems[role] = adapter;
  }
  return systems;
}

/** Compiles the workspace; findings are values. */
export async function compileHere(
  options: WorkspaceOptions,
  terminal: Terminal,
  question: Question = {},
): Promise<CompiledWorkspace> {
  const root = findWorkspace(options.workspace, terminal.cwd);
  const files = workspaceFiles(root, options, terminal);
  return { root, files, compilation: await compileTexts({ root, files }, terminal, question) };
}

/** Compiles texts that stand, or stood, in the workspace at `root`. */
export async function compileTexts(
  texts: Pick<CompiledWorkspace, "root" | "files">,
  terminal: Pick<Terminal, "env">,
  question: Question,
): Promise<Compilation> {
  const before = await recallVerdict(texts, question, terminal);
  const compilation = await compile(texts.files, question, before);
  before.remember(compilation);
  return compilation;
}

/** What `compileHere` would find; compiles only what was not judged before. */
export async function judgeHere(
  options: WorkspaceOptions,
  terminal: Terminal,
  question: Question,
): Promise<{ readonly files: CompiledWorkspace["files"]; readonly verdict: Verdict }> {
  const root = findWorkspace(options.workspace, terminal.cwd);
  const files = workspaceFiles(root, options, terminal);
  const before = await recallVerdict({ root, files }, question, terminal);
  // Words of the command line are looked up in the generation.
  if (before.verdict !== undefined && files[overrideFile] === undefined) {
    return { files, verdict: before.verdict };
  }
  return { files, verdict: before.remember(await compile(files, question, before)) };
}

async function compile(
  files: CompiledWorkspace["files"],
  { isHere, ...asked }: Question,
  { present, kept, verdict }: Recalled,
): Promise<Compilation> {
  const known = await knownCompilation(files, kept, verdict);
  if (known !== undefined) return known;
  makeRoomFor(files);
  const { compileWorkspace, ReadCache } = await loadSpec();
  const compilation = compileWorkspace(files, {
    digest,
    cache: new ReadCache(kept),
    ...(kept === undefined ? {} : { kept }),
    ...(isHere === true ? present : {}),
    ...asked,
    ...(verdict === undefined ? {} : { judged: verdict.diagnostics }),
  });
  kept?.save();
  if (compilation.generation !== undefined) checkOverrides(files, compilation.generation);
  return compilation;
}

async function knownCompilation(
  files: CompiledWorkspace["files"],
  kept: KeptParts | undefined,
  verdict: Recalled["verdict"],
): Promise<Compilation | undefined> {
  if (kept === undefined || verdict === undefined) return undefined;
  const { compileKnown } = await loadKnownSpec();
  const compilation = compileKnown(files, { judged: verdict.diagnostics, kept, digest });
  if (compilation?.generation !== undefined) checkOverrides(files, compilation.generation);
  return compilation;
}

/** What the command line says of systems is the user's word, not the workspace's. */
function checkOverrides(files: Readonly<Record<string, string>>, generation: Generation): void {
  const given = JSON.parse(files[overrideFile] ?? "{}") as Readonly<Record<string, string>>;
  for (const [role, adapter] of Object.entries(given)) {
    const players = [...generation.adapters.values()].filter(({ plays }) => plays === role);
    if (players.some(({ name }) => name === adapter)) continue;
    throw new UsageError(
      "cli/bad-system",
      generation.systems.has(role)
        ? `no adapter ${JSON.stringify(adapter)} plays ${role}`
        : `there is no system ${JSON.stringify(role)} for ${adapter} to play`,
      {
        help: generation.systems.has(role)
          ? `${role} is played by ${players.map(({ name }) => name).join(" or ")}`
          : `systems are ${[...generation.systems.keys()].join(", ")}`,
      },
    );
  }
}

/** The generation; throws `SpecError` where findings keep it from being one. */
export async function generationHere(
  options: WorkspaceOptions,
  terminal: Terminal,
): Promise<CompiledWorkspace & { readonly generation: Generation }> {
  const compiled = await compileHere(options, terminal);
  const { generation, diagnostics } = compiled.compilation;
  if (generation !== undefined) return { ...compiled, generation };
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const shown = errors.slice(0, shownMax);
  terminal.err(
    `${formatFindings(shown, "human", { files: compiled.files, color: terminal.color })}\n\n`,
  );
  throw new SpecError(
    "cli/broken-workspace",
    `the workspace has ${count(errors.length, "error")}`,
    shown.length < errors.length ? { help: "`sluice validate` shows them all" } : {},
  );
}
