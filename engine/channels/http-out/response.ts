import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import type { Json } from "../../model/json.ts";
import type { HttpRequest, HttpResponse } from "../../model/request.ts";
import { CsvError, parseCsv } from "../shared/csv.ts";
import { JsonTooDeep, parseJson } from "../../model/parse-json.ts";
import { parseXml } from "../shared/xml.ts";

/** A complete answer as it came off the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly bytes: Buffer;
}

/** Says that a body was kept as text although its content type promised JSON or XML. */
const bodyNoteHeader = "x-sluice-body-note";

/**
 * Why a success says nothing of what was done: JSON or XML that ends in the middle, or a compressed body that
 * cannot be unpacked, was cut off on its way. Undefined for an answer that can be judged; text that
 * never was JSON stays text, and errors are told by their status.
 */
export function whyUnreadable({ status, headers, body }: HttpResponse): string | undefined {
  const note = headers[bodyNoteHeader];
  if (note === undefined || status < 200 || status > 299) return undefined;
  const wasWritten = body === null || (typeof body === "string" && /^\s*["[{<]/.test(body));
  return wasWritten ? `it was answered ${status}, and the answer is cut off: ${note}` : undefined;
}

/** Decodes body and headers. `limit` bounds what a compressed body may become, in bytes. */
export function toHttpResponse(
  answer: WireAnswer,
  limit: number,
  decode?: HttpRequest["decode"],
): HttpResponse {
  const headers = plainHeaders(answer.headers);
  const bytes = decompress(answer.bytes, headers["content-encoding"], limit);
  if (bytes === undefined) {
    return {
      status: answer.status,
      headers: { ...headers, [bodyNoteHeader]: "compressed body cannot be read" },
      body: null,
    };
  }
  const type = headers["content-type"] ?? "";
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (decode === "base64" && isSuccess) {
    return { status: answer.status, headers, body: bytes.toString("base64") };
  }
  const text = decodeText(bytes, type);
  // Errors come in another form than what was asked for: their content type says which.
  const isWanted = decode !== undefined && decode !== "base64" && isSuccess;
  const { body, note } = isWanted ? readAs(decode, text) : parseBody(text, type);
  return {
    status: answer.status,
    headers: note === undefined ? headers : { ...headers, [bodyNoteHeader]: note },
    body,
  };
}

/** A success as the spec says it is written. */
function readAs(
  decode: Exclude<HttpRequest["decode"], "base64" | undefined>,
  text: string,
): { readonly body: Json; readonly note?: string } {
  if (decode === "text") return { body: text };
  const isList = decode === "csv" || decode === "ndjson";
  if (text.trim() === "") return { body: isList ? [] : null };
  try {
    switch (decode) {
      case "json":
        return { body: parseJson(text) };
      case "xml":
        return { body: parseXml(text) };
      case "csv":
        return { body: parseCsv(text) };
      case "ndjson":
        return {
          body: text
            .split("\n")
            .filter((line) => line.trim() !== "")
            .map(parseJson),
        };
    }
  } catch (error) {
    const isOurs = error instanceof JsonTooDeep || error instanceof CsvError;
    return {
      body: null,
      note: isOurs ? error.message : `decode says ${decode}, and the body is not`,
    };
  }
}

function parseBody(text: string, type: string): { readonly body: Json; readonly note?: string } {
  if (text === "") return { body: null };
  const format = /^[^;]*[/+](json|xml)\b/i.exec(type)?.[1]?.toLowerCase();
  if (format === undefined || /^application\/xhtml/i.test(type)) return { body: text };
  try {
    return { body: format === "json" ? parseJson(text) : parseXml(text) };
  } catch (error) {
    const what = error instanceof JsonTooDeep ? error.message : "the body is not";
    return { body: text, note: `content-type says ${format}, and ${what}` };
  }
}

/** Of the connection, which is not the answer (RFC 9110, 7.6.1). */
const hopByHop = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding"]);

function plainHeaders(headers: WireAnswer["headers"]): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const given in headers) {
    const name = given.toLowerCase();
    const value = headers[given];
    if (value === undefined || hopByHop.has(name)) continue;
    plain[name] = typeof value === "string" ? value : value.join(", ");
  }
  return plain;
}

const utf8 = new TextDecoder();

function decodeText(bytes: Buffer, type: string): string {
  const charset = /charset="?([^";\s]+)/i.exec(type)?.[1];
  try {
    return (charset === undefined ? utf8 : new TextDecoder(charset)).decode(bytes);
  } catch {
    return bytes.toString("utf8");
  }
}

function decompress(
  bytes: Buffer,
  encoding: string | undefined,
  limit: number,
): Buffer | undefined {
  const options = { maxOutputLength: limit };
  try {
    switch (encoding?.toLowerCase()) {
      case "gzip":
      case "x-gzip":
        return gunzipSync(bytes, options);
      case "deflate":
        return inflateSync(bytes, options);
      case "br":
        return brotliDecompressSync(bytes, options);
      case undefined:
      case "":
      case "identity":
        return bytes;
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
