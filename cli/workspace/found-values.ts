import { digest, type Kept } from "../../engine/index.ts";

/** Values as JSON, by the hash of the text they were found of: as `KeptFile` takes them. */
export type Found = readonly (readonly [name: string, json: string])[];

/** What one thread finds, for another. */
export class FoundValues<Value> implements Kept<Value> {
  readonly #values = new Map<string, string>();

  get(text: string): Value | undefined {
    const json = this.#values.get(digest(text));
    return json === undefined ? undefined : (JSON.parse(json) as Value);
  }

  has(text: string): boolean {
    return this.#values.has(digest(text));
  }

  set(text: string, value: Value): void {
    this.#values.set(digest(text), JSON.stringify(value));
  }

  get found(): Found {
    return [...this.#values];
  }
}
