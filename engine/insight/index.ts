export { type Advice, adviceFor } from "./advice.ts";
export { Insight, type PersonsStatus } from "./insight.ts";
export type { Incident, Incidents } from "./incident.ts";
export type { SlaReport } from "./promises.ts";
export { actionsOf } from "./notices.ts";
export { stepOf } from "./fingerprint.ts";
export type { InsightWorld, NoticeRequest, Posted, Sample } from "./world.ts";
