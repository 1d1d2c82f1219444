import type { Secrets } from "../../ports/secrets.ts";
import { keysOf } from "./keys.ts";
import { Refusal } from "./problem.ts";
import { isSame, type Plan, type SignedRequest } from "./signed-request.ts";
import { valueOf, verifySigned } from "./signed.ts";
import { verifyJwt } from "./web-token.ts";

type BasicPlan = Extract<Plan, { kind: "basic" }>;
type TokenPlan = Extract<Plan, { kind: "token" }>;

/** Checks who calls. Throws 401; comparisons take the same time whatever differs. */
export async function verifyCaller(
  plan: Plan,
  request: SignedRequest,
  secrets: Secrets,
): Promise<void> {
  switch (plan.kind) {
    case "none":
      return undefined;
    case "token":
      return verifyToken(plan, request, secrets);
    case "basic":
      return verifyBasic(plan, request, secrets);
    case "jwt":
      return verifyJwt(plan.value, request, secrets);
    case "hmac":
    case "public-key":
      return verifySigned(plan, request, secrets);
  }
}

async function verifyToken(
  plan: TokenPlan,
  request: SignedRequest,
  secrets: Secrets,
): Promise<void> {
  const { given } = plan;
  if (given === undefined) return compareToken(plan, tokenOf(plan, request), secrets);
  // One after the other: each item has its own, and the first that does not hold refuses all.
  for (const scope of await request.scopes()) {
    const value = await valueOf(given, request, scope);
    const text = typeof value === "string" ? value : "";
    compareToken(plan, { place: "the body", given: text }, secrets);
  }
}

function compareToken(
  plan: TokenPlan,
  { given, place }: { readonly given: string; readonly place: string },
  secrets: Secrets,
): void {
  const prefix = plan.prefix ?? "";
  const token = given.startsWith(prefix) ? Buffer.from(given.slice(prefix.length)) : undefined;
  // Every secret is compared, so that the time tells neither which one nor how many there are.
  const matches = keysOf(plan.value, secrets).filter(
    (key) => token !== undefined && isSame(token, Buffer.from(key)),
  );
  if (matches.length === 0) {
    throw new Refusal("http-in/bad-token", `${place} holds no valid token`);
  }
}

function tokenOf({ header = "", query }: TokenPlan, { headers, target }: SignedRequest) {
  if (query === undefined) {
    return { place: `header "${header}"`, given: headers[header.toLowerCase()] ?? "" };
  }
  const parameters = new URLSearchParams(target.split("?").slice(1).join("?"));
  return { place: `parameter "${query}"`, given: parameters.get(query) ?? "" };
}

function verifyBasic(plan: BasicPlan, { headers }: SignedRequest, secrets: Secrets): void {
  const given = /^Basic +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? "";
  const user = secrets.secret(plan.value.user) ?? "";
  const password = secrets.secret(plan.value.password) ?? "";
  const expected = Buffer.from(`${user}:${password}`, "utf8");
  // A user alone is no proof, and neither is an empty password.
  if (password === "" || !isSame(Buffer.from(given, "base64"), expected)) {
    throw new Refusal(
      "http-in/bad-token",
      'header "Authorization" holds no valid user and password',
    );
  }
}
