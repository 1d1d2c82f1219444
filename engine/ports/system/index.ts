export { SystemClock } from "./clock.ts";
export { ForwardTime } from "./forward-time.ts";
export { SystemIds } from "./ids.ts";
export { createLog } from "./log.ts";
export type { LogOptions } from "./log.ts";
export { SystemSecrets } from "./secrets.ts";
