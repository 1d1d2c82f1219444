import type { Progress } from "../behaviour.ts";

/** What decides first: what is out must come back, then a person, then the failure, then the stop. */
const precedence: readonly Progress["kind"][] = ["open", "parked", "failed", "stopped", "idle"];

/** How far branches have come together. */
export function combine(branches: readonly Progress[]): Progress {
  for (const kind of precedence) {
    const found = branches.find((branch) => branch.kind === kind);
    if (found !== undefined) return found;
  }
  return { kind: "done" };
}
