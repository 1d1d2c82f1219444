import { canonicalJson } from "./canonical-json.ts";
import type { HttpRequest } from "./request.ts";

/** What of a request makes it this effect and no other: the ledger has the hash of it. */
export function effectBody({ method, url, query, body }: HttpRequest): string {
  return canonicalJson([method, url, { ...query }, body ?? null]);
}
