import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { listAt, resolved } from "./openapi-schema.ts";
import { objectAt, type VendorAuth } from "./vendor-api.ts";

/** How the vendor wants to know us: by the schemes it asks for, then by those that it merely describes. */
export function vendorAuth(document: JsonObject): VendorAuth {
  for (const scheme of schemesOf(document)) {
    const known = authOf(scheme);
    if (known !== undefined) return known;
  }
  return { kind: "none" };
}

export const wantsCertificate = (document: JsonObject): boolean =>
  schemesOf(document).some(({ type }) => type === "mutualTLS");

function schemesOf(document: JsonObject): readonly JsonObject[] {
  const all = objectAt(objectAt(document, "components"), "securitySchemes");
  const asked = [document, ...operationsOf(document)]
    .flatMap((one) => listAt(one, "security"))
    .flatMap((one) => (isJsonObject(one) ? Object.keys(one) : []));
  return [...new Set([...asked, ...Object.keys(all)])].flatMap((name) => {
    const given = all[name];
    return isJsonObject(given) ? [resolved(given, document)] : [];
  });
}

function operationsOf(document: JsonObject): readonly JsonObject[] {
  const inside = (value: Json): readonly Json[] =>
    isJsonObject(value) ? Object.values(value) : [];
  return Object.values(objectAt(document, "paths")).flatMap(inside).filter(isJsonObject);
}

function authOf(scheme: JsonObject): VendorAuth | undefined {
  const { type, name, in: place } = scheme;
  const how = typeof scheme["scheme"] === "string" ? scheme["scheme"].toLowerCase() : "";
  if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") return { kind: "sigv4" };
  if (type === "http" && how === "basic") return { kind: "basic" };
  if (type === "http" && how === "bearer") return { kind: "bearer" };
  if (type === "http" && how === "oauth") return { kind: "oauth1" };
  if (type === "apiKey" && typeof name === "string" && (place === "header" || place === "query")) {
    return { kind: place, name };
  }
  if (type !== "oauth2") return undefined;
  const flows = objectAt(scheme, "flows");
  const own = objectAt(flows, "clientCredentials")["tokenUrl"];
  if (typeof own === "string")
    return { kind: "oauth2", tokenUrl: own, grant: "client-credentials" };
  // A person logs in once; what we keep is the refresh token.
  const given = objectAt(flows, "authorizationCode")["tokenUrl"];
  if (typeof given === "string") return { kind: "oauth2", tokenUrl: given, grant: "refresh-token" };
  return undefined;
}
