import {
  createLocalJWKSet,
  decodeJwt,
  errors,
  type JWK,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";
import { isJsonObject } from "../../model/json.ts";
import type { Secrets } from "../../ports/secrets.ts";
import { textOf } from "../shared/evaluation.ts";
import { publicKeyOf } from "./keys.ts";
import { Refusal } from "./problem.ts";
import type { Plan, SignedRequest } from "./signed-request.ts";
import { valueOf } from "./signed.ts";

type JwtPlan = Extract<Plan, { kind: "jwt" }>["value"];

const shared = ["HS256", "HS384", "HS512"];
// Of a public key only these: one that is public must never be taken for a shared secret.
const asymmetric = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");
const ageMsDefault = 300_000;
const skewSeconds = 30;

/** A JSON Web Token that the sender signed, and what must be true of its claims. Throws 401, or 503 without keys. */
export async function verifyJwt(
  plan: JwtPlan,
  request: SignedRequest,
  secrets: Secrets,
): Promise<void> {
  const header = plan.header ?? "Authorization";
  const prefix = plan.prefix ?? (header.toLowerCase() === "authorization" ? "Bearer " : "");
  const given = request.headers[header.toLowerCase()] ?? "";
  if (!given.startsWith(prefix)) {
    throw new Refusal("http-in/bad-token", `header "${header}" holds no token after "${prefix}"`);
  }
  const claims = await claimsOf(plan, given.slice(prefix.length), { header, request, secrets });
  const { that } = plan;
  if (that === undefined) return;
  for (const scope of await request.scopes()) {
    if ((await valueOf(that, request, { ...scope, claims })) === true) continue;
    throw new Refusal("http-in/bad-token", "what verify.jwt.that says is not true of this call");
  }
}

interface Call {
  readonly header: string;
  readonly request: SignedRequest;
  readonly secrets: Secrets;
}

async function claimsOf(plan: JwtPlan, token: string, call: Call): Promise<JWTPayload> {
  try {
    const options = await optionsOf(plan, token, call.request);
    return await checked(plan, token, options, call);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    // The library's code alone: its message may repeat what a stranger sent.
    throw new Refusal(
      "http-in/bad-token",
      `header "${call.header}" holds no valid token: ${reasonOf(error)}`,
    );
  }
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim "${error.claim}" is wrong`;
  return error.code;
}

async function optionsOf(
  plan: JwtPlan,
  token: string,
  request: SignedRequest,
): Promise<JWTVerifyOptions> {
  const text = async (template: JwtPlan["issuer"]): Promise<string | undefined> => {
    if (template === undefined) return undefined;
    // An empty one would be passed over as if nothing had been said.
    const value = textOf(await request.evaluate(template, request.constants)) ?? "";
    return value === "" ? " " : value;
  };
  const issuer = await text(plan.issuer);
  const audience = await text(plan.audience);
  const age = plan.age ?? (decodeJwt(token).exp === undefined ? ageMsDefault : undefined);
  return {
    algorithms: plan.secret === undefined ? asymmetric : shared,
    currentDate: new Date(request.now),
    clockTolerance: skewSeconds,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(age === undefined ? {} : { maxTokenAge: Math.floor(age / 1000) }),
  };
}

async function checked(
  plan: JwtPlan,
  token: string,
  options: JWTVerifyOptions,
  { request, secrets }: Call,
): Promise<JWTPayload> {
  const named = plan.secret ?? plan.publicKey;
  if (named !== undefined) {
    const key = secrets.secret(named) ?? "";
    if (key === "") throw new Refusal("http-in/bad-token", "there is no key to verify tokens with");
    const known = plan.secret === undefined ? publicKeyOf(key) : new TextEncoder().encode(key);
    return (await jwtVerify(token, known, options)).payload;
  }
  const { keys } = plan;
  const found = keys === undefined ? "" : await request.evaluate(keys, request.constants);
  const url = textOf(found) ?? "";
  try {
    return (await jwtVerify(token, await keySetAt(url, request, false), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    // Keys are replaced while tokens of the new one are on their way.
    return (await jwtVerify(token, await keySetAt(url, request, true), options)).payload;
  }
}

async function keySetAt(url: string, request: SignedRequest, fresh: boolean) {
  const found = await request.keySet(url, fresh);
  const keys = found.kind === "keys" && isJsonObject(found.keys) ? found.keys["keys"] : undefined;
  if (!Array.isArray(keys)) {
    // The sender's keys and not the sender: it is to try again.
    const reason = found.kind === "keys" ? "the answer holds no keys" : found.reason;
    throw new Refusal("http-in/no-keys", `the keys that verify tokens cannot be had: ${reason}`, {
      headers: { "retry-after": "30" },
    });
  }
  return createLocalJWKSet({ keys: keys as JWK[] });
}
