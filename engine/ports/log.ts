import type { Json } from "../model/json.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured log. Fields are masked by the caller; payloads are never logged. */
export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, Json>>): void;
}
