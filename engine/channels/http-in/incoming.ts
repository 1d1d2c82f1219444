import type { IncomingMessage } from "node:http";
import type { Json } from "../../model/json.ts";
import { findJsonError } from "../shared/json-error.ts";
import { parseForm } from "../shared/form.ts";
import { jsonDepthMax, JsonTooDeep, parseJson } from "../../model/parse-json.ts";
import { parseXml, XmlError } from "../shared/xml.ts";
import { Refusal } from "./problem.ts";

/** A request as handlers see it. The body is read when it is asked for, and not before. */
export class Incoming {
  readonly method: string;
  readonly path: string;
  /** Path and query, as received. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Address of the peer, as the socket says. */
  readonly remote: string;
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    const target = request.url ?? "/";
    const cut = target.indexOf("?");
    this.#request = request;
    this.method = request.method ?? "GET";
    this.target = target;
    this.path = cut === -1 ? target : target.slice(0, cut);
    this.headers = flatten(request.headers);
    this.remote = request.socket.remoteAddress ?? "";
  }

  get query(): URLSearchParams {
    const cut = this.target.indexOf("?");
    return new URLSearchParams(cut === -1 ? "" : this.target.slice(cut + 1));
  }

  /** The raw bytes. Throws 413 beyond `limit`, without reading on. */
  async bytes(limit: number): Promise<Buffer> {
    const announced = Number(this.headers["content-length"] ?? 0);
    if (announced > limit) throw tooLarge(limit);
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const request = this.#request;
      request.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > limit) {
          request.pause();
          request.removeAllListeners("data");
          reject(tooLarge(limit));
        } else {
          chunks.push(chunk);
        }
      });
      request.on("end", () => {
        const [only] = chunks;
        resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
      });
      request.on("error", () => reject(new Refusal("http-in/bad-request", "the body ended early")));
      request.on("close", () => {
        if (!request.complete) reject(new Refusal("http-in/bad-request", "the body ended early"));
      });
    });
  }

  /**
   * Throws 415 unless the body calls itself JSON, or what else is wanted, and is not compressed:
   * nobody unpacks what strangers pack.
   */
  requireType(format: BodyFormat = "json"): void {
    const coding = this.headers["content-encoding"] ?? "identity";
    if (coding.trim().toLowerCase() !== "identity") {
      throw new Refusal(
        "http-in/content-type",
        `content-encoding "${coding.slice(0, 40)}" was given; the body is taken as it is, not compressed`,
        { headers: { "accept-encoding": "identity" } },
      );
    }
    const type = this.headers["content-type"];
    const { accept, pattern } = formats[format];
    if (type !== undefined && pattern.test(type)) return;
    const given = type === undefined ? "no content-type" : `content-type "${type}"`;
    throw new Refusal("http-in/content-type", `${given} was given; ${accept} is taken here`, {
      headers: { accept },
    });
  }

  /** The body as JSON; an empty one is null. Throws 413, 415 or 400 with the place of the mistake. */
  async json(limit: number): Promise<Json> {
    const length = this.headers["content-length"];
    const chunked = this.headers["transfer-encoding"] !== undefined;
    if ((length === undefined || length === "0") && !chunked) return null;
    this.requireType();
    return readJson(await this.bytes(limit));
  }
}

/** How a body is written. */
export type BodyFormat = "json" | "form" | "xml";

const formats = {
  json: {
    accept: "application/json",
    pattern: /^application\/([\w.!#$&^-]+\+)?json\s*(;|$)/i,
  },
  form: {
    accept: "application/x-www-form-urlencoded",
    pattern: /^application\/x-www-form-urlencoded\s*(;|$)/i,
  },
  xml: {
    accept: "text/xml",
    pattern: /^(application|text)\/([\w.!#$&^-]+\+)?xml\s*(;|$)/i,
  },
} as const satisfies Record<BodyFormat, { accept: string; pattern: RegExp }>;

/** Parses a body. Throws 400 that says what is wrong with it. */
export function readBody(bytes: Buffer, format: BodyFormat): Json {
  if (format === "json") return readJson(bytes);
  const text = decodeUtf8(bytes);
  if (format === "form") {
    const form = parseForm(text);
    if (form !== undefined) return form;
    throw new Refusal(
      "http-in/bad-body",
      "the body is no form: one of its names contradicts another",
    );
  }
  try {
    return parseXml(text);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new Refusal(
      "http-in/bad-body",
      `the body is not XML that is taken here: ${error.message}`,
    );
  }
}

/** Parses a JSON body. Throws 400 with line and column. */
function readJson(bytes: Buffer): Json {
  const text = decodeUtf8(bytes);
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      throw new Refusal("http-in/bad-json", `the body is refused: ${error.message}`, {
        more: { limit: jsonDepthMax },
      });
    }
    const place = findJsonError(text);
    const where = place === undefined ? "" : ` at line ${place.line}, column ${place.column}`;
    throw new Refusal("http-in/bad-json", `the body is not JSON${where}`, { more: { ...place } });
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeUtf8(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal("http-in/bad-json", "the body is not UTF-8");
  }
}

function tooLarge(limit: number): Refusal {
  return new Refusal("http-in/too-large", `the body is larger than ${limit} bytes`, {
    more: { limit },
  });
}

function flatten(headers: IncomingMessage["headers"]): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === "string" ? value : value.join(", ");
  }
  return flat;
}
