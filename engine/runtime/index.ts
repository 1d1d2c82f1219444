export { createEngine } from "./create-engine.ts";
export type { Adoption, Engine, ReplayOptions, WaitAnswer } from "./engine.ts";
export type { PauseTarget } from "./pause-target.ts";
export { Reload } from "./reload.ts";
export type { ReloadParts, ReloadStatus } from "./reload.ts";
export type { AdapterStatus, EngineStatus } from "./status.ts";
export type { EvaluateRequest, Limits, Rules, World } from "./world.ts";
