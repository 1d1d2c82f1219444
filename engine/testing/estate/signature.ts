import { createHmac } from "node:crypto";

/** HMAC-SHA256 as webhook vendors use it. The secret's text is the key. */
export function hmac(secret: string, text: string, encoding: "hex" | "base64"): string {
  return createHmac("sha256", secret).update(text).digest(encoding);
}
