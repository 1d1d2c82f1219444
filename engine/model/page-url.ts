import type { HttpRequest } from "./request.ts";

/**
 * The address of a next page as a partner wrote it: absolute, from the root, or relative to the page
 * that was `asked` for (RFC 3986 §5.2). Undefined when it leads anywhere else than `base`'s own
 * origin: credentials go with it.
 */
export function pageUrl(given: string, base: string, asked: string = base): string | undefined {
  const origin = /^https?:\/\/[^/?#\\]+/i.exec(base)?.[0];
  if (origin === undefined) return undefined;
  if (isRelative(given)) return pageUrl(relativeTo(asked, given), base);
  if (/^\/(?![/\\])/.test(given)) return `${origin}${given}`;
  const own = given.slice(0, origin.length).toLowerCase() === origin.toLowerCase();
  return own && /^([/?#]|$)/.test(given.slice(origin.length)) ? given : undefined;
}

/** A query alone, or a path without a scheme before it; a colon in its first segment would be one. */
function isRelative(given: string): boolean {
  return /^(?:\?|\.{0,2}[^./:?#\\][^/:?#\\]*(?:[/?#]|$)|\.{1,2}\/)/.test(given);
}

/** Dots are left to whoever sends it: they lead up, and never to another host. */
function relativeTo(asked: string, given: string): string {
  const [bare = ""] = asked.split(/[?#]/);
  if (given.startsWith("?")) return `${bare}${given}`;
  const end = bare.lastIndexOf("/");
  // The last slash of a bare origin is not of a path.
  return end < "https://".length ? `${bare}/${given}` : `${bare.slice(0, end + 1)}${given}`;
}

/** A request for that page: what it asks for is all in the address. */
export function atPage(request: HttpRequest, url: string): HttpRequest {
  const { query: _, ...rest } = request;
  return { ...rest, url };
}
