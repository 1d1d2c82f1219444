import type { System } from "./system.ts";

/** Credentials of the simulated partners: known to all, worth nothing. */
export const credentials = {
  crm: {
    client: "sluice",
    secret: "crm-client-secret",
    webhook: "crm-webhook-secret",
    outbound: "crm-outbound-token",
  },
  support: {
    user: "integration@sluice.example/token",
    token: "support-api-token",
    webhook: "support-webhook-secret",
  },
  billing: { key: "sk_test_estate", webhook: "whsec_estate" },
  erp: { user: "integration", password: "erp-password" },
} as const;

/** Variables by which a workspace finds the estate. */
export function environmentOf(urls: Readonly<Record<System, string>>): Record<string, string> {
  return {
    CRM_URL: urls.crm,
    CRM_CLIENT_ID: credentials.crm.client,
    CRM_CLIENT_SECRET: credentials.crm.secret,
    CRM_WEBHOOK_SECRET: credentials.crm.webhook,
    CRM_OUTBOUND_TOKEN: credentials.crm.outbound,
    SUPPORT_URL: urls.support,
    SUPPORT_USER: credentials.support.user,
    SUPPORT_TOKEN: credentials.support.token,
    SUPPORT_WEBHOOK_SECRET: credentials.support.webhook,
    BILLING_URL: urls.billing,
    BILLING_KEY: credentials.billing.key,
    BILLING_WEBHOOK_SECRET: credentials.billing.webhook,
    ERP_URL: urls.erp,
    ERP_USER: credentials.erp.user,
    ERP_PASSWORD: credentials.erp.password,
  };
}
