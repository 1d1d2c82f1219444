export { shrink, storyOfFailure } from "./shrink.ts";
export { simulate, type SimulationResult } from "./simulate.ts";
export { type FaultKind, faultKinds } from "./weather.ts";
