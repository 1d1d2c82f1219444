import type { Instant } from "../model/json.ts";

/** Luck comes in by this door only. */
export interface Ids {
  /** A UUIDv7 (RFC 9562): time-ordered, also within one millisecond. */
  next(now: Instant): string;
  /** A number in [0, 1), for jitter. */
  random(): number;
  /** A W3C `traceparent` for a new trace, or a new span within `parent`. */
  traceparent(parent?: string): string;
}
