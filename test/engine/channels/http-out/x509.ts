import { type KeyObject, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** Certificates for tests, made at each run: no key stands in the repository. DER by hand, Ed25519 alone. */

export interface Issued {
  readonly certificate: string;
  readonly privateKey: KeyObject;
  readonly key: string;
  readonly name: string;
}

interface Wish {
  readonly name: string;
  /** Who signs it; itself unless told. */
  readonly by?: Issued;
  readonly until?: Date;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const ed25519 = sequence(oid("2b6570"));
const nameOf = (name: string) =>
  sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(name)))));
const time = (at: Date) =>
  der(0x18, Buffer.from(`${at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`));
const extension = (hex: string, value: Uint8Array) => sequence(oid(hex), der(0x04, value));

/** An authority, or a certificate of one, good for 127.0.0.1. */
export function issue({ name, by, until = new Date(Date.UTC(2099, 0, 1)) }: Wish): Issued {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const isAuthority = der(0x01, Buffer.from([0xff]));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ed25519,
    nameOf(by?.name ?? name),
    sequence(time(new Date(Date.UTC(2020, 0, 1))), time(until)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension("551d13", by === undefined ? sequence(isAuthority) : sequence()),
        extension("551d11", sequence(der(0x87, Buffer.from([127, 0, 0, 1])))),
      ),
    ),
  );
  const signature = sign(null, body, by?.privateKey ?? privateKey);
  const whole = sequence(body, ed25519, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString("base64").replaceAll(/.{64}/g, "$&\n");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    privateKey,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    name,
  };
}
