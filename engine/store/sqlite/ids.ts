import { hash } from "node:crypto";
import { StoreError } from "../../errors/flow-error.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the text form of a UUID, lower case with dashes. */
function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** A UUID as 16 bytes: less than half of its text, and UUIDv7 keeps its order in time. */
export function toBlob(id: string): Buffer {
  if (!isUuid(id)) {
    throw new StoreError(
      "store/bad-id",
      `"${id}" is not an id; a UUIDv7 in lower case with dashes was expected`,
    );
  }
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

/** As `toBlob`; undefined for what is no id, so that a look-up simply finds nothing. */
export function toBlobOrNone(id: string): Buffer | undefined {
  return isUuid(id) ? toBlob(id) : undefined;
}

export function fromBlob(blob: Uint8Array): string {
  const hex = Buffer.from(blob).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * 16 bytes of SHA-256 over the parts, each with its length before it, so that no two lists of parts
 * read the same. Foreign keys of any length become rows of one small size.
 */
export function hashKey(...parts: readonly string[]): Buffer {
  const text = parts.map((part) => `${part.length}:${part}`).join("");
  return hashBytes(text, 16);
}

/** 8 bytes for the index of business ids: a rare collision only adds a row to a trace. */
export function hashId(id: string): Buffer {
  return hashBytes(id, 8);
}

const sha = /^[0-9a-f]{64}$/;

/** A hash of 32 bytes told as text, as its bytes; null for any other text. */
export function shaOf(text: string): Buffer | null {
  return sha.test(text) ? Buffer.from(text, "hex") : null;
}

/** Of a message that is the first of its correlation, which has its id then, nothing is said. */
export function correlationOf(record: {
  readonly messageId: Uint8Array;
  readonly correlationId: string;
}): string {
  return record.correlationId === "" ? fromBlob(record.messageId) : record.correlationId;
}

/** By way of text: a hash as a buffer of its own takes three times as long. */
function hashBytes(text: string, bytes: number): Buffer {
  return Buffer.from(hash("sha256", text, "hex").slice(0, 2 * bytes), "hex");
}
