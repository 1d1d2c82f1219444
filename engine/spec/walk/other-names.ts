import type { Variant } from "../../model/field.ts";

interface OtherName {
  readonly names: RegExp;
  /** The kind that says it here; where there is none of the name, the words mean something else. */
  readonly kind: string;
  readonly help: string;
}

/** What vendors' documentation calls a kind of ours. */
const otherNames: readonly OtherName[] = [
  {
    names: /^(mtls|mutual-?tls|tls|certificate|client-?certificate)$/i,
    kind: "oauth2",
    help: "a client certificate stands beside auth: tls: { certificate: NAME, key: NAME }, with auth: { none: true } where it is all",
  },
  {
    names: /^(api[-_]?key|key|access[-_]?token|token|jwt)$/i,
    kind: "oauth2",
    help: 'write bearer: NAME for "Authorization: Bearer …", header: { X-Api-Key: "${ $secret.NAME }" } for a header of its own, or basic: { user: NAME } where the key is the user',
  },
  {
    names: /^(oauth|oauth-?1\.?0?a?|tba)$/i,
    kind: "oauth1",
    help: "write oauth1 where each request is signed, oauth2 where a token is asked for",
  },
  {
    names: /^(aws|aws-?4|aws-?sig-?v?4|sig-?v?4|signature-?v4)$/i,
    kind: "sigv4",
    help: "write sigv4, with the secrets, the region and the service",
  },
  {
    names: /^(cookie|login|log-in)$/i,
    kind: "session",
    help: "write session: a log-in whose result goes with each request",
  },
  {
    names: /^(signature|hmac-sha256|secret|shared-secret)$/i,
    kind: "hmac",
    help: "write hmac: NAME, with header, and format and signed as the vendor writes them",
  },
];

/** What to write in place of a name that stands in the vendor's documentation, and not in the language. */
export function otherName(
  word: string,
  kinds: Readonly<Record<string, Variant>>,
): string | undefined {
  return otherNames.find(({ kind, names }) => Object.hasOwn(kinds, kind) && names.test(word))?.help;
}
