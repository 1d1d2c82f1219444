import type { HttpRequest, HttpResponse } from "./request.ts";

const htmlDocument = /^\s*(?:<!doctype\s+html|<html[\s>])/i;

/**
 * A success that is a page for people says nothing of what a program asked: something before the partner
 * wrote it, such as a proxy's notice of maintenance or a form to log in. Undefined for any other answer, and
 * where text is what was asked for.
 */
export function whyNoAnswer(
  { status, body }: Pick<HttpResponse, "status" | "body">,
  decode: HttpRequest["decode"],
): string | undefined {
  const isPage = typeof body === "string" && htmlDocument.test(body);
  if (!isPage || decode === "text" || status < 200 || status > 299) return undefined;
  return `it was answered ${status} with a web page, which something before the partner must have written`;
}
