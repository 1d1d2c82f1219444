/** The pure heart: what one event changes, and what a message starts. No clock, disk, network or luck. */
export { decide } from "./decide.ts";
export type { Decide, DecideInput } from "./decide-input.ts";
export { initialState } from "./initial-state.ts";
export { intake } from "./intake.ts";
export type { ChildOrigin, IntakeInput, TakeIn } from "./intake-input.ts";
export { childOrigin, receivedChild, receivedEvent } from "./received.ts";
export { breachOfAnswer, type OpenDoubt, openDoubts } from "./open-doubts.ts";
export { addressOf, sendableSteps } from "./single-step.ts";
