/** Moves decisions between ports: receive, dispatch, relay, follow-up, and the swap of generations. */
export { createEngine } from "./create-engine.ts";
export type { Engine } from "./engine.ts";
export { Reload, type ReloadStatus } from "./reload.ts";
export type { Limits, World } from "./world.ts";
