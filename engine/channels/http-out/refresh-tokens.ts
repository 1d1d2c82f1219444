import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Instant } from "../../model/json.ts";

/** Small values by name that outlive the process. */
export interface Memory {
  checkpoint(name: string): Promise<Json>;
  saveCheckpoint(name: string, value: Json, now: Instant): Promise<void>;
}

/** Which chain of tokens is meant: a person who gives another first token begins another chain. */
export interface Chain {
  readonly key: string;
  /** The token that the environment gives. */
  readonly first: string;
  /** What seals it: without the client's own secret the token is worth nothing to anyone. */
  readonly secret: string;
}

/**
 * Latest refresh tokens. A partner may replace one at every use and refuse the old ones, so they must
 * outlive a restart; they lie in the store sealed (AES-256-GCM, key by HKDF from the client's secret).
 */
export class RefreshTokens {
  readonly #latest = new Map<string, { readonly first: string; readonly token: string }>();
  readonly #memory: Memory | undefined;

  constructor(memory: Memory | undefined) {
    this.#memory = memory;
  }

  async latest(chain: Chain): Promise<string> {
    const held = this.#latest.get(chain.key);
    if (held !== undefined) return held.first === chain.first ? held.token : chain.first;
    const saved = (await this.#memory?.checkpoint(nameOf(chain))) ?? null;
    const token = isJsonObject(saved) ? open(saved, chain) : undefined;
    return token ?? chain.first;
  }

  /** Durable when it resolves: the partner may refuse the one before from now on. */
  async replace(chain: Chain, token: string, now: Instant): Promise<void> {
    this.#latest.set(chain.key, { first: chain.first, token });
    await this.#memory?.saveCheckpoint(nameOf(chain), seal(token, chain), now);
  }

  /** One that is refused may itself have been replaced by a person. */
  async forget(chain: Chain, now: Instant): Promise<void> {
    if ((await this.latest(chain)) === chain.first) return;
    this.#latest.set(chain.key, { first: chain.first, token: chain.first });
    await this.#memory?.saveCheckpoint(nameOf(chain), {}, now);
  }
}

const nameOf = ({ key }: Chain): string => `grant ${key}`;

/** Tells chains apart without telling their token. */
const markOf = ({ first }: Chain): string => createHash("sha256").update(first).digest("hex");

function sealingKey({ key, secret }: Chain): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, key, "sluice refresh token", 32));
}

function seal(token: string, chain: Chain): Json {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(chain), nonce);
  const sealed = Buffer.concat([cipher.update(token, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { of: markOf(chain), sealed: Buffer.concat([nonce, sealed]).toString("base64") };
}

/** Undefined for another chain, or where the client's secret has changed since. */
function open({ of, sealed }: Readonly<Record<string, Json>>, chain: Chain): string | undefined {
  if (typeof sealed !== "string" || of !== markOf(chain)) return undefined;
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length < 28) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", sealingKey(chain), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString(
      "utf8",
    );
  } catch {
    return undefined;
  }
}
