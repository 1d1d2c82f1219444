/** What follows from a text alone, kept from one process to the next by whoever has a disk. */
export interface Kept<Value> {
  /** What `set` was given for the very same text, as JSON keeps it; undefined where nothing was. */
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}
