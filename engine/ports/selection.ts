/** Runs by what they belong to. */
export interface Selection {
  readonly flows?: readonly string[];
  readonly regions?: readonly string[];
  readonly keys?: readonly { readonly flow: string; readonly laneKey: string }[];
}
