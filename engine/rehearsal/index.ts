export { type Difference, differences, sentence } from "./difference.ts";
export { type CaseInput, type CaseResult, type FlowTestCase, runCase } from "./flow-test.ts";
export { type FlowPreview, planFlow, type PlanInput, type PlannedCall } from "./plan-flow.ts";
export { type Preview, type PreviewInput, previewMapping } from "./preview-mapping.ts";
export type {
  ChildEnd,
  Happening,
  Rehearsed,
  RehearsalInput,
  RehearsalWorld,
  Script,
  Waits,
} from "./rehearsal.ts";
export { rehearse, type RehearsalRules } from "./rehearse.ts";
