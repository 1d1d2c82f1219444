/** Records under a key each, in the order they came: so that a look-up need not walk them all. */
export class Shelf<T> {
  readonly #byKey = new Map<string, T[]>();

  add(key: string, record: T): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, [record]);
    else known.push(record);
  }

  remove(key: string, record: T): void {
    const known = this.#byKey.get(key) ?? [];
    const at = known.indexOf(record);
    if (at >= 0) known.splice(at, 1);
  }

  get(key: string): readonly T[] {
    return this.#byKey.get(key) ?? [];
  }
}
