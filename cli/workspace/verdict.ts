import {
  type Compilation,
  type CompileOptions,
  type Diagnostic,
  digest,
  type KeptParts,
  loadSystem,
  type PackedExpression,
  type PackedNode,
  type PackedSchema,
  type SourceRef,
} from "../../engine/index.ts";
import type { Terminal } from "../output/terminal.ts";
import { cacheFolder, CacheFiles } from "./cache-files.ts";
import { KeptFile } from "./kept-file.ts";
import { partsKey, type Question, verdictKey } from "./verdict-key.ts";

export type Sizes = Readonly<
  Record<"flows" | "systems" | "adapters" | "mappings" | "schemas", number>
>;

/** Everything that `validate` says of a workspace. */
export interface Verdict {
  readonly diagnostics: readonly Diagnostic[];
  /** Expressions that the jsonata library evaluates, and why. */
  readonly fallbacks: readonly { readonly at: SourceRef; readonly why?: string }[];
  /** How many there are of each kind; absent where errors keep the workspace from running. */
  readonly sizes?: Sizes;
  /** What of the machine the verdict rests on. */
  readonly asked: readonly Asked[];
}

/** What was asked of the machine, and a hash of what it answered. */
type Asked = readonly [kind: "env" | "secret", name: string, answer: string];

/** What was found of a workspace's parts, and how to keep what was found since. */
export type KeptHere = KeptParts & { save(): void };

/** What is known of the very same texts. */
export interface Recalled {
  readonly verdict?: Verdict;
  /** What is set on this machine, for the compiler to ask. */
  readonly present: Present;
  /** What was found of their parts before; absent where nothing can be kept. */
  readonly kept?: KeptHere;
  /** Keeps a verdict for the next call, and gives it. */
  remember(compilation: Compilation): Verdict;
}

type Present = Pick<Required<CompileOptions>, "presentEnv" | "presentSecrets">;

/** Looks for the verdict of an earlier call on the same texts, by the same compiler. */
export async function recallVerdict(
  {
    root,
    files: texts,
  }: { readonly root: string; readonly files: Readonly<Record<string, string>> },
  question: Question,
  terminal: Pick<Terminal, "env">,
): Promise<Recalled> {
  const folder = cacheFolder(terminal.env);
  const here = await presentHere(terminal);
  const asked = new Map<string, Asked>();
  const present = noted(here, (kind, name) => {
    asked.set(`${kind} ${name}`, [kind, name, answerOf(here, kind, name)]);
  });
  const made = (compilation: Compilation): Verdict => verdictOf(compilation, [...asked.values()]);
  if (folder === undefined) return { present, remember: made };
  const files = new CacheFiles(folder);
  const key = await verdictKey(texts, question);
  const parts = keptParts(files, await partsKey(), { root, name: nameOf(texts) });
  const verdict = files.recall<Verdict>(key);
  if (verdict?.asked.every(([kind, name, was]) => answerOf(here, kind, name) === was) === true) {
    return { present, kept: parts, verdict, remember: () => verdict };
  }
  return {
    present,
    kept: parts,
    remember: (compilation) => {
      const fresh = made(compilation);
      files.remember(key, fresh);
      return fresh;
    },
  };
}

/** A workspace that has nothing of its own yet begins with what was kept of one of the same name: another clone of it. */
function keptParts(
  files: CacheFiles,
  key: string,
  { root, name }: { readonly root: string; readonly name: string },
): KeptHere {
  const lastRoot = digest(`last ${key} ${name}`);
  const last = files.recall<string>(lastRoot);
  const fileOf = <Value>(kind: string) =>
    new KeptFile<Value>(files, `${kind} ${key}`, root, last === root ? undefined : last);
  const parts = {
    trees: fileOf<PackedNode>("trees"),
    schemas: fileOf<PackedSchema>("schemas"),
    expressions: fileOf<PackedExpression>("expressions"),
    examples: fileOf<true>("examples"),
  };
  return {
    ...parts,
    save: () => {
      for (const part of Object.values(parts)) part.save();
      if (last !== root) files.remember(lastRoot, root);
    },
  };
}

/** As sluice.yaml says it; none where it does not. */
function nameOf(texts: Readonly<Record<string, string>>): string {
  return /^workspace: *(.*)$/m.exec(texts["sluice.yaml"] ?? "")?.[1]?.trim() ?? "";
}

async function presentHere({ env }: Pick<Terminal, "env">) {
  const { SystemSecrets } = await loadSystem();
  const secrets = new SystemSecrets(env, env["SLUICE_SECRETS_DIR"]);
  return {
    presentEnv: {
      has: (name: string) => secrets.env(name) !== undefined,
      get: (name: string) => secrets.env(name),
    },
    presentSecrets: {
      has: (name: string) => secrets.secret(name) !== undefined,
      whyNot: (name: string) => secrets.whyNot(name),
    },
  };
}

type Here = Awaited<ReturnType<typeof presentHere>>;

/** The same, and whoever asks is heard. */
function noted(
  { presentEnv, presentSecrets }: Here,
  ask: (kind: Asked[0], name: string) => void,
): Present {
  const hearing =
    <Answer>(kind: Asked[0], answer: (name: string) => Answer) =>
    (name: string): Answer => {
      ask(kind, name);
      return answer(name);
    };
  return {
    presentEnv: { has: hearing("env", presentEnv.has), get: hearing("env", presentEnv.get) },
    presentSecrets: {
      has: hearing("secret", presentSecrets.has),
      whyNot: hearing("secret", presentSecrets.whyNot),
    },
  };
}

/** What the machine answers, as a hash: what is set is nobody else's business. Of a secret, only whether it is set. */
function answerOf({ presentEnv, presentSecrets }: Here, kind: Asked[0], name: string): string {
  if (kind === "env") return digest(JSON.stringify(presentEnv.get(name) ?? null));
  return digest(presentSecrets.has(name) ? "set" : `not set: ${presentSecrets.whyNot(name) ?? ""}`);
}

function verdictOf(compilation: Compilation, asked: readonly Asked[]): Verdict {
  const { diagnostics, fallbacks, generation } = compilation;
  return {
    diagnostics,
    fallbacks: fallbacks().map(({ at, why }) => ({ at, ...(why === undefined ? {} : { why }) })),
    ...(generation === undefined ? {} : { sizes: sizesOf(generation) }),
    asked,
  };
}

function sizesOf(generation: NonNullable<Compilation["generation"]>): Sizes {
  const { flows, systems, adapters, mappings, schemas } = generation;
  return {
    flows: flows.size,
    systems: systems.size,
    adapters: adapters.size,
    mappings: mappings.size,
    schemas: schemas.size,
  };
}
