/** A seeded source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A copy of a document with some parts deleted, null, wrapped in one or two lists, emptied, doubled
 * or of another type.
 */
export function damaged(value: unknown, random: () => number, rate: number): unknown {
  if (random() < rate) return wrong(value, random);
  if (Array.isArray(value)) return value.map((item: unknown) => damaged(item, random, rate));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      random() < rate / 2 ? [] : [[key, damaged(inner, random, rate)]],
    ),
  );
}

function wrong(value: unknown, random: () => number): unknown {
  const choices: readonly unknown[] = [
    null,
    [value],
    [[value]],
    [],
    {},
    "text",
    "",
    0,
    -1.5,
    true,
    [value, value],
    { inner: value },
  ];
  return choices[Math.floor(random() * choices.length)];
}
