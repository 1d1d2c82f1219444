import { createHash, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { FlowError } from "../../errors/flow-error.ts";
import type { AdapterPlan } from "../../model/plan/adapter.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";

type TlsPlan = NonNullable<AdapterPlan["tls"]>;

/** Who we are to a partner on TLS, and whom we trust. `id` is a digest: it tells one from another. */
export interface TlsIdentity {
  readonly id: string;
  readonly options: Pick<SecureContextOptions, "ca" | "cert" | "key" | "passphrase">;
}

interface Known {
  readonly values: readonly (string | undefined)[];
  readonly identity: TlsIdentity;
  /** Last moment of the certificate, in milliseconds since 1970. */
  readonly until: number;
}

/** The TLS identities of adapters, looked at before the first handshake: OpenSSL's own words help nobody. */
export class Certificates {
  readonly #known = new Map<string, Known>();
  readonly #clock: Clock;
  readonly #secrets: Secrets;

  constructor(clock: Clock, secrets: Secrets) {
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Undefined for an adapter without `tls`. Throws `FlowError` for what no handshake could use. */
  of({ name, tls }: AdapterPlan): TlsIdentity | undefined {
    if (tls === undefined) return undefined;
    const values = [tls.certificate, tls.key, tls.passphrase, tls.authority].map((secret) =>
      secret === undefined ? undefined : this.#pem(secret),
    );
    let known = this.#known.get(name);
    if (known === undefined || values.some((value, index) => value !== known?.values[index])) {
      known = { values, ...read(tls, values) };
      this.#known.set(name, known);
    }
    if (known.until >= this.#clock.wall()) return known.identity;
    const day = new Date(known.until).toISOString().slice(0, 10);
    throw unusable(`the certificate in secret "${tls.certificate}" expired on ${day}`);
  }

  #pem(name: string): string {
    const value = this.#secrets.secret(name);
    if (value === undefined) {
      throw new FlowError("http-out/missing-secret", `secret "${name}" is not set`);
    }
    return value;
  }
}

function read(
  plan: TlsPlan,
  values: readonly (string | undefined)[],
): { readonly identity: TlsIdentity; readonly until: number } {
  // Environment variables often carry the lines of a PEM as \\n.
  const [cert, key, passphrase, ca] = values.map((value) =>
    value?.replaceAll(String.raw`\n`, "\n"),
  );
  const own = cert === undefined ? undefined : parse(cert, plan.certificate);
  if (ca !== undefined) parse(ca, plan.authority);
  const options = {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca }),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw unusable(whyKey(plan, error));
  }
  return {
    identity: { id: createHash("sha256").update(JSON.stringify(values)).digest("hex"), options },
    until: own === undefined ? Number.POSITIVE_INFINITY : Date.parse(own.validTo),
  };
}

function parse(pem: string, secret = ""): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw unusable(`secret "${secret}" is no certificate in PEM`);
  }
}

/** By code alone: OpenSSL's sentences may quote what they were given. */
function whyKey({ certificate, key, passphrase }: TlsPlan, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") {
    return `the key in secret "${key}" does not belong to the certificate in "${certificate}"`;
  }
  const locked = code.includes("BAD_DECRYPT") || code.includes("INTERRUPTED_OR_CANCELLED");
  if (locked && passphrase === undefined) {
    return `the key in secret "${key}" is encrypted: name its passphrase under tls`;
  }
  if (locked) return `the passphrase in secret "${passphrase}" does not open the key in "${key}"`;
  return `secret "${key}" is no private key in PEM`;
}

function unusable(message: string): FlowError {
  return new FlowError("http-out/bad-certificate", message);
}
