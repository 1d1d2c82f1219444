/** The four partners. */
export const systems = ["crm", "support", "billing", "erp"] as const;
export type System = (typeof systems)[number];
