import { createPublicKey, type KeyObject } from "node:crypto";
import { FlowError } from "../../errors/flow-error.ts";
import type { Secrets } from "../../ports/secrets.ts";

/** Values of secrets; an empty one would let anyone sign. */
export function keysOf(names: readonly string[], secrets: Secrets): readonly string[] {
  return names.map((name) => secrets.secret(name) ?? "").filter((value) => value !== "");
}

/**
 * Keys that a secret may mean. Standard Webhooks writes its keys as `whsec_` and base64; Stripe's look
 * alike and are meant as they are. Throws `FlowError` for a key that is not written as the spec says.
 */
export function hmacKeys(
  key: string,
  written: "text" | "hex" | "base64",
  encoding: "hex" | "base64",
): readonly (string | Buffer)[] {
  if (written === "hex" && !/^([0-9a-f]{2})+$/i.test(key)) {
    throw new FlowError("http-in/bad-key", "a secret of verify is not written in hex");
  }
  if (written !== "text") return [Buffer.from(key, written)];
  const encoded = encoding === "base64" ? /^whsec_(.+)$/.exec(key)?.[1] : undefined;
  return encoded === undefined ? [key] : [key, Buffer.from(encoded, "base64")];
}

/** A public key in PEM, as base64 of DER (SPKI), or as the bare 32 bytes of Ed25519. Throws `FlowError`. */
export function publicKeyOf(text: string): KeyObject {
  const written = text.trim().replace(/^whpk_/, "");
  try {
    if (written.includes("-----BEGIN")) return createPublicKey(written.replaceAll("\\n", "\n"));
    const isHex = /^[0-9a-f]{64}$/i.test(written);
    const bytes = Buffer.from(written, isHex ? "hex" : "base64");
    if (bytes.length === 32) {
      const jwk = { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") };
      return createPublicKey({ key: jwk, format: "jwk" });
    }
    return createPublicKey({ key: bytes, format: "der", type: "spki" });
  } catch {
    // In words of ours: a library's message may quote what it was given.
    throw new FlowError(
      "http-in/bad-key",
      "a secret of verify is no public key: PEM, base64 of DER (SPKI) or the 32 bytes of Ed25519 are wanted",
    );
  }
}
