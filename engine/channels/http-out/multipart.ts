import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";

/** A body in bytes, or the sentence that says why it cannot be written. */
export type Bytes =
  | { readonly body: Buffer; readonly contentType: string }
  | { readonly refused: string };

interface Part {
  readonly head: string;
  readonly content: Buffer;
}

/** Members that hold what a part is made of: one of them. */
const contents = ["base64", "text", "json"] as const;

/**
 * `multipart/form-data` (RFC 7578): a member a field, a list the same field several times, null none;
 * a map with `base64`, `text` or `json` is a file or a part with a type of its own. Written here and
 * not by `FormData`, whose boundary is drawn by lot: sent again under the same key, the same request
 * must have the same bytes, since partners compare them. The boundary is a digest of what it parts.
 */
export function encodeMultipart(body: Json): Bytes {
  if (!isJsonObject(body)) return { refused: "a multipart body is a map, a member a field" };
  const parts: Part[] = [];
  for (const [name, value] of Object.entries(body)) {
    for (const item of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      if (item === null) continue;
      const part = partOf(name, item);
      if ("refused" in part) return part;
      parts.push(part);
    }
  }
  const digest = createHash("sha256");
  for (const { head, content } of parts) digest.update(head).update(content);
  const boundary = `sluice-${digest.digest("hex").slice(0, 32)}`;
  const pieces = parts.flatMap(({ head, content }) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ]);
  return {
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

function partOf(name: string, value: Json): Part | { readonly refused: string } {
  const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`;
  if (!isJsonObject(value)) {
    if (typeof value !== "object")
      return { head: disposition, content: Buffer.from(String(value)) };
    return {
      refused: `field "${shown(name)}" is a list of lists; a list of texts or files is wanted`,
    };
  }
  const [kind, ...more] = contents.filter((one) => Object.hasOwn(value, one));
  if (kind === undefined || more.length > 0) {
    return {
      refused: `field "${shown(name)}" is a map, which is a file: it holds ${kind === undefined ? "none" : "several"} of base64, text and json, and one is wanted`,
    };
  }
  const content = contentOf(kind, value[kind] ?? null);
  if (content === undefined) return { refused: `field "${shown(name)}" holds no ${kind}` };
  const filename = textAt(value, "filename");
  const type = textAt(value, "type") ?? (kind === "json" ? "application/json" : undefined);
  const wholeType = type ?? (filename === undefined ? undefined : "application/octet-stream");
  if (wholeType !== undefined && !/^[\x20-\x7e]+$/.test(wholeType)) {
    return { refused: `field "${shown(name)}" has a type that is no content type` };
  }
  const named = filename === undefined ? "" : `; filename="${quoted(filename)}"`;
  const typed = wholeType === undefined ? "" : `\r\nContent-Type: ${wholeType}`;
  return { head: `${disposition}${named}${typed}`, content };
}

function contentOf(kind: (typeof contents)[number], value: Json): Buffer | undefined {
  if (kind === "json") return Buffer.from(JSON.stringify(value));
  if (kind === "base64") return bytesOf(value);
  return typeof value === "string" ? Buffer.from(value) : undefined;
}

/** The bytes behind base64 (RFC 4648, either alphabet, line breaks allowed); undefined where it is none. */
export function bytesOf(value: Json): Buffer | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.replaceAll(/[\r\n]/g, "");
  return /^[\w+/-]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

function textAt(value: JsonObject, name: string): string | undefined {
  const text = value[name];
  return typeof text === "string" ? text : undefined;
}

/** As browsers write it (HTML, multipart/form-data encoding): nothing ends the line or the quotes. */
function quoted(text: string): string {
  return text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}

function shown(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 60);
}
