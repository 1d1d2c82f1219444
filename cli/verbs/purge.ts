import {
  type Generation,
  loadPurge,
  type PurgeOutlook,
  type PurgeState,
  type RetentionClass,
  retentionClasses,
  StoreError,
  UsageError,
} from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { outlookText, purgeText, purgeWords } from "../output/purge.ts";
import { timeOption } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { actor, admin, adminLook, type AdminOptions } from "../workspace/admin.ts";
import { compileHere, type WorkspaceOptions } from "../workspace/compile.ts";
import { readAddress } from "../workspace/engine-address.ts";
import { existingStore, storePath } from "../workspace/store.ts";

interface Options extends CommonOptions, AdminOptions, WorkspaceOptions {
  readonly class?: string;
  readonly before?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

type Request = { readonly kind?: RetentionClass; readonly before?: number };

/** Between two looks at how far the engine is. */
const lookMs = 200;

/** Lets go of what is over: through the engine that owns the store, or on the file when none does. */
export async function run(input: VerbInput<Options>): Promise<number> {
  const { terminal, options } = input;
  const request = requestOf(options);
  if (options.dryRun === true) {
    const outlook = await either(
      input,
      async () => foreseeThere(request, input),
      async () => foreseeHere(request, input),
    );
    terminal.out(options.json === true ? jsonText(outlook) : outlookText(outlook));
    return 0;
  }
  const state = await either(
    input,
    async () => purgeThere(request, input),
    async () => purgeHere(request, input),
  );
  terminal.out(options.json === true ? jsonText(state) : purgeText(state));
  return state.why === undefined ? 0 : 1;
}

/** An engine that died left its address: nobody answers there, and the file is free. */
async function either<T>(
  { options, terminal }: VerbInput<Options>,
  there: () => Promise<T>,
  here: () => Promise<T>,
): Promise<T> {
  if (options.server !== undefined) return there();
  if (readAddress(await storePath(options, terminal)) === undefined) return here();
  try {
    return await there();
  } catch (error) {
    if (error instanceof StoreError && error.code === "cli/engine-unreachable") return here();
    throw error;
  }
}

function requestOf(options: Options): Request {
  const kind = retentionClasses.find((one) => one === options.class);
  if (options.class !== undefined && kind === undefined) {
    throw new UsageError("cli/bad-class", `there is no class ${JSON.stringify(options.class)}`, {
      help: `it is one of ${retentionClasses.join(", ")}`,
    });
  }
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(options.before === undefined ? {} : { before: timeOption("--before", options.before) }),
  };
}

function bodyOf({ kind, before }: Request) {
  return {
    ...(kind === undefined ? {} : { class: kind }),
    ...(before === undefined ? {} : { before: new Date(before).toISOString() }),
  };
}

async function foreseeThere(request: Request, { options, terminal }: VerbInput<Options>) {
  const { body } = await admin("purge/preview", bodyOf(request), options, terminal);
  // The engine's own answer, of this version or a near one.
  return body as unknown as PurgeOutlook;
}

async function foreseeHere(request: Request, input: VerbInput<Options>): Promise<PurgeOutlook> {
  const { foreseePurge } = await loadPurge();
  return foreseePurge(await offline(request, input));
}

async function purgeThere(
  request: Request,
  { options, terminal }: VerbInput<Options>,
): Promise<PurgeState> {
  const begun = await admin("purge", bodyOf(request), options, terminal);
  let state = begun.body as unknown as PurgeState;
  const { startedAt } = state;
  while (options.wait !== false && state.endedAt === undefined) {
    if (terminal.color) terminal.err(`\r\u001B[K${purgeWords(state)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, lookMs);
    });
    const seen = (await adminLook("purge", options, terminal)).body as unknown as PurgeState;
    // A later one may have begun since.
    if (seen.startedAt !== startedAt) break;
    state = seen;
  }
  if (terminal.color) terminal.err("\r\u001B[K");
  return state;
}

async function purgeHere(request: Request, input: VerbInput<Options>): Promise<PurgeState> {
  const { terminal, options } = input;
  const { purgeStore } = await loadPurge();
  const state = await purgeStore(await offline(request, input), actor(options), (now) => {
    if (terminal.color) terminal.err(`\r\u001B[K${purgeWords(now)}`);
  });
  if (terminal.color) terminal.err("\r\u001B[K");
  return state;
}

async function offline(request: Request, { options, terminal }: VerbInput<Options>) {
  const path = await existingStore(options, terminal);
  return { path, request, policy: await policyOf({ options, terminal }, request) };
}

/** Says how long each class is kept; the audit is promised even where a time is given. */
async function policyOf(
  { options, terminal }: Pick<VerbInput<Options>, "options" | "terminal">,
  { before }: Request,
): Promise<Generation["workspace"]["retention"]> {
  const { compilation } = await compileHere(options, terminal);
  if (compilation.generation !== undefined) return compilation.generation.workspace.retention;
  throw new UsageError(
    "cli/broken-workspace",
    `the workspace has errors: nobody can say how long ${before === undefined ? "each class" : "the audit"} is kept`,
    { help: "`sluice validate` shows them" },
  );
}
