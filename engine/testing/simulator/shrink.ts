import { simulate, type SimulationResult } from "./simulate.ts";
import type { FaultKind } from "./weather.ts";

/** Leaves out one kind of fault after the other, as long as something is still wrong. */
export async function shrink(failed: SimulationResult): Promise<{
  readonly result: SimulationResult;
  readonly without: readonly FaultKind[];
}> {
  let result = failed;
  const without: FaultKind[] = [];
  for (const kind of failed.faults) {
    const tried = await simulate({ seed: failed.seed, without: new Set([...without, kind]) });
    if (tried.wrong.length === 0) continue;
    result = tried;
    without.push(kind);
  }
  return { result, without };
}

/** The last of what concerns the things that went wrong: their names and ids, wherever they stand. */
export function storyOfFailure({ wrong, trace }: SimulationResult, lines = 40): readonly string[] {
  const words = new Set(
    wrong.flatMap((line) => line.match(/\b[A-Z]\w*-?\d[\w-]*|\b[0-9a-f-]{36}\b/g) ?? []),
  );
  const world =
    /^\s*[\d.]+ {2}(?:ops|disk|clock|world|finance) |dies|begins|run-parked|does not start/;
  const concerned = trace.filter(
    (line) => world.test(line) || [...words].some((word) => line.includes(word)),
  );
  return (words.size === 0 ? trace : concerned).slice(-lines);
}
