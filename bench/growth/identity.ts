import { hashId, hashKey } from "../../engine/store/sqlite/ids.ts";

/** The first message came then, one each millisecond. */
export const firstAt = Date.UTC(2026, 0, 1);
/** Customers that the messages are about, in turn. */
const customers = 5000;

/** Each message in so many was refused in the end, and each in so many is of another flow. */
export const pattern = { period: 50, failed: 7, other: 11 };

/** All that is random about a message, as the store makes it of the message's own texts. */
export interface Identity {
  readonly dedupeKey: Buffer;
  readonly identityKey: Buffer;
  readonly laneId: Buffer;
  readonly effectKey: Buffer;
  readonly messageId: Buffer;
  readonly runId: Buffer;
  readonly deliveryId: Buffer;
  /** Hashes of its deal, contact, order and customer, one after the other. */
  readonly ids: Buffer;
}

export const sourceName = "filled";
/** What its sender called a message, and what a person looks for. */
export const textOf = (number: number): string => String(number);
export const orderOf = (number: number): string => `O-F${number}`;
export const customerOf = (number: number): string => `T-F${number % customers}`;

/** Of another flow than most is one message in fifty. */
export function flowOf(number: number): string {
  return number % pattern.period === pattern.other ? "deal-to-invoice" : "deal-to-order";
}

const customerHashes = new Map<number, Buffer>();

export function identityOf(number: number): Identity {
  const text = textOf(number);
  const dedupeKey = hashKey("dedupe", sourceName, text);
  const identityKey = hashKey("identity", flowOf(number), text);
  return {
    dedupeKey,
    identityKey,
    // Nobody looks for the lane of a run that is over: it takes its room.
    laneId: identityKey,
    effectKey: hashKey("effect", text),
    messageId: timedId(number, 0x70, dedupeKey),
    runId: timedId(number, 0x71, dedupeKey),
    deliveryId: timedId(number, 0x72, dedupeKey),
    ids: idsOf(number, text),
  };
}

/** As a UUIDv7: first the time, then luck. */
function timedId(number: number, kind: number, luck: Buffer): Buffer {
  const id = Buffer.allocUnsafe(16);
  id.writeUIntBE(firstAt + number, 0, 6);
  id[6] = kind;
  luck.copy(id, 7, 0, 9);
  return id;
}

function idsOf(number: number, text: string): Buffer {
  const ids = Buffer.allocUnsafe(32);
  hashId(`D-F${text}`).copy(ids, 0);
  hashId(`C-F${text}`).copy(ids, 8);
  hashId(orderOf(number)).copy(ids, 16);
  customerHash(number).copy(ids, 24);
  return ids;
}

function customerHash(number: number): Buffer {
  const customer = number % customers;
  const known = customerHashes.get(customer);
  if (known !== undefined) return known;
  const hash = hashId(customerOf(number));
  customerHashes.set(customer, hash);
  return hash;
}

/** The members of an identity in the order of `pack`, with the bytes of each. */
const parts = [
  ["dedupeKey", 16],
  ["identityKey", 16],
  ["laneId", 16],
  ["effectKey", 16],
  ["messageId", 16],
  ["runId", 16],
  ["deliveryId", 16],
  ["ids", 32],
] as const satisfies readonly (readonly [keyof Identity, number])[];

const packedBytes = parts.reduce((sum, [, bytes]) => sum + bytes, 0);

/** An identity as one blob, which SQL takes apart: one call a message, and not eight. */
export function pack(identity: Identity): Buffer {
  const packed = Buffer.allocUnsafe(packedBytes);
  let at = 0;
  for (const [name, bytes] of parts) {
    identity[name].copy(packed, at);
    at += bytes;
  }
  return packed;
}

/** The expression that takes `name` out of the blob `packed`. */
export function unpacked(name: keyof Identity, packed: string): string {
  const index = parts.findIndex(([each]) => each === name);
  const at = parts.slice(0, index).reduce((sum, [, bytes]) => sum + bytes, 1);
  return `substr(${packed}, ${at}, ${parts[index]?.[1] ?? 0})`;
}
