import { createHash, createHmac } from "node:crypto";
import type { Instant } from "../../model/json.ts";
import { compare, escape } from "./percent.ts";
import type { WrittenRequest } from "./wire.ts";

/** Whose signature it is, and for which service. */
export interface Sigv4Keys {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials: goes with each request, and is signed. */
  readonly sessionToken?: string;
  readonly region: string;
  /** As AWS names it in the signature, such as `ses`, `sqs` or `events`. */
  readonly service: string;
}

/**
 * Headers of AWS Signature Version 4, made over the request as it goes out: `x-amz-date`, those of
 * temporary credentials and of S3, and `authorization`. Own code of node:crypto: the libraries take
 * credentials from the process's environment where one is missing, and the time from the machine.
 */
export function sigv4Headers(
  written: WrittenRequest,
  keys: Sigv4Keys,
  now: Instant,
): Readonly<Record<string, string>> {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const payload = sha256(written.wire.body ?? "");
  const own = {
    "x-amz-date": time,
    ...(keys.sessionToken === undefined ? {} : { "x-amz-security-token": keys.sessionToken }),
    ...(keys.service === "s3" ? { "x-amz-content-sha256": payload } : {}),
  };
  const signed = signedHeaders(written, own);
  const names = signed.map(([name]) => name).join(";");
  const request = canonicalRequest(written, { signed, names, payload, service: keys.service });
  const scope = [time.slice(0, 8), keys.region, keys.service, "aws4_request"].join("/");
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n");
  const signature = hmac(signingKey(keys, time.slice(0, 8)), text).toString("hex");
  const credential = `Credential=${keys.accessKey}/${scope}`;
  return {
    ...own,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

type Pair = readonly [string, string];

/** Host, content type and all of AWS's own, sorted: what proxies may change on the way is left out. */
function signedHeaders(
  { address: { url }, wire }: WrittenRequest,
  own: Readonly<Record<string, string>>,
): readonly Pair[] {
  const all: readonly Pair[] = [["host", url.host], ...Object.entries({ ...wire.headers, ...own })];
  return all
    .filter(([name]) => ["host", "content-type"].includes(name) || name.startsWith("x-amz-"))
    .map(([name, value]): Pair => [name, value.trim().replaceAll(/ +/g, " ")])
    .toSorted(([a], [b]) => compare(a, b));
}

function canonicalRequest(
  { address: { url }, wire }: WrittenRequest,
  {
    names,
    payload,
    service,
    signed,
  }: {
    readonly names: string;
    readonly payload: string;
    readonly service: string;
    readonly signed: readonly Pair[];
  },
): string {
  return [
    wire.method.toUpperCase(),
    service === "s3" ? url.pathname : canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    payload,
  ].join("\n");
}

/** The path as it goes out, without empty segments, and escaped once more: so all but S3 want it. */
function canonicalPath(path: string): string {
  const plain = path.replaceAll(/\/{2,}/g, "/");
  return plain.split("/").map(escape).join("/");
}

function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]): Pair => [escape(name), escape(value)])
    .toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Good for one day, region and service. */
function signingKey({ region, secretKey, service }: Sigv4Keys, date: string): Buffer {
  return [date, region, service, "aws4_request"].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretKey}`),
  );
}

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

const sha256 = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex");
