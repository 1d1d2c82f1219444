export { ClockWatch, type ClockView } from "./clock-watch.ts";
export { cutoffsOf, type PurgeRequest, type RetentionPolicy } from "./cutoffs.ts";
export { StoreWatch, type StoreView } from "./store-watch.ts";
export { foresee, type PurgeOutlook, type PurgeState, Retention } from "./retention.ts";
