/**
 * Named points in the life of the engine. In production nothing listens; tests wait for a point
 * instead of sleeping, and crash tests stop the process there.
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
  | "run-ended"
  | "run-parked"
  | "reloaded"
  | "reload-refused"
  | "idle";
