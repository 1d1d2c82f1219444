export { cutoffsOf, type PurgeRequest, type RetentionPolicy } from "./cutoffs.ts";
export { foresee, type PurgeOutlook, type PurgeState, Retention } from "./retention.ts";
