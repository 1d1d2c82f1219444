import type { Json } from "./json.ts";

/** What a person may stop: a flow, one key of it, requests to a system, or whatever belongs to a region. */
export type PauseTarget =
  | { readonly kind: "flow"; readonly flow: string }
  | { readonly kind: "system"; readonly system: string }
  | { readonly kind: "region"; readonly region: string }
  | { readonly kind: "key"; readonly flow: string; readonly laneKey: string };

/** How a message is processed once more. */
export interface ReplayOptions {
  readonly by: string;
  /** Only this flow; every subscriber unless told. */
  readonly flow?: string;
  /** Data in place of the message's own; the original stays as it is. */
  readonly data?: Json;
  /** Hash of the generation to replay on; the current one unless told. */
  readonly generation?: string;
  readonly reason?: string;
}
