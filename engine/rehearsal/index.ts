export { differences, sentence } from "./difference.ts";
export { type CaseResult, runCase } from "./flow-test.ts";
export { type FlowPreview, planFlow, type PlanInput } from "./plan-flow.ts";
export { type Preview, type PreviewInput, previewMapping } from "./preview-mapping.ts";
export type { RehearsalWorld } from "./rehearsal.ts";
export {
  type DoubtNext,
  type EffectVerdict,
  type RecordedRun,
  type ReplayEffects,
  replayEffects,
  type SettledCall,
} from "./replay-effects.ts";
