import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";

/** Where a poll goes on: one document, saved after each page whose rows were accepted. */
export interface Progress {
  /** From where the current round reads. */
  readonly cursor: Json;
  /** Greatest cursor of the rows accepted so far; the next round's `cursor`. */
  readonly reached: Json;
  /** Values of the page that comes next in the current round; absent between rounds. */
  readonly page?: JsonObject;
}

/** Reads a checkpoint; undefined when there is none. */
export function readProgress(saved: Json): Progress | undefined {
  if (!isJsonObject(saved) || saved["cursor"] === undefined) return undefined;
  const { cursor, page, reached } = saved;
  return { cursor, reached: reached ?? cursor, ...(isJsonObject(page) ? { page } : {}) };
}

export function writeProgress({ cursor, page, reached }: Progress): Json {
  return { cursor, reached, ...(page === undefined ? {} : { page }) };
}
