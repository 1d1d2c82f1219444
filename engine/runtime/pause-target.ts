/** What a person may stop: a flow, one key of it, requests to a system, or whatever belongs to a region. */
export type PauseTarget =
  | { readonly kind: "flow"; readonly flow: string }
  | { readonly kind: "system"; readonly system: string }
  | { readonly kind: "region"; readonly region: string }
  | { readonly kind: "key"; readonly flow: string; readonly laneKey: string };
