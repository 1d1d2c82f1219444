import type { RunStatus } from "../../model/run.ts";
import type { Retrying } from "../../ports/store-reader.ts";
import type { Queries } from "./queries.ts";
import { stateOf } from "./state-text.ts";

interface DueRecord {
  readonly path: string;
  readonly due: number;
}

/** Statuses in which a run does something by itself. */
const atWork: readonly RunStatus[] = ["active", "released"];

/**
 * The step of a run that waits to be tried again, the first that began: what it met, how often, and
 * when it goes again. Undefined where none does.
 */
export function retryingOf(
  query: Queries,
  { runNo, status }: { readonly runNo: number; readonly status: RunStatus },
): Retrying | undefined {
  if (!atWork.includes(status)) return undefined;
  const text = query.get<{ state: string }>("run-document", { runNo })?.state;
  // Few are: the text says so before it is read.
  if (text === undefined || !text.includes('"retrying"')) return undefined;
  const nodes = Object.entries(stateOf(text, () => "").nodes);
  const [found] = nodes.filter(([, node]) => node.status === "retrying");
  if (found === undefined) return undefined;
  const [path, { error, failures }] = found;
  if (error === undefined) return undefined;
  const dues = query.all<DueRecord>("run-dues", { runNo });
  const own = dues.filter((due) => due.path === path || due.path.startsWith(`${path}/`));
  return {
    path,
    failures,
    failure: error,
    ...(own.length === 0 ? {} : { nextAt: Math.min(...own.map(({ due }) => due)) }),
  };
}
