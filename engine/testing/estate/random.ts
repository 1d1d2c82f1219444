/** A seeded source of luck: the same seed gives the same world. Never for secrets. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  below(below: number): number;
  /** Lower-case hexadecimal text. */
  hex(length: number): string;
  pick<const T extends readonly [unknown, ...unknown[]]>(choices: T): T[number];
}

/** Mulberry32, by Tommy Ettinger: 32 bits of state are plenty for a test world. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    hex: (length) => Array.from({ length }, () => below(16).toString(16)).join(""),
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
  };
}

/** A stream of its own for one part of the world, so that parts do not disturb one another. */
export function streamOf(seed: number, part: string): Random {
  let hash = 2_166_136_261 ^ seed;
  for (const character of part) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  return seededRandom(hash);
}
