import type { ListFilter } from "../../engine/index.ts";
import { UsageError } from "../../engine/index.ts";
import type { CommonOptions } from "../verb.ts";
import { timeOption } from "./time.ts";

/** Options that every list takes. */
export interface ListOptions extends CommonOptions {
  readonly store?: string;
  readonly flow?: string;
  readonly status?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

/** The store's filter for a list's options; `statuses` are those that its rows may have. */
export function listFilter(options: ListOptions, statuses?: readonly string[]): ListFilter {
  const { status } = options;
  if (status !== undefined && statuses?.includes(status) === false) {
    throw new UsageError("cli/bad-status", `there is no status ${JSON.stringify(status)}`, {
      help: `it is one of ${statuses.join(", ")}`,
    });
  }
  return {
    ...(options.flow === undefined ? {} : { flow: options.flow }),
    ...(status === undefined ? {} : { status }),
    ...(options.since === undefined ? {} : { since: timeOption("--since", options.since) }),
    ...(options.until === undefined ? {} : { until: timeOption("--until", options.until) }),
    ...(options.limit === undefined ? {} : { limit: limitOption(options.limit) }),
  };
}

function limitOption(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new UsageError("cli/bad-limit", `--limit ${JSON.stringify(text)} is no count`, {
    help: "give a whole number above 0",
  });
}

/** JSON for machines: one object, two blanks. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_name, member: unknown) => (member instanceof Uint8Array ? new TextDecoder().decode(member) : member), 2)}\n`;
}

/** First line of a value, cut to `width`. */
export function brief(value: unknown, width: number): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
