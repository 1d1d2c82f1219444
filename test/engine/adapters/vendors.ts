import { BusinessCentral } from "./fakes/business-central/business-central.ts";
import { HubSpot } from "./fakes/hubspot.ts";
import { RequestTracker } from "./fakes/request-tracker.ts";
import { openRole } from "./role.ts";

/** Vendors that more than one file is about, each playing its role on a fake. */

export async function openHubSpot() {
  const fake = new HubSpot();
  const world = await openRole({
    role: "crm",
    adapter: "hubspot",
    fake,
    env: (url) => ({ HUBSPOT_URL: url }),
    secrets: HubSpot.secrets,
  });
  return { ...world, fake };
}

/** `edit` changes the adapter's text. */
export async function openRequestTracker(
  fake = new RequestTracker(),
  edit?: (text: string) => string,
) {
  const world = await openRole({
    role: "support",
    adapter: "request-tracker",
    fake,
    env: (url) => ({ RT_URL: url }),
    secrets: RequestTracker.secrets,
    ...(edit === undefined ? {} : { edit }),
  });
  return { ...world, fake };
}

/** `edit` changes the adapter's text. */
export async function openBusinessCentral(edit?: (text: string) => string) {
  const fake = new BusinessCentral();
  const world = await openRole({
    role: "erp",
    adapter: "business-central",
    fake,
    env: (url) => ({ BC_URL: `${url}/bc`, BC_LOGIN_URL: `${url}/login` }),
    secrets: BusinessCentral.secrets,
    ...(edit === undefined ? {} : { edit }),
  });
  fake.url = world.url;
  return { ...world, fake };
}

/** A canonical customer of whom only name and place are known. */
export const customerOf = (
  customerId: string,
  name: string,
  country: string | null = null,
): Readonly<Record<string, unknown>> => {
  const address = { street: null, city: null, region: null, postalCode: null, country };
  return {
    customerId,
    name,
    legalName: null,
    taxId: null,
    domain: null,
    email: null,
    phone: null,
    parentId: null,
    currency: "USD",
    tier: null,
    billTo: address,
    shipTo: address,
    erpId: null,
    billingId: null,
    supportId: null,
    changedAt: "2026-11-20T09:30:00.000Z",
  };
};
