/** What follows from a text alone, kept from one process to the next by whoever has a disk. */
export interface Kept<Value> {
  /** What `set` was given for the very same text, as JSON keeps it; undefined where nothing was. */
  get(text: string): Value | undefined;
  /** Whether `get` would find something: what is not looked at now may be looked for later. */
  has(text: string): boolean;
  set(text: string, value: Value): void;
}
