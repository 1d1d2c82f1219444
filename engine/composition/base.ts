import { digest } from "./digest.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Log } from "../ports/log.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Signals } from "../ports/signals.ts";
import { SystemClock, SystemIds } from "../ports/system/index.ts";
import type { Limits } from "../runtime/index.ts";
import type { Compilation, CompileOptions, ReadCache } from "../spec/index.ts";

/** Texts of a workspace by path. */
export type Files = Readonly<Record<string, string>>;

/** What a running engine is told of the machine it runs on. */
export interface BaseOptions {
  readonly secrets: Secrets;
  readonly log: Log;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly limits?: Partial<Limits>;
}

/** What every part is given. */
export function baseOf(options: BaseOptions) {
  const { secrets, log, limits } = options;
  const { load, compile } = compiler();
  return {
    load,
    clock: options.clock ?? new SystemClock(),
    ids: options.ids ?? new SystemIds(),
    secrets,
    log,
    ...(limits === undefined ? {} : { limits }),
    compile,
    /** Also asks that every secret and value is set on this machine. */
    compileHere: (files: Files) =>
      compile(files, {
        presentSecrets: {
          has: (name: string) => secrets.secret(name) !== undefined,
          whyNot: (name: string) => secrets.whyNot?.(name),
        },
        presentEnv: {
          has: (name: string) => secrets.env(name) !== undefined,
          get: (name: string) => secrets.env(name),
        },
      }),
  };
}

/**
 * The compiler, which is loaded when it is needed: a start on texts that were compiled before needs
 * none. A reload reads again only the files that changed.
 */
function compiler() {
  let cache: ReadCache | undefined;
  const load = async () => import("../spec/index.ts");
  return {
    load,
    compile: async (files: Files, present: Present = {}): Promise<Compilation> => {
      const { compileWorkspace, ReadCache } = await load();
      cache ??= new ReadCache();
      return compileWorkspace(files, { digest, cache, ...present });
    },
  };
}

type Present = Pick<CompileOptions, "presentSecrets" | "presentEnv">;
/** What every part of a running engine is given. */
export type Base = ReturnType<typeof baseOf> & { readonly signals: Signals };

/** Compiles texts that were: what they compiled to, where they still do. */
export function generationBy({ compile }: Pick<Base, "compile">) {
  return async (files: Files): Promise<Generation | undefined> => (await compile(files)).generation;
}
