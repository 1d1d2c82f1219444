/** First texts of an adapter, from an OpenAPI document or recorded traffic. */
export { readOpenApi } from "./openapi.ts";
export { readRecorded } from "./recorded.ts";
export { type Scaffold, scaffoldAdapter } from "./scaffold.ts";
export type { VendorApi } from "./vendor-api.ts";
