/** First texts of an adapter, from an OpenAPI document or recorded traffic. */
export { readRecorded } from "./recorded.ts";
export { type Scaffold, scaffoldAdapter } from "./scaffold.ts";
export { readOpenApi, type VendorApi } from "./vendor-api.ts";
