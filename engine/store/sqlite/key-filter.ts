/** Bits of one filter: 16 a key of a full segment, so that one look-up in 400 is in vain. */
const bitsPerFilter = 1_048_576;

/** A Bloom filter over keys that are hashes already: their own bytes say which bits. */
export class KeyFilter {
  readonly bits: Uint8Array;

  constructor(bits: Uint8Array = new Uint8Array(bitsPerFilter / 8)) {
    this.bits = bits;
  }

  add(key: Buffer): void {
    for (let at = 0; at < 16; at += 4) {
      const bit = key.readUInt32LE(at) % bitsPerFilter;
      const byte = bit >>> 3;
      this.bits[byte] = (this.bits[byte] ?? 0) | (1 << (bit & 7));
    }
  }

  /** False: certainly not there. */
  mayHave(key: Buffer): boolean {
    for (let at = 0; at < 16; at += 4) {
      const bit = key.readUInt32LE(at) % bitsPerFilter;
      if (((this.bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}
