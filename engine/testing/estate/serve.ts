import { startEstate } from "./start-estate.ts";
import type { Estate, EstateOptions } from "./estate.ts";

/** One line for whoever started the estate in a process of its own. */
export interface ReadyLine {
  readonly estate: "ready";
  readonly pid: number;
  readonly seed: number;
  readonly urls: Estate["urls"];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs the estate until SIGINT or SIGTERM, or until standard input ends when `untilInputEnds`: so
 * it dies with its parent. `announce` is given the one line that says where it listens.
 */
export async function serveEstate(
  options: EstateOptions & { readonly untilInputEnds?: boolean },
  announce: (line: ReadyLine) => void,
): Promise<void> {
  const estate = await startEstate(options);
  const { seed, urls } = estate;
  announce({ estate: "ready", pid: process.pid, seed, urls, environment: estate.environment() });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    if (options.untilInputEnds !== true) return;
    process.stdin.once("end", () => resolve());
    process.stdin.resume();
  });
  await estate.close();
  process.stdin.destroy();
}
