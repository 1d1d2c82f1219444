export type { Decide, DecideInput, World } from "./decide-input.ts";
export { initialState } from "./initial-state.ts";
export type {
  ChildOrigin,
  IntakeInput,
  IntakeRun,
  Intaken,
  MessageIntake,
  TakeIn,
} from "./intake-input.ts";
export { childOrigin, receivedChild, receivedEvent } from "./received.ts";
