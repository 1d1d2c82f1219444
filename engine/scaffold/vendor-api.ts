import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";

/** One endpoint of a vendor, as a document or recorded traffic tells of it. */
export interface Endpoint {
  readonly method: string;
  /** `/customers/{id}` */
  readonly path: string;
  readonly id?: string;
  readonly request?: Json;
  /** How the body is written, where that is not JSON. */
  readonly encode?: "form" | "multipart";
  /** Media type of a JSON body that goes by another name, such as `application/vnd.api+json`. */
  readonly mediaType?: string;
  /** What it must be given beside path and body. */
  readonly wanted?: readonly Parameter[];
  /** Header, or place in the body, by which the vendor knows a request again. */
  readonly idempotency?: { readonly header: string } | { readonly body: string };
  readonly response?: Json;
}

/** A header or query parameter that the vendor wants, with the one value it may have, where there is one. */
export interface Parameter {
  readonly in: "header" | "query";
  readonly name: string;
  readonly value?: Json;
}

/** What is known of a vendor's API before anything is written. */
export interface VendorApi {
  readonly baseUrl?: string;
  readonly auth: VendorAuth;
  /** Where its address has a region in it: the one that it has unless told. */
  readonly region?: string;
  /** It wants to see a client certificate. */
  readonly mutualTls?: true;
  readonly endpoints: readonly Endpoint[];
}

export type VendorAuth =
  | { readonly kind: "none" | "basic" | "bearer" | "oauth1" | "sigv4" }
  | { readonly kind: "header" | "query"; readonly name: string }
  | {
      readonly kind: "oauth2";
      readonly tokenUrl: string;
      readonly grant: "client-credentials" | "refresh-token";
    };

/** A header or member that lets the vendor know a request again, whatever it calls it. */
export const isIdempotency = (name: string): boolean => /idempoten/i.test(name);

export function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isJsonObject(inner) ? inner : {};
}
