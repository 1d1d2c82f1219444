import { createMasks } from "../../engine/index.ts";
import type { Terminal } from "../output/terminal.ts";
import { admin, type AdminOptions } from "./admin.ts";
import type { Reader } from "./store.ts";

export interface RevealOptions extends AdminOptions {
  readonly reveal?: boolean;
}

type Masks = Awaited<ReturnType<typeof createMasks>>;

/**
 * What is shown of something stored: masked, or with `--reveal` as it is. That is asked of the
 * running engine, which writes the asker's name down before it answers.
 */
export async function shown<T>(
  what: "runs" | "messages" | "tasks" | "trace",
  id: string,
  how: {
    readonly options: RevealOptions;
    readonly terminal: Terminal;
    readonly reader: Reader;
    readonly mask: (masks: Masks) => Promise<T>;
    readonly take: (answer: unknown) => T;
  },
): Promise<T> {
  const { options, terminal, reader, mask, take } = how;
  if (options.reveal !== true) return mask(await createMasks(reader));
  const { body } = await admin(`${what}/${encodeURIComponent(id)}/reveal`, {}, options, terminal);
  return take(body);
}
