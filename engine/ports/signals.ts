/**
 * Named points in the life of the engine. Tests wait for a point instead of sleeping, and crash tests
 * stop the process there; in production insight hears of what failed and ended, and nobody else
 * listens.
 */
export interface Signals {
  reach(point: SignalPoint, detail?: Readonly<Record<string, string>>): void;
}

export type SignalPoint =
  | "message-accepted"
  | "before-commit"
  | "after-commit"
  | "before-send"
  | "after-send"
  | "milestone-reached"
  | "run-ended"
  | "run-parked"
  | "problem-recorded"
  | "reloaded"
  | "reload-refused"
  | "circuit-changed"
  | "idle";
