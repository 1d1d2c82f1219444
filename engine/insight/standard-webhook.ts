import { createHmac } from "node:crypto";

/**
 * The headers of Standard Webhooks: an id that stays the same at each attempt, the time of this one,
 * and the signature over `{id}.{timestamp}.{body}`. Without a secret there is no signature.
 */
export function webhookHeaders(
  id: string,
  atMs: number,
  body: string,
  secret: string | undefined,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
  if (secret === undefined) return headers;
  const signed = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.${body}`);
  return { ...headers, "webhook-signature": `v1,${signed.digest("base64")}` };
}

function keyOf(secret: string): string | Buffer {
  const encoded = /^whsec_(.+)$/.exec(secret)?.[1];
  return encoded === undefined ? secret : Buffer.from(encoded, "base64");
}
