/** Marks a variable that a later `:=` will bind; until then the name means what it means outside. */
export const unbound: unique symbol = Symbol("unbound");

/** Variables of one block or function call. */
export class Frame {
  readonly up: Frame | undefined;
  readonly slots: unknown[];
  /** Variables of one tuple (`@$v`, `#$i`, `%`), whose names only the data tells. */
  readonly names: Record<string, unknown> | undefined;

  constructor(up: Frame | undefined, slots: unknown[], names?: Record<string, unknown>) {
    this.up = up;
    this.slots = slots;
    this.names = names;
  }
}

/** What the compiler knows of a frame: names by slot, or `tuple` when only the data tells. */
export class Variables {
  readonly outer: Variables | undefined;
  readonly slots = new Map<string, number>();
  readonly tuple: boolean;
  readonly #unbound: readonly unknown[];

  constructor(outer: Variables | undefined, names: readonly string[], tuple = false) {
    this.outer = outer;
    this.tuple = tuple;
    for (const name of names) this.slots.set(name, this.slots.get(name) ?? this.slots.size);
    this.#unbound = Array.from(this.slots, () => unbound);
  }

  /** Slots of a new frame, all unbound. */
  fresh(): unknown[] {
    return this.#unbound.slice();
  }

  /** Where `name` may stand, nearest first: so many frames up, in this slot or by name. */
  places(name: string): { readonly up: number; readonly slot: number | undefined }[] {
    const found: { up: number; slot: number | undefined }[] = [];
    const slot = this.slots.get(name);
    if (slot !== undefined || this.tuple) found.push({ up: 0, slot });
    const outer = this.outer?.places(name) ?? [];
    return [...found, ...outer.map((place) => ({ ...place, up: place.up + 1 }))];
  }
}

/** The frame so many levels up. */
export function frameAt(frame: Frame, up: number): Frame {
  let at = frame;
  for (let i = up; i > 0 && at.up !== undefined; i -= 1) at = at.up;
  return at;
}
