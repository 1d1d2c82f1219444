import { giveUp } from "./cursor.ts";

const special = new Set(["__proto__", "constructor", "prototype", "<<"]);
/** YAML's own limit for keys without `?` is 1024. */
const lengthMax = 1000;

/** The keys of one map: those that need a finding are not simple. */
export class Keys {
  readonly #seen = new Set<string>();

  take(key: string): void {
    if (this.#seen.has(key) || special.has(key) || key.length > lengthMax) giveUp();
    this.#seen.add(key);
  }
}
