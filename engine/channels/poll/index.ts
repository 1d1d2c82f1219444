import type { PollOptions } from "./poll-options.ts";
import { PollRunner, type Polls } from "./polls.ts";

export type { PollOptions } from "./poll-options.ts";
export type { Polls } from "./polls.ts";

/** Polls of adapters; nothing is asked before the first `follow`. */
export function createPolls(options: PollOptions): Polls {
  return new PollRunner(options);
}
