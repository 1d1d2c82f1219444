import type * as Jose from "jose";
import { textOf } from "../shared/evaluation.ts";
import { late } from "../shared/late.ts";
import type { LogInSource, OauthPlan } from "./log-in-source.ts";

const jose = late<typeof Jose>("jose");

type JwtPlan = NonNullable<OauthPlan["jwt"]>;

const lifeMsDefault = 180_000;

/**
 * An assertion signed by our own key (RFC 7523). The reason instead where the key cannot be used: in
 * words of ours, since a library's message may quote what it was given.
 */
export async function signJwt(
  plan: JwtPlan,
  clientName: string,
  tokenUrl: string,
  source: LogInSource,
): Promise<string | { readonly reason: string }> {
  const { context, scope, wall } = source;
  const secret = scope["secret"] as Readonly<Record<string, string>>;
  const client = secret[clientName] ?? "";
  const algorithm = plan.algorithm ?? "RS256";
  const text = (template: JwtPlan["issuer"], otherwise: string): string =>
    template === undefined ? otherwise : (textOf(template.evaluate(scope, context)) ?? otherwise);
  const claims = Object.entries(plan.claims ?? {}).map(([name, template]): [string, unknown] => [
    name,
    template.evaluate(scope, context),
  ]);
  const issuedAt = Math.floor(wall() / 1000);
  const life = Math.floor((plan.life ?? lifeMsDefault) / 1000);
  const keyId = text(plan.keyId, "");
  // Endpoints that refuse a second use of one assertion tell them apart by this.
  const jti = source.nextId();
  const named = jti === undefined ? {} : { jti };
  try {
    return await new (jose().SignJWT)({ ...named, ...Object.fromEntries(claims) })
      .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(keyId === "" ? {} : { kid: keyId }) })
      .setIssuer(text(plan.issuer, client))
      .setSubject(text(plan.subject, client))
      .setAudience(text(plan.audience, tokenUrl))
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + life)
      .sign(await keyOf(secret[plan.key] ?? "", algorithm));
  } catch {
    return {
      reason: `secret "${plan.key}" is no key that signs ${algorithm}: a private key in PEM (PKCS 8) is wanted`,
    };
  }
}

async function keyOf(key: string, algorithm: string) {
  if (algorithm === "HS256") return new TextEncoder().encode(key);
  // Environment variables often carry the lines of a PEM as \\n.
  return jose().importPKCS8(key.replaceAll("\\n", "\n"), algorithm);
}
