import type { Json } from "./json.ts";
import type { HttpRequest, HttpResponse } from "./request.ts";

const htmlDocument = /^\s*(?:<!doctype\s+html|<html[\s>])/i;

/**
 * True for a page for people. It is mostly not the partner who wrote it, but something before it: a proxy's
 * notice of maintenance, a form to log in, a server that does not have the application at the moment.
 */
export function isWebPage(body: Json): boolean {
  return typeof body === "string" && htmlDocument.test(body);
}

/**
 * Why a success says nothing of what a program asked: it is a web page. Undefined for any other answer, and
 * where text is what was asked for.
 */
export function whyNoAnswer(
  { status, body }: Pick<HttpResponse, "status" | "body">,
  decode: HttpRequest["decode"],
): string | undefined {
  if (decode === "text" || status < 200 || status > 299 || !isWebPage(body)) return undefined;
  return `it was answered ${status} with a web page, which something before the partner must have written`;
}
