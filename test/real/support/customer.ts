import type { JsonObject } from "../../../engine/model/json.ts";

const address: JsonObject = {
  street: "1 Main St",
  city: "Oakland",
  region: "CA",
  postalCode: "94607",
  country: "US",
};

/** A canonical customer of whom only what a test is about is said. */
export const customerOf = (
  customerId: string,
  more: { readonly name: string; readonly email?: string },
): JsonObject => ({
  customerId,
  legalName: null,
  taxId: null,
  domain: null,
  phone: null,
  email: null,
  tier: null,
  parentId: null,
  billTo: address,
  shipTo: address,
  currency: "USD",
  erpId: null,
  billingId: null,
  supportId: null,
  changedAt: new Date().toISOString(),
  ...more,
});
