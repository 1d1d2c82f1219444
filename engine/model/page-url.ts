import type { HttpRequest } from "./request.ts";

/**
 * The address of a next page as a partner wrote it, absolute or from the root. Undefined when it leads
 * anywhere else than `base`'s own origin: credentials go with it.
 */
export function pageUrl(given: string, base: string): string | undefined {
  const origin = /^https?:\/\/[^/?#\\]+/i.exec(base)?.[0];
  if (origin === undefined) return undefined;
  if (/^\/(?![/\\])/.test(given)) return `${origin}${given}`;
  const own = given.slice(0, origin.length).toLowerCase() === origin.toLowerCase();
  return own && /^([/?#]|$)/.test(given.slice(origin.length)) ? given : undefined;
}

/** A request for that page: what it asks for is all in the address. */
export function atPage(request: HttpRequest, url: string): HttpRequest {
  const { query: _, ...rest } = request;
  return { ...rest, url };
}
