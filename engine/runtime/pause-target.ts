/** What a person may stop: new work of a flow, requests to a system, or one key of a flow. */
export type PauseTarget =
  | { readonly kind: "flow"; readonly flow: string }
  | { readonly kind: "system"; readonly system: string }
  | { readonly kind: "key"; readonly flow: string; readonly laneKey: string };
