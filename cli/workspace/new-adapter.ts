import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  digest,
  formatFindings,
  type Generation,
  type Json,
  loadScaffold,
  loadSpec,
  UsageError,
} from "../../engine/index.ts";
import { count } from "../output/words.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { generationHere } from "./compile.ts";
import { readWorkspace } from "./read.ts";
import { makeFolder } from "./make-folder.ts";

export interface NewAdapterOptions extends CommonOptions {
  readonly plays?: string;
  readonly openapi?: string;
  readonly recorded?: string;
}

/** Writes an adapter's first texts, validates the workspace with them, and says what is left to say. */
export async function newAdapter(
  { terminal, options }: VerbInput<NewAdapterOptions>,
  name: string,
): Promise<number> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UsageError("cli/bad-name", `${JSON.stringify(name)} is no name of an adapter`, {
      help: "write it in lower case with dashes, such as acme-crm",
    });
  }
  const { generation, root } = await generationHere(options, terminal);
  const system = systemOf(generation, options.plays);
  const { scaffoldAdapter } = await loadScaffold();
  const made = scaffoldAdapter({
    name,
    system,
    owner: system.owner ?? Object.keys(generation.workspace.teams ?? {})[0] ?? "integration",
    schemas: new Map([...generation.schemas].map(([key, { schema }]) => [key, schema])),
    api: await apiOf(options, terminal.cwd),
  });
  const there = Object.keys(made.files).find((path) => existsSync(join(root, path)));
  if (there !== undefined) {
    throw new UsageError("cli/file-there", `${there} is there already, and nothing was written`, {
      help: "give the adapter another name, or remove what it had before",
    });
  }
  for (const [path, text] of Object.entries(made.files)) {
    makeFolder(dirname(join(root, path)));
    writeFileSync(join(root, path), text);
    terminal.out(`  ${path}\n`);
  }
  const settings = join(root, "sluice.yaml");
  writeFileSync(settings, declared(readFileSync(settings, "utf8"), made));
  terminal.out("  sluice.yaml: secrets and addresses\n");
  const { compileWorkspace } = await loadSpec();
  const { files } = readWorkspace(root);
  const { diagnostics } = compileWorkspace(files, { digest });
  const shown = diagnostics.filter(({ severity }) => severity !== "information");
  if (shown.length > 0) {
    terminal.out(`\n${formatFindings(shown, "human", { files, color: terminal.color })}\n`);
  }
  terminal.out(`\n${count(made.left.length, "thing")} left to fill in:\n`);
  for (const line of made.left) terminal.out(`  - ${line}\n`);
  const trial = `--system ${system.name}=${name}`;
  terminal.out(`\nnext: fill them in, \`sluice validate\`, and try it with ${trial}\n`);
  return shown.some(({ severity }) => severity === "error") ? 1 : 0;
}

function systemOf({ systems }: Generation, role: string | undefined) {
  const system = systems.get(role ?? "");
  if (system !== undefined) return system;
  const known = [...systems.keys()].join(", ");
  throw new UsageError(
    "cli/unknown-role",
    role === undefined ? "--plays is missing" : `there is no system ${JSON.stringify(role)}`,
    { help: `name the role that it plays; systems are ${known}` },
  );
}

async function apiOf({ openapi, recorded }: NewAdapterOptions, cwd: string) {
  const { readOpenApi, readRecorded } = await loadScaffold();
  if (openapi !== undefined && recorded !== undefined) {
    throw new UsageError("cli/two-sources", "--openapi and --recorded stand together", {
      help: "name the one that tells more",
    });
  }
  const given = openapi ?? recorded;
  if (given === undefined) return { auth: { kind: "none" } as const, endpoints: [] };
  const document = await documentOf(resolve(cwd, given));
  const api = openapi === undefined ? readRecorded(document) : readOpenApi(document);
  if (api !== undefined) return api;
  throw openapi === undefined
    ? new UsageError(
        "cli/bad-source",
        `${given} holds no recorded exchange that was answered 2xx`,
        {
          help: "give a HAR, or a list of { request: { method, url, body }, response: { status, body } }",
        },
      )
    : new UsageError("cli/bad-source", `${given} is no OpenAPI 3 document`, {
        help: "give one that begins with openapi: 3.0 or 3.1",
      });
}

async function documentOf(path: string): Promise<Json> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UsageError("cli/unreadable-file", `${path} cannot be read`, {
      help: "name a file that is there",
    });
  }
  const { readDocument } = await loadSpec();
  return readDocument(path, text) ?? null;
}

interface Declarations {
  readonly env: Readonly<
    Record<string, { readonly description: string; readonly default: string }>
  >;
  readonly secrets: Readonly<Record<string, string>>;
}

/** sluice.yaml with further secrets and addresses, its own lines and comments as they are. */
function declared(text: string, { env, secrets }: Declarations): string {
  const addresses = Object.entries(env).map(
    ([key, { default: url, description }]) =>
      `  ${key}: { description: ${JSON.stringify(description)}, default: ${JSON.stringify(url)} }`,
  );
  const words = Object.entries(secrets).map(([key, what]) => `  ${key}: ${JSON.stringify(what)}`);
  return withLines(withLines(text, "env", addresses), "secrets", words);
}

function withLines(text: string, block: string, lines: readonly string[]): string {
  const fresh = lines.filter((line) => !text.includes(`\n${line.slice(0, line.indexOf(":") + 1)}`));
  if (fresh.length === 0) return text;
  const head = new RegExp(`^${block}:[ \\t]*(#.*)?\\n`, "m");
  const added = `${fresh.join("\n")}\n`;
  if (head.test(text)) return text.replace(head, (found) => `${found}${added}`);
  return `${text.replace(/\n*$/, "\n")}\n${block}:\n${added}`;
}
